import { GatewayError } from '#src/errors.ts'
import type { BindContent, BindValue } from '#src/statement.ts'

interface Bind {
  /** `FIXED`, `TEXT`, `TIMESTAMP_NTZ`… */
  readonly type: string
  /** A list where the statement runs once for each. */
  readonly value: string | null | readonly (string | null)[]
}

/** How the protocol counts what is kept as people read it. */
const counted: Readonly<Record<string, (text: string) => string>> = {
  DATE: text => String(nanoseconds(`${text}T00:00:00.000000000`) / 1_000_000n),
  TIME: text => String(nanoseconds(`1970-01-01T${text}`)),
  TIMESTAMP_NTZ: text => String(nanoseconds(text)),
  TIMESTAMP_LTZ: text => String(nanoseconds(text.slice(0, -1))),
  TIMESTAMP_TZ: zoned,
}

/**
 * Values of placeholders as the protocol has them, by name or by position from 1: always text, with the type beside it.
 * Rejects with `invalid_request` what Snowflake has no placeholder for.
 */
export function wireBinds(values: readonly BindValue[]): Readonly<Record<string, Bind>> {
  return Object.fromEntries(values.map((value, at) => [nameOf(value) ?? String(at + 1), wireBind(value)]))
}

function nameOf(value: BindValue): string | undefined {
  return value !== null && typeof value === 'object' ? value.name : undefined
}

function wireBind(value: BindValue): Bind {
  if (value === null || typeof value === 'string') return { type: 'TEXT', value }
  if (typeof value === 'boolean') return { type: 'BOOLEAN', value: String(value) }
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'FIXED' : 'REAL', value: String(value) }
  const { type, value: content } = value
  if (typeof type === 'string' && isText(content)) return { type, value: wireText(type, content) }
  if (typeof type === 'object' && 'array' in type && typeof type.array === 'string') {
    const { array } = type
    if (Array.isArray(content) && content.every(isText))
      return { type: array, value: content.map(text => wireText(array, text)) }
  }
  throw new GatewayError('invalid_request', {
    message: 'Snowflake takes plain values, or a list of them, in a placeholder.',
  })
}

function isText(content: BindContent): content is string | null {
  return content === null || typeof content === 'string'
}

function wireText(type: string, text: string | null): string | null {
  return text === null ? null : (counted[type]?.(text) ?? text)
}

/** Since the epoch, of `2026-01-02T03:04:05.000000006`. */
function nanoseconds(iso: string): bigint {
  const [, seconds = '', fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})$/.exec(iso) ?? []
  const milliseconds = Date.parse(`${seconds}Z`)
  if (Number.isNaN(milliseconds))
    throw new GatewayError('invalid_request', { message: 'A bound date or time is none.' })
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction)
}

/** Its own clock with the distance to UTC: as the protocol has it, nanoseconds since the epoch and minutes from a day before. */
function zoned(text: string): string {
  const [, local = '', sign = '', hours = '', minutes = ''] = /^(.+)([+-])(\d\d):(\d\d)$/.exec(text) ?? []
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
  return `${nanoseconds(local) - BigInt(offset) * 60_000_000_000n} ${offset + 1440}`
}
