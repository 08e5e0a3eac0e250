import type { BigQueryConnection } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import type { BindValue, Statement } from '#src/statement.ts'

/** `configuration.query` for exactly this text: GoogleSQL, positional parameters, names resolved as the statement says. */
export function queryConfiguration(
  connection: BigQueryConnection,
  { database, schema, binds, parameters }: Pick<Statement, 'database' | 'schema' | 'binds' | 'parameters'>,
  sql: string,
): Readonly<Record<string, unknown>> {
  const datasetId = schema ?? connection.dataset
  return {
    query: sql,
    useLegacySql: false,
    ...(datasetId ? { defaultDataset: { projectId: database ?? connection.project, datasetId } } : {}),
    ...(binds.length > 0 ? { parameterMode: 'POSITIONAL', queryParameters: binds.map(queryParameter) } : {}),
    ...connectionProperties(parameters),
  }
}

function queryParameter(value: BindValue) {
  const parameterValue = value === null ? { value: null } : { value: String(value) }
  if (typeof value === 'boolean') return { parameterType: { type: 'BOOL' }, parameterValue }
  if (typeof value === 'number')
    return { parameterType: { type: Number.isSafeInteger(value) ? 'INT64' : 'FLOAT64' }, parameterValue }
  return { parameterType: { type: 'STRING' }, parameterValue }
}

/** The one property that an agent may set; the others reach other sessions, labels or identities. */
function connectionProperties(parameters: Statement['parameters']) {
  const { time_zone: timeZone, ...others } = parameters
  const [unknown] = Object.keys(others)
  if (unknown !== undefined)
    throw new GatewayError('invalid_request', { message: `BigQuery statements take no parameter ${unknown}.` })
  return timeZone === undefined ? {} : { connectionProperties: [{ key: 'time_zone', value: String(timeZone) }] }
}
