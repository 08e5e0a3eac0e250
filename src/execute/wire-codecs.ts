import { maxDigits } from './arrow/decimal-text.ts'
import { bigqueryReader, bigqueryText } from './bigquery-text.ts'
import { snowflakeReader, snowflakeText } from './snowflake-text.ts'
import type { Cell, Column, WireType } from './warehouse.ts'
import type { CodecOf, WireForm } from './wire-page.ts'

/** No form is without one: else a value of it could not be masked. */
export const wireCodecs: Readonly<Record<WireForm, CodecOf>> = {
  'snowflake-rowset': column => {
    const wire = wireOf(column)
    return { read: snowflakeReader(wire), write: value => (fits(value, wire) ? snowflakeText(value, wire.type) : null) }
  },
  'bigquery-rows': column => {
    const wire = wireOf(column)
    return { read: bigqueryReader(wire), write: value => bigqueryText(value, wire) }
  },
  // Its columns are masked by the texts of cells, whatever holds their values.
  'snowflake-arrow': () => ({ read: text => text, write: String }),
}

/** A whole number leaves as many digits as its type has decimals unused. */
function fits(value: Cell, { type, scale = 0 }: WireType): boolean {
  return type !== 'fixed' || typeof value !== 'number' || String(value).length + scale <= maxDigits
}

/** Of a column whose wire type is not known, what its name says. */
export function wireOf({ wire, warehouseType }: Column): WireType {
  if (wire) return wire
  const [, element] = /^ARRAY<(.*)>$/.exec(warehouseType) ?? []
  return element === undefined ? { type: warehouseType } : { type: element, repeated: true }
}
