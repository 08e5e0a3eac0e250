import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { GatewayError } from '#src/errors.ts'
import type { Outcome } from '#src/outcome.ts'
import { parseSessionId, type SessionId } from '#src/statement.ts'
import type { Journey } from '../journey.ts'
import { answer, maxAnswerRows } from './answer.ts'
import { authenticateRequest, whenClientLeaves } from './request.ts'

const maxWaitSeconds = 55

const Submit = Type.Object(
  {
    connection: Type.String({ minLength: 1, maxLength: 64, description: 'Name of a configured connection.' }),
    sql: Type.String({
      minLength: 1,
      description: 'The statement. Runs exactly as it is written here, or not at all.',
    }),
    binds: Type.Optional(
      Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]), {
        maxItems: 10_000,
        description: 'Values for positional placeholders.',
      }),
    ),
    database: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    schema: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    purpose: Type.Optional(
      Type.String({ maxLength: 500, description: 'Why, in the words of the agent; approvers see it as unchecked.' }),
    ),
    max_rows: Type.Optional(
      Type.Integer({ minimum: 1, maximum: maxAnswerRows, description: 'Rows in this answer; default 1,000.' }),
    ),
  },
  { additionalProperties: false },
)
const Wait = Type.Object(
  {
    wait: Type.Optional(
      Type.String({ pattern: '^[0-9]{1,2}$', description: `Seconds to wait for people, at most ${maxWaitSeconds}.` }),
    ),
  },
  { additionalProperties: false },
)
const Window = Type.Object(
  {
    wait: Type.Optional(
      Type.String({ pattern: '^[0-9]{1,2}$', description: `Seconds to wait, at most ${maxWaitSeconds}.` }),
    ),
    offset: Type.Optional(Type.String({ pattern: '^[0-9]{1,9}$', description: 'First row of this answer.' })),
    max_rows: Type.Optional(
      Type.String({ pattern: '^[0-9]{1,5}$', description: 'Rows in this answer; default 1,000.' }),
    ),
  },
  { additionalProperties: false },
)
const Id = Type.Object({ id: Type.String({ maxLength: 20 }) }, { additionalProperties: false })
const Key = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ minLength: 8, maxLength: 128, description: 'The same key names the same statement.' }),
  ),
})

/** `/v1/queries`: the journey for everything that speaks HTTP and JSON. */
export function restDoor(app: FastifyInstance, journey: Journey): void {
  app.post<{ Body: Static<typeof Submit>; Querystring: Static<typeof Wait>; Headers: Static<typeof Key> }>(
    '/v1/queries',
    { schema: { summary: 'Submit a statement', body: Submit, querystring: Wait, headers: Key } },
    async (request, reply) => {
      const principal = await authenticateRequest(journey, request)
      const { max_rows = 1_000, ...submission } = request.body
      const key = request.headers['idempotency-key']
      const outcome = await journey.submit(
        principal,
        { ...submission, door: 'rest', ...(key ? { idempotencyKey: key } : {}) },
        waitOf(request.query.wait),
        whenClientLeaves(reply),
      )
      return send(reply, outcome, 0, max_rows)
    },
  )
  app.get<{ Params: Static<typeof Id>; Querystring: Static<typeof Window> }>(
    '/v1/queries/:id',
    { schema: { summary: 'What became of a statement, and its rows', params: Id, querystring: Window } },
    async (request, reply) => {
      const principal = await authenticateRequest(journey, request)
      const { wait, offset, max_rows } = request.query
      const outcome = await journey.outcome(principal, idOf(request), waitOf(wait), whenClientLeaves(reply))
      return send(reply, outcome, Number(offset ?? 0), Math.min(Number(max_rows ?? 1_000), maxAnswerRows))
    },
  )
  app.delete<{ Params: Static<typeof Id> }>(
    '/v1/queries/:id',
    { schema: { summary: 'Withdraw a statement that waits, or cancel one that runs', params: Id } },
    async (request, reply) => {
      const principal = await authenticateRequest(journey, request)
      return send(reply, await journey.cancel(principal, idOf(request)), 0, 1_000)
    },
  )
  app.get('/v1/connections', { schema: { summary: 'The connections there are' } }, async request => {
    await authenticateRequest(journey, request)
    return { connections: journey.connections() }
  })
}

function waitOf(seconds: string | undefined): number {
  return Math.min(Number(seconds ?? 0), maxWaitSeconds) * 1000
}

function idOf(request: FastifyRequest<{ Params: Static<typeof Id> }>): SessionId {
  const id = parseSessionId(request.params.id)
  if (!id) throw new GatewayError('unknown_session')
  return id
}

/** 200 with rows, 202 while it waits, a problem document (RFC 9457) for everything that will not run. */
async function send(reply: FastifyReply, outcome: Outcome, offset: number, rows: number): Promise<FastifyReply> {
  const body = await answer(outcome, { offset, rows })
  const location = `/v1/queries/${outcome.id}`
  if (outcome.status === 'pending') {
    return reply
      .code(202)
      .header('location', location)
      .header('retry-after', String(body.poll_after_seconds))
      .send(body)
  }
  if (outcome.status === 'completed') return reply.code(200).header('content-location', location).send(body)
  return problem(reply, new GatewayError(outcome.code, { message: outcome.message, next: outcome.next }), body)
}

/** One form for every refusal and failure of this door. */
export function problem(reply: FastifyReply, error: GatewayError, more: Record<string, unknown> = {}): FastifyReply {
  const { status, retry, sentence } = error.table
  return reply
    .code(status)
    .type('application/problem+json')
    .send({
      ...more,
      type: `urn:querywarden:${error.code}`,
      title: sentence,
      http_status: status,
      code: error.code,
      message: error.message,
      retry,
      ...(error.next ? { what_would_pass: error.next } : {}),
    })
}
