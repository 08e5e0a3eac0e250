import { bigqueryReader, bigqueryText } from './bigquery-text.ts'
import { snowflakeReader, snowflakeText } from './snowflake-text.ts'
import type { Column, WireType } from './warehouse.ts'
import type { CodecOf, WireForm } from './wire-page.ts'

/** No form is without one: else a value of it could not be masked. */
export const wireCodecs: Readonly<Record<WireForm, CodecOf>> = {
  'snowflake-rowset': column => {
    const wire = wireOf(column)
    return { read: snowflakeReader(wire), write: value => snowflakeText(value, wire.type) }
  },
  'bigquery-rows': column => {
    const wire = wireOf(column)
    return { read: bigqueryReader(wire), write: value => bigqueryText(value, wire) }
  },
  // Its columns are masked by the texts of cells, whatever holds their values.
  'snowflake-arrow': () => ({ read: text => text, write: String }),
}

/** Of a column whose wire type is not known, what its name says. */
export function wireOf({ wire, warehouseType }: Column): WireType {
  if (wire) return wire
  const [, element] = /^ARRAY<(.*)>$/.exec(warehouseType) ?? []
  return element === undefined ? { type: warehouseType } : { type: element, repeated: true }
}
