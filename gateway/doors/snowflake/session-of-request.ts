import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import type { DriverSession } from '#src/authenticate/driver-sessions.ts'
import { GatewayError } from '#src/errors.ts'
import type { Authenticated } from '#src/pipeline.ts'
import type { Journey } from '../../journey.ts'

const sessions = new WeakMap<FastifyRequest, DriverSession<Authenticated>>()

/** For routes of a session: it is looked up before a byte of the body is read. */
export function requireSession({ drivers }: Pick<Journey, 'drivers'>): onRequestAsyncHookHandler {
  return async request => {
    sessions.set(request, await drivers.resume(tokenOf(request)))
  }
}

export function sessionOf(request: FastifyRequest): DriverSession<Authenticated> {
  const session = sessions.get(request)
  if (!session) throw new GatewayError('session_ended')
  return session
}

/** The one place where drivers put the token that we gave them; a bearer token is not looked at. */
export function tokenOf({ headers }: FastifyRequest): string {
  const [, token] = /^Snowflake Token="([\w.~+/=-]+)"$/i.exec(headers.authorization ?? '') ?? []
  if (token === undefined) throw new GatewayError('session_ended')
  return token
}
