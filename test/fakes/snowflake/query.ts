import type { DuckDBValue } from '@duckdb/node-api'
import type { Database } from './database.ts'
import { fromTables, outputColumns, outputSelect, type SourceTable } from './output-columns.ts'
import { type Result, statementType } from './result.ts'
import { fullName, isRecord, type Need, parseStatement, requirePrivilege, type TableName, tablesIn } from './roles.ts'
import type { Session } from './session.ts'
import { missingObject } from './snowflake-error.ts'
import { toDuckDb, travel } from './translate.ts'

/** A statement being run: its text is folded, without comments, and expanded. */
export interface Running {
  readonly sql: string
  readonly queryId: string
  readonly session: Session
  readonly database: Database
  readonly values: readonly (readonly DuckDBValue[])[]
  readonly describeOnly: boolean
}

const metadata = (table: TableName) => table.schema === 'INFORMATION_SCHEMA'

/** Columns of tables, by their full names. */
type Columns = ReadonlyMap<string, readonly string[]>

/** Checks what the role may do with every table in the statement, `target` being the one it writes; answers their columns. */
export async function requireAccess(
  { session, database }: Running,
  ast: unknown,
  target?: { readonly name: TableName; readonly need: Need },
): Promise<Columns> {
  const found = new Map<string, readonly string[]>()
  for (const { catalog, schema, name } of tablesIn(ast)) {
    const table = session.resolve(
      [catalog, schema, name]
        .filter(part => part !== undefined)
        .map(part => `"${part}"`)
        .join('.'),
    )
    if (metadata(table)) continue
    const isTarget = target !== undefined && fullName(target.name) === fullName(table)
    const own = session.isTemporary(table)
    const columns = await database.find(table, session.connection, own)
    if (columns === undefined) throw missingObject('Object', fullName(table))
    found.set(fullName(table), columns)
    requirePrivilege(
      session.privileges,
      table,
      isTarget ? target.need : 'select',
      own || database.owner(table) === session.role,
    )
  }
  return found
}

function sourcesOf(
  select: Record<string, unknown> | undefined,
  { session }: Running,
  columnsOf: Columns,
): SourceTable[] {
  const tables = select === undefined || isRecord(select.with) ? [] : (fromTables(select) ?? [])
  const sources: SourceTable[] = []
  for (const node of tables) {
    const part = (key: string) => (isRecord(node[key]) ? String(node[key].name) : undefined)
    const name = [part('catalog'), part('schema'), part('name')].filter(text => text !== undefined)
    const table = session.resolve(name.map(text => `"${text}"`).join('.'))
    const columns = columnsOf.get(fullName(table))
    if (columns === undefined) return []
    sources.push({ alias: part('alias') ?? table.table, table, columns })
  }
  return sources
}

/** Compiled with whatever values: a driver that prepares a statement has none yet. */
async function described({ connection }: Session, sql: string) {
  const text = `SELECT * FROM (${sql}) LIMIT 0`
  const { parameterCount } = await connection.prepare(text)
  return connection.run(text, Array(parameterCount).fill(null))
}

export async function runQuery(running: Running): Promise<Result> {
  const { session, sql } = running
  const stage = /\b(?:FROM|JOIN)\s+@([\w.~%"]+)/.exec(sql)
  if (stage !== null) throw missingObject('Stage', stage[1] ?? '')
  const ast = parseStatement(sql)
  const columns = await requireAccess(running, ast)
  const select = outputSelect(ast)
  const sources = sourcesOf(select, running, columns)
  const translated = toDuckDb(travel(sql, session))
  const data = running.describeOnly
    ? await described(session, translated)
    : await session.connection.run(translated, [...(running.values[0] ?? [])])
  return {
    data,
    columns: outputColumns(select, sources, data.columnNames()),
    typeId: statementType.select,
    zoned: /\bTIMESTAMP_TZ\b/.test(sql),
  }
}
