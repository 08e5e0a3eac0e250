import { bigqueryTypes } from '#src/execute/bigquery-text.ts'
import type { Column, WireType } from '#src/execute/warehouse.ts'
import { isObject } from './bigquery-api.ts'

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
    type: mode === 'REPEATED' ? 'json' : (bigqueryTypes[type] ?? 'string'),
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
