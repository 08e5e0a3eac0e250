import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { GatewayError } from '#src/errors.ts'
import type { Outcome } from '#src/outcome.ts'
import type { Submission } from '#src/statement.ts'
import type { ConnectionFacts, Journey } from '../../journey.ts'
import { principalOf, whenClientLeaves } from '../request.ts'
import { dryJob, dryQuery, dryRun } from './dry-run.ts'
import { sendRefusal } from './google-error.ts'
import { jobKey, requestKey } from './job-name.ts'
import { jobOf, type ProjectJob } from './job-of-request.ts'
import {
  bytesProcessed,
  dmlStatistics,
  type JobName,
  jobReference,
  jobResource,
  showsDestination,
} from './job-resource.ts'
import { destinationSql, writtenQuery } from './moving/destination-sql.ts'
import { count, type PageQuery, pageRequest, rowsOf, timestampFormat } from './page-request.ts'
import { connectionOf, locationOf } from './place.ts'
import { InsertedJob, QueryRequest, submissionOf, submissionOfJob } from './query-request.ts'
import { type PageRequest, resultPage, returnsRows, sendRows, tableSchema } from './result-page.ts'

type Project = { readonly project: string }
interface QueryCall {
  Params: Project
  Body: Static<typeof QueryRequest>
}
interface InsertCall {
  Params: Project
  Body: Static<typeof InsertedJob>
}

/** Below the 60 s after which common clients and load balancers give a request up. */
const maxWaitMilliseconds = 45_000
const defaultWaitMilliseconds = 10_000
/** A job that has ended by then is answered as done: it saves its client a question. */
const insertMilliseconds = 2_000
const lookMilliseconds = 250
/** So long an insert that comes again is a client's next attempt: the same job, and no duplicate. */
const retryMilliseconds = 15 * 60_000

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs */
export function jobRoutes(app: FastifyInstance, journey: Journey): void {
  const hidden = { hide: true } as const
  app.post<QueryCall>('/projects/:project/queries', { schema: { ...hidden, body: QueryRequest } }, (request, reply) =>
    query(journey, request, reply),
  )
  app.post<InsertCall>('/projects/:project/jobs', { schema: { ...hidden, body: InsertedJob } }, (request, reply) =>
    insert(journey, request, reply),
  )
  app.get<{ Params: ProjectJob }>('/projects/:project/jobs/:job', { schema: hidden }, async (request, reply) => {
    const { name, outcome } = await jobOf(journey, request, reply, 0)
    return jobResource(name, outcome, showsDestination(request))
  })
  app.get<{ Params: ProjectJob; Querystring: PageQuery }>(
    '/projects/:project/queries/:job',
    { schema: hidden },
    async (request, reply) => {
      const { name, outcome } = await jobOf(journey, request, reply, waitOf(request.query.timeoutMs))
      const page = pageRequest(request.query, outcome.id)
      return sendResults(reply, { kind: 'bigquery#getQueryResultsResponse', name, outcome, page })
    },
  )
}

async function query(journey: Journey, request: FastifyRequest<QueryCall>, reply: FastifyReply): Promise<object> {
  const { formatOptions, requestId, timeoutMs, maxResults, dryRun: dry } = request.body
  const { project } = request.params
  const connection = connectionOf(journey, project)
  const submission = submissionOf(request.body, connection)
  if (dry) return dryQuery(await dryRun(journey, principalOf(request), submission, connection, project))
  // Read before anything runs: what is refused for its form must not have been written.
  const page = { start: 0, rows: rowsOf(maxResults), timestamps: timestampFormat(formatOptions) }
  const named = { ...submission, idempotencyKey: requestKey(submission, requestId) }
  const begun = await begin(journey, request, reply, named, 0)
  const outcome =
    begun.status === 'pending'
      ? await journey.outcome(principalOf(request), begun.id, waitOf(timeoutMs), whenClientLeaves(reply))
      : begun
  const name = { project, jobId: outcome.id, location: locationOf(connection) }
  return sendResults(reply, { kind: 'bigquery#queryResponse', name, outcome, page })
}

async function insert(journey: Journey, request: FastifyRequest<InsertCall>, reply: FastifyReply): Promise<object> {
  const { project } = request.params
  const connection = connectionOf(journey, project)
  const location = locationOf(connection)
  const submission = await submissionFor(journey, request, connection)
  if (request.body.configuration.dryRun) {
    const statistics = await dryRun(journey, principalOf(request), submission, connection, project)
    return dryJob(project, connection, submission, statistics)
  }
  const given = request.body.jobReference?.jobId || undefined
  const idempotencyKey = given ? jobKey(connection.name, given) : requestKey(submission)
  const named = { ...submission, idempotencyKey, ...(given ? { name: given } : {}) }
  const duplicate = alreadyExists(`${project}:${location}.${given}`)
  const outcome = await begin(journey, request, reply, named, insertMilliseconds).catch((error: unknown) =>
    Promise.reject(error instanceof GatewayError && error.code === 'idempotency_mismatch' ? duplicate : error),
  )
  if (outcome.status === 'denied') return sendRefusal(reply, outcome)
  if (given && isOver(outcome, journey.clock.now())) throw duplicate
  return jobResource({ project, jobId: given ?? outcome.id, location }, outcome, showsDestination(request))
}

/** What a job is taken as: where its query writes, that is the statement which writes. */
async function submissionFor(
  journey: Journey,
  request: FastifyRequest<InsertCall>,
  connection: ConnectionFacts,
): Promise<Submission> {
  const submission = submissionOfJob(request.body, connection)
  const written = writtenQuery(request.body.configuration.query)
  if (!written) return submission
  const { classification } = await journey.explain(principalOf(request), submission)
  return { ...submission, sql: destinationSql(written, classification, connection), request: { query: written } }
}

/** In the words by which clients know that an earlier attempt of theirs arrived. */
function alreadyExists(name: string): GatewayError {
  return new GatewayError('idempotency_mismatch', { message: `Already Exists: Job ${name.slice(0, 300)}` })
}

/** Whoever names a job as one of yesterday's wants to hear so, and not to be given yesterday's rows. */
function isOver({ status, statement }: Outcome, now: number): boolean {
  return status !== 'pending' && now - statement.receivedAt > retryMilliseconds
}

/**
 * Answers when it waits for people, when it has ended, or when it has run for `patience` milliseconds; never before it is judged:
 * a refusal is the answer to the request itself, not to a later question.
 */
async function begin(
  journey: Journey,
  request: FastifyRequest<QueryCall> | FastifyRequest<InsertCall>,
  reply: FastifyReply,
  submission: Submission & { readonly idempotencyKey: string },
  patience: number,
): Promise<Outcome> {
  const gone = whenClientLeaves(reply)
  for (let waited = 0; !gone.aborted; waited += lookMilliseconds) {
    const { outcome } = await journey.start(principalOf(request), submission, lookMilliseconds, gone)
    const runs = outcome?.status === 'pending' && outcome.state !== 'pending'
    if (outcome && !(runs && waited < patience)) return outcome
  }
  throw new GatewayError('cancelled', { detail: 'the client left before its statement was judged' })
}

function waitOf(timeoutMs: unknown): number {
  return Math.min(count(timeoutMs, defaultWaitMilliseconds), maxWaitMilliseconds)
}

interface Results {
  readonly kind: string
  readonly name: JobName
  readonly outcome: Outcome
  readonly page: PageRequest
}

async function sendResults(reply: FastifyReply, { kind, name, outcome, page }: Results): Promise<FastifyReply> {
  const base = { kind, jobReference: jobReference(name), jobComplete: outcome.status === 'completed' }
  if (outcome.status === 'pending') return reply.send(base)
  if (outcome.status !== 'completed') return sendRefusal(reply, outcome)
  const bytes = { totalBytesProcessed: bytesProcessed(outcome), cacheHit: false }
  if (!returnsRows(outcome)) return reply.send({ ...base, ...bytes, ...dmlStatistics(outcome) })
  const body = { ...base, schema: tableSchema(outcome.result.columns), totalRows: String(outcome.rows), ...bytes }
  return sendRows(reply, body, await resultPage(outcome, page))
}
