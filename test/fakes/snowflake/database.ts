import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { createShopData } from '../dataset.ts'
import { informationSchemaViews } from './information-schema.ts'
import { fullName, type TableName } from './roles.ts'

export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
export const quotedTable = ({ database, schema, table }: TableName) => [database, schema, table].map(quoted).join('.')
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/** Holds the tables as they were before each write, out of sight. */
const travelSchema = '$TRAVEL'
/** DuckDB keeps the name INFORMATION_SCHEMA for its own. */
export const informationSchema = '"DEMO"."$INFORMATION_SCHEMA"'
/** Snapshots kept: with the full data set each takes a few dozen megabytes. */
const snapshotLimit = 8

interface Snapshot {
  readonly queryId: string
  readonly full: string
  readonly table: TableName
}

interface SessionFacts {
  readonly user: string
  readonly role: string
  readonly account: string
  readonly warehouse: string | undefined
  readonly sessionId: number
  /** Matches the full names of what the role can see, for INFORMATION_SCHEMA. */
  readonly visible: RegExp
}

/** DuckDB in the place of Snowflake's storage and compute: database DEMO with schemas SHOP and PUBLIC. */
export class Database {
  readonly #instance: DuckDBInstance
  /** Sees everything, without any session. */
  readonly admin: DuckDBConnection
  readonly #owners = new Map<string, string>()
  #snapshots: Snapshot[] = []
  /** When each statement started, counted: what AT and BEFORE go by. */
  readonly #order = new Map<string, number>()
  #lastWrite: Promise<unknown> = Promise.resolve()

  private constructor(instance: DuckDBInstance, admin: DuckDBConnection) {
    this.#instance = instance
    this.admin = admin
  }

  static async create(sizes: { readonly customers?: number; readonly orders?: number }): Promise<Database> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '2GB' })
    const admin = await instance.connect()
    await admin.run(`ATTACH ':memory:' AS "DEMO"`)
    await createShopData(admin, { ...sizes, catalog: 'DEMO', schema: 'SHOP', names: 'upper' })
    await admin.run(`CREATE SCHEMA "DEMO"."PUBLIC"; CREATE SCHEMA "DEMO".${quoted(travelSchema)}`)
    for (const view of informationSchemaViews(informationSchema)) await admin.run(view)
    // Statements reach the data only: no files, no network, no extensions.
    await admin.run(`SET enable_external_access = false`)
    return new Database(instance, admin)
  }

  async connect(facts: SessionFacts): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect()
    const constants = {
      current_user: facts.user,
      current_role: facts.role,
      current_account: facts.account,
      current_warehouse: facts.warehouse ?? null,
      current_session: String(facts.sessionId),
      current_version: '9.31.2',
      current_available_roles: `[ "${facts.role}" ]`,
      current_secondary_roles: '{"roles":"","value":""}',
    }
    const macros = Object.entries(constants).map(
      ([name, value]) => `${name}() AS ${value === null ? 'NULL::VARCHAR' : literal(value)}`,
    )
    for (const name of ['transaction', 'database', 'schema'])
      macros.push(`current_${name}() AS getvariable('${name}')::VARCHAR`)
    await connection.run([...macros, ...snowflakeFunctions].map(macro => `CREATE TEMP MACRO ${macro}`).join('; '))
    await connection.run(`SET VARIABLE visible = ${literal(facts.visible.source)}`)
    return connection
  }

  /** The columns of a table or a view, or of a temporary table of `connection`; nothing where there is none of this name. */
  async find(name: TableName, connection: DuckDBConnection, temporary = false): Promise<readonly string[] | undefined> {
    const reader = await connection.runAndReadAll(
      `SELECT column_name FROM duckdb_columns()
       WHERE CASE WHEN $4 THEN database_name = 'temp' ELSE (database_name, schema_name) = ($1, $2) END AND table_name = $3
       ORDER BY column_index`,
      [name.database, name.schema, name.table, temporary],
    )
    const rows = reader.getRowsJS()
    return rows.length === 0 ? undefined : rows.map(row => String(row[0]))
  }

  async isView({ database, schema, table }: TableName, connection: DuckDBConnection): Promise<boolean> {
    const reader = await connection.runAndReadAll(
      'FROM duckdb_views() WHERE (database_name, schema_name, view_name) = ($1, $2, $3)',
      [database, schema, table],
    )
    return reader.currentRowCount > 0
  }

  async hasSchema(database: string, schema?: string): Promise<boolean> {
    const reader = await this.admin.runAndReadAll(
      `SELECT 1 FROM duckdb_schemas() WHERE database_name = $1 AND ($2 = '' OR schema_name = $2) AND NOT starts_with(schema_name, '$')`,
      [database, schema ?? ''],
    )
    return database === 'DEMO' && reader.currentRowCount > 0
  }

  /** Rows and bytes of a table, the bytes by a fixed width per column type. */
  async size(full: string): Promise<{ readonly rows: number; readonly bytes: number }> {
    const reader = await this.admin.runAndReadAll(
      `SELECT ROW_COUNT::DOUBLE, BYTES::DOUBLE FROM ${informationSchema}."$SIZES" WHERE FULL_NAME = $1`,
      [full],
    )
    const [rows = 0, bytes = 0] = reader.getRowsJS()[0] ?? []
    return { rows: Number(rows), bytes: Number(bytes) }
  }

  /** Writes take turns, as on Snowflake's table locks; DuckDB would refuse the later one. */
  exclusively<T>(write: () => Promise<T>): Promise<T> {
    const turn = this.#lastWrite.then(write)
    this.#lastWrite = turn.catch(() => undefined)
    return turn
  }

  started(queryId: string): void {
    this.#order.set(queryId, this.#order.size)
  }

  /** Keeps a table's committed rows as they were before the statement `queryId` writes to it. */
  async keep(queryId: string, table: TableName): Promise<void> {
    // Temporary tables and tables of an open transaction are nobody else's to look back at.
    if ((await this.find(table, this.admin)) === undefined) return
    const kept = `${quoted('DEMO')}.${quoted(travelSchema)}.${quoted(`${queryId}:${table.table}`)}`
    await this.admin.run(`CREATE TABLE ${kept} AS SELECT * FROM ${quotedTable(table)}`)
    const name = { database: 'DEMO', schema: travelSchema, table: `${queryId}:${table.table}` }
    this.#snapshots.push({ queryId, full: fullName(table), table: name })
    for (const old of this.#snapshots.splice(0, this.#snapshots.length - snapshotLimit)) {
      await this.admin.run(`DROP TABLE ${quotedTable(old.table)}`)
    }
  }

  /** Where a table's rows before (or right after) a statement are: the first snapshot from then on, or the table itself. */
  asOf(table: TableName, queryId: string, when: 'AT' | 'BEFORE'): TableName | undefined {
    const position = this.#order.get(queryId)
    if (position === undefined) return undefined
    const later = this.#snapshots.find(({ full, queryId: id }) => {
      const snapshot = this.#order.get(id) ?? 0
      return full === fullName(table) && (when === 'BEFORE' ? snapshot >= position : snapshot > position)
    })
    return later?.table ?? table
  }

  /** The latest snapshot of a table: what UNDROP brings back. */
  lastKept(table: TableName): TableName | undefined {
    return this.#snapshots.findLast(({ full }) => full === fullName(table))?.table
  }

  owner(table: TableName): string | undefined {
    return this.#owners.get(fullName(table))
  }

  setOwner(table: TableName, role: string): void {
    this.#owners.set(fullName(table), role)
  }

  close(): void {
    this.admin.closeSync()
    this.#instance.closeSync()
  }
}

/** Snowflake functions that DuckDB lacks and the translation leaves alone. */
const snowflakeFunctions = [
  'to_varchar(value) AS value::VARCHAR',
  'to_char(value) AS value::VARCHAR',
  'try_to_number(value) AS try_cast(value AS DECIMAL(38, 0))',
  'try_to_double(value) AS try_cast(value AS DOUBLE)',
  'to_number(value) AS value::DECIMAL(38, 0), (value, digits, places) AS value::DECIMAL(38, 2)',
  'to_binary(value) AS unhex(value), (value, format) AS unhex(value)',
  'sha2(value) AS sha256(value), (value, digits) AS sha256(value)',
  'sha2_hex(value) AS sha256(value), (value, digits) AS sha256(value)',
  'array_size(value) AS array_length(value)',
  'object_keys(value) AS json_keys(value)',
  'is_role_in_session(name) AS name = current_role()',
  `get_presigned_url(stage, path) AS 'https://stage.fake-snowflake.example/' || path || '?X-Amz-Signature=presigned-url-signature',
    (stage, path, seconds) AS 'https://stage.fake-snowflake.example/' || path || '?X-Amz-Signature=presigned-url-signature'`,
]
