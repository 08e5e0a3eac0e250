import type { FastifyInstance, FastifyReply } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import { type Outcome, wasCancelled } from '#src/outcome.ts'
import { parseSessionId, type SessionId } from '#src/statement.ts'
import type { Journey } from '../journey/journey.ts'
import { answer, connectionsAnswer, explainAnswer } from './answer.ts'
import { problem } from './problem.ts'
import { principalOf, requirePrincipal, whenClientLeaves } from './request.ts'
import { type Asked, defaultRows, type Explained, routes, type Submitted, type Withdrawn } from './rest-schema.ts'
import { turnToAnswer } from './turn-to-answer.ts'

/** `/v1`: the journey for everything that speaks HTTP and JSON. */
export async function restDoor(app: FastifyInstance, { journey }: { readonly journey: Journey }): Promise<void> {
  requirePrincipal(app, journey)
  app.post<Submitted>('/v1/queries', { schema: routes.submit }, async (request, reply) => {
    const { max_rows = defaultRows, ...submission } = request.body
    const key = request.headers['idempotency-key']
    const outcome = await journey.submit(
      principalOf(request),
      { ...submission, door: 'rest', ...(key ? { idempotencyKey: key } : {}) },
      waitOf(request.query.wait),
      whenClientLeaves(reply),
    )
    return send(reply, outcome, 0, max_rows)
  })
  app.get<Asked>('/v1/queries/:id', { schema: routes.outcome }, async (request, reply) => {
    const { wait, offset = 0, max_rows = defaultRows } = request.query
    const id = idOf(request.params)
    const outcome = await journey.outcome(principalOf(request), id, waitOf(wait), whenClientLeaves(reply))
    return send(reply, outcome, Number(offset), Number(max_rows))
  })
  app.delete<Withdrawn>('/v1/queries/:id', { schema: routes.withdraw }, async (request, reply) => {
    const outcome = await journey.cancel(principalOf(request), idOf(request.params))
    // What was asked for is what happened: not a refusal, although the statement will not run.
    if (wasCancelled(outcome)) return reply.code(200).send(await answer(outcome, { offset: 0, rows: 0 }))
    return send(reply, outcome, 0, defaultRows)
  })
  app.post<Explained>('/v1/explain', { schema: routes.explain }, async request =>
    explainAnswer(await journey.explain(principalOf(request), { ...request.body, door: 'rest' })),
  )
  app.get('/v1/connections', { schema: routes.connections }, async () => ({
    connections: connectionsAnswer(journey.connections()),
  }))
}

function waitOf(seconds = '0'): number {
  return Number(seconds) * 1000
}

function idOf({ id: text }: Withdrawn['Params']): SessionId {
  const id = parseSessionId(text)
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
