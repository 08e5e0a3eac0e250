import { randomUUID } from 'node:crypto'
import { asGatewayError } from '#src/errors.ts'
import type { Outcome } from '#src/outcome.ts'
import type { Authenticated } from '#src/pipeline.ts'
import { principalKey } from '#src/principal.ts'
import { canonicalJson, type Submission, sessionIdOf, sha256 } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { commandJob, type KeptCommand } from './session-command.ts'

/** So long what comes again is its client's next attempt: of a request after its end, of a named job after it came. */
export const retryMilliseconds = 15 * 60_000

export type Answered = { readonly outcome: Outcome } | { readonly command: KeptCommand }

/**
 * The idempotency key of `jobs.query`. Some clients count their request ids, so the same id with other content is another
 * request: https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query#QueryRequest
 */
export function requestKey(submission: Submission, requestId = '', nth = 0): string {
  if (requestId === '') return `bigquery request ${randomUUID()}`
  return `bigquery request ${requestId} ${sha256(canonicalJson(submission))}${nth === 0 ? '' : ` ${nth}`}`
}

/** Whether a request of the same id means another one by now. */
export function isPast(answered: Answered, now: number): boolean {
  const endedAt = 'command' in answered ? answered.command.at : endOf(answered.outcome)
  return endedAt !== undefined && now - endedAt > retryMilliseconds
}

function endOf(outcome: Outcome): number | undefined {
  return outcome.status === 'pending' ? undefined : outcome.endedAt
}

/**
 * The key after those of the same request that are past, the same at every gateway. Each came after the end of the one before, so
 * that all of them up to some number are past, and none behind: looked for in steps that double, then in halves.
 */
export async function laterRequestKey(
  journey: Journey,
  principal: Authenticated,
  submission: Submission,
  requestId: string,
): Promise<string> {
  const past = async (nth: number) => {
    const found = await answeredBefore(journey, principal, requestKey(submission, requestId, nth))
    return found !== undefined && isPast(found, journey.clock.now())
  }
  let last = 0
  let next = 1
  while (await past(next)) [last, next] = [next, next * 2]
  while (next - last > 1) {
    const middle = Math.floor((last + next) / 2)
    if (await past(middle)) last = middle
    else next = middle
  }
  return requestKey(submission, requestId, next)
}

async function answeredBefore(journey: Journey, principal: Authenticated, key: string): Promise<Answered | undefined> {
  const id = sessionIdOf(principalKey(principal), key)
  try {
    return { outcome: await journey.outcome(principal, id, 0, AbortSignal.abort()) }
  } catch (error) {
    if (asGatewayError(error).code !== 'unknown_session') throw error
    const command = await commandJob(journey, principal, id)
    return command && { command }
  }
}
