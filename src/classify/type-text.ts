/** The type of a field that may be a struct or an array of any. */
export const unknownType = '?'

/** A name, and a type where it is known. */
type Field = readonly [name: string, type: string | undefined]

/** Of `ARRAY<STRING>`, what it is an array of; `undefined` where the type is none. */
export const elementType = (type: string): string | undefined => /^\s*ARRAY\s*<(.*)>\s*$/is.exec(type)?.[1]

/** Fields of `STRUCT<a INT64, b STRUCT<…>>`, or of an array of such; `undefined` where the type has none. */
export function structFields(type: string): readonly Field[] | undefined {
  const body = /^\s*(?:ARRAY\s*<\s*)?STRUCT\s*<(.*)>\s*$/is.exec(type)?.[1]
  if (body === undefined) return undefined
  const inner = /^\s*ARRAY/i.test(type) ? body.replace(/>\s*$/, '') : body
  const fields: Field[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at <= inner.length; at += 1) {
    const char = inner[at]
    if (char === '<' || char === '(') depth += 1
    if (char === '>' || char === ')') depth -= 1
    if (at === inner.length || (char === ',' && depth === 0)) {
      const field = /^`?([\w]+)`?\s+(.+)$/s.exec(inner.slice(start, at).trim())
      if (field?.[1] === undefined || field[2] === undefined) return undefined
      fields.push([field[1], field[2] === unknownType ? undefined : field[2]])
      start = at + 1
    }
  }
  return fields
}

/** Of what is one of several values: the type that all have, or that of plain values or arrays of such where each is one. */
export function commonType(types: readonly (string | undefined)[]): string | undefined {
  const [first] = types
  if (first === undefined || types.every(type => type === first)) return first
  if (types.some(type => type === undefined || /STRUCT|\?/i.test(type))) return undefined
  const arrays = types.filter(type => elementType(type ?? '') !== undefined)
  if (arrays.length === types.length) return 'ARRAY<ANY>'
  return arrays.length === 0 ? 'ANY' : undefined
}
