import { epochUnits, isoText } from './epoch-text.ts'
import { losslessJson, numberCell } from './lossless-json.ts'
import type { Cell, Column, WireType } from './warehouse.ts'

/** All others are text. */
export const bigqueryTypes: Readonly<Record<string, Column['type']>> = {
  INTEGER: 'number',
  INT64: 'number',
  FLOAT: 'number',
  FLOAT64: 'number',
  NUMERIC: 'number',
  BIGNUMERIC: 'number',
  BOOLEAN: 'boolean',
  BOOL: 'boolean',
  DATE: 'date',
  TIME: 'time',
  DATETIME: 'timestamp',
  TIMESTAMP: 'timestamp',
  BYTES: 'binary',
  JSON: 'json',
  RECORD: 'json',
  STRUCT: 'json',
  GEOGRAPHY: 'geography',
  INTERVAL: 'interval',
  RANGE: 'range',
}

/** Reads texts of one type as cells; instants come in microseconds: as doubles of seconds, BigQuery's default, they lose digits. */
export function bigqueryReader({ type }: WireType): (text: string) => Cell {
  switch (type) {
    case 'INTEGER':
    case 'INT64':
      return numberCell
    case 'FLOAT':
    case 'FLOAT64':
      return text => (Number.isFinite(Number(text)) ? Number(text) : text)
    case 'BOOLEAN':
    case 'BOOL':
      return text => text.toLowerCase() === 'true'
    case 'TIMESTAMP':
      return timestamp
    case 'BYTES':
      return text => Buffer.from(text, 'base64').toString('hex').toUpperCase()
    case 'JSON':
      return losslessJson
    default:
      return text => text
  }
}

function timestamp(micros: string): string {
  return timestampText(micros, 'ISO8601_STRING') ?? micros
}

/** A cell as BigQuery writes it. What does not fit its type (a mask left something else) becomes null: clients would fail at it. */
export function bigqueryText(cell: Exclude<Cell, null>, { type }: WireType): string | null {
  if (type === 'JSON') return JSON.stringify(cell)
  if (typeof cell === 'object') return null
  const text = String(cell)
  if (type === 'BYTES') return /^(?:[0-9A-F]{2})*$/.test(text) ? Buffer.from(text, 'hex').toString('base64') : null
  return type === 'TIMESTAMP' ? microseconds(text) : text
}

/** From `2026-11-21T10:11:12.123456Z`. */
function microseconds(iso: string): string | null {
  const [, seconds, fraction = ''] = /^(-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/.exec(iso) ?? []
  if (seconds === undefined) return null
  return String(BigInt(Date.parse(`${seconds}Z`)) * 1_000n + BigInt(fraction.padEnd(6, '0')))
}

/** How a client wants instants; `INT64` (microseconds) is how they are asked for from the warehouse. */
export type TimestampFormat = 'FLOAT64' | 'INT64' | 'ISO8601_STRING'

/** Microseconds in another format; `FLOAT64`, the default of the API, is seconds. */
export function timestampText(micros: string, format: TimestampFormat): string | null {
  const units = epochUnits(micros, 0)
  if (units === undefined || micros.includes('.')) return null
  if (format === 'INT64') return micros
  if (format === 'FLOAT64') return (Number(units) / 1e6).toExponential().replace(/e\+?/, 'E')
  const iso = isoText(units, 6)
  return iso === undefined ? null : `${iso}Z`
}

/** `[start, end)` of microseconds in another format. */
export function rangeText(range: string, format: TimestampFormat): string {
  return range.replaceAll(/-?\d+/g, micros => boundText(micros, format))
}

function boundText(micros: string, format: TimestampFormat): string {
  if (format !== 'ISO8601_STRING') return timestampText(micros, format) ?? micros
  return new Date(Number(BigInt(micros) / 1_000n)).toISOString()
}
