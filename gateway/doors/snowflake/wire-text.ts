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
      return epochText(`1970-01-01T${String(cell)}Z`)
    case 'timestamp_ntz':
      return epochText(`${String(cell)}Z`)
    case 'timestamp_ltz':
      return epochText(String(cell))
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

/** Seconds since the epoch, with the digits of the fraction as they stand. */
function epochText(text: string): string {
  const [, whole = '', fraction = ''] = /^([^.]*)(?:\.(\d{1,9}))?Z$/.exec(text) ?? []
  const milliseconds = Date.parse(`${whole}Z`)
  if (Number.isNaN(milliseconds)) return text.replace(/Z$/, '')
  const units = 10n ** BigInt(fraction.length)
  const value = BigInt(milliseconds / 1_000) * units + BigInt(fraction || '0')
  if (fraction === '') return String(value)
  const digits = String(value < 0n ? -value : value).padStart(fraction.length + 1, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -fraction.length)}.${digits.slice(-fraction.length)}`
}

/** `<seconds since the epoch> <offset in minutes + 1440>`, from local time with its offset. */
function zonedText(text: string): string {
  const [, local, sign, hours, minutes] = /^(.*)([+-])(\d\d):(\d\d)$/.exec(text) ?? []
  if (local === undefined) return text
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  const [whole = '', fraction] = epochText(`${local}Z`).split('.')
  if (!/^-?\d+$/.test(whole)) return text
  return `${shifted(whole, fraction, offset)} ${offset + 1440}`
}

function shifted(whole: string, fraction: string | undefined, offset: number): string {
  if (fraction === undefined) return String(BigInt(whole) - BigInt(offset) * 60n)
  const units = 10n ** BigInt(fraction.length)
  const negative = whole.startsWith('-')
  const absolute = BigInt(whole.replace('-', '')) * units + BigInt(fraction)
  const value = (negative ? -absolute : absolute) - BigInt(offset) * 60n * units
  const digits = String(value < 0n ? -value : value).padStart(fraction.length + 1, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -fraction.length)}.${digits.slice(-fraction.length)}`
}
