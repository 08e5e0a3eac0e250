import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Authenticated } from '#src/pipeline.ts'
import { type Principal, principalKey } from '#src/principal.ts'
import type { Journey } from '../journey.ts'
import { maxAtOnce } from '../max-at-once.ts'
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

const underWay = new Map<string, number>()

/**
 * Counts a request until it is answered, or its client gone; `of` what, and how many of those at most, where some need more room
 * than others. Rejects with `too_many`.
 */
export function countRequest(principal: Principal, reply: FastifyReply, of = 'requests', most = maxAtOnce): void {
  const key = `${principalKey(principal)} ${of}`
  const before = underWay.get(key) ?? 0
  if (before >= most) {
    const message = `${most} ${of} of this principal are being answered already.`
    throw new GatewayError('too_many', { message, next: 'Ask again when some of them are answered.' })
  }
  underWay.set(key, before + 1)
  reply.raw.once('close', () => {
    const left = (underWay.get(key) ?? 1) - 1
    if (left > 0) underWay.set(key, left)
    else underWay.delete(key)
  })
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
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}
