import type { Column as DriverColumn } from 'snowflake-sdk'
import { GatewayError } from '#src/errors.ts'
import type { Cell, Column } from '#src/execute/warehouse.ts'
import { epochUnits, isoText } from './epoch-text.ts'
import { losslessJson, numberCell } from './lossless-json.ts'

const types: Readonly<Record<string, Column['type']>> = {
  fixed: 'number',
  real: 'number',
  decfloat: 'number',
  boolean: 'boolean',
  date: 'date',
  time: 'time',
  timestamp_ntz: 'timestamp',
  timestamp_ltz: 'timestamp',
  timestamp_tz: 'timestamp',
  binary: 'binary',
  variant: 'json',
  object: 'json',
  array: 'json',
  map: 'json',
  vector: 'json',
  geography: 'json',
}

export function snowflakeColumn(column: DriverColumn): Column {
  const type = column.getType().toLowerCase()
  return {
    name: column.getName(),
    type: types[type] ?? 'string',
    warehouseType: warehouseType(type, column),
    nullable: column.isNullable() !== false,
    wire: {
      type,
      ...(column.getPrecision() === null ? {} : { precision: column.getPrecision() }),
      ...(column.getScale() === null ? {} : { scale: column.getScale() }),
    },
  }
}

function warehouseType(type: string, column: DriverColumn): string {
  if (type !== 'fixed') return type.toUpperCase()
  return `NUMBER(${column.getPrecision() ?? 38},${column.getScale() ?? 0})`
}

/**
 * Makes the driver hand out each value as it came over the wire. Its own conversions lose digits of large numbers, cut
 * fractions of times by the session's output formats, and may evaluate a VARIANT. `_getRowValue` is how the pinned driver
 * reads a column; a driver without it is refused rather than trusted to convert.
 */
export function readRaw(columns: readonly DriverColumn[]): void {
  for (const column of columns) {
    if (!('_getRowValue' in column))
      throw new GatewayError('internal', { detail: 'this version of snowflake-sdk reads columns in another way' })
    const index = column.getIndex()
    column._getRowValue = (row: { readonly values: readonly unknown[] }) => row.values[index]
  }
}

/** One value of the wire (text or null) as a cell: ISO 8601 dates and times, upper-case hex, parsed JSON. */
export function snowflakeCell(raw: unknown, column: DriverColumn): Cell {
  if (raw === null || raw === undefined) return null
  const text = String(raw)
  switch (column.getType().toLowerCase()) {
    case 'fixed':
      return (column.getScale() ?? 0) > 0 ? text : numberCell(text)
    case 'real':
      return Number.isFinite(Number(text)) ? Number(text) : text
    case 'boolean':
      return text === '1' || text.toLowerCase() === 'true'
    case 'date':
      return isoDate(Number(text))
    case 'time':
      return isoTime(text, column.getScale() ?? 0)
    case 'timestamp_ntz':
      return isoTimestamp(text, column.getScale() ?? 0)
    case 'timestamp_ltz':
      return `${isoTimestamp(text, column.getScale() ?? 0)}Z`
    case 'timestamp_tz':
      return isoTimestampWithOffset(text, column.getScale() ?? 0)
    case 'variant':
    case 'object':
    case 'array':
    case 'map':
    case 'vector':
    case 'geography':
      return losslessJson(text)
    default:
      return text
  }
}

function isoDate(days: number): string {
  const date = new Date(days * 86_400_000)
  return Number.isNaN(date.getTime()) ? String(days) : (date.toISOString().split('T')[0] ?? '')
}

/** Seconds since the epoch with `scale` digits of fraction. */
function isoTimestamp(text: string, scale: number): string {
  const units = epochUnits(text, scale)
  return (units !== undefined && isoText(units, scale)) || text
}

/** `3661.000000001` (seconds since midnight) as `01:01:01.000000001`. */
function isoTime(text: string, scale: number): string {
  return isoTimestamp(text, scale).split('T')[1] ?? text
}

/** `<seconds since the epoch> <offset in minutes + 1440>` as local time with its offset. */
function isoTimestampWithOffset(text: string, scale: number): string {
  const [epoch = '', index = ''] = text.split(' ')
  const minutes = Number(index) - 1440
  const units = epochUnits(epoch, scale)
  if (units === undefined || !Number.isInteger(minutes) || Math.abs(minutes) > 1440) return text
  const local = isoText(units + BigInt(minutes) * 60n * 10n ** BigInt(scale), scale)
  const absolute = Math.abs(minutes)
  const two = (value: number) => String(value).padStart(2, '0')
  return local ? `${local}${minutes < 0 ? '-' : '+'}${two(Math.floor(absolute / 60))}:${two(absolute % 60)}` : text
}
