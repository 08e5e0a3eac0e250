import { sameDecimalFloat } from './decimal-float.ts'
import { epochUnits, isoText } from './epoch-text.ts'
import { losslessJson, numberCell } from './lossless-json.ts'
import type { Cell, Column, WireType } from './warehouse.ts'

/** All others are text. */
export const snowflakeTypes: Readonly<Record<string, Column['type']>> = {
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
  geometry: 'json',
  interval_year_month: 'interval',
  interval_day_time: 'interval',
}

/** Reads texts of one type as cells: ISO 8601 dates and times, upper-case hex, parsed JSON. */
export function snowflakeReader({ type, scale = 0 }: WireType): (text: string) => Cell {
  switch (type) {
    case 'fixed':
      return scale > 0 ? text => text : numberCell
    case 'real':
      return text => (Number.isFinite(Number(text)) ? Number(text) : text)
    case 'decfloat':
      return sameDecimalFloat
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
      return snowflakeTypes[type] === 'json' ? losslessJson : text => text
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

/** A cell as Snowflake's JSON results write it: text or null, in the units of the column's type. */
export function snowflakeText(cell: Cell, type: string): string | null {
  if (cell === null) return null
  switch (type) {
    case 'boolean':
      return typeof cell === 'boolean' ? (cell ? '1' : '0') : String(cell)
    case 'date':
      return dateText(String(cell))
    case 'time':
      return epochText(`1970-01-01T${String(cell)}`) ?? String(cell)
    case 'timestamp_ntz':
      return epochText(String(cell)) ?? String(cell)
    case 'timestamp_ltz':
      return epochText(String(cell).replace(/Z$/, '')) ?? String(cell)
    case 'timestamp_tz':
      return zonedText(String(cell))
    default:
      return snowflakeTypes[type] === 'json' || typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
  }
}

/** Days since the epoch. What is no date in ISO 8601 came as it is over the wire, and leaves so. */
function dateText(text: string): string {
  const milliseconds = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(milliseconds) ? text : String(milliseconds / 86_400_000)
}

/** Seconds since the epoch, with the digits of the fraction as they stand; never by way of a double. */
function epochText(local: string, offsetMinutes = 0): string | undefined {
  const [, whole = '', fraction = ''] = /^([^.]*)(?:\.(\d{1,9}))?$/.exec(local) ?? []
  const milliseconds = Date.parse(`${whole}Z`)
  if (Number.isNaN(milliseconds)) return undefined
  const unit = 10n ** BigInt(fraction.length)
  const units = BigInt(milliseconds / 1_000 - offsetMinutes * 60) * unit + BigInt(fraction || '0')
  const digits = String(units < 0n ? -units : units).padStart(fraction.length + 1, '0')
  const point = digits.length - fraction.length
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}${fraction === '' ? '' : `.${digits.slice(point)}`}`
}

/** `<seconds since the epoch> <offset in minutes + 1440>`, from local time with its offset. */
function zonedText(text: string): string {
  const [, local = '', sign, hours, minutes] = /^(.*)([+-])(\d\d):(\d\d)$/.exec(text) ?? []
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  const seconds = epochText(local, offset)
  return seconds === undefined ? text : `${seconds} ${offset + 1440}`
}
