import { GatewayError } from '#src/errors.ts'
import type { WireField, WireType } from '#src/execute/warehouse.ts'

/** A column as `rowtype` says it. */
export interface WireColumn {
  readonly name: string
  readonly nullable: boolean
  readonly wire: WireType
}

/** A row as it came: text or null in each cell. */
type WireRow = readonly unknown[]

/** A part of a result in cloud storage. */
interface WireChunk {
  readonly url: string
  readonly rows: number
}

/** What Snowflake answered to a finished statement. URLs and headers are credentials to unmasked rows. */
export interface WireAnswer {
  readonly queryId: string
  readonly columns: readonly WireColumn[]
  /** Rows written; absent where it was no INSERT, UPDATE, DELETE or MERGE. */
  readonly written?: number
  readonly form: 'snowflake-rowset' | 'snowflake-arrow'
  /** The rows that came with it: lists with commas between them and no brackets around, or a stream. */
  readonly first: Uint8Array
  readonly chunks: readonly WireChunk[]
  /** Rows in all, where it says so. */
  readonly returned?: number
  readonly chunkHeaders: Readonly<Record<string, string>>
}

export type Json = Readonly<Record<string, unknown>>

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isListOfJson = (value: unknown): value is readonly Json[] => Array.isArray(value) && value.every(isJson)

/** The only form of a statement's id that becomes part of a path, or of the SQL that undoes a write. */
export function isQueryId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
}

/** Answers to PUT and GET: credentials of stages, and orders to read or write files of this machine. */
const transfers = ['stageInfo', 'uploadInfo', 'presignedUrls', 'encryptionMaterial', 'localLocation']

/** Rejects with `result_shape` where it is none that we asked for. */
export function wireAnswer(data: Json): WireAnswer {
  const { rowtype, chunks = [], queryId, statementTypeId, returned } = data
  if (transfers.some(name => name in data)) throw malformed('Snowflake asked for a file transfer')
  if (!isListOfJson(rowtype) || !isListOfJson(chunks) || !isQueryId(queryId)) throw malformed('the answer is no result')
  const columns = rowtype.map(wireColumn)
  const { rows, ...first } = firstRows(data, columns.length)
  const written = writtenRows(Number(statementTypeId), rows)
  return {
    queryId,
    columns,
    ...first,
    chunks: chunks.map(chunk => ({ url: String(chunk.url), rows: Number(chunk.rowCount) })),
    chunkHeaders: chunkHeaders(data),
    ...(typeof returned === 'number' ? { returned } : {}),
    ...(written === undefined ? {} : { written }),
  }
}

function firstRows({ rowset, rowsetBase64, queryResultFormat = 'json' }: Json, width: number) {
  if (queryResultFormat === 'arrow' && typeof rowsetBase64 === 'string')
    return { form: 'snowflake-arrow', first: Buffer.from(rowsetBase64, 'base64'), rows: [] } as const
  if (queryResultFormat !== 'json' || !Array.isArray(rowset))
    throw malformed(`the rows are no ${String(queryResultFormat).slice(0, 10)}`)
  const rows = rowset.map(row => wireRow(row, width))
  return { form: 'snowflake-rowset', first: Buffer.from(JSON.stringify(rows)).subarray(1, -1), rows } as const
}

function wireRow(row: unknown, width: number): WireRow {
  if (Array.isArray(row) && row.length === width) return row
  throw malformed('a row of Snowflake does not match its columns')
}

function wireColumn(column: Json): WireColumn {
  return { name: String(column.name), nullable: column.nullable !== false, wire: wireType(column) }
}

function wireType(column: Json): WireType {
  const { type, fields } = column
  const sizes = (['precision', 'scale', 'length', 'byteLength'] as const).flatMap(name => {
    const size = column[name]
    return typeof size === 'number' ? [[name, size] as const] : []
  })
  return {
    type: String(type).toLowerCase(),
    ...Object.fromEntries(sizes),
    ...(Array.isArray(fields) && fields.length > 0 ? { fields: fields.filter(isJson).map(wireField) } : {}),
  }
}

function wireField(field: Json): WireField {
  return { name: String(field.name ?? ''), nullable: field.nullable !== false, ...wireType(field) }
}

/** INSERT, UPDATE, DELETE, MERGE, INSERT ALL: their result is one row of counts. */
const writes = new Set([0x3100, 0x3200, 0x3300, 0x3400, 0x3500])

function writtenRows(statementTypeId: number, rows: readonly WireRow[]): number | undefined {
  if (!writes.has(statementTypeId)) return undefined
  return rows.flat().reduce<number>((sum, count) => sum + Number(count), 0)
}

/** How storage is asked for a part: in its own words, or with the key that the parts are encrypted with. */
function chunkHeaders({ chunkHeaders: own, qrmk }: Json): Record<string, string> {
  if (isJson(own)) return Object.fromEntries(Object.entries(own).map(([name, value]) => [name, String(value)]))
  if (typeof qrmk !== 'string') return {}
  return {
    'x-amz-server-side-encryption-customer-algorithm': 'AES256',
    'x-amz-server-side-encryption-customer-key': qrmk,
  }
}

function malformed(detail: string): GatewayError {
  return new GatewayError('result_shape', { detail })
}
