import { snowflakeTypes } from '#src/execute/snowflake-text.ts'
import type { Column, WireType } from '#src/execute/warehouse.ts'
import type { WireColumn } from './snowflake-wire/wire-result.ts'

export function snowflakeColumn({ name, nullable, wire }: WireColumn): Column {
  return { name, type: snowflakeTypes[wire.type] ?? 'string', warehouseType: warehouseType(wire), nullable, wire }
}

function warehouseType({ type, precision = 38, scale = 0 }: WireType): string {
  return type === 'fixed' ? `NUMBER(${precision},${scale})` : type.toUpperCase()
}
