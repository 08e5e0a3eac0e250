import { randomUUID } from 'node:crypto'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import { type Outcome, wasCancelled } from '#src/outcome.ts'
import type { Log } from '#src/ports.ts'
import type { SessionId } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { asRefusal } from '../problem.ts'
import { principalOf, requirePrincipal, whenClientLeaves } from '../request.ts'
import { turnToAnswer } from '../turn-to-answer.ts'
import { chunkSizes } from './chunks.ts'
import { errorOf } from './envelope.ts'
import { sessionIdOfQuery } from './query-id.ts'
import { completedStatement, partition, type Shown, statementPlace } from './sql-api-answer.ts'
import { type ApiBody, submissionOfApi } from './sql-api-request.ts'
import { startDetached, startWaiting } from './start-statement.ts'

interface SqlApiOptions {
  readonly journey: Journey
  readonly log: Log
}

interface Submitted {
  Body: ApiBody
  Querystring: { requestId?: string; async?: string; nullable?: string; account?: string }
}
interface ByHandle {
  Params: { handle: string }
  Querystring: { partition?: string; nullable?: string }
}

/** Clients ask again at their own pace: short of what the shortest of their time limits is. */
const askedAgainMilliseconds = 5_000

/**
 * Snowflake's SQL API: every request brings the agent's own token, and there is no session.
 * https://docs.snowflake.com/en/developer-guide/sql-api/reference
 */
export function sqlApiRoutes(app: FastifyInstance, { journey, log }: SqlApiOptions): void {
  app.addHook('onRequest', async request => requireOwnToken(request))
  requirePrincipal(app, journey)
  refuseAsApi(app, log)
  const route = { schema: { hide: true } }
  app.post<Submitted>('/api/v2/statements', route, async (request, reply) => {
    const { requestId = randomUUID(), async, account } = request.query
    const submission = submissionOfApi(journey.connections(), request.body, { account, requestId })
    const detached = async === 'true'
    const start = detached ? startDetached : startWaiting
    const { id, outcome } = await start(journey, principalOf(request), submission, whenClientLeaves(reply))
    const shown = { requestId, nullable: request.query.nullable !== 'false' }
    const ended = outcome && outcome.status !== 'pending'
    if (!ended || (detached && outcome.status === 'completed')) return inProgress(reply, id, detached)
    return answered(reply, outcome, shown)
  })
  app.get<ByHandle>('/api/v2/statements/:handle', route, async (request, reply) => {
    const { partition: asked = '0', nullable } = request.query
    const outcome = await outcomeOf(journey, request, reply, asked === '0' ? askedAgainMilliseconds : 0)
    if (outcome.status === 'pending') return inProgress(reply, outcome.id)
    const shown = { nullable: nullable !== 'false' }
    return asked === '0' ? answered(reply, outcome, shown) : sendPartition(reply, outcome, asked, shown)
  })
  app.post<ByHandle>('/api/v2/statements/:handle/cancel', route, async (request, reply) => {
    const outcome = await journey.cancel(principalOf(request), idOf(request))
    const place = statementPlace(outcome.id)
    if (wasCancelled(outcome) || outcome.status === 'pending')
      return { code: '000604', sqlState: '57014', message: 'The statement is cancelled.', ...place }
    const message = 'The statement does not run any more.'
    return reply.code(422).send({ code: '000605', sqlState: '57014', message, ...place })
  })
}

/** Where it says what the bearer token is, it has to be one that an agent's issuer signed. */
async function requireOwnToken({ headers }: FastifyRequest): Promise<void> {
  const type = headers['x-snowflake-authorization-token-type'] ?? 'OAUTH'
  if (['OAUTH', 'PROGRAMMATIC_ACCESS_TOKEN', 'WORKLOAD_IDENTITY'].includes(String(type).toUpperCase())) return
  throw new GatewayError('unauthenticated', {
    message: "Tokens of this type are not known here. Present the agent's own OIDC access token, with the type OAUTH.",
  })
}

/** In the form of Snowflake’s REST API, with a status that says what became of the request. */
export function refuseAsApi(app: FastifyInstance, log: Log): void {
  app.setErrorHandler(async (error: FastifyError, request, reply: FastifyReply) => {
    const refusal = asRefusal(error)
    const { code, detail, table } = refusal
    log.warn({ code, detail, method: request.method, route: request.routeOptions.url }, 'request refused')
    const { message, ...numbers } = errorOf(refusal)
    if (table.status !== 401) return reply.code(table.status).send({ ...numbers, message })
    return reply.code(401).send({ code: code === 'token_expired' ? '390318' : '390303', message })
  })
}

function inProgress(reply: FastifyReply, id: SessionId, detached = false): FastifyReply {
  const message = 'The statement waits or runs. Ask for it again.'
  return reply.code(202).send({ code: detached ? '333334' : '333333', message, ...statementPlace(id) })
}

async function answered(
  reply: FastifyReply,
  outcome: Exclude<Outcome, { status: 'pending' }>,
  shown: Shown,
): Promise<FastifyReply> {
  if (outcome.status === 'completed') {
    await turnToAnswer(outcome, reply)
    const statement = await completedStatement(outcome, shown)
    const partitions = statement.resultSetMetaData.partitionInfo.length
    if (partitions > 1) reply.header('link', links(statement.statementStatusUrl, partitions))
    return reply.send(statement)
  }
  return reply.code(422).send({ ...errorOf(outcome, outcome.id), ...statementPlace(outcome.id) })
}

/** The first partition is in the answer itself. */
function links(url: string, partitions: number): string {
  const places = { first: 0, next: 1, last: partitions - 1 }
  return Object.entries(places)
    .map(([rel, partition]) => `<${url}?partition=${partition}>; rel="${rel}"`)
    .join(', ')
}

async function sendPartition(
  reply: FastifyReply,
  outcome: Exclude<Outcome, { status: 'pending' }>,
  asked: string,
  shown: Shown,
): Promise<FastifyReply> {
  const chunk = /^[1-9]\d{0,5}$/.test(asked) ? Number(asked) - 1 : Number.POSITIVE_INFINITY
  if (outcome.status !== 'completed' || chunk >= chunkSizes(outcome).length)
    throw new GatewayError('unknown_session', { message: 'There is no such partition of a result.' })
  await turnToAnswer(outcome, reply)
  reply.header('content-type', 'application/json').header('content-encoding', 'gzip')
  return reply.send(partition(outcome, chunk, shown))
}

async function outcomeOf(
  journey: Journey,
  request: FastifyRequest<ByHandle>,
  reply: FastifyReply,
  milliseconds: number,
): Promise<Outcome> {
  return journey.outcome(principalOf(request), idOf(request), milliseconds, whenClientLeaves(reply))
}

function idOf({ params }: FastifyRequest<ByHandle>): SessionId {
  const id = sessionIdOfQuery(params.handle)
  if (!id) throw new GatewayError('unknown_session')
  return id
}
