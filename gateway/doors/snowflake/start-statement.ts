import { setTimeout as delay } from 'node:timers/promises'
import { asGatewayError } from '#src/errors.ts'
import type { Authenticated } from '#src/pipeline.ts'
import { principalKey } from '#src/principal.ts'
import { canonicalJson, type Statement, type Submission, sessionIdOf } from '#src/statement.ts'
import type { Journey, Started } from '../../journey/journey.ts'

/** Under every driver's own limit for one request; they ask again at once. */
export const heldMilliseconds = 40_000
/** How often it is looked whether a statement is on record. */
const lookMilliseconds = 500

type Start = (
  journey: Pick<Journey, 'start'>,
  principal: Authenticated,
  submission: Submission & { readonly idempotencyKey: string },
  signal: AbortSignal,
) => Promise<Started>

/** Answered once the statement is on record, however long it is judged: drivers ask after it by its id, and whichever gateway is next. */
const startWithin =
  (milliseconds: number): Start =>
  async (journey, principal, submission, signal) => {
    let started = await journey.start(principal, submission, milliseconds, signal)
    while (!started.outcome && !signal.aborted)
      started = await journey.start(principal, submission, lookMilliseconds, signal)
    return started
  }

export const startWaiting = startWithin(heldMilliseconds)

/** For one that asked not to wait. */
export const startDetached = startWithin(lookMilliseconds)

/**
 * Starts a statement, or finds the one that it is, though its session means something else by now: a driver whose answer was lost
 * repeats its request, and knows nothing of another thread's USE, BEGIN or ALTER SESSION. It stays the statement that it was.
 */
export async function asBefore(
  start: Start,
  journey: Pick<Journey, 'start' | 'outcome'>,
  principal: Authenticated,
  submission: Parameters<Start>[2],
  signal: AbortSignal,
): Promise<Started> {
  const id = sessionIdOf(principalKey(principal), submission.idempotencyKey)
  for (;;) {
    try {
      return await start(journey, principal, submission, signal)
    } catch (error) {
      if (asGatewayError(error).code !== 'idempotency_mismatch') throw error
      const outcome = await journey.outcome(principal, id, 0, signal).catch(() => undefined)
      if (outcome && saysTheSame(outcome.statement, submission)) return { id: outcome.id, outcome }
      if (outcome || signal.aborted) throw error
    }
    // It is judged still.
    await delay(lookMilliseconds)
  }
}

function saysTheSame(statement: Statement, { sql, connection, binds = [] }: Submission): boolean {
  return (
    statement.sql === sql &&
    statement.connection === connection &&
    canonicalJson(statement.binds) === canonicalJson(binds)
  )
}
