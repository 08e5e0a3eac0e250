import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import type { RawPage } from '#src/execute/warehouse.ts'
import { type BigQueryApi, BigQueryFailure, isObject, type Json } from './bigquery-api.ts'
import { type Field, schemaFields } from './bigquery-column.ts'
import type { BigQueryResults } from './bigquery-results.ts'
import { RowCutter } from './row-cutter.ts'
import { unreadable } from './until-aborted.ts'
import { Unanswered } from './until-answered.ts'

export interface JobPlace {
  readonly id: string
  readonly location: string | undefined
}

const pollMilliseconds = 10_000
/** Of one question: BigQuery ends a page before that where its rows are large. */
const pageRows = 5_000

/**
 * With the time within which a statement begins, and a pause before the last attempt, shorter than another gateway waits for a
 * trace of it before it says that nothing ran.
 */
const againMilliseconds = 10_000

/** Inserts the job, or finds that this id was inserted before, by us a moment ago as well, and answers that one: it runs once. */
export async function insertOrAttach(
  api: BigQueryApi,
  place: JobPlace,
  body: object,
  stop?: AbortSignal,
): Promise<Json> {
  try {
    // Any other refusal of a further attempt, of a quota as of a token, says nothing of the first, which may run.
    return jobOf(place, await api.call('POST', 'jobs', { body, againMilliseconds, settles: isDuplicate, stop }))
  } catch (error) {
    if (isDuplicate(error)) return attach(api, place)
    throw insertFailure(error)
  }
}

/** What does not name this job says nothing of it: whoever stands between answered, or this was the answer to another request. */
function jobOf({ id }: JobPlace, answer: Json): Json {
  if (namedJob(answer) === id) return answer
  throw new Unanswered('no job of this id', true)
}

function namedJob({ jobReference }: Json): unknown {
  return isObject(jobReference) ? jobReference.jobId : undefined
}

function isDuplicate(error: unknown): boolean {
  return error instanceof BigQueryFailure && error.status === 409
}

async function attach(api: BigQueryApi, place: JobPlace): Promise<Json> {
  return getJob(api, place).catch(() => {
    throw new GatewayError('outcome_unknown', { detail: 'BigQuery has a job of this id and does not show it' })
  })
}

function insertFailure(error: unknown): unknown {
  if (error instanceof Unanswered)
    return new GatewayError(error.mayHaveArrived ? 'outcome_unknown' : 'warehouse_unavailable', {
      detail: `no answer from BigQuery: ${error.message}`,
    })
  if (!(error instanceof BigQueryFailure)) return error
  const { status, reason, message } = error
  const detail = `BigQuery ${status} ${reason}`
  if (status === 401)
    return new GatewayError('warehouse_unavailable', {
      message: "The warehouse refused the gateway's credential; nothing ran.",
      detail,
    })
  return jobFailure(reason, message, status)
}

/** Without blanks in the name: Python's client submits anew what is not found and whose words have " job". */
const namesAbsent = /^Not found: (?:Table|Dataset) \S+ was not found in location \S+$/

/** A definite failure in BigQuery's own words. */
export function jobFailure(reason: string, message: string, status = 200): GatewayError {
  const detail = `BigQuery ${status} ${reason}`
  if (reason === 'bytesBilledLimitExceeded')
    return new GatewayError('limit_exceeded', {
      message: 'The statement would scan more bytes than it may.',
      next: 'Let it read less. Where people approved it when it read less, submit it again: they are shown what it reads now.',
      detail,
    })
  if (reason === 'timeout')
    return new GatewayError('limit_exceeded', { message: 'The statement ran longer than its time limit.', detail })
  if (reason === 'stopped') return new GatewayError('cancelled', { detail })
  const known =
    reason === 'notFound' && namesAbsent.test(message) ? { warehouse: { code: reason, sqlState: '42S02' } } : {}
  return new GatewayError('warehouse_error', {
    ...(message ? { message: message.slice(0, 2000) } : {}),
    detail,
    ...known,
  })
}

export async function getJob(api: BigQueryApi, place: JobPlace): Promise<Json> {
  const { id, location } = place
  return jobOf(place, await api.call('GET', `jobs/${id}`, { query: { location } }))
}

/** `status.errorResult` of a job that is done. */
export function errorResult(job: Json): { reason: string; message: string } | undefined {
  const error = isObject(job.status) ? job.status.errorResult : undefined
  return isObject(error) ? { reason: String(error.reason ?? ''), message: String(error.message ?? '') } : undefined
}

export function jobState(job: Json): string {
  return isObject(job.status) ? String(job.status.state ?? '') : ''
}

/**
 * Waits for the job's end and answers the first page of `getQueryResults`. Only asks, so asking again is harmless; where
 * the answers stay away the outcome is unknown. `stop` ends the asking without an answer.
 */
export async function awaitJob(api: BigQueryApi, place: JobPlace, stop: AbortSignal): Promise<BigQueryResults> {
  for (let pause = 50; !stop.aborted; pause = Math.min(pause * 2, 2000)) {
    const asked = performance.now()
    const query = { timeoutMs: pollMilliseconds, maxResults: pageRows }
    const page = await results(api, place, query, stop).catch(async (error: unknown) => {
      throw stop.aborted ? unknownEnd() : await settle(api, place, error)
    })
    if (page.answer.jobComplete === true) return page
    // The service holds the request itself; one that answers at once must not be asked in a tight loop.
    if (performance.now() - asked < pause) await sleep(pause, undefined, { signal: stop }).catch(() => {})
  }
  throw unknownEnd()
}

function unknownEnd(): GatewayError {
  return new GatewayError('outcome_unknown', { detail: 'BigQuery did not say what became of the job' })
}

/** A failed job and a refused or failing question look alike here; only the job itself tells them apart. */
async function settle(api: BigQueryApi, place: JobPlace, error: unknown): Promise<GatewayError> {
  const job = await getJob(api, place).catch(() => undefined)
  const failed = job && jobState(job) === 'DONE' ? errorResult(job) : undefined
  if (failed) return jobFailure(failed.reason, failed.message)
  if (error instanceof BigQueryFailure) {
    const detail = `BigQuery ${error.status} ${error.reason} for the result`
    return new GatewayError('outcome_unknown', { detail, cause: error })
  }
  return unknownEnd()
}

/** Rejects with `Unanswered` for those of another job, whose columns are masked in another way. */
async function results(api: BigQueryApi, place: JobPlace, query: Json, stop?: AbortSignal): Promise<BigQueryResults> {
  const { id, location } = place
  const page = await api.results(`queries/${id}`, {
    query: { location, 'formatOptions.useInt64Timestamp': true, ...query },
    stop,
  })
  jobOf(place, page.answer)
  return page
}

/**
 * The rows of a finished job: those that came with what `awaitJob` answered, then page by page as they are pulled. Ends where there are
 * as many as the job has, or with an error. `stop` ends it with any error.
 */
export async function* jobPages(
  api: BigQueryApi,
  place: JobPlace,
  first: BigQueryResults,
  stop?: AbortSignal,
): AsyncGenerator<RawPage> {
  const cutter = new RowCutter('bigquery-rows')
  const { totalRows } = first.answer
  const fields = schemaFields(first.answer.schema)
  let rows = 0
  for (let page = first; ; ) {
    cutter.begin()
    yield* cutter.add(page.rows)
    rows += yield* cutter.end()
    const { pageToken, jobComplete } = page.answer
    if (jobComplete !== true) throw unreadable('a page of a job that is not complete')
    if (pageToken === undefined || pageToken === '') break
    if (typeof pageToken !== 'string') throw unreadable('a page token of another form')
    page = await results(api, place, { maxResults: pageRows, pageToken }, stop).catch(() => {
      throw unreadable('no answer')
    })
    requireFields(page, fields)
  }
  // Said of all that have rows: https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults
  if (rows !== Number(totalRows ?? 0)) throw unreadable(`${rows} of ${String(totalRows).slice(0, 20)} rows`)
  yield* cutter.rest()
}

/** Each page says its columns, and rows have none of their own: those of others would be masked by these. */
function requireFields({ answer: { schema } }: BigQueryResults, fields: readonly Field[]): void {
  if (schema === undefined || isDeepStrictEqual(schemaFields(schema), fields)) return
  throw new GatewayError('result_shape', { detail: 'a page has other columns than the first one' })
}

/** Undefined where BigQuery keeps the rows of a job that is done no more: it does so for a day. */
export async function earlierResults(
  api: BigQueryApi,
  place: JobPlace,
  stop: AbortSignal,
): Promise<BigQueryResults | undefined> {
  try {
    return await awaitJob(api, place, stop)
  } catch (error) {
    const { cause } = asGatewayError(error)
    if (cause instanceof BigQueryFailure && cause.status === 404) return undefined
    throw error
  }
}
