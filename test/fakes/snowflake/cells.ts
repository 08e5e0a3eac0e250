import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalType,
  type DuckDBMaterializedResult,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  JsonDuckDBValueConverter,
} from '@duckdb/node-api'

export type Cell = string | null

/** A column as `rowtype` describes it, without its name and origin. */
export interface ColumnType {
  readonly type: string
  readonly precision: number | null
  readonly scale: number | null
  readonly length: number | null
  readonly byteLength: number | null
}

const plain = (type: string, precision: number | null = null, scale: number | null = null): ColumnType => ({
  type,
  precision,
  scale,
  length: null,
  byteLength: null,
})
export const textType: ColumnType = { ...plain('text'), length: 16_777_216, byteLength: 16_777_216 }

const types: Partial<Record<DuckDBTypeId, ColumnType>> = {
  [DuckDBTypeId.BOOLEAN]: plain('boolean'),
  [DuckDBTypeId.FLOAT]: plain('real'),
  [DuckDBTypeId.DOUBLE]: plain('real'),
  [DuckDBTypeId.DATE]: plain('date'),
  [DuckDBTypeId.TIME]: plain('time', 0, 9),
  [DuckDBTypeId.TIMESTAMP]: plain('timestamp_ntz', 0, 9),
  [DuckDBTypeId.TIMESTAMP_S]: plain('timestamp_ntz', 0, 0),
  [DuckDBTypeId.TIMESTAMP_MS]: plain('timestamp_ntz', 0, 3),
  [DuckDBTypeId.TIMESTAMP_NS]: plain('timestamp_ntz', 0, 9),
  [DuckDBTypeId.TIMESTAMP_TZ]: plain('timestamp_ltz', 0, 9),
  [DuckDBTypeId.BLOB]: { ...plain('binary'), length: 8_388_608, byteLength: 8_388_608 },
  [DuckDBTypeId.LIST]: plain('array'),
  [DuckDBTypeId.ARRAY]: plain('array'),
  [DuckDBTypeId.STRUCT]: plain('object'),
  [DuckDBTypeId.MAP]: plain('object'),
  [DuckDBTypeId.VARIANT]: plain('variant'),
}
const integers = [
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'HUGEINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'UBIGINT',
  'UHUGEINT',
] as const
for (const name of integers) types[DuckDBTypeId[name]] = plain('fixed', 38, 0)

export function columnType(type: DuckDBType): ColumnType {
  if (type instanceof DuckDBDecimalType) return plain('fixed', type.width, type.scale)
  if (type.alias === 'JSON') return plain('variant')
  return types[type.typeId] ?? textType
}

/** Seconds with so many decimals, from a count of smaller units. */
function seconds(count: bigint, perSecond: bigint, decimals = 9): string {
  const negative = count < 0n
  const absolute = negative ? -count : count
  const fraction = String(((absolute % perSecond) * 10n ** BigInt(decimals)) / perSecond).padStart(decimals, '0')
  return `${negative ? '-' : ''}${absolute / perSecond}${decimals > 0 ? `.${fraction}` : ''}`
}

function real(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'inf' : '-inf'
}

/** The JSON result format's text of a value: every cell is a string or null. */
function cellOf(value: DuckDBValue, type: DuckDBType): Cell {
  if (value === null) return null
  if (typeof value === 'string') return value
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') return real(value)
  if (value instanceof DuckDBDateValue) return String(value.days)
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return seconds(value.micros, 1_000_000n)
  if (value instanceof DuckDBTimeValue) return seconds(value.micros, 1_000_000n)
  if (value instanceof DuckDBTimestampNanosecondsValue) return seconds(value.nanos, 1_000_000_000n)
  if (value instanceof DuckDBTimestampMillisecondsValue) return seconds(value.millis, 1_000n, 3)
  if (value instanceof DuckDBTimestampSecondsValue) return seconds(value.seconds, 1n, 0)
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex').toUpperCase()
  if (['array', 'object', 'variant'].includes(columnType(type).type)) {
    return JSON.stringify(JsonDuckDBValueConverter(value, type, JsonDuckDBValueConverter), null, 2)
  }
  return String(value)
}

/** The rows of one of a result's vectors, at most `limit` of them. */
export function rowsOf(
  result: DuckDBMaterializedResult,
  { vector, limit, zoned }: { vector: number; limit: number; zoned: boolean },
): Cell[][] {
  const columnTypes = result.columnTypes()
  const rows = result.getChunk(vector).getRows()
  return rows.slice(0, limit).map(row =>
    columnTypes.map((type, column) => {
      const cell = cellOf(row[column] ?? null, type)
      return zoned && cell !== null && type.typeId === DuckDBTypeId.TIMESTAMP_TZ ? `${cell} 1440` : cell
    }),
  )
}
