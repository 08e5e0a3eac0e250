import {
  DuckDBBlobValue,
  type DuckDBDecimalValue,
  type DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { type Field, geographyField, rangeFields } from './schema.ts'

export type TimestampFormat = 'FLOAT64' | 'INT64' | 'ISO8601_STRING'
type Cell = { readonly v: string | null | Row | readonly Cell[] }
export type Row = { readonly f: readonly Cell[] }

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults — every scalar is a JSON string. */
export function encodeRow(values: readonly DuckDBValue[], schema: readonly Field[], timestamps: TimestampFormat): Row {
  return { f: schema.map((field, at) => encodeCell(values[at] ?? null, field, timestamps)) }
}

function encodeCell(value: DuckDBValue, field: Field, timestamps: TimestampFormat): Cell {
  if (field.mode === 'REPEATED') {
    const items = value instanceof DuckDBListValue ? value.items : []
    return { v: items.map(item => encodeCell(item, { ...field, mode: 'NULLABLE' }, timestamps)) }
  }
  if (value === null) return { v: null }
  if (value instanceof DuckDBStructValue) {
    const { entries } = value
    if (field.type === 'GEOGRAPHY') return { v: String(entries[geographyField]) }
    if (field.type === 'RANGE') return { v: encodeRange(entries, field, timestamps) }
    return { v: encodeRow(Object.values(entries), field.fields ?? [], timestamps) }
  }
  return { v: encodeScalar(value, field.type, timestamps) }
}

function encodeRange(
  entries: Readonly<Record<string, DuckDBValue>>,
  field: Field,
  timestamps: TimestampFormat,
): string {
  const type = field.rangeElementType?.type ?? 'DATE'
  const bounds = rangeFields.map(name => {
    const bound = entries[name] ?? null
    return bound === null ? 'UNBOUNDED' : encodeScalar(bound, type, timestamps)
  })
  return `[${bounds.join(', ')})`
}

function encodeScalar(value: DuckDBValue, type: string, timestamps: TimestampFormat): string {
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64')
  if (value instanceof DuckDBTimestampTZValue) return encodeTimestamp(value.micros, timestamps)
  if (value instanceof DuckDBTimestampValue) return isoOfMicros(value.micros)
  if (value instanceof DuckDBTimeValue) return isoOfMicros(value.micros).slice(11)
  if (type === 'INTERVAL') return encodeInterval(value as DuckDBIntervalValue)
  if (type === 'NUMERIC' || type === 'BIGNUMERIC') return withoutTrailingZeros(String(value as DuckDBDecimalValue))
  return String(value)
}

function encodeTimestamp(micros: bigint, format: TimestampFormat): string {
  if (format === 'INT64') return String(micros)
  if (format === 'ISO8601_STRING') return `${isoOfMicros(micros)}Z`
  return (Number(micros) / 1e6).toExponential().replace('e+', 'E').replace('e', 'E')
}

/** `YYYY-MM-DDTHH:MM:SS[.ffffff]` */
function isoOfMicros(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = (micros - fraction) / 1_000_000n
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  return fraction === 0n ? text : `${text}.${String(fraction).padStart(6, '0')}`
}

/** `[-]Y-M [-]D [-]H:M:S[.F]` */
function encodeInterval({ months, days, micros }: DuckDBIntervalValue): string {
  const size = (value: number) => Math.abs(value)
  const total = micros < 0n ? -micros : micros
  const seconds = Number(total / 1_000_000n)
  const fraction = String(total % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '')
  const time = `${Math.floor(seconds / 3600)}:${Math.floor(seconds / 60) % 60}:${seconds % 60}${fraction && `.${fraction}`}`
  return (
    `${months < 0 ? '-' : ''}${Math.floor(size(months) / 12)}-${size(months) % 12} ${days} ` +
    `${micros < 0n ? '-' : ''}${time}`
  )
}

function withoutTrailingZeros(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
}
