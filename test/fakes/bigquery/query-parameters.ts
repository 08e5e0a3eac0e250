import { GoogleError } from '../google/google-error.ts'
import { invalidQuery, stringLiteral, type Token, tokensOf } from './google-sql-tokens.ts'

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/QueryParameter */
export interface QueryParameter {
  readonly name?: string
  readonly parameterType: ParameterType
  readonly parameterValue: ParameterValue
}

interface ParameterType {
  readonly type: string
  readonly arrayType?: ParameterType
  readonly structTypes?: readonly { readonly name?: string; readonly type: ParameterType }[]
}

interface ParameterValue {
  /** A string by the book; Node's client sends numbers and booleans as they are. */
  readonly value?: string | number | boolean | null
  readonly arrayValues?: readonly ParameterValue[]
  readonly structValues?: Readonly<Record<string, ParameterValue>>
}

const scalars = new Set([
  'STRING',
  'INT64',
  'FLOAT64',
  'NUMERIC',
  'BIGNUMERIC',
  'BOOL',
  'DATE',
  'DATETIME',
  'TIME',
  'TIMESTAMP',
  'BYTES',
  'JSON',
])
const longNames: Readonly<Record<string, string>> = { INTEGER: 'INT64', FLOAT: 'FLOAT64', BOOLEAN: 'BOOL' }

/** A parameter as a GoogleSQL expression of its value and type. */
function parameterExpression({ parameterType: type, parameterValue: value }: QueryParameter): string {
  const name = longNames[type?.type] ?? type?.type
  if (name === 'ARRAY' && type.arrayType) {
    const elementType = type.arrayType
    const elements = (value?.arrayValues ?? []).map(element =>
      parameterExpression({ parameterType: elementType, parameterValue: element }),
    )
    return elements.length > 0 ? `[${elements.join(', ')}]` : `CAST([] AS ARRAY<${elementType.type}>)`
  }
  if (name === 'STRUCT' && type.structTypes) {
    const fields = type.structTypes.map(field => {
      const expression = parameterExpression({
        parameterType: field.type,
        parameterValue: value?.structValues?.[field.name ?? ''] ?? { value: null },
      })
      return field.name ? `${expression} AS \`${field.name}\`` : expression
    })
    return `STRUCT(${fields.join(', ')})`
  }
  if (!name || !scalars.has(name)) {
    throw new GoogleError(400, `Invalid value for type: ${name} is not a valid value`, 'invalid', 'query_parameters')
  }
  return scalarExpression(name, value?.value ?? null)
}

function scalarExpression(type: string, given: string | number | boolean | null): string {
  if (given === null) return `CAST(NULL AS ${type})`
  const value = String(given)
  if (type === 'STRING') return stringLiteral(value)
  if (type === 'BYTES') return `FROM_BASE64(${stringLiteral(value)})`
  if (type === 'JSON') return `PARSE_JSON(${stringLiteral(value)})`
  // Clients may leave the zone out, which then is UTC.
  return `CAST(${stringLiteral(value)} AS ${type})`
}

/** Replaces `@name` and `?` by their values. */
export function inlineParameters(tokens: readonly Token[], parameters: readonly QueryParameter[]): Token[] {
  let position = 0
  return tokens.flatMap((token): Token[] => {
    if (token.kind !== 'parameter') return [token]
    const name = token.text.replace(/[@`]/g, '').toLowerCase()
    const parameter =
      token.text === '?' ? parameters[position++] : parameters.find(one => one.name?.toLowerCase() === name)
    if (!parameter) {
      throw invalidQuery(
        token.text === '?'
          ? `Query parameter number ${position} is not defined`
          : `Query parameter '${name}' not found`,
      )
    }
    return tokensOf(parameterExpression(parameter)).map((part, at) => (at === 0 ? { ...part, gap: true } : part))
  })
}
