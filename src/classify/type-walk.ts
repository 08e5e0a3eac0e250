import { identifier, isNode, list, type Node, variant } from './ast.ts'
import { functionName } from './function-walk.ts'
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
    case 'TypedString':
    case 'BinaryOp':
      return 'ANY'
    case 'Function':
      return isNode(payload) ? callType(walk, scope, payload) : undefined
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

/** Functions whose value is an array of plain values. */
const plainArrays = new Set(
  (
    'GENERATE_ARRAY GENERATE_DATE_ARRAY GENERATE_TIMESTAMP_ARRAY GENERATE_RANGE_ARRAY SPLIT REGEXP_EXTRACT_ALL TO_CODE_POINTS ' +
    'JSON_VALUE_ARRAY JSON_QUERY_ARRAY JSON_EXTRACT_ARRAY JSON_EXTRACT_STRING_ARRAY JSON_KEYS TEXT_ANALYZE'
  ).split(' '),
)

/** `ARRAY_AGG` is an array of what it is called with. */
function callType(walk: Walk, scope: QueryScope, call: Node): string | undefined {
  const name = functionName(walk, call.name)
  if (plainArrays.has(name)) return 'ARRAY<ANY>'
  if (name !== 'ARRAY_AGG' || !isNode(call.args) || !isNode(call.args.List)) return undefined
  const [argument] = list(call.args.List.args, 'arguments')
  const [, value] = variant(argument, 'an argument')
  const element = isNode(value) ? typeOf(walk, scope, value.Expr) : undefined
  return element === undefined ? undefined : `ARRAY<${element}>`
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
