import { type Identifier, identifier, list, variant } from './ast.ts'
import { fieldOf } from './field-flows.ts'
import type { Flow } from './flow.ts'
import { isHidden } from './reference-walk.ts'
import { type Column, findRelation, isClosed, unmarkedColumn } from './scope.ts'
import type { QueryScope, Walk } from './walk.ts'

/** The column a plain name or path stands for, with its type, where that is certain. */
export function certainColumn(scope: QueryScope, key: string): Column | undefined {
  for (let current: QueryScope | undefined = scope; current !== undefined; current = current.parent) {
    const found = current.relations.flatMap(relation => relation.columns.filter(column => column.key === key))
    if (found.length === 1) return found[0]
    if (found.length > 1) return undefined
  }
  return undefined
}

/** Without what is around a relation whose columns are not known: any of the names there may be that of such a column. */
function surelySeen({ parent, ...own }: QueryScope): QueryScope {
  return parent !== undefined && own.relations.every(isClosed) ? { ...own, parent: surelySeen(parent) } : own
}

/** The column that an expression merely names; `undefined` where it computes anything, or may name a row. */
export function namedColumn(walk: Walk, scope: QueryScope, expression: unknown): Column | undefined {
  const [kind, payload] = variant(expression, 'an expression')
  if (kind === 'Identifier') {
    const key = walk.names.key(identifier(payload))
    const row = findRelation(scope, [key])
    const column = row === undefined || row.element ? certainColumn(surelySeen(scope), key) : undefined
    return column && isAlias(scope, key) ? unmarkedColumn(column) : column
  }
  if (kind !== 'CompoundIdentifier') return undefined
  return columnByPath(walk, scope, list(payload, 'a name').map(identifier))
}

/** Whether a select item, a parameter or a variable is called so too. */
export function isAlias(scope: QueryScope | undefined, key: string): boolean {
  return scope !== undefined && (scope.aliases.has(key) || isAlias(scope.parent, key))
}

/** The column, or the field inside of one: then with what the column comes from. */
export function columnByPath(
  walk: Walk,
  around: QueryScope,
  parts: readonly Identifier[],
): (Column & { readonly of: Flow }) | undefined {
  const scope = surelySeen(around)
  const keys = parts.map(part => walk.names.key(part))
  const [first = ''] = keys
  const relation = findRelation(scope, [first])
  if (relation !== undefined && isHidden(scope, first)) return undefined
  const start = relation === undefined ? 0 : 1
  const key = keys[start]
  if (key === undefined) return undefined
  const found =
    relation === undefined
      ? certainColumn(scope, key)
      : relation.columns.find(candidate => candidate.key === key && !candidate.whole)
  if (found === undefined) return undefined
  const whole = isAlias(around, first) ? unmarkedColumn(found) : found
  const column = keys.slice(start + 1).reduce((value, field) => fieldIn(walk, value, field), whole)
  return { ...column, of: whole.flow }
}

/** As if the field were a column; without a type where that is not known. */
function fieldIn(walk: Walk, { type = '', ...column }: Column, field: string): Column {
  const { type: inner, flow } = fieldOf(walk, column.flow, type, field)
  return { ...column, name: field, key: field, flow, ...(inner === undefined ? {} : { type: inner }) }
}
