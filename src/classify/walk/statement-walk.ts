import type { StatementKind } from '../classification.ts'
import { columnName } from '../column-name.ts'
import { type Identifier, isNode, list, members, present, struct, Unread, variant } from './ast.ts'
import { isConstant } from './constant-condition.ts'
import { definitionStatements } from './definition-walk.ts'
import { everyFlow, expressionFlow } from './expression-walk.ts'
import { emptyFlow, type Flow } from './flow.ts'
import { isDefault, queryResult } from './query-walk.ts'
import { addSources } from './source-walk.ts'
import { columnNames, storeResult, storeRow, storeSource } from './store-walk.ts'
import { objectName } from './table-walk.ts'
import { newQueryScope, type QueryResult, type QueryScope, type Walk } from './walk.ts'

/** What one statement is, as far as its tree says. */
export interface StatementReading {
  readonly kind: StatementKind
  /** The columns of a query; `undefined` for everything else. */
  readonly result?: QueryResult
  /** For DELETE and UPDATE of one table: whether nothing but that table and a predicate takes part. */
  readonly countable?: boolean
}

/** Reads one statement of the parser's tree. Throws Unread where any part of it is not known. */
export function statementReading(walk: Walk, statement: unknown): StatementReading {
  const [name, payload] = variant(statement, 'a statement')
  if (name === 'Query') return { kind: 'select', result: queryResult(walk, newQueryScope(walk.outermost), payload) }
  const reader = readers[name] ?? definitionStatements[name]
  if (reader === undefined) throw new Unread(`the statement ${name}`)
  return reader(walk, payload)
}

const readers: Readonly<Record<string, (walk: Walk, payload: unknown) => StatementReading>> = {
  Insert: insert,
  Update: update,
  Delete: deletion,
  Merge: merge,
  Truncate: truncate,
}

/** Counts the table as written and gives it to the scope, so that its columns resolve, without counting it as read. */
function target(walk: Walk, scope: QueryScope, factors: unknown): void {
  const before = new Set(walk.reads)
  addSources(walk, scope, factors)
  for (const table of walk.reads) {
    if (before.has(table)) continue
    walk.reads.delete(table)
    walk.writes.add(table)
  }
}

function writeTable(walk: Walk, name: unknown): string | undefined {
  const parts: readonly Identifier[] = objectName(walk, name)
  if (parts.length === 0) return undefined
  const table = walk.names.table(parts)
  walk.writes.add(table)
  return table
}

const insertMembers = members(
  'insert_token',
  'into',
  'table',
  'columns',
  'overwrite',
  'source',
  'has_table_keyword',
  'multi_table_insert_type',
  'multi_table_into_clauses',
  'multi_table_when_clauses',
  'multi_table_else_clause',
)

function insert(walk: Walk, payload: unknown): StatementReading {
  const node = struct(payload, 'INSERT', insertMembers)
  const [kind, name] = variant(node.table, 'INSERT')
  if (kind !== 'TableName') throw new Unread(`INSERT into ${kind}`)
  if (node.overwrite === true) walk.hazard('no_where')
  const table = writeTable(walk, name)
  const scope = newQueryScope(walk.outermost)
  const result = present(node.source) ? queryResult(walk, scope, node.source) : undefined
  if (result) scope.relations.push(result)
  if (result && table !== undefined) storeResult(walk, table, list(node.columns, 'INSERT'), result)
  const whens = list(node.multi_table_when_clauses, 'INSERT').map(when =>
    struct(when, 'INSERT', members('condition', 'into_clauses')),
  )
  for (const when of whens) walk.filter(expressionFlow(walk, scope, when.condition))
  const clauses = [node.multi_table_into_clauses, ...whens.map(when => when.into_clauses), node.multi_table_else_clause]
  for (const clause of clauses.flatMap(group => list(group, 'INSERT'))) {
    const into = struct(clause, 'INSERT', members('table_name', 'columns', 'values'))
    const other = writeTable(walk, into.table_name)
    const columns = list(into.columns, 'INSERT').map(column => [{ Identifier: column }])
    const flows = present(into.values) ? valueFlows(walk, scope, into.values) : []
    if (result === undefined || other === undefined) continue
    if (flows.length > 0) storeRow(walk, other, columns, flows)
    else storeResult(walk, other, columns, result)
  }
  return { kind: 'insert' }
}

function valueFlows(walk: Walk, scope: QueryScope, payload: unknown): readonly Flow[] {
  const { values } = struct(payload, 'INSERT', members('values'))
  return list(values, 'INSERT').map(value => {
    const [form, expression] = variant(value, 'INSERT')
    return form === 'Expr' ? everyFlow(walk, scope, expression) : emptyFlow
  })
}

const updateMembers = members('update_token', 'table', 'assignments', 'from', 'selection')

function update(walk: Walk, payload: unknown): StatementReading {
  const node = struct(payload, 'UPDATE', updateMembers)
  const scope = newQueryScope(walk.outermost)
  target(walk, scope, [node.table])
  if (present(node.from)) addSources(walk, scope, variant(node.from, 'FROM')[1])
  assignments(walk, scope, node.assignments, [...walk.writes])
  predicate(walk, scope, node.selection)
  return { kind: 'update', countable: !present(node.from) && isSingle(node.table) }
}

const deleteMembers = members('delete_token', 'from', 'using', 'selection')

function deletion(walk: Walk, payload: unknown): StatementReading {
  const node = struct(payload, 'DELETE', deleteMembers)
  const scope = newQueryScope(walk.outermost)
  const tables = list(variant(node.from, 'DELETE')[1], 'DELETE')
  target(walk, scope, tables)
  addSources(walk, scope, node.using)
  predicate(walk, scope, node.selection)
  return { kind: 'delete', countable: !present(node.using) && tables.length === 1 && isSingle(tables[0]) }
}

const isSingle = (table: unknown): boolean => isNode(table) && list(table.joins, 'JOIN').length === 0

function predicate(walk: Walk, scope: QueryScope, selection: unknown): void {
  everyRow(walk, scope, selection)
  if (present(selection)) walk.filter(expressionFlow(walk, scope, selection))
}

/** Says so where a condition leaves no row out. */
function everyRow(walk: Walk, scope: QueryScope, condition: unknown): void {
  if (!present(condition)) walk.hazard('no_where')
  else if (isConstant(walk, scope, condition)) walk.hazard('constant_where')
}

function assignments(walk: Walk, scope: QueryScope, items: unknown, tables: readonly string[]): void {
  for (const item of list(items, 'SET')) {
    const { target: column, value } = struct(item, 'SET', members('target', 'value'))
    const [kind, path] = variant(column, 'SET')
    if (kind !== 'ColumnName' && kind !== 'Tuple') throw new Unread(`SET of ${kind}`)
    if (isDefault(value)) continue
    const flow = everyFlow(walk, scope, value)
    for (const table of tables)
      for (const name of kind === 'Tuple' ? ['*'] : columnNames(walk, path)) walk.store(columnName(table, name), flow)
  }
}

function merge(walk: Walk, payload: unknown): StatementReading {
  const node = struct(payload, 'MERGE', members('merge_token', 'into', 'table', 'source', 'on', 'clauses'))
  const scope = newQueryScope(walk.outermost)
  target(walk, scope, [{ relation: node.table, joins: [] }])
  const tables = [...walk.writes]
  const start = scope.relations.length
  addSources(walk, scope, [{ relation: node.source, joins: [] }])
  if (isConstant(walk, scope, node.on)) walk.hazard('constant_where')
  walk.filter(expressionFlow(walk, scope, node.on))
  for (const item of list(node.clauses, 'MERGE')) {
    const clause = struct(item, 'MERGE', members('when_token', 'clause_kind', 'predicate', 'action'))
    const seen = seenBy(clause.clause_kind, scope, start)
    walk.filter(everyFlow(walk, seen, clause.predicate))
    if (clause.clause_kind === 'NotMatchedBySource') everyRow(walk, seen, clause.predicate)
    const [kind, action] = variant(clause.action, 'MERGE')
    if (kind === 'Update') mergeUpdate(walk, seen, action, tables)
    else if (kind === 'Insert') mergeInsert(walk, seen, action, tables)
    else if (kind !== 'Delete') throw new Unread(`MERGE with ${kind}`)
  }
  return { kind: 'merge' }
}

/** A row without a match on the other side shows nothing of it. */
function seenBy(kind: unknown, scope: QueryScope, start: number): QueryScope {
  if (kind === 'Matched') return scope
  const [from, to] = kind === 'NotMatchedBySource' ? [0, start] : [start]
  return { ...scope, relations: scope.relations.slice(from, to), merges: [] }
}

function mergeUpdate(walk: Walk, scope: QueryScope, action: unknown, tables: readonly string[]): void {
  const node = struct(
    action,
    'MERGE',
    members('update_token', 'kind', 'assignments', 'update_predicate', 'delete_predicate'),
  )
  if (present(node.kind)) {
    const [kind, items] = variant(node.kind, 'MERGE')
    if (kind !== 'Set') throw new Unread(`MERGE with ${kind}`)
    assignments(walk, scope, items, tables)
  }
  assignments(walk, scope, node.assignments, tables)
  walk.filter(everyFlow(walk, scope, [node.update_predicate, node.delete_predicate].filter(present)))
}

function mergeInsert(walk: Walk, scope: QueryScope, action: unknown, tables: readonly string[]): void {
  const node = struct(action, 'MERGE', members('insert_token', 'columns', 'kind_token', 'kind', 'insert_predicate'))
  walk.filter(everyFlow(walk, scope, node.insert_predicate))
  const [kind, values] = variant(node.kind, 'MERGE')
  if (kind === 'Row') for (const table of tables) storeSource(walk, table, list(node.columns, 'MERGE'), scope.relations)
  if (kind === 'Row') return
  if (kind !== 'Values') throw new Unread(`MERGE with ${kind}`)
  for (const row of list(struct(values, 'VALUES', members('explicit_row', 'value_keyword', 'rows')).rows, 'VALUES')) {
    const { content } = struct(row, 'VALUES', members('opening_token', 'content', 'closing_token'))
    const flows = list(content, 'VALUES').map(value => (isDefault(value) ? emptyFlow : everyFlow(walk, scope, value)))
    for (const table of tables) storeRow(walk, table, list(node.columns, 'MERGE'), flows)
  }
}

function truncate(walk: Walk, payload: unknown): StatementReading {
  const node = struct(payload, 'TRUNCATE', members('table_names', 'table', 'if_exists'))
  for (const item of list(node.table_names, 'TRUNCATE')) {
    writeTable(walk, struct(item, 'TRUNCATE', members('name')).name)
  }
  return { kind: 'truncate' }
}
