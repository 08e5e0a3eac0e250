import type { Column, WireType } from '#src/execute/warehouse.ts'
import type { WireColumn } from './snowflake-wire/wire-result.ts'

const types: Readonly<Record<string, Column['type']>> = {
  fixed: 'number',
  real: 'number',
  decfloat: 'number',
  boolean: 'boolean',
  date: 'date',
  time: 'time',
  timestamp_ntz: 'timestamp',
  timestamp_ltz: 'timestamp',
  timestamp_tz: 'timestamp',
  binary: 'binary',
  variant: 'json',
  object: 'json',
  array: 'json',
  map: 'json',
  vector: 'json',
  geography: 'json',
}

export function snowflakeColumn({ name, nullable, wire }: WireColumn): Column {
  return { name, type: types[wire.type] ?? 'string', warehouseType: warehouseType(wire), nullable, wire }
}

function warehouseType({ type, precision = 38, scale = 0 }: WireType): string {
  return type === 'fixed' ? `NUMBER(${precision},${scale})` : type.toUpperCase()
}
