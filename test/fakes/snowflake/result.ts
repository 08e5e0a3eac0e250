import type { DuckDBConnection, DuckDBMaterializedResult, DuckDBValue } from '@duckdb/node-api'
import { literal, quoted } from './database.ts'
import type { OutputColumn } from './output-columns.ts'

/** `statementTypeId`: Snowflake's own classification of a statement. */
export const statementType = {
  select: 0x1000,
  insert: 0x3100,
  update: 0x3200,
  delete: 0x3300,
  merge: 0x3400,
  copy: 0x3600,
  unload: 0x3700,
  alterSession: 0x4100,
  useDatabase: 0x4301,
  useSchema: 0x4302,
  useWarehouse: 0x4303,
  show: 0x4400,
  describe: 0x4500,
  transaction: 0x5000,
  definition: 0x6000,
  get: 0x7101,
  put: 0x7102,
  multiple: 0xa000,
} as const

export interface WriteCounts {
  readonly numRowsInserted: number
  readonly numRowsUpdated: number
  readonly numRowsDeleted: number
  readonly numDmlDuplicates: number
}

/** What a statement came to. Rows stay in DuckDB's columns until somebody fetches them. */
export interface Result {
  readonly data: DuckDBMaterializedResult
  readonly columns: readonly OutputColumn[]
  readonly typeId: number
  readonly counts?: WriteCounts
  /** Fields of a PUT or GET answer, credentials included. */
  readonly transfer?: Readonly<Record<string, unknown>>
  /** Statement ids and types of a request with several statements. */
  readonly children?: { readonly ids: string; readonly types: string }
  /** TIMESTAMP_TZ was asked for: shown with its offset instead of as TIMESTAMP_LTZ. */
  readonly zoned?: boolean
}

const ofDuckDb = (data: DuckDBMaterializedResult): readonly OutputColumn[] =>
  data.columnNames().map(name => ({ name, source: undefined }))

/** A result whose columns are named by the DuckDB query itself. */
export async function plainResult(
  connection: DuckDBConnection,
  sql: string,
  typeId: number,
  values: readonly DuckDBValue[] = [],
): Promise<Result> {
  const data = await connection.run(sql, [...values])
  return { data, columns: ofDuckDb(data), typeId }
}

/** One row, one text column called `status`. */
export function statusResult(
  connection: DuckDBConnection,
  typeId: number,
  text = 'Statement executed successfully.',
): Promise<Result> {
  return plainResult(connection, `SELECT ${literal(text)} AS ${quoted('status')}`, typeId)
}
