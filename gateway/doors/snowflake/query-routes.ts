import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { DriverSession } from '#src/authenticate/driver-sessions.ts'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import type { Outcome } from '#src/outcome.ts'
import type { Authenticated } from '#src/pipeline.ts'
import { principalKey } from '#src/principal.ts'
import { type SessionId, sessionIdOf } from '#src/statement.ts'
import type { Journey, Started } from '../../journey.ts'
import { whenClientLeaves } from '../request.ts'
import { type ChunkRoutesOptions, chunksAnswer } from './chunk-routes.ts'
import { describedAnswer } from './described-answer.ts'
import { type Envelope, failed, inProgress, succeeded } from './envelope.ts'
import { finalState } from './final-state.ts'
import { monitoringAnswer } from './monitoring-answer.ts'
import { sessionIdOfQuery } from './query-id.ts'
import { askedQuery, idempotencyKeyOf, type QueryBody, requestIdOf } from './query-request.ts'
import { completedAnswer } from './result-answer.ts'
import { formatOf, inFormat, type ResultFormat } from './result-format.ts'
import { scannedSession } from './result-scan.ts'
import { runCommand } from './run-command.ts'
import { sessionCommand } from './session-command.ts'
import { requireSession, sessionOf } from './session-of-request.ts'
import { requireTransactionless } from './transaction.ts'

/** Under every driver's own limit for one request; they ask again at once. */
const heldMilliseconds = 40_000
/** How often it is looked whether a statement that asked not to wait is on record. */
const briefMilliseconds = 500

interface Asked {
  Body: QueryBody
  Querystring: { requestId?: string }
}
interface ById {
  Params: { queryId: string; format?: string }
}

/** The second is how the Python driver writes it since version 5. */
const monitoringPaths = ['/monitoring/queries/:queryId', '/monitoring/queries//:queryId']

/** With a format where one statement was asked for in another than the session's. */
const resultPaths = ['/queries/:queryId/result', '/queries/:queryId/:format/result']

/** Statements: submitted, waited for, fetched, cancelled. */
export function queryRoutes(app: FastifyInstance, options: ChunkRoutesOptions): void {
  const { journey } = options
  const route = { onRequest: requireSession(journey), schema: { hide: true } }
  app.post<Asked>('/queries/v1/query-request', route, async (request, reply) => {
    const session = sessionOf(request)
    const requestId = requestIdOf(request.query.requestId, request.body)
    const { submission, transactional, format } = askedQuery(session, request.body, requestId)
    if (request.body.describeOnly === true) return describedAnswer(journey, session, submission)
    const command = sessionCommand(submission.sql)
    if (command) return runCommand(journey, session, command, randomUUID())
    const answering = inFormat(session, format)
    const scanned = scannedSession(submission.sql)
    if (scanned) return result(options, answering, scanned, whenClientLeaves(reply), format)
    if (transactional) requireTransactionless(submission.sql)
    const detached = request.body.asyncExec === true
    const start = detached ? startDetached : startWaiting
    const { id, outcome } = await start(journey, session, submission, whenClientLeaves(reply))
    const ended = outcome && outcome.status !== 'pending'
    if (!ended || (detached && outcome.status === 'completed'))
      return inProgress(id, detached ? '333334' : '333333', format)
    return answered(options, answering, outcome)
  })
  for (const path of resultPaths) {
    app.get<ById>(path, route, async (request, reply) => {
      const format = formatOf(request.params.format)
      return result(options, inFormat(sessionOf(request), format), idOf(request), whenClientLeaves(reply), format)
    })
  }
  for (const path of monitoringPaths) {
    app.get<ById>(path, route, async (request, reply) => {
      const outcome = await journey.outcome(sessionOf(request).principal, idOf(request), 0, whenClientLeaves(reply))
      return monitoringAnswer(outcome)
    })
  }
  app.post<ById>('/queries/:queryId/abort-request', route, async request => {
    await journey.cancel(sessionOf(request).principal, idOf(request))
    return succeeded()
  })
  app.post<Asked>('/queries/v1/abort-request', route, async request => {
    const { id, principal } = sessionOf(request)
    const key = idempotencyKeyOf(id, requestIdOf(undefined, request.body))
    await cancelIfThere(journey, principal, sessionIdOf(principalKey(principal), key))
    return succeeded()
  })
}

type Start = (
  journey: Journey,
  session: DriverSession<Authenticated>,
  submission: ReturnType<typeof askedQuery>['submission'],
  signal: AbortSignal,
) => Promise<Started>

const startWaiting: Start = (journey, { principal }, submission, signal) =>
  journey.start(principal, submission, heldMilliseconds, signal)

/** Answered once the statement is on record: drivers ask after it at once, and whichever gateway is next. */
const startDetached: Start = async (journey, { principal }, submission, signal) => {
  let started = await journey.start(principal, submission, briefMilliseconds, signal)
  for (let left = heldMilliseconds; !started.outcome && left > 0 && !signal.aborted; left -= briefMilliseconds)
    started = await journey.start(principal, submission, briefMilliseconds, signal)
  return started
}

/** A statement that is not there does not run: that is what was asked for. */
async function cancelIfThere(journey: Journey, principal: Authenticated, id: SessionId): Promise<void> {
  try {
    await journey.cancel(principal, id)
  } catch (error) {
    if (asGatewayError(error).code !== 'unknown_session') throw error
  }
}

function idOf(request: FastifyRequest<ById>): SessionId {
  const id = sessionIdOfQuery(request.params.queryId)
  if (!id) throw new GatewayError('unknown_session')
  return id
}

/** The result of a statement of this principal, once it is there: masked as it was, for it is what was recorded. */
async function result(
  options: ChunkRoutesOptions,
  session: DriverSession<Authenticated>,
  id: SessionId,
  signal: AbortSignal,
  format: ResultFormat | undefined,
): Promise<Envelope> {
  const outcome = await options.journey.outcome(session.principal, id, heldMilliseconds, signal)
  return outcome.status === 'pending' ? inProgress(id, '333333', format) : answered(options, session, outcome)
}

async function answered(
  options: ChunkRoutesOptions,
  session: DriverSession<Authenticated>,
  outcome: Exclude<Outcome, { status: 'pending' }>,
): Promise<Envelope> {
  if (outcome.status !== 'completed') return failed(outcome, outcome.id)
  const after = finalState(options.journey, session.context)
  return completedAnswer(outcome, after, first => chunksAnswer(options, session, outcome, first))
}
