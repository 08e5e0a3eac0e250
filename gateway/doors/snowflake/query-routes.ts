import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { DriverSession } from '#src/authenticate/driver-sessions.ts'
import { GatewayError } from '#src/errors.ts'
import type { Outcome } from '#src/outcome.ts'
import type { Authenticated } from '#src/pipeline.ts'
import { principalKey } from '#src/principal.ts'
import { type SessionId, sessionIdOf } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { whenClientLeaves } from '../request.ts'
import { turnToAnswer } from '../turn-to-answer.ts'
import { type ChunkRoutesOptions, chunksAnswer } from './chunk-routes.ts'
import { currentContext } from './current-context.ts'
import { describedAnswer } from './described-answer.ts'
import { type Envelope, failed, inProgress, succeeded } from './envelope.ts'
import { finalState } from './final-state.ts'
import { batchMonitoringAnswer, monitoringAnswer } from './monitoring-answer.ts'
import { parseQueryId, queryIdOf } from './query-id.ts'
import { type AskedQuery, askedQuery, idempotencyKeyOf, type QueryBody, requestIdOf } from './query-request.ts'
import { batchAnswer, completedAnswer, statusAnswer } from './result-answer.ts'
import { formatOf, inFormat, type ResultFormat } from './result-format.ts'
import { isAskedAgain, scannedQuery } from './result-scan.ts'
import { keepingTemporary, runCommand } from './run-command.ts'
import { type SessionCommand, sessionCommand } from './session-command.ts'
import { requireSession, sessionOf } from './session-of-request.ts'
import { asBefore, heldMilliseconds, startDetached, startWaiting } from './start-statement.ts'
import { cancelBatch, goOn, isBatch, openBatch } from './statement-batch.ts'
import { isForWarehouse, outsideIfAlone, requireRead } from './transaction.ts'

/** What came as one and asked not to wait is begun by then. */
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
  app.post<Asked>('/queries/v1/query-request', route, (request, reply) => queryRequest(options, request, reply))
  for (const path of resultPaths) {
    app.get<ById>(path, route, async (request, reply) => {
      const format = formatOf(request.params.format)
      const signal = whenClientLeaves(reply)
      const waits = { patience: heldMilliseconds, reply, signal, code: '333333', format } as const
      return result(options, inFormat(sessionOf(request), format), request.params.queryId, waits)
    })
  }
  for (const path of monitoringPaths) {
    app.get<ById>(path, route, async (request, reply) => {
      const { queryId } = request.params
      const session = sessionOf(request)
      const signal = whenClientLeaves(reply)
      const name = nameOf(queryId)
      if (name.kind === 'batch') {
        const state = await goOn(journey, session, name.id, { waitMilliseconds: 0, signal })
        return batchMonitoringAnswer(state, queryId)
      }
      return monitoringAnswer(await journey.outcome(session.principal, name.id, 0, signal))
    })
  }
  abortRoutes(app, journey)
}

/** A statement, several of them, or one about the session; answers at once, or as soon as there is something to say. */
async function queryRequest(
  options: ChunkRoutesOptions,
  request: FastifyRequest<Asked>,
  reply: FastifyReply,
): Promise<Envelope> {
  const { journey } = options
  const known = sessionOf(request)
  const session = { ...known, context: await currentContext(journey, known) }
  const requestId = requestIdOf(request.query.requestId, request.body)
  const query = askedQuery(session, request.body, requestId)
  const { submission, format, texts } = query
  const detached = request.body.asyncExec === true
  const waits: Waits = {
    ...{ reply, signal: whenClientLeaves(reply), format, code: detached ? '333334' : '333333' },
    patience: detached ? briefMilliseconds : heldMilliseconds,
  }
  if (request.body.describeOnly === true) return describedAnswer(journey, session, submission)
  const answering = inFormat(session, format)
  if (texts.length > 1) return batchResult(options, answering, await openBatch(journey, session, query), waits)
  const command = sessionCommand(submission.sql)
  if (command && !(await isForWarehouse(journey, session, command, idOf(session, query))))
    return runCommand(journey, session, command, idOf(session, query))
  const scanned = scannedQuery(submission.sql)
  if (scanned) return result(options, answering, scanned, { ...waits, patience: heldMilliseconds, scanned: true })
  if (isAskedAgain(submission.sql, requestId)) return result(options, answering, queryIdOf(idOf(session, query)), waits)
  return runStatement(options, session, { ...query, command }, waits)
}

/** One for the warehouse, however long it is judged, held or run: an answer that it goes on has its driver ask for it again. */
async function runStatement(
  options: ChunkRoutesOptions,
  session: Session,
  query: AskedQuery & { readonly command: SessionCommand | undefined },
  { code, format, signal, reply }: Waits,
): Promise<Envelope> {
  const { journey } = options
  const { submission, uncommitted, command } = query
  if (uncommitted) requireRead(submission.sql)
  const keeping =
    command?.kind === 'temporary' ? await keepingTemporary(journey, session, command, idOf(session, query)) : {}
  const placed = await outsideIfAlone(journey, session.context, { ...submission, ...keeping })
  const detached = code === '333334'
  const start = detached ? startDetached : startWaiting
  const { id, outcome } = await asBefore(start, journey, session.principal, placed, signal)
  const ended = outcome && outcome.status !== 'pending'
  if (!ended || (detached && outcome.status === 'completed')) return inProgress(queryIdOf(id), code, format)
  return answered(options, inFormat(session, format), outcome, reply)
}

/** The id that the statement has, or would have: its driver named it in the request. */
function idOf({ principal }: Session, { submission }: AskedQuery): SessionId {
  return sessionIdOf(principalKey(principal), submission.idempotencyKey)
}

function abortRoutes(app: FastifyInstance, journey: Journey): void {
  const route = { onRequest: requireSession(journey), schema: { hide: true } }
  app.post<ById>('/queries/:queryId/abort-request', route, async request => {
    const session = sessionOf(request)
    const { principal } = session
    const { kind, id } = nameOf(request.params.queryId)
    if (kind === 'batch' && (await isBatch(journey, session, id)))
      await journey.onceThere(principal, () => cancelBatch(journey, session, id))
    else await journey.cancel(principal, id)
    return succeeded()
  })
  app.post<Asked>('/queries/v1/abort-request', route, async request => {
    const session = sessionOf(request)
    const { principal } = session
    const key = idempotencyKeyOf(session.id, requestIdOf(undefined, request.body))
    const id = sessionIdOf(principalKey(principal), key)
    // Whether it brings one statement or several is not known before it is there.
    await journey.onceThere(principal, async () => {
      if (!(await cancelBatch(journey, session, id))) await journey.cancel(principal, id)
    })
    return succeeded()
  })
}

/** A query id of a statement or of several; that of a mere status names nothing that runs. */
function nameOf(queryId: string) {
  const name = parseQueryId(queryId)
  if (name === undefined || name.kind === 'status') throw new GatewayError('unknown_session')
  return name
}

/** How long an answer is waited for, and how it is said that there is none yet. */
interface Waits {
  readonly patience: number
  readonly reply: FastifyReply
  readonly signal: AbortSignal
  readonly code: '333333' | '333334'
  readonly format: ResultFormat | undefined
  /** It is asked for with RESULT_SCAN. */
  readonly scanned?: true
}

type Session = DriverSession<Authenticated>

/** The result of a statement of this principal, once it is there: masked as it was, for it is what was recorded. */
async function result(options: ChunkRoutesOptions, session: Session, queryId: string, waits: Waits): Promise<Envelope> {
  const name = parseQueryId(queryId)
  switch (name?.kind) {
    case undefined:
      throw new GatewayError('unknown_session')
    case 'status':
      return statusAnswer(name.typeId, finalState(options.journey, session.context), queryId)
    case 'batch':
      return batchResult(options, session, name.id, waits)
    case 'statement': {
      const outcome = await options.journey.outcome(session.principal, name.id, waits.patience, waits.signal)
      if (outcome.status === 'pending') return inProgress(queryId, waits.code, waits.format)
      return answered(options, session, outcome, waits.reply)
    }
  }
}

/** Of several statements that came as one: goes on with them. */
async function batchResult(
  { journey }: ChunkRoutesOptions,
  session: Session,
  id: SessionId,
  { patience: waitMilliseconds, signal, code, format, scanned }: Waits,
): Promise<Envelope> {
  const queryId = queryIdOf(id, 'batch')
  const state = await goOn(journey, session, id, { waitMilliseconds, signal })
  if (state.status === 'refused') return failed(state.outcome, state.outcome.id)
  if (state.status === 'cancelled') return failed(state.refusal)
  if (state.status === 'pending' || code === '333334') return inProgress(queryId, code, format)
  return batchAnswer(scanned ? undefined : state.done, finalState(journey, state.context), queryId)
}

async function answered(
  options: ChunkRoutesOptions,
  session: Session,
  outcome: Exclude<Outcome, { status: 'pending' }>,
  reply: FastifyReply,
): Promise<Envelope> {
  if (outcome.status !== 'completed') return failed(outcome, outcome.id)
  await turnToAnswer(outcome, reply)
  const after = finalState(options.journey, session.context)
  return completedAnswer(outcome, after, first => chunksAnswer(options, session, outcome, first))
}
