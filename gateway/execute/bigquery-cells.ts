import { GatewayError } from '#src/errors.ts'
import { epochUnits, isoText } from '#src/execute/epoch-text.ts'
import type { Cell, Column, WireType } from '#src/execute/warehouse.ts'
import { isObject, type Json } from './bigquery-api.ts'
import { losslessJson, numberCell } from './lossless-json.ts'

const types: Readonly<Record<string, Column['type']>> = {
  INTEGER: 'number',
  INT64: 'number',
  FLOAT: 'number',
  FLOAT64: 'number',
  NUMERIC: 'number',
  BIGNUMERIC: 'number',
  BOOLEAN: 'boolean',
  BOOL: 'boolean',
  DATE: 'date',
  TIME: 'time',
  DATETIME: 'timestamp',
  TIMESTAMP: 'timestamp',
  BYTES: 'binary',
  JSON: 'json',
  RECORD: 'json',
  STRUCT: 'json',
}

export interface Field {
  readonly name: string
  readonly type: string
  readonly mode: string
  readonly fields: readonly Field[]
  readonly precision?: number
  readonly scale?: number
  readonly maxLength?: number
  /** Of a RANGE. */
  readonly element?: string
}

/** `schema.fields` of a result or a table. */
export function schemaFields(schema: unknown): readonly Field[] {
  const fields = isObject(schema) ? schema.fields : undefined
  if (!Array.isArray(fields)) return []
  return fields.filter(isObject).map(field => ({
    name: String(field.name ?? ''),
    type: String(field.type ?? '').toUpperCase(),
    mode: String(field.mode ?? 'NULLABLE').toUpperCase(),
    fields: schemaFields(field),
    ...number('precision', field.precision),
    ...number('scale', field.scale),
    ...number('maxLength', field.maxLength),
    ...(isObject(field.rangeElementType) ? { element: String(field.rangeElementType.type).toUpperCase() } : {}),
  }))
}

/** An int64 in JSON, which is a string: absent where it is not said. */
function number<Name extends string>(name: Name, said: unknown): { readonly [name in Name]?: number } {
  const value = Number(said ?? Number.NaN)
  return Number.isSafeInteger(value) ? ({ [name]: value } as { [name in Name]: number }) : {}
}

export function bigqueryColumn(field: Field): Column {
  const { name, type, mode } = field
  return {
    name,
    type: mode === 'REPEATED' ? 'json' : (types[type] ?? 'string'),
    warehouseType: mode === 'REPEATED' ? `ARRAY<${type}>` : type,
    nullable: mode !== 'REQUIRED',
    wire: wireType(field),
  }
}

function wireType({ type, mode, fields, precision, scale, maxLength, element }: Field): WireType {
  return {
    type,
    ...(precision === undefined ? {} : { precision }),
    ...(scale === undefined ? {} : { scale }),
    ...(maxLength === undefined ? {} : { length: maxLength }),
    ...(mode === 'REPEATED' ? { repeated: true } : {}),
    ...(element === undefined ? {} : { element }),
    ...(fields.length === 0
      ? {}
      : { fields: fields.map(each => ({ name: each.name, nullable: each.mode !== 'REQUIRED', ...wireType(each) })) }),
  }
}

/** One row `{f: [{v}, …]}`; rejects a row that is not as wide as its schema. */
export function bigqueryRow(row: unknown, fields: readonly Field[]): readonly Cell[] {
  const cells = isObject(row) ? row.f : undefined
  if (!Array.isArray(cells) || cells.length !== fields.length)
    throw new GatewayError('result_shape', { detail: 'a row of BigQuery does not match its schema' })
  return fields.map((field, index) => fieldCell((cells[index] as Json | undefined)?.v, field))
}

function fieldCell(value: unknown, field: Field): Cell {
  if (field.mode !== 'REPEATED') return scalarCell(value, field)
  if (!Array.isArray(value)) return []
  return value.map(item => scalarCell(isObject(item) ? item.v : null, field))
}

/** Instants were asked for in microseconds: as doubles of seconds, BigQuery's default, they lose digits. */
function scalarCell(value: unknown, { type, fields }: Field): Cell {
  if (value === null || value === undefined) return null
  if (type === 'RECORD' || type === 'STRUCT') {
    const cells = bigqueryRow(value, fields)
    return Object.fromEntries(fields.map(({ name }, index) => [name, cells[index] ?? null]))
  }
  const text = String(value)
  switch (type) {
    case 'INTEGER':
    case 'INT64':
      return numberCell(text)
    case 'FLOAT':
    case 'FLOAT64':
      return Number.isFinite(Number(text)) ? Number(text) : text
    case 'BOOLEAN':
    case 'BOOL':
      return text.toLowerCase() === 'true'
    case 'TIMESTAMP':
      return timestamp(text)
    case 'BYTES':
      return Buffer.from(text, 'base64').toString('hex').toUpperCase()
    case 'JSON':
      return losslessJson(text)
    default:
      return text
  }
}

function timestamp(text: string): string {
  const micros = epochUnits(text, 0)
  const iso = micros === undefined || text.includes('.') ? undefined : isoText(micros, 6)
  return iso ? `${iso}Z` : text
}
