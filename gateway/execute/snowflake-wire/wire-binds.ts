import { GatewayError } from '#src/errors.ts'
import type { BindContent, BindValue } from '#src/statement.ts'

interface Bind {
  /** `FIXED`, `TEXT`, `TIMESTAMP_NTZ`… */
  readonly type: string
  /** A list where the statement runs once for each. */
  readonly value: string | null | readonly (string | null)[]
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
  if (typeof type === 'string' && isText(content)) return { type, value: content }
  if (typeof type === 'object' && 'array' in type && typeof type.array === 'string')
    if (Array.isArray(content) && content.every(isText)) return { type: type.array, value: content }
  throw new GatewayError('invalid_request', {
    message: 'Snowflake takes plain values, or a list of them, in a placeholder.',
  })
}

function isText(content: BindContent): content is string | null {
  return content === null || typeof content === 'string'
}
