import type { Column, WireType } from '#src/execute/warehouse.ts'

/** One column as Snowflake describes it. The names of its table are left out: they are the warehouse's to tell, not ours. */
export interface RowtypeEntry {
  readonly name: string
  readonly database: string
  readonly schema: string
  readonly table: string
  readonly nullable: boolean
  readonly type: string
  readonly precision: number | null
  readonly scale: number | null
  readonly length: number | null
  readonly byteLength: number | null
  readonly collation: null
}

const longestText = 16_777_216

export function rowtypeOf(columns: readonly Column[]): readonly RowtypeEntry[] {
  return columns.map(({ name, nullable, ...column }) => entry(name, nullable, column.wire ?? wireBefore(column)))
}

/** A column of the gateway's own making. */
export function ownColumn(name: string, type: 'text' | 'fixed'): RowtypeEntry {
  return entry(name, false, type === 'text' ? { type, length: longestText } : { type, precision: 19, scale: 0 })
}

function entry(
  name: string,
  nullable: boolean,
  { type, precision, scale, length, byteLength }: WireType,
): RowtypeEntry {
  return {
    ...{ name, database: '', schema: '', table: '', nullable, type: type.toLowerCase(), collation: null },
    precision: precision ?? null,
    scale: scale ?? null,
    length: length ?? null,
    byteLength: byteLength ?? length ?? null,
  }
}

/** For results that were recorded before the warehouse's own description was kept. */
function wireBefore({ type, warehouseType }: Pick<Column, 'type' | 'warehouseType'>): WireType {
  const [, precision, scale] = /^NUMBER\((\d+),(\d+)\)$/.exec(warehouseType) ?? []
  if (precision !== undefined) return { type: 'fixed', precision: Number(precision), scale: Number(scale) }
  const timed = type === 'time' || type === 'timestamp'
  return {
    type: warehouseType.toLowerCase(),
    ...(timed ? { precision: 0, scale: 9 } : {}),
    ...(type === 'string' ? { length: longestText } : {}),
  }
}
