import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { Dialect, transpile } from '@polyglot-sql/sdk'
import { GoogleError } from '../google/google-error.ts'
import { bigqueryError } from './engine-errors.ts'
import type { TableName, TranslatedStatement } from './google-sql.ts'
import { ResultRows } from './result-rows.ts'
import { type Field, geographyField, rangeFields, schemaOf } from './schema.ts'
import { beforeSuffix } from './statement-tables.ts'

interface DmlStats {
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
}

export interface StatementResult {
  /** Absent where the statement has no rows to give: DML and DDL. */
  readonly schema?: readonly Field[]
  readonly rows: ResultRows
  readonly dml?: DmlStats | undefined
}

interface TableInfo {
  readonly schema: readonly Field[]
  readonly rows: number
  readonly type: 'TABLE' | 'VIEW'
  /** Milliseconds since the epoch; no two tables were created at once. */
  readonly created: number
  /** Of a view, in GoogleSQL. */
  readonly query?: string
}

const writing = new Set([
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'TRUNCATE_TABLE',
  'DROP_TABLE',
  'CREATE_TABLE',
  'CREATE_TABLE_AS_SELECT',
])

/** `LOWER_BOUND` as of a table outside, of which BigQuery sees nothing before it runs. */
export interface Weight {
  readonly bytes: number
  readonly accuracy: 'PRECISE' | 'LOWER_BOUND'
}

/** One project, in DuckDB: its catalog is the project, its schemas are the datasets. */
export class Engine {
  /** What a scan of a table, by `dataset.table`, is said to read where its rows do not say it. */
  readonly weights = new Map<string, Weight>()
  readonly project: string
  /** `dataset.table` → when its copy from before the last write was taken. */
  readonly snapshots = new Map<string, Date>()
  readonly #instance: DuckDBInstance
  readonly #admin: DuckDBConnection
  #planning: Promise<unknown> = Promise.resolve()

  private constructor(project: string, instance: DuckDBInstance, admin: DuckDBConnection) {
    this.project = project
    this.#instance = instance
    this.#admin = admin
  }

  static async start(project: string): Promise<Engine> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
    const admin = await instance.connect()
    await admin.run(`ATTACH ':memory:' AS "${project}"`)
    await admin.run(`USE "${project}"; SET TimeZone = 'UTC'`)
    for (const statement of definitions) await admin.run(statement)
    return new Engine(project, instance, admin)
  }

  /** For whoever loads the data; its catalog is the project. */
  get loader(): DuckDBConnection {
    return this.#admin
  }

  /** GoogleSQL's views of a dataset's own tables. */
  async addInformationSchema(dataset: string): Promise<void> {
    const own = `table_catalog = '${this.project}' AND table_schema = '${dataset}' AND NOT contains(table_name, '@')
      AND NOT starts_with(table_name, 'INFORMATION_SCHEMA.')`
    const name = (view: string) => quoted({ dataset, table: `INFORMATION_SCHEMA.${view}` })
    await this.#admin.run(`CREATE VIEW ${name('TABLES')} AS SELECT table_catalog, table_schema, table_name, table_type
      FROM information_schema.tables WHERE ${own}`)
    await this.#admin.run(`CREATE VIEW ${name('COLUMNS')} AS SELECT table_catalog, table_schema, table_name, column_name,
      ordinal_position::BIGINT AS ordinal_position, is_nullable, ${typeName} AS data_type
      FROM information_schema.columns WHERE ${own}`)
  }

  async connect(): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect()
    await connection.run(`USE "${this.project}"; SET TimeZone = 'UTC'`)
    return connection
  }

  /** Types of the result, without running anything. */
  async describe(statement: TranslatedStatement): Promise<readonly Field[] | undefined> {
    try {
      const prepared = await this.#planned(statement, () => this.#admin.prepare(statement.duckdb))
      if (!hasRows(statement)) return undefined
      const at = Array.from({ length: prepared.columnCount }, (_, index) => index)
      return schemaOf(
        at.map(index => prepared.columnName(index)),
        at.map(index => prepared.columnType(index)),
        statement.words,
      )
    } catch (error) {
      throw bigqueryError(error)
    }
  }

  /** Base tables that the plan scans, behind views and functions too. */
  async scanned(statement: TranslatedStatement): Promise<readonly TableName[]> {
    const explain = `EXPLAIN (FORMAT JSON) ${statement.duckdb}`
    const reader = await this.#planned(statement, () => this.#admin.runAndReadAll(explain))
    const plan: unknown = JSON.parse(String(reader.getRows()[0]?.[1] ?? '[]'))
    return scansOf(plan)
      .map(name => name.replaceAll('"', '').split('.'))
      .filter(([project]) => project === this.project)
      .map(([project = '', dataset = '', table = '']) => ({ project, dataset, table: table.replace(beforeSuffix, '') }))
  }

  /** Runs on a connection of the job's own, so that the job can be interrupted. */
  async run(statement: TranslatedStatement, connection: DuckDBConnection): Promise<StatementResult> {
    try {
      await this.#snapshot(statement, connection)
      await this.#resolveIn(connection, statement)
      const result = await connection.run(statement.duckdb)
      const rows = await ResultRows.of(result)
      if (hasRows(statement))
        return { schema: schemaOf(result.columnNames(), result.columnTypes(), statement.words), rows }
      return { rows: ResultRows.none, dml: dmlStats(statement.type, result.rowsChanged, rows) }
    } catch (error) {
      throw bigqueryError(error)
    }
  }

  async datasets(): Promise<string[]> {
    const found = await this.#admin.runAndReadAll(
      `SELECT schema_name FROM information_schema.schemata WHERE catalog_name = $1 AND schema_name NOT IN ('main', 'information_schema', 'pg_catalog') AND NOT starts_with(schema_name, '_') ORDER BY 1`,
      [this.project],
    )
    return found.getRows().map(([name]) => String(name))
  }

  async tables(dataset: string): Promise<string[]> {
    return (await this.listed(dataset)).map(({ name }) => name)
  }

  /** In order of their names. */
  async listed(dataset: string): Promise<{ readonly name: string; readonly type: string; readonly created: number }[]> {
    const found = await this.#admin.runAndReadAll(
      `SELECT name, type, oid FROM
       (SELECT database_name, schema_name, table_name AS name, 'TABLE' AS type, table_oid AS oid FROM duckdb_tables()
       UNION ALL SELECT database_name, schema_name, view_name, 'VIEW', 0 FROM duckdb_views())
       WHERE database_name = $1 AND schema_name = $2 AND NOT starts_with(name, 'INFORMATION_SCHEMA.')
       AND NOT ends_with(name, '${beforeSuffix}') AND NOT contains(name, '*') ORDER BY 1`,
      [this.project, dataset],
    )
    return found
      .getRows()
      .map(([name, type, oid]) => ({ name: String(name), type: String(type), created: firstCreated + Number(oid) }))
  }

  /** Table names are case-sensitive in BigQuery, unlike in DuckDB. */
  async has({ project, dataset, table }: TableName): Promise<boolean> {
    if (project !== this.project) return false
    if (!table.endsWith(beforeSuffix) && (await this.#isTable(dataset, table))) return true
    const tables = await this.tables(dataset)
    return table.endsWith('*') ? tables.some(name => name.startsWith(table.slice(0, -1))) : tables.includes(table)
  }

  /** Most names are tables, and DuckDB takes as long to list its views. */
  async #isTable(dataset: string, table: string): Promise<boolean> {
    const found = await this.#admin.runAndReadAll(
      'SELECT 1 FROM duckdb_tables() WHERE database_name = $1 AND schema_name = $2 AND table_name = $3',
      [this.project, dataset, table],
    )
    return found.currentRowCount > 0
  }

  /** What a scan of a table that is there may be billed for. */
  async extent(name: TableName): Promise<Pick<TableInfo, 'schema' | 'rows'>> {
    const reader = await this.#admin.runAndReadAll(`SELECT * FROM ${quoted(name)} LIMIT 0`)
    const [counted] = (await this.#admin.runAndReadAll(`SELECT count(*) FROM ${quoted(name)}`)).getRows()
    const names = new Set(reader.columnNames().map(column => column.toLowerCase()))
    return { schema: schemaOf(reader.columnNames(), reader.columnTypes(), names), rows: Number(counted?.[0]) }
  }

  async table(name: TableName): Promise<TableInfo> {
    if (!(await this.has(name))) throw notFound(name)
    const kind = await this.#admin.runAndReadAll(
      `SELECT table_type FROM information_schema.tables WHERE table_catalog = $1 AND table_schema = $2 AND table_name = $3`,
      [name.project, name.dataset, name.table],
    )
    const [numbered] = (
      await this.#admin.runAndReadAll(
        'SELECT table_oid FROM duckdb_tables() WHERE database_name = $1 AND schema_name = $2 AND table_name = $3',
        [name.project, name.dataset, name.table],
      )
    ).getRows()
    const [view] = (
      await this.#admin.runAndReadAll(
        'SELECT sql FROM duckdb_views() WHERE database_name = $1 AND schema_name = $2 AND view_name = $3',
        [name.project, name.dataset, name.table],
      )
    ).getRows()
    return {
      ...(await this.extent(name)),
      type: kind.getRows()[0]?.[0] === 'VIEW' ? 'VIEW' : 'TABLE',
      created: firstCreated + Number(numbered?.[0] ?? 0),
      ...(view ? { query: viewQuery(String(view[0])) } : {}),
    }
  }

  close(): void {
    this.#admin.closeSync()
    this.#instance.closeSync()
  }

  /** One after the other: the connection has one path along which names are looked for. */
  #planned<T>(statement: TranslatedStatement, plan: () => Promise<T>): Promise<T> {
    const planned = this.#planning.then(() => this.#resolveIn(this.#admin, statement)).then(plan)
    this.#planning = planned.catch(() => undefined)
    return planned
  }

  /** The functions of this stand-in lie beside the datasets. */
  async #resolveIn(
    connection: DuckDBConnection,
    { defaultDataset, sessionDataset }: TranslatedStatement,
  ): Promise<void> {
    const setPath = (...datasets: string[]) => {
      const path = datasets.map(dataset => quoted({ dataset: this.project, table: dataset })).join(',')
      return connection.run(`SET search_path = '${path.replaceAll("'", "''")}'`)
    }
    // No path leads to a dataset that is not there.
    const own = sessionDataset === undefined ? [] : [sessionDataset]
    if (defaultDataset === undefined) await setPath(...own, 'main')
    else await setPath(...own, defaultDataset, 'main').catch(() => setPath(...own, 'main'))
  }

  async #snapshot({ type, writes }: TranslatedStatement, connection: DuckDBConnection): Promise<void> {
    if (!writes || !writing.has(type) || !(await this.has(writes))) return
    const copy = quoted({ ...writes, table: `${writes.table}${beforeSuffix}` })
    const isOwnUndo = type.startsWith('CREATE_TABLE')
    if (isOwnUndo && this.snapshots.has(`${writes.dataset}.${writes.table}`)) return
    await connection.run(`CREATE OR REPLACE TABLE ${copy} AS FROM ${quoted(writes)}`)
    this.snapshots.set(`${writes.dataset}.${writes.table}`, new Date())
  }
}

const firstCreated = 1_700_000_000_000

/** `Table` of every scan, anywhere in DuckDB's plan. */
function scansOf(plan: unknown): string[] {
  if (Array.isArray(plan)) return plan.flatMap(scansOf)
  if (typeof plan !== 'object' || plan === null) return []
  const { Table: table } = plan as { Table?: unknown }
  return [...(typeof table === 'string' ? [table] : []), ...Object.values(plan).flatMap(scansOf)]
}

/** What tables.get shows of a view: its query alone. */
function viewQuery(duckdb: string): string {
  const query = duckdb.replace(/^CREATE VIEW .*? AS (?=SELECT|WITH|\()/s, '').replace(/;\s*$/, '')
  const translated = transpile(query, Dialect.DuckDB, Dialect.BigQuery)
  return translated.sql?.[0] ?? query
}

export function notFound({ project, dataset, table }: TableName): GoogleError {
  return new GoogleError(
    404,
    `Not found: Table ${project}:${dataset}.${table} was not found in location US`,
    'notFound',
  )
}

function hasRows({ type }: TranslatedStatement): boolean {
  return type === 'SELECT' || type === 'EXPORT_DATA'
}

function dmlStats(type: string, changed: number, rows: ResultRows): DmlStats | undefined {
  const merged = (action: string) => [...rows.from(0)].filter(([name]) => name === action).length
  if (type === 'MERGE') return { inserted: merged('INSERT'), updated: merged('UPDATE'), deleted: merged('DELETE') }
  if (type === 'INSERT') return { inserted: changed, updated: 0, deleted: 0 }
  if (type === 'UPDATE') return { inserted: 0, updated: changed, deleted: 0 }
  if (type === 'DELETE' || type === 'TRUNCATE_TABLE') return { inserted: 0, updated: 0, deleted: changed }
  return undefined
}

function quoted({ dataset, table }: Pick<TableName, 'dataset' | 'table'>): string {
  return [dataset, table].map(part => `"${part.replaceAll('"', '""')}"`).join('.')
}

const typeName = `CASE
  WHEN data_type IN ('BIGINT', 'INTEGER', 'SMALLINT', 'TINYINT', 'HUGEINT') THEN 'INT64' WHEN data_type = 'VARCHAR' THEN 'STRING'
  WHEN data_type IN ('DOUBLE', 'FLOAT') THEN 'FLOAT64' WHEN data_type = 'BOOLEAN' THEN 'BOOL'
  WHEN starts_with(data_type, 'DECIMAL') THEN 'NUMERIC' WHEN data_type = 'TIMESTAMP WITH TIME ZONE' THEN 'TIMESTAMP'
  WHEN data_type = 'TIMESTAMP' THEN 'DATETIME' WHEN data_type = 'BLOB' THEN 'BYTES' ELSE data_type END`

const definitions = [
  'CREATE TYPE bq_numeric AS DECIMAL(38, 9)',
  'CREATE TYPE bq_bignumeric AS DECIMAL(38, 20)',
  'CREATE TYPE bq_timestamp AS TIMESTAMPTZ',
  `CREATE MACRO bq_range(a, b) AS {'${rangeFields[0]}': a, '${rangeFields[1]}': b}`,
  'CREATE MACRO bq_regexp_contains(a, b) AS regexp_matches(a, b)',
  `CREATE MACRO st_geogfromtext(a) AS {'${geographyField}': a}`,
  `CREATE MACRO st_geogpoint(x, y) AS {'${geographyField}': 'POINT(' || x || ' ' || y || ')'}`,
  `CREATE MACRO session_user() AS 'session_user'`,
]
