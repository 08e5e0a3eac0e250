import type { WireType } from '#src/execute/warehouse.ts'

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
export function fieldSchema(name: string, nullable: boolean, type: WireType): object {
  const { precision, scale, length, fields, element } = type
  return {
    name,
    type: type.type,
    mode: type.repeated ? 'REPEATED' : nullable ? 'NULLABLE' : 'REQUIRED',
    ...(fields ? { fields: fields.map(field => fieldSchema(field.name, field.nullable, field)) } : {}),
    ...(precision === undefined ? {} : { precision: String(precision) }),
    ...(scale === undefined ? {} : { scale: String(scale) }),
    ...(length === undefined ? {} : { maxLength: String(length) }),
    ...(element === undefined ? {} : { rangeElementType: { type: element } }),
  }
}
