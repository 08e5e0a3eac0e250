import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import type { DriverSession } from '#src/authenticate/driver-sessions.ts'
import { GatewayError } from '#src/errors.ts'
import type { Authenticated } from '#src/pipeline.ts'
import type { Journey } from '../../journey/journey.ts'
import { perRequest } from '../per-request.ts'
import { countRequest } from '../request.ts'

const sessions = perRequest<DriverSession<Authenticated>>('session_ended')
export const sessionOf = sessions.of

/** For routes of a session: it is looked up before a byte of the body is read. */
export function requireSession({ drivers }: Pick<Journey, 'drivers'>): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const session = await drivers.resume(tokenOf(request))
    countRequest(session.principal, reply)
    sessions.put(request, session)
  }
}

/** The one place where drivers put the token that we gave them; a bearer token is not looked at. */
export function tokenOf({ headers }: FastifyRequest): string {
  const [, token] = /^Snowflake Token="([\w.~+/=-]+)"$/i.exec(headers.authorization ?? '') ?? []
  if (token === undefined) throw new GatewayError('session_ended')
  return token
}
