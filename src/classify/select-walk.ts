import { identifier, isNode, list, members, type Node, pair, present, struct, Unread, variant } from './ast.ts'
import { everyFlow, expressionFlow } from './expression-walk.ts'
import { emptyFlow, type Flow, joinFlows } from './flow.ts'
import { windowFlow } from './function-walk.ts'
import { namedColumn } from './reference-walk.ts'
import { addSources } from './source-walk.ts'
import { expandStar, type StarColumns } from './star-walk.ts'
import { newQueryScope, outputColumn, type QueryResult, type QueryScope, type Walk } from './walk.ts'

const selectMembers = members(
  'select_token',
  'distinct',
  'top',
  'top_before_distinct',
  'projection',
  'exclude',
  'from',
  'selection',
  'connect_by',
  'group_by',
  'having',
  'named_window',
  'qualify',
  'window_before_qualify',
  'value_table_mode',
  'flavor',
)

/** One SELECT. Fills `scope` with its relations and aliases, so that the query's ORDER BY can see them. */
export function selectResult(
  walk: Walk,
  outer: QueryScope,
  payload: unknown,
): { result: QueryResult; scope: QueryScope } {
  const node = struct(payload, 'SELECT', selectMembers)
  if (node.flavor !== 'Standard') throw new Unread('FROM before SELECT')
  if (present(node.exclude)) throw new Unread('EXCLUDE after the select list')
  const scope = newQueryScope(outer)
  addSources(walk, scope, node.from)
  defineWindows(walk, scope, node.named_window)
  const result = projection(walk, scope, node)
  restOfSelect(walk, scope, node)
  return { result: valueTable(walk, node, result), scope }
}

function defineWindows(walk: Walk, scope: QueryScope, windows: unknown): void {
  for (const definition of list(windows, 'WINDOW')) {
    const [name, window] = pair(definition, 'WINDOW')
    scope.windows.set(walk.names.key(identifier(name)), windowFlow(walk, scope, window))
  }
}

function restOfSelect(walk: Walk, scope: QueryScope, node: Node): void {
  walk.filter(everyFlow(walk, scope, node.selection))
  for (const clause of list(node.connect_by, 'CONNECT BY')) {
    const [, payload] = variant(clause, 'CONNECT BY')
    const { condition, relationships } = struct(
      payload,
      'CONNECT BY',
      members('connect_token', 'start_token', 'nocycle', 'relationships', 'condition'),
    )
    walk.filter(joinFlows([everyFlow(walk, scope, condition), everyFlow(walk, scope, relationships)]))
  }
  groupBy(walk, scope, node.group_by)
  walk.filter(everyFlow(walk, scope, node.having))
  walk.filter(everyFlow(walk, scope, node.qualify))
  if (present(node.distinct) && node.distinct !== 'Distinct' && node.distinct !== 'All') {
    const [kind] = variant(node.distinct, 'DISTINCT')
    throw new Unread(`DISTINCT ${kind}`)
  }
  if (present(node.top)) top(walk, scope, node.top)
}

function top(walk: Walk, scope: QueryScope, payload: unknown): void {
  const { quantity } = struct(payload, 'TOP', members('with_ties', 'percent', 'quantity'))
  if (!present(quantity)) return
  const [kind, value] = variant(quantity, 'TOP')
  if (kind === 'Expr') walk.filter(expressionFlow(walk, scope, value))
  else if (kind !== 'Constant') throw new Unread('TOP of an unknown form')
}

function groupBy(walk: Walk, scope: QueryScope, payload: unknown): void {
  const [kind, value] = variant(payload, 'GROUP BY')
  if (kind === 'All') return
  if (kind !== 'Expressions') throw new Unread(`GROUP BY ${kind}`)
  const [expressions, modifiers] = pair(value, 'GROUP BY')
  if (list(modifiers, 'GROUP BY').some(modifier => typeof modifier !== 'string'))
    throw new Unread('GROUP BY of an unknown form')
  walk.filter(everyFlow(walk, scope, expressions))
}

function projection(walk: Walk, scope: QueryScope, node: Node): QueryResult {
  const columns: StarColumns['columns'][number][] = []
  const open: string[] = []
  let opaque = false
  for (const item of list(node.projection, 'the select list')) {
    const [kind, payload] = variant(item, 'a select item')
    if (kind === 'Wildcard' || kind === 'QualifiedWildcard') {
      const star = expandStar(walk, scope, kind, payload)
      columns.push(...star.columns)
      open.push(...star.open)
      opaque ||= star.opaque
    } else columns.push(selectItem(walk, scope, kind, payload))
  }
  return { columns, open, opaque }
}

function selectItem(walk: Walk, scope: QueryScope, kind: string, payload: unknown) {
  if (kind === 'UnnamedExpr') {
    const flow = expressionFlow(walk, scope, payload)
    return outputColumn(walk, impliedName(walk, payload), flow, namedColumn(walk, scope, payload)?.type)
  }
  if (kind !== 'ExprWithAlias') throw new Unread(`the select item ${kind}`)
  const node = struct(payload, 'a select item', members('expr', 'alias'))
  const alias = identifier(node.alias)
  const flow = expressionFlow(walk, scope, node.expr)
  const name = walk.names.fold(alias)
  addAlias(walk, scope, walk.names.keyOf(name), flow)
  return outputColumn(walk, name, flow, namedColumn(walk, scope, node.expr)?.type)
}

/** Clauses, and in Snowflake later select items, may use the alias; two items of one name count both. */
function addAlias(_walk: Walk, scope: QueryScope, key: string, flow: Flow): void {
  const before = scope.aliases.get(key)
  scope.aliases.set(key, before === undefined ? flow : joinFlows([before, flow]))
}

/** The name the warehouse gives an item without alias, where it is that of a column; else empty. */
function impliedName(walk: Walk, expression: unknown): string {
  if (!isNode(expression)) return ''
  if (isNode(expression.Identifier)) return walk.names.fold(identifier(expression.Identifier))
  const parts = list(expression.CompoundIdentifier, 'a name')
  if (parts.length > 0) return walk.names.fold(identifier(parts.at(-1)))
  if (isNode(expression.CompoundFieldAccess)) {
    const last = list(expression.CompoundFieldAccess.access_chain, 'a field').at(-1)
    if (isNode(last) && isNode(last.Dot) && isNode(last.Dot.Identifier))
      return walk.names.fold(identifier(last.Dot.Identifier))
  }
  const literal =
    isNode(expression.Value) && isNode(expression.Value.value) ? expression.Value.value.Placeholder : undefined
  return typeof literal === 'string' && /^\$\d+$/.test(literal) ? literal : ''
}

/** `SELECT AS STRUCT` and `AS VALUE` give one column made of all items. */
function valueTable(walk: Walk, node: Node, result: QueryResult): QueryResult {
  if (!present(node.value_table_mode)) return result
  const flow = joinFlows([...result.columns.map(column => column.flow), emptyFlow])
  if (result.open.length > 0 || result.opaque) return { columns: [], open: result.open, opaque: true }
  // The fields stay reachable by name through the column.
  return { columns: [outputColumn(walk, '', flow)], open: [], opaque: false }
}
