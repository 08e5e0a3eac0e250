import { columnName, tableOf } from '../column-name.ts'
import { identifier, isNode, list, members, type Node, pair, present, struct, Unread, variant } from './ast.ts'
import { everyFlow, expressionFlow } from './expression-walk.ts'
import { type Flow, joinFlows, sameFlow, unknownFlow } from './flow.ts'
import { windowFlow } from './function-walk.ts'
import { type Column, isClosed, isOrdered, restOf, wholeRow } from './scope.ts'
import { addSources } from './source-walk.ts'
import { expandStar, fieldsOf, renamedKeys, type StarColumns } from './star-walk.ts'
import { typeOf } from './type-walk.ts'
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
  const scope = {
    ...newQueryScope(outer),
    connects: list(node.connect_by, 'CONNECT BY').length > 0,
    // Snowflake lets ON use the names of the select items.
    ...(walk.names.dialect === 'snowflake' ? { conditions: [] } : {}),
  }
  addSources(walk, scope, node.from)
  const asked = new Map(scope.unsure)
  defineWindows(walk, scope, node.named_window)
  const result = projection(walk, scope, node)
  if (walk.names.dialect === 'snowflake')
    checkAliasesInFrom(walk, scope, asked, list(node.projection, 'the select list'))
  for (const read of scope.conditions ?? []) read()
  restOfSelect(walk, scope, node, result)
  return { result: valueTable(walk, node, result), scope }
}

/**
 * Snowflake lets FROM use the name of a select item, which was not known when FROM was read: what USING decides by is counted, and so is an item
 * that is no other column than the name was taken for, but what FLATTEN makes of another column is not known.
 */
function checkAliasesInFrom(
  walk: Walk,
  scope: QueryScope,
  asked: QueryScope['unsure'],
  items: readonly unknown[],
): void {
  const keys = [...asked.keys(), ...scope.unsureInUsing.keys()]
  if (keys.length === 0) return
  const given = new Set(items.flatMap(item => newNames(walk, ...variant(item, 'a select item'))))
  for (const key of keys) {
    const alias = scope.aliases.get(key)
    if (alias === undefined) continue
    const isCounted = (column: string) =>
      walk.filters.has(column) && (!asked.has(key) || column === columnName(tableOf(column), key))
    const isTaken =
      !scope.unsureInUsing.has(key) &&
      alias.copied &&
      alias.indirect.size === 0 &&
      [...alias.sources].every(column => asked.get(key)?.has(column))
    if (given.has(key) && !isTaken && !(alias.traced && [...alias.sources, ...alias.indirect].every(isCounted)))
      throw new Unread('the name of a select item in FROM')
    // A column that may also be of a table that ON does not see yet.
    walk.filter(alias)
  }
}

/** The names that an item gives, unless it is the name alone of what it is. */
function newNames(walk: Walk, kind: string, payload: unknown): readonly string[] {
  if (kind === 'Wildcard' || kind === 'QualifiedWildcard') return renamedKeys(walk, kind, payload)
  if (!isNode(payload)) return []
  const expression = kind === 'ExprWithAlias' ? payload.expr : payload
  const own = isNode(expression) && isNode(expression.Identifier) ? impliedName(walk, expression) : ''
  const name = kind === 'ExprWithAlias' ? walk.names.fold(identifier(payload.alias)) : impliedName(walk, payload)
  return name === own ? [] : [walk.names.keyOf(name)]
}

function defineWindows(walk: Walk, scope: QueryScope, windows: unknown): void {
  for (const definition of list(windows, 'WINDOW')) {
    const [name, window] = pair(definition, 'WINDOW')
    scope.windows.set(walk.names.key(identifier(name)), windowFlow(walk, scope, window))
  }
}

function restOfSelect(walk: Walk, scope: QueryScope, node: Node, result: QueryResult): void {
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
  const visible = withShown(scope, result)
  groupBy(walk, visible, node.group_by, result)
  walk.filter(everyFlow(walk, visible, node.having))
  walk.filter(everyFlow(walk, visible, node.qualify))
  if (present(node.distinct) && node.distinct !== 'All') {
    const [kind, columns] = variant(node.distinct, 'DISTINCT')
    // Neither warehouse knows DISTINCT ON; rewritten, it says what decides which rows come.
    if (kind === 'On' && walk.names.dialect === 'bigquery') walk.filter(everyFlow(walk, scope, columns))
    else if (kind === 'Distinct') walk.filter(wholeRow(result))
    else throw new Unread(`DISTINCT ${kind}`)
  }
  if (node.value_table_mode === 'DistinctAsStruct' || node.value_table_mode === 'DistinctAsValue')
    walk.filter(wholeRow(result))
  if (present(node.top)) top(node.top)
}

/** What clauses see that may use the names of the result's columns, also where these are not all known. */
export const withShown = (scope: QueryScope, result: QueryResult): QueryScope =>
  isClosed(result) ? scope : { ...scope, shown: result }

/** Snowflake takes a plain number and nothing more: `TOP (5) x` calls a function there, and the column of `TOP 5 percent x` is `percent`. */
function top(payload: unknown): void {
  const { quantity } = struct(payload, 'TOP', members('quantity'))
  if (!present(quantity) || variant(quantity, 'TOP')[0] !== 'Constant') throw new Unread('TOP of an unknown form')
}

function groupBy(walk: Walk, scope: QueryScope, payload: unknown, result: QueryResult): void {
  const [kind, value] = variant(payload, 'GROUP BY')
  // GROUP BY ALL takes every item that holds no aggregate; which ones hold one is not looked at.
  if (kind === 'All') {
    walk.filter(wholeRow(result))
    return
  }
  if (kind !== 'Expressions') throw new Unread(`GROUP BY ${kind}`)
  const [expressions, modifiers] = pair(value, 'GROUP BY')
  if (list(modifiers, 'GROUP BY').some(modifier => typeof modifier !== 'string'))
    throw new Unread('GROUP BY of an unknown form')
  walk.filter(everyFlow(walk, scope, expressions))
  walk.filter(positionalFlow(result, list(expressions, 'GROUP BY')))
}

function projection(walk: Walk, scope: QueryScope, node: Node): QueryResult {
  const first = selectList(walk, scope, node)
  if (!first.ahead) return first.result
  for (let round = 0; round < 12; round += 1) {
    const before = new Map(scope.aliases)
    // What could not be told before may come from nothing else than names that are told by now.
    for (const [key, flow] of before) if (!flow.traced) scope.aliases.delete(key)
    const { result } = selectList(walk, scope, node)
    if ([...scope.aliases].every(([key, flow]) => sameFlow(flow, before.get(key) ?? unknownFlow))) return result
  }
  throw new Unread('select items that use the names of later ones')
}

/** `ahead` where an item may use the name of a later one: then what it comes from can be told the next time only. */
function selectList(walk: Walk, scope: QueryScope, node: Node): { result: QueryResult; ahead: boolean } {
  const columns: StarColumns['columns'][number][] = []
  const stars: StarColumns[] = []
  let ahead = false
  for (const item of list(node.projection, 'the select list')) {
    const [kind, payload] = variant(item, 'a select item')
    ahead ||= isAwaited(walk, scope, kind, payload)
    if (kind === 'Wildcard' || kind === 'QualifiedWildcard') {
      const star = expandStar(walk, scope, kind, payload)
      columns.push(...star.columns)
      stars.push(star)
    } else columns.push(selectItem(walk, scope, kind, payload))
  }
  if (walk.names.dialect === 'snowflake')
    ahead ||= stars.some(star => star.columns.some(({ key }) => scope.unsure.has(key)))
  for (const column of columns) if (column.name !== '') addAlias(scope, column.key, column.flow)
  const open = stars.flatMap(star => star.open)
  return { result: { columns, open, opaque: stars.some(star => star.opaque), ...restOf(stars) }, ahead }
}

/** Whether an item gives a name that was asked for before it. Only Snowflake lets other items use it. */
function isAwaited(walk: Walk, scope: QueryScope, kind: string, payload: unknown): boolean {
  if (kind !== 'ExprWithAlias' || walk.names.dialect !== 'snowflake' || !isNode(payload)) return false
  return scope.unsure.has(walk.names.key(identifier(payload.alias)))
}

function selectItem(walk: Walk, scope: QueryScope, kind: string, payload: unknown): Column {
  if (kind === 'UnnamedExpr') return unnamedItem(walk, scope, payload)
  if (kind !== 'ExprWithAlias') throw new Unread(`the select item ${kind}`)
  const node = struct(payload, 'a select item', members('expr', 'alias'))
  const alias = identifier(node.alias)
  const flow = expressionFlow(walk, scope, node.expr)
  const name = walk.names.fold(alias)
  // Only Snowflake lets other select items use the alias.
  if (walk.names.dialect === 'snowflake') addAlias(scope, walk.names.keyOf(name), flow)
  return outputColumn(walk, name, flow, typeOf(walk, scope, node.expr))
}

/** Called like the column that it is; in brackets it may be. */
export function unnamedItem(walk: Walk, scope: QueryScope, expression: unknown): Column {
  const flow = expressionFlow(walk, scope, expression)
  const column = outputColumn(walk, impliedName(walk, expression), flow, typeOf(walk, scope, expression))
  const bare = column.name === '' ? impliedName(walk, withoutBrackets(expression)) : ''
  return bare === '' ? column : { ...column, mayBe: walk.names.keyOf(bare) }
}

const withoutBrackets = (expression: unknown): unknown =>
  isNode(expression) && present(expression.Nested) ? withoutBrackets(expression.Nested) : expression

/** Two items of one name count both. */
function addAlias(scope: QueryScope, key: string, flow: Flow): void {
  const before = scope.aliases.get(key)
  scope.aliases.set(key, before === undefined ? flow : joinFlows([before, flow]))
}

/** The name the warehouse gives an item without alias, where it is that of a column; else empty. */
function impliedName(walk: Walk, expression: unknown): string {
  if (!isNode(expression)) return ''
  if (isNode(expression.Identifier)) {
    const name = walk.names.fold(identifier(expression.Identifier))
    return name.startsWith('@') ? '' : name
  }
  const parts = list(expression.CompoundIdentifier, 'a name')
  if (parts.length > 0) return walk.names.fold(identifier(parts.at(-1)))
  // Snowflake names it by its whole text.
  if (isNode(expression.CompoundFieldAccess) && walk.names.dialect === 'bigquery') {
    const last = list(expression.CompoundFieldAccess.access_chain, 'a field').at(-1)
    if (isNode(last) && isNode(last.Dot) && isNode(last.Dot.Identifier))
      return walk.names.fold(identifier(last.Dot.Identifier))
  }
  const literal =
    isNode(expression.Value) && isNode(expression.Value.value) ? expression.Value.value.Placeholder : undefined
  return typeof literal === 'string' && /^\$\d+$/.test(literal) ? literal : ''
}

/** `GROUP BY 1` and `ORDER BY 2` mean output columns; where these are not all known, it may be any. */
export function positionalFlow(result: QueryResult, expressions: readonly unknown[]): Flow {
  const flows = positionsIn(expressions).map(position =>
    isOrdered(result) ? (result.columns[position - 1]?.flow ?? unknownFlow) : wholeRow(result),
  )
  return joinFlows(flows)
}

/** Also in brackets, with a collation, and in the forms of GROUP BY that hold lists. */
function positionsIn(expression: unknown): readonly number[] {
  if (Array.isArray(expression)) return expression.flatMap(positionsIn)
  if (!isNode(expression)) return []
  const { Value, UnaryOp, Rollup, Cube, GroupingSets, Tuple, Nested, Collate } = expression
  if (isNode(Value)) {
    const digits = isNode(Value.value) ? list(Value.value.Number, 'a number')[0] : undefined
    return digits === undefined ? [] : [Number(digits)]
  }
  if (isNode(UnaryOp)) return UnaryOp.op === 'Plus' ? positionsIn(UnaryOp.expr) : []
  if (isNode(Collate)) return positionsIn(Collate.expr)
  return [Rollup, Cube, GroupingSets, Tuple, Nested].flatMap(positionsIn)
}

/** `AS STRUCT` shows its fields as columns, as a plain SELECT does; `AS VALUE` shows whatever the value holds. */
function valueTable(walk: Walk, node: Node, result: QueryResult): QueryResult {
  const mode = node.value_table_mode
  if (!present(mode) || mode === 'AsStruct' || mode === 'DistinctAsStruct') return result
  if (mode !== 'AsValue' && mode !== 'DistinctAsValue') throw new Unread(`SELECT ${String(mode)}`)
  const [value] = result.columns
  const fields = fieldsOf(walk, wholeRow(result), isClosed(result) ? value?.type : undefined)
  return isClosed(fields) ? fields : { ...fields, spread: true }
}
