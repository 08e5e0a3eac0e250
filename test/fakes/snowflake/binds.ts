import {
  DuckDBDateValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { type EffectiveParameters, readAs } from './input-formats.ts'
import { isRecord } from './roles.ts'
import { SnowflakeError } from './snowflake-error.ts'

function bindValue(type: string, text: string | null, parameter: EffectiveParameters): DuckDBValue {
  if (text === null) return null
  switch (type) {
    case 'FIXED':
      return /^-?\d+$/.test(text) ? BigInt(text) : Number(text)
    case 'REAL':
      return Number(text)
    case 'BOOLEAN':
      return text === 'true' || text === '1'
    case 'DATE':
      return new DuckDBDateValue(Math.floor(Number(text) / 86_400_000))
    case 'TIME':
      return new DuckDBTimeValue(BigInt(text) / 1_000n)
    case 'TIMESTAMP_NTZ':
      return new DuckDBTimestampValue(BigInt(text) / 1_000n)
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
      return new DuckDBTimestampTZValue(BigInt(text.split(' ')[0] ?? '0') / 1_000n)
    default:
      return readAs(text, parameter)
  }
}

/**
 * The values of a request's `bindings`, in order, one list for each time that the statement runs: once, or for every
 * row of an array bind.
 */
export function bindRows(bindings: unknown, parameter: EffectiveParameters): readonly (readonly DuckDBValue[])[] {
  if (!isRecord(bindings)) return [[]]
  const columns = Object.keys(bindings)
    .sort((left, right) => Number(left) - Number(right))
    .map(key => {
      const bind = bindings[key]
      const type = isRecord(bind) ? String(bind.type) : 'TEXT'
      const value = isRecord(bind) ? bind.value : null
      return (Array.isArray(value) ? value : [value]).map(text =>
        bindValue(type, text === null ? null : String(text), parameter),
      )
    })
  const rows = Math.max(1, ...columns.map(column => column.length))
  if (columns.some(column => column.length !== rows)) {
    throw new SnowflakeError('002049', '42601', 'Bind arrays differ in length.')
  }
  return Array.from({ length: rows }, (_, row) => columns.map(column => column[row] ?? null))
}
