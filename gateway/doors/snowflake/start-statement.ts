import type { Authenticated } from '#src/pipeline.ts'
import type { Submission } from '#src/statement.ts'
import type { Journey, Started } from '../../journey.ts'

/** Under every driver's own limit for one request; they ask again at once. */
export const heldMilliseconds = 40_000
/** How often it is looked whether a statement that asked not to wait is on record. */
const lookMilliseconds = 500

type Start = (
  journey: Pick<Journey, 'start'>,
  principal: Authenticated,
  submission: Submission & { readonly idempotencyKey: string },
  signal: AbortSignal,
) => Promise<Started>

export const startWaiting: Start = (journey, principal, submission, signal) =>
  journey.start(principal, submission, heldMilliseconds, signal)

/** Answered once the statement is on record: drivers ask after it at once, and whichever gateway is next. */
export const startDetached: Start = async (journey, principal, submission, signal) => {
  let started = await journey.start(principal, submission, lookMilliseconds, signal)
  for (let left = heldMilliseconds; !started.outcome && left > 0 && !signal.aborted; left -= lookMilliseconds)
    started = await journey.start(principal, submission, lookMilliseconds, signal)
  return started
}
