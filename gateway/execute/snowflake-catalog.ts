import type { CatalogObject, CatalogObjects } from '#src/classify/catalog.ts'
import { GatewayError } from '#src/errors.ts'
import type { Cell, WarehouseCatalog } from '#src/execute/warehouse.ts'
import { CachedCatalog } from './cached-catalog.ts'
import type { OpenSessions } from './open-sessions.ts'
import { cutOff } from './snowflake-errors.ts'
import { ownLimits } from './snowflake-parameters.ts'
import type { SnowflakeSession } from './snowflake-session.ts'
import { quoted, type SnowflakeTable, snowflakeTable } from './snowflake-table.ts'
import { Refusal } from './snowflake-wire/wire-errors.ts'
import { asReader, type ReaderCredentials } from './warehouse-sessions.ts'

/** From the information schema of each object's own database, by the reader role: one statement for each database. */
export function snowflakeCatalog(sessions: OpenSessions, reader: ReaderCredentials, tags: boolean): WarehouseCatalog {
  return new CachedCatalog(async names => {
    const tables = names.flatMap(name => snowflakeTable(name) ?? [])
    const byDatabase = Map.groupBy(tables, ({ database }) => database)
    const found = await Promise.all(
      [...byDatabase].map(([database, wanted]) =>
        ask(sessions, reader, { database, wanted, tags }).catch(noneIfRefused),
      ),
    )
    return new Map(found.flatMap(objects => [...objects]))
  })
}

/** Only a no of Snowflake's own is about the objects or the reader's rights, and not one that its time was over, or it was cancelled. */
function noneIfRefused(error: unknown): CatalogObjects {
  if (error instanceof GatewayError) throw error
  if (error instanceof Refusal && !cutOff.has(error.code)) return new Map()
  throw new GatewayError('warehouse_unavailable', { detail: 'Snowflake cannot be asked for a table' })
}

interface Asked {
  readonly database: string
  readonly wanted: readonly SnowflakeTable[]
  readonly tags: boolean
}

type Rows = readonly (readonly Cell[])[]

function ask(
  sessions: OpenSessions,
  reader: ReaderCredentials,
  { database, wanted: tables, tags }: Asked,
): Promise<CatalogObjects> {
  return asReader(reader, async credential => {
    const session = await sessions.shared(credential, { database })
    const binds = tables.flatMap(({ schema, table }) => [schema, table])
    const rows = await session.query({
      sqlText: factsSql(tables.length),
      binds: [...binds, ...binds, ...binds],
      parameters: ownLimits,
    })
    // An edition without tags, or a reader that may not see them: they are not known.
    const carried = tags ? await tagRows(session, tables).catch(() => undefined) : undefined
    return objectsOf(rows, tables, carried)
  })
}

/** Tags of all columns, those of their tables, schemas and databases included. */
function tagRows(session: SnowflakeSession, tables: readonly SnowflakeTable[]): Promise<Rows> {
  const one = `select ? as table_schema, ? as table_name, column_name, tag_name, tag_value
    from table(information_schema.tag_references_all_columns(?, 'table'))`
  return session.query({
    sqlText: tables.map(() => one).join(' union all '),
    binds: tables.flatMap(({ database, schema, table }) => [
      schema,
      table,
      [database, schema, table].map(quoted).join('.'),
    ]),
    parameters: ownLimits,
  })
}

/** One round trip: what each object is and how many rows it has, its columns in order, and what views show of their definition. */
function factsSql(tables: number): string {
  const named = `(table_schema, table_name) in (${Array(tables).fill('(?, ?)').join(', ')})`
  return `select 'object' as fact, table_schema, table_name, table_type as name, row_count::varchar as value, 0 as position
    from information_schema.tables where ${named}
    union all select 'view', table_schema, table_name, is_secure, view_definition, 0
    from information_schema.views where ${named}
    union all select 'column', table_schema, table_name, column_name, data_type, ordinal_position
    from information_schema.columns where ${named} order by position`
}

const kinds: Readonly<Record<string, CatalogObject['kind']>> = {
  'BASE TABLE': 'table',
  VIEW: 'view',
  'MATERIALIZED VIEW': 'view',
}

function objectsOf(rows: Rows, tables: readonly SnowflakeTable[], carried: Rows | undefined): CatalogObjects {
  const objects = new Map<string, CatalogObject>()
  for (const { database, schema, table } of tables) {
    const facts = rows.filter(row => row[1] === schema && row[2] === table)
    const [, , , type, rowCount] = facts.find(row => row[0] === 'object') ?? []
    const [, , , secure, definition] = facts.find(row => row[0] === 'view') ?? []
    const columns = facts.filter(row => row[0] === 'column').map(([, , , name, value]) => [String(name), String(value)])
    if (columns.length === 0) continue
    objects.set(`${database}.${schema}.${table}`, {
      kind: kinds[String(type)] ?? 'other',
      columns: Object.fromEntries(columns),
      ...(/^\d+$/.test(String(rowCount)) ? { rows: Number(rowCount) } : {}),
      // A secure view hides what it stands for, if not from its owner.
      ...(typeof definition === 'string' && definition !== '' && secure === 'NO' ? { definition } : {}),
      ...(carried ? { tags: tagsOf(carried.filter(row => row[0] === schema && row[1] === table)) } : {}),
    })
  }
  return objects
}

function tagsOf(rows: Rows): NonNullable<CatalogObject['tags']> {
  const byColumn = Map.groupBy(rows, row => String(row[2]))
  const carried = [...byColumn].map(([column, own]) => [column, own.map(row => `${row[3]}=${row[4]}`)] as const)
  return Object.fromEntries(carried)
}
