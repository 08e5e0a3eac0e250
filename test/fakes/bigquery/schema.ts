import { DuckDBDecimalType, DuckDBListType, DuckDBStructType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api'

/** A column as the REST API describes it, with its legacy type names. */
export interface Field {
  readonly name: string
  readonly type: string
  readonly mode: 'NULLABLE' | 'REPEATED'
  readonly fields?: readonly Field[]
  readonly rangeElementType?: { readonly type: string }
  readonly policyTags?: { readonly names: readonly string[] }
}

const scalars = new Map<DuckDBTypeId, string>([
  [DuckDBTypeId.BOOLEAN, 'BOOLEAN'],
  [DuckDBTypeId.TINYINT, 'INTEGER'],
  [DuckDBTypeId.SMALLINT, 'INTEGER'],
  [DuckDBTypeId.INTEGER, 'INTEGER'],
  [DuckDBTypeId.BIGINT, 'INTEGER'],
  // What DuckDB widens a sum to; GoogleSQL stays with INT64.
  [DuckDBTypeId.HUGEINT, 'INTEGER'],
  [DuckDBTypeId.UBIGINT, 'INTEGER'],
  [DuckDBTypeId.UINTEGER, 'INTEGER'],
  [DuckDBTypeId.FLOAT, 'FLOAT'],
  [DuckDBTypeId.DOUBLE, 'FLOAT'],
  [DuckDBTypeId.VARCHAR, 'STRING'],
  [DuckDBTypeId.UUID, 'STRING'],
  [DuckDBTypeId.BLOB, 'BYTES'],
  [DuckDBTypeId.DATE, 'DATE'],
  [DuckDBTypeId.TIME, 'TIME'],
  [DuckDBTypeId.TIMESTAMP, 'DATETIME'],
  [DuckDBTypeId.TIMESTAMP_TZ, 'TIMESTAMP'],
  [DuckDBTypeId.INTERVAL, 'INTERVAL'],
  // An untyped NULL is INT64 in GoogleSQL.
  [DuckDBTypeId.SQLNULL, 'INTEGER'],
])

/** Field names of the structs that stand for types DuckDB does not have. */
export const rangeFields = ['range_start', 'range_end']
export const geographyField = 'geography_wkt'

/** Columns of a result; unnamed ones get BigQuery's `f0_`, `f1_`, … */
export function schemaOf(
  names: readonly string[],
  types: readonly DuckDBType[],
  aliased: ReadonlySet<string>,
): Field[] {
  let unnamed = 0
  return types.map((type, at) => {
    const name = names[at] ?? ''
    const isNamed = /^[A-Za-z_]\w*$/.test(name) || aliased.has(name.toLowerCase())
    return fieldOf(isNamed ? name : `f${unnamed++}_`, type)
  })
}

function fieldOf(name: string, type: DuckDBType): Field {
  if (type instanceof DuckDBListType) return { ...fieldOf(name, type.valueType), mode: 'REPEATED' }
  const mode = 'NULLABLE'
  if (type instanceof DuckDBStructType) {
    const { entryNames, entryTypes } = type
    if (entryNames.join() === geographyField) return { name, type: 'GEOGRAPHY', mode }
    const fields = entryTypes.map((entry, at) => fieldOf(entryNames[at] || `_field_${at + 1}`, entry))
    if (entryNames.join() === rangeFields.join()) {
      return { name, type: 'RANGE', mode, rangeElementType: { type: fields[0]?.type ?? 'DATE' } }
    }
    return { name, type: 'RECORD', mode, fields }
  }
  if (type instanceof DuckDBDecimalType) return { name, type: type.scale > 9 ? 'BIGNUMERIC' : 'NUMERIC', mode }
  if (type.alias === 'JSON') return { name, type: 'JSON', mode }
  const scalar = scalars.get(type.typeId)
  if (!scalar) throw new Error(`no BigQuery type for ${type}`)
  return { name, type: scalar, mode }
}
