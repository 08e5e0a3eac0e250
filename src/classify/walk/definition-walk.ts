import type { Hazard, StatementKind } from '../classification.ts'
import { columnName } from '../column-name.ts'
import { identifier, inert, isNode, list, type Node, present, Unread, variant } from './ast.ts'
import { everyFlow } from './expression-walk.ts'
import { columnFlow } from './flow.ts'
import { queryResult } from './query-walk.ts'
import { isClosed } from './scope.ts'
import type { StatementReading } from './statement-walk.ts'
import { storeNew } from './store-walk.ts'
import { baseTable, objectName } from './table-walk.ts'
import { copyInto, exportData, files, node, readBody, write } from './transfer-walk.ts'
import { newQueryScope, type Walk } from './walk.ts'

/**
 * Statements that are never harmless, whatever they hold: what they read and write is gathered for the people who
 * decide, and members that hold neither tables nor queries are not looked at.
 */
export const definitionStatements: Readonly<Record<string, (walk: Walk, payload: unknown) => StatementReading>> = {
  CreateTable: createTable,
  CreateView: (walk, payload) => definition(walk, payload, 'create'),
  CreateFunction: (walk, payload) => definition(walk, payload, 'create'),
  CreateProcedure: (walk, payload) => definition(walk, payload, 'create'),
  CreateSchema: container,
  CreateDatabase: container,
  AlterTable: alterTable,
  AlterView: (walk, payload) => definition(walk, payload, 'alter'),
  Drop: drop,
  DropFunction: (walk, payload) => definition(walk, payload, 'drop'),
  DropProcedure: (walk, payload) => definition(walk, payload, 'drop'),
  CopyIntoSnowflake: copyInto,
  ExportData: exportData,
  Grant: rights,
  Revoke: rights,
  Call: plain('call', 'call'),
  Execute: plain('script', 'dynamic_sql'),
  StartTransaction: startTransaction,
  Commit: plain('transaction'),
  Rollback: plain('transaction'),
  Set: setting,
  AlterSession: plain('session', 'session_change'),
  Use: use,
  ShowTables: plain('show', 'metadata'),
  ShowViews: plain('show', 'metadata'),
  ShowColumns: plain('show', 'metadata'),
  ShowSchemas: plain('show', 'metadata'),
  ShowDatabases: plain('show', 'metadata'),
  ShowObjects: plain('show', 'metadata'),
  ExplainTable: describe,
  Explain: explain,
  Comment: comment,
  List: (walk, payload) => files(walk, payload, walk.reads),
  Remove: (walk, payload) => files(walk, payload, walk.writes),
}

/** It changes the table or view that it is about, or whose column. */
function comment(walk: Walk, payload: unknown): StatementReading {
  walk.hazard('ddl')
  const { object_type: type, object_name: name } = isNode(payload) ? payload : {}
  const parts = objectName(walk, name)
  const table = type === 'Column' ? parts.slice(0, -1) : parts
  if (!['Table', 'View', 'MaterializedView', 'Column'].includes(String(type)))
    throw new Unread(`COMMENT ON ${String(type).toUpperCase()}`)
  walk.writes.add(walk.names.table(table))
  return { kind: 'alter' }
}

/** It changes who may do what with the tables that it names, or with all in a schema. */
function rights(walk: Walk, payload: unknown): StatementReading {
  walk.hazard('grant')
  const { objects } = node(payload)
  const [kind, named] = present(objects) ? variant(objects, 'GRANT') : ['', undefined]
  const schemas = kind === 'Schemas' ? named : isNode(named) ? named.schemas : undefined
  if (kind === 'Tables') for (const name of list(named, 'GRANT')) write(walk, name)
  else if (Array.isArray(schemas))
    for (const name of schemas) walk.writes.add(walk.names.allIn('schema', objectName(walk, name)))
  else throw new Unread('rights that are not those on tables')
  return { kind: 'grant' }
}

function plain(kind: StatementKind, ...hazards: readonly Hazard[]): (walk: Walk) => StatementReading {
  return walk => {
    walk.hazard(...hazards)
    return { kind }
  }
}

function definition(walk: Walk, payload: unknown, kind: StatementKind): StatementReading {
  const { name, query, columns } = node(payload)
  walk.hazard('ddl')
  const table = Array.isArray(name) ? write(walk, name) : undefined
  const result = present(query) ? queryResult(walk, newQueryScope(walk.outermost), query) : undefined
  // No mask hides the name of a column: whoever reads or describes the table would be shown the values.
  if (result && !isClosed(result) && walk.namedByRows && list(columns, 'a column list').length === 0)
    throw new Unread('columns that are called by the values of rows')
  if (result && table !== undefined) storeNew(walk, table, columns, result)
  return { kind }
}

/** A copy of a schema or database has tables whose columns nobody could follow. */
function container(walk: Walk, payload: unknown): StatementReading {
  if (present(node(payload).clone)) throw new Unread('a copy of all that a schema or database holds')
  return definition(walk, payload, 'create')
}

function createTable(walk: Walk, payload: unknown): StatementReading {
  const create = node(payload)
  if (create.dynamic === true) walk.hazard('deferred')
  if (create.external === true) walk.hazard('external')
  if (isKeptOutside(create)) walk.hazard('external', ...(present(create.query) ? (['unload'] as const) : []))
  if (present(create.clone)) {
    const source = baseTable(walk, objectName(walk, create.clone))
    const table = write(walk, create.name)
    const past = present(create.version) || walk.hazards.has('time_travel')
    if (past) walk.hazard('time_travel')
    // What it was once, or nobody looked up, has its columns' names all the same.
    const unseen = past || source.columns.length === 0
    if (table !== undefined && unseen) for (const read of walk.reads) walk.store(`${table}.*`, columnFlow(`${read}.*`))
    else if (table !== undefined) storeNew(walk, table, undefined, source)
  }
  if (present(create.like)) baseTable(walk, objectName(walk, node(variant(create.like, 'LIKE')[1]).name))
  return definition(walk, payload, 'create')
}

/** An Iceberg table: its rows are files in somebody's bucket. */
function isKeptOutside({ iceberg, external_volume, base_location, table_options }: Node): boolean {
  const options = isNode(table_options) ? list(Object.values(table_options)[0], 'OPTIONS') : []
  const isUri = (option: unknown) =>
    isNode(option) && isNode(option.KeyValue) && /^storage_uri$/i.test(identifier(option.KeyValue.key).text)
  return iceberg === true || present(external_volume) || present(base_location) || options.some(isUri)
}

/** SWAP WITH and RENAME TO touch a second table. */
function alterTable(walk: Walk, payload: unknown): StatementReading {
  for (const operation of list(node(payload).operations, 'ALTER TABLE')) {
    const [, inner] = variant(operation, 'ALTER TABLE')
    const name = isNode(inner) ? inner.table_name : undefined
    if (Array.isArray(name)) write(walk, name)
    else if (present(name)) write(walk, variant(name, 'ALTER TABLE')[1])
    renameColumn(walk, write(walk, node(payload).name), inner)
  }
  const reading = definition(walk, payload, 'alter')
  // What was in one of them may be in the other now.
  if (walk.writes.size > 1)
    for (const to of walk.writes)
      for (const from of walk.writes) if (to !== from) walk.store(`${to}.*`, columnFlow(`${from}.*`))
  return reading
}

/** What is in a column is there under another name. */
function renameColumn(walk: Walk, table: string | undefined, operation: unknown): void {
  if (table === undefined || !isNode(operation) || !present(operation.old_column_name)) return
  const [from, to] = [operation.old_column_name, operation.new_column_name].map(name =>
    columnName(table, walk.names.fold(identifier(name))),
  )
  if (from !== undefined && to !== undefined) walk.store(to, columnFlow(from))
}

/** Kinds of objects with a name as a table has. */
const droppedAlone = ['Table', 'View', 'MaterializedView', 'Sequence']

function drop(walk: Walk, payload: unknown): StatementReading {
  walk.hazard('ddl')
  const { object_type: type, names } = node(payload)
  // What a schema or a database holds goes with it: by their words these are named as all of that, and stages as such.
  if (!['Schema', 'Database', 'Stage'].includes(String(type))) for (const name of list(names, 'DROP')) write(walk, name)
  if (!droppedAlone.includes(String(type))) throw new Unread(`DROP ${String(type).toUpperCase()}`)
  return { kind: 'drop' }
}

/** `BEGIN … END` comes in the same form as BEGIN TRANSACTION, with the block's statements inside. */
function startTransaction(walk: Walk, payload: unknown): StatementReading {
  const begin = node(payload)
  const block = list(begin.statements, 'BEGIN').length > 0 || begin.has_end_keyword === true || present(begin.exception)
  if (!block) return { kind: 'transaction' }
  walk.hazard('script')
  return { kind: 'script' }
}

/** A session variable may hold what was read: what it is set to is read. */
function setting(walk: Walk, payload: unknown): StatementReading {
  walk.hazard('session_change')
  const [form, assignment] = variant(payload, 'SET')
  if (form.endsWith('Assignment') || form.endsWith('Assignments')) {
    // The name of another variable is no column that could not be told.
    walk.filter({ ...everyFlow(walk, newQueryScope(walk.outermost), node(assignment).values), traced: true })
  } else inert(assignment, 'SET')
  return { kind: 'session' }
}

function use(walk: Walk, payload: unknown): StatementReading {
  const [what] = variant(payload, 'USE')
  walk.hazard(what === 'Role' || what === 'SecondaryRoles' ? 'role_change' : 'session_change')
  return { kind: 'use' }
}

function describe(walk: Walk, payload: unknown): StatementReading {
  const { table_name: name } = node(payload)
  walk.hazard('metadata')
  if (Array.isArray(name)) baseTable(walk, objectName(walk, name))
  return { kind: 'describe' }
}

/** EXPLAIN runs nothing, but shows constants, object names and how much a filter leaves: what it explains is read as if it ran. */
function explain(walk: Walk, payload: unknown): StatementReading {
  walk.hazard('metadata')
  const { statement } = node(payload)
  const [name, inner] = variant(statement, 'EXPLAIN')
  if (name !== 'Query') throw new Unread('EXPLAIN of anything but a query')
  readBody(walk, inner)
  return { kind: 'explain' }
}
