import { epochUnits, isoText } from '#src/execute/epoch-text.ts'
import type { Cell, Column, WireType } from '#src/execute/warehouse.ts'
import { losslessJson, numberCell } from './lossless-json.ts'
import type { WireColumn } from './snowflake-wire/wire-result.ts'

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

export function snowflakeColumn({ name, nullable, wire }: WireColumn): Column {
  return { name, type: types[wire.type] ?? 'string', warehouseType: warehouseType(wire), nullable, wire }
}

function warehouseType({ type, precision = 38, scale = 0 }: WireType): string {
  return type === 'fixed' ? `NUMBER(${precision},${scale})` : type.toUpperCase()
}

/** Reads the values of one column from the wire (text or null) as cells: ISO 8601 dates and times, upper-case hex, parsed JSON. */
export function cellReader(wire: WireType): (value: unknown) => Cell {
  const read = textReader(wire)
  return value => {
    if (value === null || value === undefined) return null
    return read(typeof value === 'string' ? value : JSON.stringify(value))
  }
}

function textReader({ type, scale = 0 }: WireType): (text: string) => Cell {
  switch (type) {
    case 'fixed':
      return scale > 0 ? text => text : numberCell
    case 'real':
      return text => (Number.isFinite(Number(text)) ? Number(text) : text)
    case 'boolean':
      return text => text === '1' || text.toLowerCase() === 'true'
    case 'date':
      return text => isoDate(Number(text))
    case 'time':
      return text => isoTime(text, scale)
    case 'timestamp_ntz':
      return text => isoTimestamp(text, scale)
    case 'timestamp_ltz':
      return text => `${isoTimestamp(text, scale)}Z`
    case 'timestamp_tz':
      return text => isoTimestampWithOffset(text, scale)
    default:
      return types[type] === 'json' ? losslessJson : text => text
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
