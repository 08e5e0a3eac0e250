import type { FastifyRequest } from 'fastify'
import type { Classification } from '#src/classify/classification.ts'
import { touchesSensitive } from '#src/mask/mask-plan.ts'
import type { Completed, Outcome } from '#src/outcome.ts'
import type { Statement } from '#src/statement.ts'
import { errorProto, jobError } from './google-error.ts'

/** How a client named the job, and where it asked for it. */
export interface JobName {
  /** As in the path of the request. */
  readonly project: string
  readonly jobId: string
  readonly location: string
}

export function jobReference({ project, jobId, location }: JobName): object {
  return { projectId: project, jobId, location }
}

/** What every job says of which it is. */
export function jobIdentity(name: JobName): object {
  const { project, jobId, location } = name
  return {
    kind: 'bigquery#job',
    id: `${project}:${location}.${jobId}`,
    selfLink: `/bigquery/v2/projects/${project}/jobs/${jobId}?location=${location}`,
    jobReference: jobReference(name),
  }
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job, of known fields only. */
export function jobResource(name: JobName, outcome: Outcome, showsDestination: boolean) {
  const { project, jobId } = name
  const { statement } = outcome
  return {
    ...jobIdentity(name),
    etag: `${jobId} ${stateOf(outcome)}`,
    user_email: statement.principal.subject,
    jobCreationReason: { code: 'REQUESTED' },
    configuration: {
      ...jobConfiguration(project, statement, showsDestination ? destinationTable(project, outcome.id) : undefined),
      labels: labelsOf(outcome),
    },
    status: statusOf(outcome),
    statistics: statisticsOf(outcome),
  }
}

/** A result that was cut at the row limit of its rule has no other place where clients keep it. */
function labelsOf(outcome: Outcome): object {
  const cut = outcome.status === 'completed' && outcome.truncated
  return { querywarden_session: outcome.id.toLowerCase(), ...(cut ? { querywarden_truncated: 'true' } : {}) }
}

/** Whether its client asked for it in other words than a query. */
const movesData = ({ request }: Pick<Statement, 'request'>) => request !== undefined && !Object.hasOwn(request, 'query')

/** A query, with what its client said of where its rows go; or what it asked for in other words than SQL. */
export function jobConfiguration(
  projectId: string,
  { sql, schema, request }: Pick<Statement, 'sql' | 'schema' | 'request'>,
  destinationTable?: object,
): object {
  if (request && movesData({ request })) return { jobType: Object.keys(request).join().toUpperCase(), ...request }
  const query = {
    query: sql,
    useLegacySql: false,
    priority: 'INTERACTIVE',
    ...(schema ? { defaultDataset: { projectId, datasetId: schema } } : {}),
    ...(destinationTable ? { destinationTable } : {}),
  }
  return { jobType: 'QUERY', query: { ...query, ...(request?.query as object | undefined) } }
}

/** A data set that is in no project: its tables are the results of jobs, for those clients that read rows as a table's. */
export const resultDataset = '_querywarden_results'

export function destinationTable(projectId: string, id: string) {
  return { projectId, datasetId: resultDataset, tableId: id.replaceAll('-', '_') }
}

/**
 * Python's client reads rows from the Storage API, around this gateway, where a job names its destination; dbt and Java's client
 * do not go on without one.
 */
export function showsDestination({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const agent = `${headers['user-agent'] ?? ''} ${headers['x-goog-api-client'] ?? ''}`
  return !agent.includes('gl-python') || agent.includes('dbt-bigquery')
}

export type JobState = 'PENDING' | 'RUNNING' | 'DONE'

function stateOf({ status, ...more }: Outcome): JobState {
  if (status !== 'pending') return 'DONE'
  return 'state' in more && more.state === 'pending' ? 'PENDING' : 'RUNNING'
}

function statusOf(outcome: Outcome): { state: JobState; errorResult?: object; errors?: readonly object[] } {
  const state = stateOf(outcome)
  if (!('code' in outcome)) return { state }
  const error = errorProto(jobError(outcome))
  return { state, errorResult: error, errors: [error] }
}

function statisticsOf(outcome: Outcome): object {
  const { statement, classification } = outcome
  const session = sessionInfo(statement)
  const creationTime = String(statement.receivedAt)
  const statementType = statementTypeOf(classification)
  const query = { cacheHit: false, ...(statementType ? { statementType } : {}) }
  if (outcome.status !== 'completed') return { creationTime, ...session, ...(movesData(statement) ? {} : { query }) }
  const totalBytesProcessed = bytesProcessed(outcome)
  return {
    creationTime,
    startTime: String(outcome.endedAt - outcome.milliseconds),
    endTime: String(outcome.endedAt),
    totalBytesProcessed,
    ...session,
    ...(movesData(statement) ? {} : { query: { ...query, totalBytesProcessed, ...dmlStatistics(outcome) } }),
  }
}

/** The session that it came in, by our own name for it. */
export function sessionInfo({ session }: Pick<Statement, 'session'>): object {
  return session === undefined ? {} : { sessionInfo: { sessionId: session } }
}

/** Zero where sensitive columns are touched: what a filter leaves to scan tells of the values it compares with. */
export function bytesProcessed({ bytesScanned = 0, classification, decision }: Completed): string {
  return touchesSensitive(classification, decision.sensitive) ? '0' : String(bytesScanned)
}

export function dmlStatistics({ affectedRows }: Completed): object {
  return affectedRows === undefined ? {} : { numDmlAffectedRows: String(affectedRows) }
}

const statementTypes: Partial<Record<Classification['kind'], string>> = {
  select: 'SELECT',
  insert: 'INSERT',
  update: 'UPDATE',
  delete: 'DELETE',
  merge: 'MERGE',
  truncate: 'TRUNCATE_TABLE',
  call: 'CALL',
  script: 'SCRIPT',
}

/** Only where it is one word of BigQuery's for sure. */
export function statementTypeOf({ kind, statements, understood }: Classification): string | undefined {
  return understood ? statementTypes[statements === 1 ? kind : 'script'] : undefined
}
