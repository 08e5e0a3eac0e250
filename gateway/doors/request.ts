import type { FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Authenticated } from '#src/pipeline.ts'
import type { Journey } from '../journey.ts'

/** The bearer token of RFC 6750, section 2.1; no other place is looked at. */
export async function authenticateRequest(journey: Journey, request: FastifyRequest): Promise<Authenticated> {
  const header = request.headers.authorization ?? ''
  const [, bearer] = /^Bearer ([\w.~+/=-]+)$/i.exec(header) ?? []
  if (header !== '' && bearer === undefined) {
    throw new GatewayError('unauthenticated', { message: 'The Authorization header is not `Bearer <token>`.' })
  }
  return journey.authenticate({ bearer: bearer ?? '' })
}

/** Aborts when the connection closes before the answer was sent. */
export function whenClientLeaves(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}
