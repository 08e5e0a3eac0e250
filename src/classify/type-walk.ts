import { identifier, isNode, list, type Node, variant } from './ast.ts'
import { namedColumn } from './reference-walk.ts'
import type { QueryScope, Walk } from './walk.ts'

/**
 * BigQuery type text of an expression, as far as it is needed: the names of a STRUCT's fields, which `*`, `s.*` and UNNEST show
 * as columns. Types of other values are `ANY`. `undefined` where it cannot be told.
 */
export function typeOf(walk: Walk, scope: QueryScope, expression: unknown): string | undefined {
  if (!isNode(expression)) return undefined
  const [kind, payload] = variant(expression, 'an expression')
  switch (kind) {
    case 'Identifier':
    case 'CompoundIdentifier':
      return namedColumn(walk, scope, expression)?.type
    case 'Nested':
      return typeOf(walk, scope, payload)
    case 'Value':
      return 'ANY'
    case 'Cast':
      return isNode(payload) ? dataType(payload.data_type) : undefined
    case 'Array':
      return isNode(payload) ? arrayType(walk, scope, payload) : undefined
    case 'Struct':
      return isNode(payload) ? structType(walk, scope, payload) : undefined
    default:
      return undefined
  }
}

/** Elements after the first may leave the names out. */
function arrayType(walk: Walk, scope: QueryScope, payload: Node): string | undefined {
  const element = typeOf(walk, scope, list(payload.elem, 'an array')[0])
  return element === undefined ? undefined : `ARRAY<${element}>`
}

function structType(walk: Walk, scope: QueryScope, payload: Node): string | undefined {
  const declared = list(payload.fields, 'a struct')
  if (declared.length > 0) return fieldsType(declared)
  const fields = list(payload.values, 'a struct').map(value => {
    const named = isNode(value) && isNode(value.Named) ? value.Named : undefined
    const inner = named === undefined ? value : named.expr
    const name = named === undefined ? lastName(value) : identifier(named.name).text
    return name === undefined ? undefined : `${name} ${typeOf(walk, scope, inner) ?? 'ANY'}`
  })
  return allKnown(fields)
}

function lastName(expression: unknown): string | undefined {
  if (!isNode(expression)) return undefined
  const name = expression.Identifier ?? list(expression.CompoundIdentifier, 'a name').at(-1)
  return name === undefined ? undefined : identifier(name).text
}

function dataType(type: unknown): string | undefined {
  if (!isNode(type)) return 'ANY'
  if (isNode(type.Array)) {
    const element = dataType(type.Array.AngleBracket)
    return element === undefined ? undefined : `ARRAY<${element}>`
  }
  return Array.isArray(type.Struct) ? fieldsType(list(type.Struct[0], 'a struct')) : 'ANY'
}

function fieldsType(fields: readonly unknown[]): string | undefined {
  return allKnown(
    fields.map(field => {
      if (!isNode(field) || !isNode(field.field_name)) return undefined
      const type = dataType(field.field_type)
      return type === undefined ? undefined : `${identifier(field.field_name).text} ${type}`
    }),
  )
}

const allKnown = (fields: readonly (string | undefined)[]): string | undefined =>
  fields.includes(undefined) || fields.length === 0 ? undefined : `STRUCT<${fields.join(', ')}>`
