import type { BigQueryConnection } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import type { BindContent, BindType, BindValue, Statement } from '#src/statement.ts'

/** `configuration.query` for exactly this text: GoogleSQL, its parameters, names resolved as the statement says; in a session of BigQuery's. */
export function queryConfiguration(
  connection: BigQueryConnection,
  { database, schema, binds, parameters }: Pick<Statement, 'database' | 'schema' | 'binds' | 'parameters'>,
  sql: string,
  session?: string,
): Readonly<Record<string, unknown>> {
  const datasetId = schema ?? connection.dataset
  return {
    query: sql,
    useLegacySql: false,
    ...(datasetId ? { defaultDataset: { projectId: database ?? connection.project, datasetId } } : {}),
    ...(binds.length > 0 ? { parameterMode: modeOf(binds), queryParameters: binds.map(queryParameter) } : {}),
    ...connectionProperties(parameters, session),
  }
}

function modeOf(binds: readonly BindValue[]): 'NAMED' | 'POSITIONAL' {
  const named = binds.filter(bind => bind !== null && typeof bind === 'object' && bind.name !== undefined)
  if (named.length > 0 && named.length < binds.length)
    throw new GatewayError('invalid_request', { message: 'Parameters are named or positional, not both.' })
  return named.length > 0 ? 'NAMED' : 'POSITIONAL'
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/QueryParameter */
function queryParameter(value: BindValue): object {
  if (value !== null && typeof value === 'object') {
    const { name, type, value: content } = value
    return {
      ...(name === undefined ? {} : { name }),
      parameterType: parameterType(type),
      parameterValue: typedValue(type, content),
    }
  }
  const parameterValue = value === null ? { value: null } : { value: String(value) }
  if (typeof value === 'boolean') return { parameterType: { type: 'BOOL' }, parameterValue }
  if (typeof value === 'number')
    return { parameterType: { type: Number.isSafeInteger(value) ? 'INT64' : 'FLOAT64' }, parameterValue }
  return { parameterType: { type: 'STRING' }, parameterValue }
}

function parameterType(type: BindType): object {
  if (typeof type === 'string') return { type }
  if ('array' in type) return { type: 'ARRAY', arrayType: parameterType(type.array) }
  return {
    type: 'STRUCT',
    structTypes: type.struct.map(field => ({ name: field.name, type: parameterType(field.type) })),
  }
}

function typedValue(type: BindType, content: BindContent): object {
  if (content === null || typeof content === 'string') return { value: content }
  if (typeof type !== 'string' && 'array' in type && Array.isArray(content))
    return { arrayValues: content.map(each => typedValue(type.array, each)) }
  if (typeof type !== 'string' && 'struct' in type && !Array.isArray(content)) {
    const fields = content as Readonly<Record<string, BindContent>>
    const values = type.struct.map(field => [field.name, typedValue(field.type, fields[field.name] ?? null)])
    return { structValues: Object.fromEntries(values) }
  }
  throw new GatewayError('invalid_request', { message: 'The value of a parameter does not fit its type.' })
}

/** Bytes that the agent wants billed at most; the decision's own limit stays. */
export function billedAtMost({ maximum_bytes_billed: asked }: Statement['parameters'], limit: number): string {
  return String(Math.floor(asked === undefined ? limit : Math.min(limit, Number(asked))))
}

/** The one property that an agent may set; the others reach other sessions, labels or identities. The session is ours. */
function connectionProperties(parameters: Statement['parameters'], session: string | undefined) {
  const { time_zone: timeZone, maximum_bytes_billed: _billed, ...others } = parameters
  const [unknown] = Object.keys(others)
  if (unknown !== undefined)
    throw new GatewayError('invalid_request', { message: `BigQuery statements take no parameter ${unknown}.` })
  const properties = [
    ...(session === undefined ? [] : [{ key: 'session_id', value: session }]),
    ...(timeZone === undefined ? [] : [{ key: 'time_zone', value: String(timeZone) }]),
  ]
  return properties.length === 0 ? {} : { connectionProperties: properties }
}
