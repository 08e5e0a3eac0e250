import type { BindValue } from '#src/statement.ts'
import { unsupportedHere } from './envelope.ts'

/**
 * The values of `bindings` in order. Numbers that a double cannot hold, dates and times become texts, which Snowflake reads as
 * what they are compared with or stored in.
 */
export function bindValues(bindings: unknown): BindValue[] {
  if (bindings === undefined || bindings === null) return []
  if (typeof bindings !== 'object' || Array.isArray(bindings)) throw unsupportedHere('The binds are no object.')
  const entries = Object.entries(bindings as Record<string, unknown>)
  const binds: BindValue[] = Array(entries.length).fill(null)
  for (const [key, bind] of entries) {
    const at = /^[1-9]\d{0,4}$/.test(key) ? Number(key) : Number.POSITIVE_INFINITY
    if (at > entries.length) throw unsupportedHere('Binds are numbered from 1 on; named ones are not known here.')
    binds[at - 1] = bindValue(bind)
  }
  return binds
}

function bindValue(bind: unknown): BindValue {
  const { type, value } = (typeof bind === 'object' && bind !== null ? bind : {}) as Record<string, unknown>
  if (value === null) return null
  if (Array.isArray(value))
    throw unsupportedHere(
      'Lists of rows cannot be bound here. Bind one row for each statement, or write the values out.',
    )
  if (typeof value !== 'string' || typeof type !== 'string') throw unsupportedHere('A bind has no type or no value.')
  switch (type) {
    case 'TEXT':
      return value
    case 'FIXED':
    case 'REAL':
    case 'DECFLOAT':
      return numberOf(value)
    case 'BOOLEAN':
      return /^(?:true|1)$/i.test(value)
    case 'DATE':
      return instant(value, 1_000_000n).slice(0, 10)
    case 'TIME':
      return instant(value, 1n).slice(11)
    case 'TIMESTAMP_NTZ':
      return instant(value, 1n)
    case 'TIMESTAMP_LTZ':
      return `${instant(value, 1n)}Z`
    case 'TIMESTAMP_TZ':
      return zoned(value)
    default:
      throw unsupportedHere(`Values of type ${type.slice(0, 32)} cannot be bound here.`)
  }
}

function numberOf(text: string): BindValue {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) throw unsupportedHere('A number is bound that is none.')
  return String(value) === text ? value : text
}

/** Units of `nanoseconds` since the epoch as `2026-01-02T03:04:05.000000006`. */
function instant(text: string, nanoseconds: bigint): string {
  if (!/^-?\d{1,21}$/.test(text)) throw unsupportedHere('A date or a time is bound that is none.')
  const total = BigInt(text) * nanoseconds
  const fraction = ((total % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  const date = new Date(Number((total - fraction) / 1_000_000n))
  if (Number.isNaN(date.getTime())) throw unsupportedHere('A date or a time is bound that is out of range.')
  return `${date.toISOString().slice(0, -5)}.${String(fraction).padStart(9, '0')}`
}

/** `<nanoseconds since the epoch> <offset in minutes + 1440>`. */
function zoned(text: string): string {
  const [, epoch = '', index = ''] = /^(-?\d{1,21}) (\d{1,4})$/.exec(text) ?? []
  const offset = Number(index) - 1440
  if (epoch === '' || Math.abs(offset) > 1440) throw unsupportedHere('A time with a zone is bound that is none.')
  const local = instant(String(BigInt(epoch) + BigInt(offset) * 60_000_000_000n), 1n)
  const two = (value: number) => String(value).padStart(2, '0')
  const absolute = Math.abs(offset)
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(absolute / 60))}:${two(absolute % 60)}`
}
