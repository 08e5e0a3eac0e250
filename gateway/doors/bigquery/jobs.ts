import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { GatewayError } from '#src/errors.ts'
import type { Outcome } from '#src/outcome.ts'
import type { Submission } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { principalOf, whenClientLeaves } from '../request.ts'
import { dryJob, dryQuery, dryRun } from './dry-run.ts'
import { sendRefusal } from './google-error.ts'
import { givenName, keyedJob, submissionFor } from './inserted-job.ts'
import { jobOrCommandOf, type ProjectJob } from './job-of-request.ts'
import {
  bytesProcessed,
  dmlStatistics,
  type JobName,
  jobReference,
  jobResource,
  sessionInfo,
  showsDestination,
} from './job-resource.ts'
import { count, type PageQuery, pageRequest, rowsOf, timestampFormat } from './page-request.ts'
import { connectionOf, jobNameIn, locationOf } from './place.ts'
import { InsertedJob, QueryRequest, submissionOf } from './query-request.ts'
import { type Answered, isPast, laterRequestKey, requestKey, retryMilliseconds } from './request-key.ts'
import { type PageRequest, returnsRows, sendRows, tableSchema } from './result-page.ts'
import { inNamed, inSession } from './session.ts'
import { commandResource, commandResults } from './session-command.ts'
import { startJob } from './start-job.ts'

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
    const { name, ...job } = await jobOrCommandOf(journey, request, 0, whenClientLeaves(reply))
    if ('command' in job) return commandResource(name, job.command)
    await keepUsed(journey, request, job.outcome)
    return jobResource(name, job.outcome, showsDestination(request))
  })
  app.get<{ Params: ProjectJob; Querystring: PageQuery }>(
    '/projects/:project/queries/:job',
    { schema: hidden },
    async (request, reply) => {
      const kind = 'bigquery#getQueryResultsResponse'
      const { name, ...job } = await jobOrCommandOf(
        journey,
        request,
        waitOf(request.query.timeoutMs),
        whenClientLeaves(reply),
      )
      if ('command' in job) return commandResults(kind, name, job.command)
      await keepUsed(journey, request, job.outcome)
      const page = pageRequest(request.query, job.outcome.id)
      return sendResults(reply, { kind, name, outcome: job.outcome, page })
    },
  )
}

async function query(journey: Journey, request: FastifyRequest<QueryCall>, reply: FastifyReply): Promise<object> {
  const { formatOptions, requestId, timeoutMs, maxResults, dryRun: dry, createSession } = request.body
  const { project } = request.params
  const connection = connectionOf(journey, project)
  const submission = submissionOf(request.body, connection)
  const principal = principalOf(request)
  if (dry) {
    const placed = await toLookAt(journey, principal, submission, createSession)
    return dryQuery(await dryRun(journey, principal, placed, connection, project))
  }
  // Read before anything runs: what is refused for its form must not have been written.
  const page = { start: 0, rows: rowsOf(maxResults), timestamps: timestampFormat(formatOptions) }
  const content = { ...submission, ...(createSession ? { session: '' } : {}) }
  const ask = async (idempotencyKey: string): Promise<Answered> => {
    const named = await inSession(journey, principal, { ...submission, idempotencyKey }, createSession)
    if (!('submission' in named)) return named
    return { outcome: await startJob(journey, request, reply, named.submission, { patience: 0, createSession }) }
  }
  const first = await ask(requestKey(content, requestId))
  const begun =
    requestId && isPast(first, journey.clock.now())
      ? await ask(await laterRequestKey(journey, principal, content, requestId))
      : first
  const kind = 'bigquery#queryResponse'
  if ('command' in begun) return commandResults(kind, jobNameIn(project, begun.command.id, connection), begun.command)
  const outcome =
    begun.outcome.status === 'pending'
      ? await journey.outcome(principal, begun.outcome.id, waitOf(timeoutMs), whenClientLeaves(reply))
      : begun.outcome
  return sendResults(reply, { kind, name: jobNameIn(project, outcome.id, connection), outcome, page })
}

async function insert(journey: Journey, request: FastifyRequest<InsertCall>, reply: FastifyReply): Promise<object> {
  const { project } = request.params
  const connection = connectionOf(journey, project)
  const principal = principalOf(request)
  const given = givenName(request.body)
  const duplicate = alreadyExists(`${project}:${locationOf(connection)}.${given}`)
  const asDuplicate = (error: unknown) =>
    Promise.reject(error instanceof GatewayError && error.code === 'idempotency_mismatch' ? duplicate : error)
  const submission = await submissionFor(journey, principal, request.body, connection).catch(asDuplicate)
  if ('status' in submission) return sendRefusal(reply, submission)
  const createSession = request.body.configuration.query?.createSession
  if (request.body.configuration.dryRun) {
    const placed = await toLookAt(journey, principal, submission, createSession)
    return dryJob(project, connection, submission, await dryRun(journey, principal, placed, connection, project))
  }
  const keyed = keyedJob(request.body, submission)
  const named = await inSession(journey, principal, keyed, createSession).catch(asDuplicate)
  if ('command' in named)
    return commandResource(jobNameIn(project, given ?? named.command.id, connection), named.command)
  const how = { patience: insertMilliseconds, createSession }
  const outcome =
    'outcome' in named
      ? named.outcome
      : await startJob(journey, request, reply, named.submission, how).catch(asDuplicate)
  if (outcome.status === 'denied') return sendRefusal(reply, outcome)
  if (given && isOver(outcome, journey.clock.now())) throw duplicate
  return jobResource(jobNameIn(project, given ?? outcome.id, connection), outcome, showsDestination(request))
}

/** As a dry run sees it: in the session that it names. */
function toLookAt(
  journey: Journey,
  principal: ReturnType<typeof principalOf>,
  submission: Submission,
  createSession: boolean | undefined,
): Promise<Submission> {
  if (!createSession) return inNamed(journey, principal, submission)
  throw new GatewayError('invalid_request', {
    message: 'A dry run opens no session.',
    next: 'Leave out createSession, or dryRun.',
  })
}

/** In the words by which clients know that an earlier attempt of theirs arrived. */
function alreadyExists(name: string): GatewayError {
  return new GatewayError('idempotency_mismatch', { message: `Already Exists: Job ${name.slice(0, 300)}` })
}

/** Whoever names a job as one of yesterday's wants to hear so, and not to be given yesterday's rows. */
function isOver({ status, statement }: Outcome, now: number): boolean {
  return status !== 'pending' && now - statement.receivedAt > retryMilliseconds
}

/** A session is used while its client waits for a statement in it, be it for people. */
async function keepUsed(
  { sessionsByName }: Journey,
  request: FastifyRequest<{ Params: ProjectJob }>,
  { status, statement: { session, connection } }: Outcome,
): Promise<void> {
  if (status !== 'pending' || session === undefined) return
  await sessionsByName.use(principalOf(request), connection, session).catch(() => undefined)
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
  const done = outcome.status === 'completed'
  const base = { kind, jobReference: jobReference(name), jobComplete: done, ...sessionInfo(outcome.statement) }
  if (outcome.status === 'pending') return reply.send(base)
  if (outcome.status !== 'completed') return sendRefusal(reply, outcome)
  const bytes = { totalBytesProcessed: bytesProcessed(outcome), cacheHit: false }
  if (!returnsRows(outcome)) return reply.send({ ...base, ...bytes, ...dmlStatistics(outcome) })
  const body = { ...base, schema: tableSchema(outcome.result.columns), totalRows: String(outcome.rows), ...bytes }
  return sendRows(reply, body, outcome, page)
}
