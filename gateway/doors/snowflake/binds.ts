import { isoText } from '#src/execute/epoch-text.ts'
import type { BindValue } from '#src/statement.ts'
import { unsupportedHere } from './envelope.ts'

/** The values of `bindings` in order, each with its type. Dates and times are written as people read them. */
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

const asItIs = (text: string) => text

/** How values of a type are shown to people; `wireBinds` sends them on. All other types are not bound here. */
const forms: Readonly<Record<string, (text: string) => string>> = {
  TEXT: asItIs,
  FIXED: numberText,
  REAL: numberText,
  DECFLOAT: numberText,
  BOOLEAN: truthText,
  BINARY: asItIs,
  VARIANT: asItIs,
  OBJECT: asItIs,
  ARRAY: asItIs,
  DATE: text => instant(text, 1_000_000n).slice(0, 10),
  TIME: text => instant(text, 1n).slice(11),
  TIMESTAMP_NTZ: text => instant(text, 1n),
  TIMESTAMP_LTZ: text => `${instant(text, 1n)}Z`,
  TIMESTAMP_TZ: zoned,
}

function bindValue(bind: unknown): BindValue {
  const { type: asked, value } = (typeof bind === 'object' && bind !== null ? bind : {}) as Record<string, unknown>
  if (value === null) return null
  const named = String(asked).toUpperCase()
  // What Python calls a column that is NULL in every row.
  const type = named === 'ANY' && Array.isArray(value) && value.every(each => each === null) ? 'TEXT' : named
  const write = Object.hasOwn(forms, type) ? forms[type] : undefined
  if (!write) throw unsupportedHere(`Values of type ${type.slice(0, 32)} cannot be bound here.`)
  if (Array.isArray(value)) return { type: { array: type }, value: value.map(each => written(each, write)) }
  const text = written(value, write)
  return text === null || type === 'TEXT' ? text : { type, value: text }
}

function written(value: unknown, write: (text: string) => string): string | null {
  if (value === null) return null
  if (typeof value !== 'string') throw unsupportedHere('A value is bound that is no text.')
  return write(value)
}

function numberText(text: string): string {
  if (text.trim() === '' || Number.isNaN(Number(text))) throw unsupportedHere('A number is bound that is none.')
  return text
}

function truthText(text: string): string {
  if (/^(?:true|1)$/i.test(text)) return 'true'
  if (/^(?:false|0)$/i.test(text)) return 'false'
  throw unsupportedHere('A truth value is bound that is neither true nor false.')
}

/** Units of `nanoseconds` since the epoch as `2026-01-02T03:04:05.000000006`. */
function instant(text: string, nanoseconds: bigint): string {
  if (!/^-?\d{1,21}$/.test(text)) throw unsupportedHere('A date or a time is bound that is none.')
  const iso = isoText(BigInt(text) * nanoseconds, 9)
  // Beyond these years it would have another form.
  if (iso === undefined || !/^\d{4}-/.test(iso))
    throw unsupportedHere('A date or a time is bound that is out of range.')
  return iso
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
