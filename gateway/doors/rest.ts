import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { GatewayError } from '#src/errors.ts'
import { type Outcome, wasCancelled } from '#src/outcome.ts'
import { parseSessionId, type SessionId } from '#src/statement.ts'
import type { Journey } from '../journey.ts'
import { answer, connectionsAnswer, explainAnswer } from './answer.ts'
import { problem } from './problem.ts'
import { principalOf, requirePrincipal, whenClientLeaves } from './request.ts'
import { answers, Explain, Id, Key, Submit, Wait, Window } from './rest-schema.ts'
import { turnToAnswer } from './turn-to-answer.ts'

/** `/v1`: the journey for everything that speaks HTTP and JSON. */
export async function restDoor(app: FastifyInstance, { journey }: { readonly journey: Journey }): Promise<void> {
  requirePrincipal(app, journey)
  app.post<{ Body: Static<typeof Submit>; Querystring: Static<typeof Wait>; Headers: Static<typeof Key> }>(
    '/v1/queries',
    {
      schema: {
        summary: 'Submit a statement',
        body: Submit,
        querystring: Wait,
        headers: Key,
        response: answers.statement,
      },
    },
    async (request, reply) => {
      const { max_rows = 1_000, ...submission } = request.body
      const key = request.headers['idempotency-key']
      const outcome = await journey.submit(
        principalOf(request),
        { ...submission, door: 'rest', ...(key ? { idempotencyKey: key } : {}) },
        waitOf(request.query.wait),
        whenClientLeaves(reply),
      )
      return send(reply, outcome, 0, max_rows)
    },
  )
  app.get<{ Params: Static<typeof Id>; Querystring: Static<typeof Window> }>(
    '/v1/queries/:id',
    {
      schema: {
        summary: 'What became of a statement, and its rows',
        params: Id,
        querystring: Window,
        response: answers.statement,
      },
    },
    async (request, reply) => {
      const { wait, offset = 0, max_rows = 1_000 } = request.query
      const id = idOf(request)
      const outcome = await journey.outcome(principalOf(request), id, waitOf(wait), whenClientLeaves(reply))
      return send(reply, outcome, Number(offset), Number(max_rows))
    },
  )
  app.delete<{ Params: Static<typeof Id> }>(
    '/v1/queries/:id',
    {
      schema: {
        summary: 'Withdraw a statement that waits, or cancel one that runs',
        params: Id,
        response: answers.withdrawn,
      },
    },
    async (request, reply) => {
      const outcome = await journey.cancel(principalOf(request), idOf(request))
      // What was asked for is what happened: not a refusal, although the statement will not run.
      if (wasCancelled(outcome)) return reply.code(200).send(await answer(outcome, { offset: 0, rows: 0 }))
      return send(reply, outcome, 0, 1_000)
    },
  )
  app.post<{ Body: Static<typeof Explain> }>(
    '/v1/explain',
    {
      schema: {
        summary: 'What would become of a statement; nothing is recorded, shown to people or run',
        body: Explain,
        response: answers.explained,
      },
    },
    async request => explainAnswer(await journey.explain(principalOf(request), { ...request.body, door: 'rest' })),
  )
  app.get(
    '/v1/connections',
    { schema: { summary: 'The connections there are', response: answers.connections } },
    async () => ({ connections: connectionsAnswer(journey.connections()) }),
  )
}

function waitOf(seconds = '0'): number {
  return Number(seconds) * 1000
}

function idOf(request: FastifyRequest<{ Params: Static<typeof Id> }>): SessionId {
  const id = parseSessionId(request.params.id)
  if (!id) throw new GatewayError('unknown_session')
  return id
}

/** 200 with rows, 202 while it waits, a problem document (RFC 9457) for everything that will not run. */
async function send(reply: FastifyReply, outcome: Outcome, offset: number, rows: number): Promise<FastifyReply> {
  if (outcome.status === 'completed') await turnToAnswer(outcome, reply)
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
