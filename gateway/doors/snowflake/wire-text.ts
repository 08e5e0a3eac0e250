import type { Cell } from '#src/execute/warehouse.ts'

/** A cell as Snowflake's JSON results write it: text or null, in the units of the column's type. */
export function wireText(cell: Cell, type: string): string | null {
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
    case 'variant':
    case 'object':
    case 'array':
    case 'map':
    case 'vector':
    case 'geography':
    case 'geometry':
      return JSON.stringify(cell)
    default:
      return typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
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
