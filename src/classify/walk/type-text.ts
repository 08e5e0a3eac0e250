/** The type of a field that may be a struct or an array of any. */
const unknownType = '?'

/** A name, a type where it is known, and the mark of what the field comes from, where that is told. */
export type Field = readonly [name: string, type: string | undefined, mark?: number]

/** Of `ARRAY<STRING>`, what it is an array of; `undefined` where the type is none. */
export const elementType = (type: string): string | undefined => /^\s*ARRAY\s*<(.*)>\s*$/is.exec(type)?.[1]

/** Of values that are neither structs nor arrays of any. `ANY` is one of those that was not asked for. */
const plain =
  /^\s*(?:ANY|STRING|BYTES|BOOL|BOOLEAN|(?:|SMALL|TINY|BYTE|BIG)INT|INT64|INTEGER|FLOAT|FLOAT64|(?:BIG)?(?:NUMERIC|DECIMAL)|DATE|TIME|DATETIME|TIMESTAMP|INTERVAL|RANGE(?:\s*<\s*\w+\s*>)?|GEOGRAPHY|JSON)(?:\s*\([\s\d,]*\))?\s*$/i

/** Whether a type that a catalog gives can be read, its fields too; of any other, fields may have any name. */
export function isReadType(type: string): boolean {
  const inner = elementType(type) ?? type
  if (plain.test(inner)) return true
  return structFields(inner)?.every(([, field]) => field === undefined || isReadType(field)) ?? false
}

/** A field as it stands in a STRUCT's type; `undefined` where its name would need quotes. */
export const fieldText = (name: string, type: string | undefined, mark?: number): string | undefined =>
  /^\w+$/.test(name) ? `${name}${mark === undefined ? '' : ` @${mark}`} ${type ?? unknownType}` : undefined

/** The same type, of a value that is another one than that whose fields were marked, or may be. */
export const unmarked = (type: string): string => type.replace(/ @\d+(?= )/g, '')

/** A query that names many fields of one struct asks for the same type each time. */
let last: { readonly type: string; readonly fields: readonly Field[] | undefined } | undefined

/** Fields of `STRUCT<a INT64, b STRUCT<…>>`; `undefined` where the type has none. */
export function structFields(type: string): readonly Field[] | undefined {
  if (last?.type !== type) last = { type, fields: fieldsIn(type) }
  return last.fields
}

function fieldsIn(type: string): readonly Field[] | undefined {
  const inner = /^\s*STRUCT\s*<(.*)>\s*$/is.exec(type)?.[1]
  if (inner === undefined) return undefined
  const fields: Field[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at <= inner.length; at += 1) {
    const char = inner[at]
    if (char === '<' || char === '(') depth += 1
    if (char === '>' || char === ')') depth -= 1
    if (at === inner.length || (char === ',' && depth === 0)) {
      const [, , name, mark, text = ''] = /^(`?)(\w+)\1\s+(?:@(\d+) )?(.+)$/s.exec(inner.slice(start, at).trim()) ?? []
      if (name === undefined) return undefined
      const type = text === unknownType ? undefined : text
      fields.push(mark === undefined ? [name, type] : [name, type, Number(mark)])
      start = at + 1
    }
  }
  return fields
}

/** Of what is one of several values: the type that all have, or that of plain values or arrays of such where each is one. */
export function commonType(given: readonly (string | undefined)[]): string | undefined {
  if (given.every(type => type === given[0])) return given[0]
  const types = given.map(type => type && unmarked(type))
  const [first] = types
  if (first === undefined || types.every(type => type === first)) return first
  if (types.some(type => type === undefined || /STRUCT|\?/i.test(type))) return undefined
  const arrays = types.filter(type => elementType(type ?? '') !== undefined)
  if (arrays.length === types.length) return 'ARRAY<ANY>'
  return arrays.length === 0 ? 'ANY' : undefined
}
