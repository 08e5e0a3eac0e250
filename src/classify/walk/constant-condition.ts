import { type Identifier, identifier, isNode, list, present, variant } from './ast.ts'
import { sameFlow } from './flow.ts'
import { partArgument } from './function-walk.ts'
import { pathFlow } from './reference-walk.ts'
import type { QueryScope, Walk } from './walk.ts'

/** True where no column takes part, as in `WHERE TRUE` or `1 = 1`, or where OR makes one part like that decide. */
export function isConstant(walk: Walk, scope: QueryScope, expression: unknown): boolean {
  const [kind, payload] = variant(expression, 'an expression')
  if (kind === 'Nested') return isConstant(walk, scope, payload)
  if (kind === 'BinaryOp' && isNode(payload)) {
    const side = (operand: unknown) => isConstant(walk, scope, operand)
    if (payload.op === 'Or') return side(payload.left) || side(payload.right)
    if (payload.op === 'And') return side(payload.left) && side(payload.right)
  }
  return isOfItself(walk, scope, expression) || !holdsName(walk, expression)
}

/** Of a column and itself, true for every row that has one: `id = id`, `NOT id <> id`, `id IN (id, 1)`, `id BETWEEN id AND id`. */
function isOfItself(walk: Walk, scope: QueryScope, expression: unknown, negated = false): boolean {
  const [kind, node] = variant(expression, 'an expression')
  const isSame = (one: unknown, other: unknown) => isSameColumn(walk, scope, one, other)
  if (kind === 'Nested') return isOfItself(walk, scope, node, negated)
  if (!isNode(node) || (present(node.negated) && node.negated !== negated)) return false
  if (kind === 'UnaryOp') return node.op === 'Not' && isOfItself(walk, scope, node.expr, !negated)
  if (kind === 'InList') return list(node.list, 'IN').some(item => isSame(node.expr, item))
  if (kind === 'Between') return isSame(node.expr, node.low) && isSame(node.expr, node.high)
  const operators = negated ? ['NotEq', 'Lt', 'Gt'] : ['Eq', 'GtEq', 'LtEq']
  return kind === 'BinaryOp' && operators.includes(String(node.op)) && isSame(node.left, node.right)
}

/** Named twice; or `a.id` and `b.id` of a table that is joined with itself. */
function isSameColumn(walk: Walk, scope: QueryScope, left: unknown, right: unknown): boolean {
  const [one, other] = [namedParts(left), namedParts(right)]
  const last = (parts: readonly Identifier[]) => parts.slice(-1).map(part => walk.names.key(part))[0]
  if (last(one) === undefined || last(one) !== last(other)) return false
  const path = (parts: readonly Identifier[]) => JSON.stringify(parts.map(part => walk.names.key(part)))
  if (path(one) === path(other)) return true
  // A query in place of one of the tables may have left rows out.
  if (scope.relations.some(relation => relation.path === undefined)) return false
  const [from, to] = [pathFlow(walk, scope, one), pathFlow(walk, scope, other)]
  return from.copied && sameFlow(from, to) && [...from.sources].every(source => to.sources.has(source))
}

/** Of a column that is named and not computed. */
function namedParts(value: unknown): readonly Identifier[] {
  if (!isNode(value)) return []
  if (present(value.Nested)) return namedParts(value.Nested)
  return (isNode(value.Identifier) ? [value.Identifier] : list(value.CompoundIdentifier, 'a name')).map(identifier)
}

/** What is called like a script's variable may be no column. */
function holdsName(walk: Walk, value: unknown, part?: unknown): boolean {
  if (Array.isArray(value)) return value.some(item => holdsName(walk, item, part))
  // A type that the parser has no word for, or the part of a date.
  if (!isNode(value) || present(value.Custom) || value === part) return false
  const [start, more] = namedParts(value)
  if (start !== undefined && walk.outermost.aliases.has(walk.names.key(start))) return false
  if (start !== undefined && more === undefined && isUser(walk, start)) return false
  if ('Identifier' in value || 'CompoundIdentifier' in value) return true
  if (isNode(value.Function)) return holdsName(walk, value.Function.args, partArgument(walk, value.Function))
  return Object.values(value).some(inner => holdsName(walk, inner, part))
}

/** Snowflake's word for who asks, without brackets. No column is called so. */
const isUser = ({ names }: Walk, { text, quoted }: Identifier): boolean =>
  names.dialect === 'snowflake' && !quoted && /^current_user$/i.test(text)
