import type { Ports } from '../ports.ts'
import type { Principal } from '../principal.ts'
import type { Stage } from '../stage.ts'
import type { Credentials } from './authenticator.ts'
import type { DriverSession } from './driver-sessions.ts'

/** A principal whose token was verified. Only this file makes one. */
export type Authenticated = Stage<Principal, 'authenticated'>

/** First stage. Rejects with `unauthenticated`, `token_*` or `issuer_unreachable`. */
export async function authenticate(
  ports: Pick<Ports, 'authenticator'>,
  credentials: Credentials,
): Promise<Authenticated> {
  return (await ports.authenticator.authenticate(credentials)) as Authenticated
}

/**
 * First stage, for a driver that was authenticated when it logged in: with its session's token, or a ticket for one thing.
 * Rejects with `session_expired` or `session_ended`.
 */
export async function resumeSession(
  { driverSessions }: Pick<Ports, 'driverSessions'>,
  token: string,
  subject?: string,
): Promise<DriverSession<Authenticated>> {
  const session = await (subject === undefined ? driverSessions.resume(token) : driverSessions.admit(token, subject))
  return { ...session, principal: session.principal as Authenticated }
}
