import { GatewayError } from '#src/errors.ts'
import type { Authenticated } from '#src/pipeline.ts'
import { principalKey } from '#src/principal.ts'
import { parseSessionId, type SessionId, sessionIdOf } from '#src/statement.ts'

/*
 * Jobs and sessions. A job that a client names is the session of that name as an idempotency key; where it leaves the naming to
 * us, the session's own id is the job's. The warehouse's job ids are never seen here.
 */

/** The session that this principal means by a job id. Whether it exists, and whose it is, the journey says. */
export function sessionOfJob(principal: Authenticated, connection: string, jobId: string): SessionId {
  return isOwnName(jobId) ? jobId : sessionIdOf(principalKey(principal), jobKey(connection, jobId))
}

/** The idempotency key of a job that its client names. Rejects with `invalid_request`. */
export function jobKey(connection: string, jobId: string): string {
  if (!/^[\w-]{1,1024}$/.test(jobId) || isOwnName(jobId)) {
    throw new GatewayError('invalid_request', {
      message: 'A job id is letters, digits, _ and -, and not of the form of a session id.',
    })
  }
  return `bigquery job ${connection} ${jobId}`
}

/** Of a form that clients cannot give: they hear of it once its statement is on record. */
export function isOwnName(jobId: string): boolean {
  return parseSessionId(jobId) === jobId
}
