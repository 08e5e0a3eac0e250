import { GoogleError } from '../google/google-error.ts'
import { type GoogleRequest, jsonObject } from '../google/google-server.ts'
import { dmlStatistics, type Job, type JobConfiguration, planStatistics } from './job.ts'
import type { Jobs } from './jobs.ts'
import type { QueryConfiguration } from './query-plan.ts'
import { pageOf, pageRequest, timestampFormat } from './result-pages.ts'

export interface Call {
  readonly request: GoogleRequest
  readonly principal: string
  /** Parts of the path, decoded. */
  readonly project: string
  readonly first: string
  readonly second: string
}

const defaultTimeoutMilliseconds = 10_000
const longestTimeoutMilliseconds = 200_000

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs — every method answers the response's body. */
export function jobMethods(jobs: Jobs) {
  return {
    'jobs.query': (call: Call) => query(jobs, call),
    'jobs.insert': async ({ request, project, principal }: Call) => {
      const { jobReference, configuration } = jsonObject(request.text) as {
        jobReference?: { jobId?: string }
        configuration?: JobConfiguration
      }
      if (!configuration) throw new GoogleError(400, 'Required parameter is missing: configuration', 'required')
      if (configuration.dryRun) return (await jobs.dryRun(project, principal, configuration)).resource
      return jobs.submit(project, principal, configuration, jobReference?.jobId).resource
    },
    'jobs.get': async (call: Call) => jobOf(jobs, call).resource,
    'jobs.getQueryResults': async (call: Call) => {
      const job = jobOf(jobs, call)
      await finishedWithin(job, call.request.query.get('timeoutMs'), call.request.gone)
      return { ...resultsOf(job, call.request.query), kind: 'bigquery#getQueryResultsResponse' }
    },
    'jobs.cancel': async (call: Call) => {
      const job = jobOf(jobs, call)
      job.cancel()
      return { kind: 'bigquery#jobCancelResponse', job: job.resource }
    },
    'jobs.list': async (call: Call) => list(jobs, call),
  }
}

async function query(jobs: Jobs, { request, project, principal }: Call) {
  const body = jsonObject(request.text)
  const { requestId, timeoutMs, maxResults, formatOptions, labels, dryRun, ...rest } = body
  const configuration: JobConfiguration = {
    query: rest as unknown as QueryConfiguration,
    ...(labels ? { labels: labels as Record<string, string> } : {}),
  }
  const kind = 'bigquery#queryResponse'
  if (dryRun === true) {
    const { plan, resource } = await jobs.dryRun(project, principal, configuration)
    const { schema, ...statistics } = planStatistics(plan)
    return {
      kind,
      jobReference: resource.jobReference,
      jobComplete: true,
      totalRows: '0',
      ...statistics,
      ...(schema ? { schema } : {}),
    }
  }
  const job = jobs.submitOnce(project, principal, configuration, requestId as string | undefined)
  await finishedWithin(job, timeoutMs, request.gone)
  const { useInt64Timestamp, timestampOutputFormat } = (formatOptions ?? {}) as Record<string, unknown>
  const paging = new URLSearchParams(maxResults === undefined ? {} : { maxResults: String(maxResults) })
  const format = timestampFormat(useInt64Timestamp === true, timestampOutputFormat)
  paging.set('formatOptions.timestampOutputFormat', format)
  return { ...resultsOf(job, paging), kind, jobCreationReason: { code: 'REQUESTED' } }
}

function resultsOf(job: Job, query: URLSearchParams) {
  const base = { jobReference: job.reference, jobComplete: job.state === 'DONE' }
  if (job.state !== 'DONE') return base
  if (job.error) throw job.error
  const { plan, result } = job
  return {
    ...base,
    ...(result?.schema ? { schema: { fields: result.schema }, ...pageOf(job, pageRequest(query, job)) } : {}),
    totalBytesProcessed: String(plan?.bytes ?? 0),
    cacheHit: false,
    ...dmlStatistics(result),
  }
}

function list(jobs: Jobs, { request, project, principal }: Call) {
  const { query } = request
  const states = query.getAll('stateFilter').map(state => state.toUpperCase())
  const limit = Number(query.get('maxResults') ?? 1000)
  const found = jobs
    .all()
    .filter(job => job.project === project && job.principal === principal)
    .filter(job => states.length === 0 || states.includes(job.state))
    .filter(job => job.createdAt >= Number(query.get('minCreationTime') ?? 0))
  return {
    kind: 'bigquery#jobList',
    etag: '"jobs"',
    jobs: found.slice(0, limit).map(job => {
      const { selfLink: _selfLink, etag: _etag, ...resource } = job.resource
      return { ...resource, state: job.state, ...(job.error ? { errorResult: resource.status.errorResult } : {}) }
    }),
  }
}

function jobOf(jobs: Jobs, { request, project, first, principal }: Call): Job {
  return jobs.get(project, first, principal, request.query.get('location'))
}

/** The long poll: returns when the job is done, the time is up, or nobody listens any more. */
async function finishedWithin(job: Job, timeout: unknown, gone: AbortSignal): Promise<void> {
  const asked = timeout === undefined || timeout === null ? defaultTimeoutMilliseconds : Number(timeout)
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, Math.min(asked, longestTimeoutMilliseconds))
  gone.addEventListener('abort', () => resolve(), { once: true })
  await Promise.race([job.finished, promise])
  clearTimeout(timer)
}
