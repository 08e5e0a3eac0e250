import { type Static, Type } from 'typebox'
import { GatewayError } from '#src/errors.ts'
import type { BindContent, BindType, TypedBind } from '#src/statement.ts'
import { strict } from './fields.ts'

const maxDepth = 15

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/QueryParameter, its types and values read by `typedBinds`. */
export const QueryParameter = Type.Object(
  {
    name: Type.Optional(Type.Union([Type.String({ maxLength: 128 }), Type.Null()])),
    parameterType: Type.Object({}, { additionalProperties: true }),
    parameterValue: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  strict,
)

type Json = Readonly<Record<string, unknown>>

const scalars = new Set(
  'STRING INT64 INTEGER FLOAT64 FLOAT NUMERIC BIGNUMERIC BOOL BOOLEAN DATE DATETIME TIME TIMESTAMP BYTES JSON GEOGRAPHY INTERVAL'.split(
    ' ',
  ),
)

/** Rejects with `invalid_request` what is not exactly values of known types, all of them with names of their own or none. */
export function typedBinds(parameters: readonly Static<typeof QueryParameter>[]): TypedBind[] {
  const binds = parameters.map(typedBind)
  const names = binds.flatMap(({ name }) => name ?? [])
  if (names.length > 0 && names.length < binds.length) throw wrong('a mix of named and positional ones')
  if (isTwice(names)) throw wrong('a name that is there twice')
  return binds
}

/** Names are read without regard to case: which of two values is meant, BigQuery would say, and no card. */
function isTwice(names: readonly string[]): boolean {
  return new Set(names.map(name => name.toLowerCase())).size < names.length
}

function typedBind({ name, parameterType, parameterValue = {} }: Static<typeof QueryParameter>): TypedBind {
  const type = bindType(parameterType, maxDepth)
  return { ...(name ? { name } : {}), type, value: bindContent(type, parameterValue) }
}

function bindType(said: unknown, depth: number): BindType {
  if (!isObject(said) || depth === 0) throw wrong('a type')
  const { type, arrayType, structTypes, ...others } = said
  const word = String(type).toUpperCase()
  if (Object.keys(others).length > 0) throw wrong(`the type ${word.slice(0, 40)}`)
  if (word === 'ARRAY') return { array: bindType(arrayType, depth - 1) }
  if (word === 'STRUCT' && Array.isArray(structTypes)) {
    const struct = structTypes.map(field => {
      if (!isObject(field) || typeof field.name !== 'string' || field.name === '') throw wrong('a struct without names')
      return { name: field.name, type: bindType(field.type, depth - 1) }
    })
    if (isTwice(struct.map(field => field.name))) throw wrong('a struct with a name twice')
    return { struct }
  }
  if (!scalars.has(word)) throw wrong(`the type ${word.slice(0, 40)}`)
  return word
}

function bindContent(type: BindType, said: unknown): BindContent {
  if (said === undefined || said === null) return null
  if (!isObject(said)) throw wrong('a value')
  const { value = null, arrayValues, structValues, ...others } = said
  if (Object.keys(others).length > 0) throw wrong('a value')
  if (typeof type === 'string') {
    if (arrayValues !== undefined || structValues !== undefined) throw wrong(`a value of ${type}`)
    // Clients send numbers and booleans as they are; on the wire to the warehouse they are texts.
    return value === null ? null : scalarText(value)
  }
  if (value !== null) throw wrong('a plain value of an array or struct')
  if ('array' in type) return arrayContent(type.array, arrayValues)
  return structContent(type.struct, structValues)
}

function arrayContent(type: BindType, values: unknown): BindContent {
  if (values === undefined || values === null) return []
  if (!Array.isArray(values)) throw wrong('the values of an array')
  return values.map(each => bindContent(type, each))
}

function structContent(fields: Extract<BindType, { struct: unknown }>['struct'], values: unknown): BindContent {
  if (values === undefined || values === null) return null
  if (!isObject(values)) throw wrong('the values of a struct')
  if (Object.keys(values).some(name => !fields.some(field => field.name === name))) throw wrong('a field of a struct')
  return Object.fromEntries(fields.map(({ name, type }) => [name, bindContent(type, values[name])]))
}

function scalarText(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw wrong('a value')
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function wrong(what: string): GatewayError {
  return new GatewayError('invalid_request', { message: `Query parameters: ${what} is not understood.` })
}
