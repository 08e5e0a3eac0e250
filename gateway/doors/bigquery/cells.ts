import type { Cell, Column, WireType } from '#src/execute/warehouse.ts'

export type TimestampFormat = 'FLOAT64' | 'INT64' | 'ISO8601_STRING'

/** `{"v": …}`; a scalar is always a text: https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults */
type Value = string | null | { readonly f: readonly WireCell[] } | readonly WireCell[]
interface WireCell {
  readonly v: Value
}

/** The type of a column whose result was recorded before types were kept is what its name says. */
export function wireTypeOf({ wire, warehouseType }: Column): WireType {
  if (wire) return wire
  const [, element] = /^ARRAY<(.*)>$/.exec(warehouseType) ?? []
  return element === undefined ? { type: warehouseType } : { type: element, repeated: true }
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
export function fieldSchema(name: string, nullable: boolean, type: WireType): object {
  const { precision, scale, length, fields, element } = type
  return {
    name,
    type: type.type,
    mode: type.repeated ? 'REPEATED' : nullable ? 'NULLABLE' : 'REQUIRED',
    ...(fields ? { fields: fields.map(field => fieldSchema(field.name, field.nullable, field)) } : {}),
    ...(precision === undefined ? {} : { precision: String(precision) }),
    ...(scale === undefined ? {} : { scale: String(scale) }),
    ...(length === undefined ? {} : { maxLength: String(length) }),
    ...(element === undefined ? {} : { rangeElementType: { type: element } }),
  }
}

export function wireRow(row: readonly Cell[], types: readonly WireType[], timestamps: TimestampFormat): object {
  return { f: types.map((type, at) => ({ v: wireValue(row[at] ?? null, type, timestamps) })) }
}

/** What does not fit its type (a mask left something else) becomes null: clients would fail at it. */
function wireValue(cell: Cell, type: WireType, timestamps: TimestampFormat): Value {
  if (type.repeated) {
    const { repeated: _, ...element } = type
    return Array.isArray(cell) ? cell.map(each => ({ v: wireValue(each, element, timestamps) })) : []
  }
  if (cell === null) return null
  if (type.type === 'RECORD' || type.type === 'STRUCT') return structValue(cell, type, timestamps)
  if (type.type === 'JSON') return JSON.stringify(cell)
  return typeof cell === 'object' ? null : scalarText(cell, type, timestamps)
}

function structValue(cell: Exclude<Cell, null>, { fields = [] }: WireType, timestamps: TimestampFormat): Value {
  if (typeof cell !== 'object' || Array.isArray(cell)) return null
  const members = cell as Readonly<Record<string, Cell>>
  return { f: fields.map(field => ({ v: wireValue(members[field.name] ?? null, field, timestamps) })) }
}

function scalarText(
  cell: string | number | boolean,
  { type, element }: WireType,
  timestamps: TimestampFormat,
): string | null {
  const text = String(cell)
  if (type === 'BYTES') return /^(?:[0-9A-F]{2})*$/.test(text) ? Buffer.from(text, 'hex').toString('base64') : null
  if (type === 'TIMESTAMP') return timestampText(text, timestamps)
  if (type === 'RANGE' && element === 'TIMESTAMP') return rangeText(text, timestamps)
  return text
}

/** From `2026-11-21T10:11:12.123456Z`. */
function timestampText(iso: string, format: TimestampFormat): string | null {
  const [, seconds, fraction = ''] = /^(-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/.exec(iso) ?? []
  if (seconds === undefined) return null
  if (format === 'ISO8601_STRING') return iso
  return epochText(BigInt(Date.parse(`${seconds}Z`)) * 1_000n + BigInt(fraction.padEnd(6, '0')), format)
}

/** `INT64`: microseconds. `FLOAT64`, the default of the API: seconds. */
function epochText(micros: bigint, format: TimestampFormat): string {
  return format === 'INT64' ? String(micros) : (Number(micros) / 1e6).toExponential().replace(/e\+?/, 'E')
}

/** `[start, end)` of microseconds, as they were asked for from the warehouse. */
function rangeText(range: string, format: TimestampFormat): string {
  return format === 'INT64' ? range : range.replaceAll(/-?\d+/g, micros => boundText(BigInt(micros), format))
}

function boundText(micros: bigint, format: TimestampFormat): string {
  if (format !== 'ISO8601_STRING') return epochText(micros, format)
  const milliseconds = Number(micros / 1_000n)
  return new Date(milliseconds).toISOString()
}
