import type { Column, WireType } from '#src/execute/warehouse.ts'

/** The type of a column whose result was recorded before types were kept is what its name says. */
export function wireTypeOf({ wire, warehouseType }: Column): WireType {
  if (wire) return wire
  const [, element] = /^ARRAY<(.*)>$/.exec(warehouseType) ?? []
  return element === undefined ? { type: warehouseType } : { type: element, repeated: true }
}

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
