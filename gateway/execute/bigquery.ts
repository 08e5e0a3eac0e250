import type { BigQueryConnection } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import { requireInTime } from '#src/execute/in-time.ts'
import type { Execution, Found, Warehouse } from '#src/execute/warehouse.ts'
import type { Authorized } from '#src/hold/authorized.ts'
import { pinnedTo } from '#src/pinned/pinned-so-far.ts'
import { agentKey } from '#src/principal.ts'
import { type SessionId, sha256 } from '#src/statement.ts'
import { type BigQueryApi, bigqueryApi, bigqueryHttp, isObject, type Json, type OpenApi } from './bigquery-api.ts'
import { bigqueryBrowse } from './bigquery-browse.ts'
import { bigqueryCatalog } from './bigquery-catalog.ts'
import { bigqueryColumn, schemaFields } from './bigquery-column.ts'
import { findJob } from './bigquery-find.ts'
import {
  awaitJob,
  earlierResults,
  errorResult,
  insertOrAttach,
  type JobPlace,
  jobFailure,
  jobPages,
  jobState,
} from './bigquery-job.ts'
import { bigqueryCompile, bigqueryDescribe, bigqueryEstimate, priceOfScan } from './bigquery-look-ups.ts'
import type { BigQueryResults } from './bigquery-results.ts'
import {
  type BigQuerySession,
  BigQuerySessions,
  type SessionDeps,
  sessionOf,
  withoutNames,
} from './bigquery-sessions.ts'
import { KnownReadings } from './known-readings.ts'
import { billedAtMost, queryConfiguration } from './query-configuration.ts'
import { lostPages, noPages, untilAborted, whileCancellable } from './until-aborted.ts'
import type { CredentialedWarehouse, WarehouseParts } from './warehouse-sessions.ts'
import { wayBack } from './way-back.ts'

interface BigQueryParts extends WarehouseParts {
  readonly ender: SessionDeps['ender']
}

/** A job id is unique in its project for good: a second insert under it is refused. */
const submission = { idempotentSubmit: true } as const

const rowKinds = new Set(['select', 'call', 'script', 'other'])

export function bigqueryWarehouse(connection: BigQueryConnection, parts: BigQueryParts): CredentialedWarehouse {
  const { cancelGraceMilliseconds = 10_000, reader, seal, ender } = parts
  const http = bigqueryHttp(connection, parts.pausesMilliseconds)
  const open: OpenApi = credential => bigqueryApi(http, connection, credential)
  const look = { open, reader }
  const estimate: Warehouse['estimate'] = (statement, classification) =>
    bigqueryEstimate(connection, look, statement, classification)
  const readings = new KnownReadings(estimate)
  const sessions = new BigQuerySessions(connection, { open, seal, ender })
  return {
    dialect: 'bigquery',
    ...submission,
    catalog: bigqueryCatalog(connection, open, reader),
    browse: bigqueryBrowse(connection, open, reader),
    estimate,
    compile: statement => bigqueryCompile(connection, look, statement),
    tables: (statement, classification) => readings.tables(statement, classification),
    describe: statement => bigqueryDescribe(connection, look, statement),
    pinnedSessions: sessions,
    async execute(authorized, credential, signal, kept) {
      // Elsewhere a temporary table is another one, and what is written is committed by itself.
      if (pinnedTo(authorized.statement) && !kept)
        throw new GatewayError('integrity', { detail: 'a transaction or temporary tables without their session' })
      const api = open(credential)
      const held = kept && (await sessions.enter(kept, authorized))
      if (held) await sessions.requireTransaction(held, api)
      const id = bigqueryJobId(authorized.statement.id)
      const body = jobBody(connection, authorized, id, held)
      requireInTime(authorized, (await kept?.stillClaimed()) ?? credential, submission)
      if (signal.aborted) throw new GatewayError('cancelled')
      try {
        const job = await insertOrAttach(api, { id, location: held?.location ?? connection.location }, body, signal)
        if (statementOf(job) !== authorized.statement.sql)
          throw new GatewayError('integrity', { detail: `job ${id} exists with another statement` })
        const place = jobPlace(job, id, connection)
        const answer = await runToEnd(api, place, signal, cancelGraceMilliseconds)
        return executionOf(connection, api, place, authorized, job, answer, signal)
      } catch (error) {
        throw held ? await sessions.failureIn(held, api, error) : error
      }
    },
    async find(authorized, credential, sealed): Promise<Found> {
      const api = open(credential)
      const id = bigqueryJobId(authorized.statement.id)
      const job = await findJob(api, await sessions.connectionOf(sealed), id, authorized)
      if (!job) return { state: 'absent' }
      if (jobState(job) !== 'DONE') return { state: 'running', warehouseId: id }
      const failed = errorResult(job)
      if (failed)
        return {
          state: 'failed',
          warehouseId: id,
          error: withoutNames([sessionOf(job)], jobFailure(failed.reason, failed.message)),
        }
      return foundDone(connection, api, jobPlace(job, id, connection), authorized, job)
    },
    async cancel(authorized, credential, warehouseId, sealed) {
      const api = open(credential)
      const job = await findJob(api, await sessions.connectionOf(sealed), warehouseId, authorized)
      if (job) await cancelJob(api, jobPlace(job, warehouseId, connection))
    },
    submitId: bigqueryJobId,
    // Nothing stays open under a token; Google takes the token itself until its time is over.
    endCredential: async () => true,
    async close() {
      http.close()
    },
  }
}

/** The same each time, so that it runs once. */
export function bigqueryJobId(id: SessionId): string {
  return `qw_${id}`
}

function jobBody(
  connection: BigQueryConnection,
  { statement, decision }: Authorized,
  jobId: string,
  held: BigQuerySession | undefined,
): object {
  const { project } = connection
  const location = held?.location ?? connection.location
  const { bytes, seconds } = decision.limits
  return {
    jobReference: { projectId: project, jobId, ...(location ? { location } : {}) },
    configuration: {
      jobTimeoutMs: String(Math.ceil(seconds * 1000)),
      labels: {
        qw_session: statement.id.toLowerCase(),
        qw_agent: sha256(agentKey(statement.principal)).slice(0, 32),
      },
      query: {
        ...queryConfiguration(connection, statement, statement.sql, held?.session),
        maximumBytesBilled: billedAtMost(statement.parameters, bytes),
      },
    },
  }
}

function jobPlace({ jobReference }: Json, id: string, connection: BigQueryConnection): JobPlace {
  const location =
    isObject(jobReference) && typeof jobReference.location === 'string' ? jobReference.location : undefined
  return { id, location: location ?? connection.location }
}

function statementOf({ configuration }: Json): unknown {
  const query = isObject(configuration) ? configuration.query : undefined
  return isObject(query) ? query.query : undefined
}

async function cancelJob(api: BigQueryApi, { id, location }: JobPlace): Promise<void> {
  await api.call('POST', `jobs/${id}/cancel`, { query: { location } })
}

/** Waits for the job's own end. */
async function runToEnd(
  api: BigQueryApi,
  place: JobPlace,
  signal: AbortSignal,
  graceMilliseconds: number,
): Promise<BigQueryResults> {
  const lost = new AbortController()
  const cancel = () => void cancelJob(api, place).catch(() => {})
  const cancelling = { signal, graceMilliseconds, cancel, giveUp: () => lost.abort() }
  return whileCancellable(cancelling, () => awaitJob(api, place, lost.signal))
}

/** Of a job that is done, and did not fail. */
async function foundDone(
  connection: BigQueryConnection,
  api: BigQueryApi,
  place: JobPlace,
  authorized: Authorized,
  job: Json,
): Promise<Found> {
  const done = { state: 'done', warehouseId: place.id } as const
  const limit = AbortSignal.timeout(600_000)
  const results = await earlierResults(api, place, limit)
  if (!results && !rowKinds.has(authorized.classification.kind)) return done
  if (!results) return { ...done, execution: { warehouseId: place.id, columns: [], pages: lostPages() } }
  const execution = executionOf(connection, api, place, authorized, job, results, limit)
  const { affectedRows } = execution
  return { ...done, execution, ...(affectedRows === undefined ? {} : { affectedRows }) }
}

function executionOf(
  connection: BigQueryConnection,
  api: BigQueryApi,
  place: JobPlace,
  { statement, classification }: Authorized,
  job: Json,
  results: BigQueryResults,
  signal: AbortSignal,
): Execution {
  const { answer } = results
  const columns = schemaFields(answer.schema).map(bigqueryColumn)
  const affected = Number(answer.numDmlAffectedRows ?? Number.NaN)
  const bytes = Number(answer.totalBytesProcessed ?? Number.NaN)
  const returnsRows = Number.isNaN(affected) && rowKinds.has(classification.kind)
  const created = createdAt(job)
  const back =
    created &&
    !pinnedTo(statement) &&
    wayBack(statement, classification, `for system_time as of timestamp_millis(${created})`)
  return {
    warehouseId: place.id,
    columns: returnsRows ? columns : [],
    pages: returnsRows ? untilAborted(jobPages(api, place, results, signal), signal) : noPages(),
    ...(Number.isSafeInteger(affected) ? { affectedRows: affected } : {}),
    ...(Number.isSafeInteger(bytes) ? { bytesScanned: bytes, cost: priceOfScan(connection, bytes) } : {}),
    ...(back ? { wayBack: back } : {}),
  }
}

/** Milliseconds since the epoch at which the job was created: the table as the statement found it. */
function createdAt({ statistics }: Json): number | undefined {
  const created = isObject(statistics) ? Number(statistics.creationTime ?? Number.NaN) : Number.NaN
  return Number.isSafeInteger(created) ? created : undefined
}
