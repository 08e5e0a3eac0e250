import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Authenticated } from '#src/pipeline.ts'
import type { Principal } from '#src/principal.ts'
import type { Journey } from '../journey/journey.ts'
import { oneMore } from '../journey/max-at-once.ts'
import { perRequest } from './per-request.ts'

const principals = perRequest<Authenticated>('unauthenticated')
export const principalOf = principals.of

/**
 * Every request of this door is authenticated before a byte of its body is read: strangers cost a header. `identify`: where
 * the door takes more than agents' own tokens.
 */
export function requirePrincipal(
  door: FastifyInstance,
  journey: Journey,
  identify = (bearer: string) => journey.authenticate({ bearer }),
): void {
  door.addHook('onRequest', async (request, reply) => {
    const principal = await identify(bearerOf(request))
    countRequest(principal, reply)
    principals.put(request, principal)
  })
}

/**
 * Counts a request until it is answered, or its client gone; `of` what, and how many of those at most, where some need more room
 * than others. Rejects with `too_many`.
 */
export function countRequest(principal: Principal, reply: FastifyReply, of = 'requests', most?: number): void {
  whenClosed(reply, oneMore(principal, of, most))
}

/** The bearer token of RFC 6750, section 2.1; no other place is looked at. */
export function bearerOf(request: FastifyRequest): string {
  const header = request.headers.authorization ?? ''
  const [, bearer] = /^Bearer ([\w.~+/=-]+)$/i.exec(header) ?? []
  if (header !== '' && bearer === undefined) {
    throw new GatewayError('unauthenticated', { message: 'The Authorization header is not `Bearer <token>`.' })
  }
  return bearer ?? ''
}

/** Aborts when the connection closes before the answer was sent. */
export function whenClientLeaves(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  whenClosed(reply, () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}

/** At once where that was before anyone asked: a client may leave while it is authenticated. */
export function whenClosed({ raw }: FastifyReply, then: () => void): void {
  if (raw.closed) then()
  else raw.once('close', then)
}
