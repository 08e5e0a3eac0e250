import type { BigQueryConnection } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import type { Authorized } from '#src/hold/authorized.ts'
import { type BigQueryApi, BigQueryFailure, type Json } from './bigquery-api.ts'
import { placeOf } from './bigquery-catalog.ts'
import { getJob } from './bigquery-job.ts'

/**
 * The job of this id, or undefined where there surely is none. Outside of the multi-regions US and EU one is found only where its
 * location is named: where the configuration does not name it, the job is looked for where the statement's data are. Rejects with
 * `outcome_unknown` where "not found" would say nothing.
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/get
 */
export async function findJob(
  api: BigQueryApi,
  connection: BigQueryConnection,
  id: string,
  authorized: Pick<Authorized, 'statement' | 'classification'>,
): Promise<Json | undefined> {
  const found = await getJob(api, { id, location: connection.location }).catch(absentOrUnknown)
  if (found || connection.location !== undefined) return found
  const { statement, classification } = authorized
  const { understood, reads, writes } = classification
  // A query of nothing runs in the US, or where its session is.
  const alone = !statement.transaction && !statement.temporary
  if (understood && alone && reads.length + writes.length === 0) return undefined
  const location = await locationOfData(api, connection, authorized)
  if (!location) throw unknown('BigQuery is not asked where the data of the job are, and does not find it elsewhere')
  return getJob(api, { id, location }).catch(absentOrUnknown)
}

/** Of the data that a statement touches outside of its session; undefined where it cannot be told. */
export async function locationOfData(
  api: BigQueryApi,
  connection: BigQueryConnection,
  { statement, classification: { reads, writes } }: Pick<Authorized, 'statement' | 'classification'>,
): Promise<string | undefined> {
  const table = [...writes, ...reads].find(name => !statement.temporary?.tables.includes(name))
  const place = table === undefined ? undefined : placeOf(connection, table)
  if (!place) return undefined
  const { project, dataset } = place
  const { location } = await api.call('GET', `datasets/${dataset}`, { project }).catch((): Json => ({}))
  return typeof location === 'string' ? location : undefined
}

function absentOrUnknown(error: unknown): undefined {
  if (error instanceof BigQueryFailure && error.status === 404) return undefined
  throw unknown('BigQuery cannot be asked for the job')
}

function unknown(detail: string): GatewayError {
  return new GatewayError('outcome_unknown', { detail })
}
