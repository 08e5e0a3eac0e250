import { asGatewayError } from '#src/errors.ts'
import { awaitedMilliseconds } from '#src/hold/hold-statement.ts'
import type { Outcome } from '#src/outcome.ts'
import type { Ports } from '#src/ports.ts'
import { findSession } from '#src/record/joined.ts'
import { outcomeOf, readOutcome } from '#src/record/read-outcome.ts'
import type { SessionId } from '#src/statement.ts'
import type { Keeper } from '../hold/keeper.ts'
import { endWithin, type Flight } from './flights.ts'

/** How often it is looked whether a statement that another gateway runs has ended, or one that is judged is on record. */
const lookMilliseconds = 1_000

interface Waits {
  readonly milliseconds: number
  /** This process ends soon. */
  readonly hurried: AbortSignal
  /** The client went away. */
  readonly signal: AbortSignal
}

/**
 * What a statement came to, or where it stands after `milliseconds`: never before it is on record, so that every gateway can be
 * asked for what a client was answered.
 */
export async function standing(
  ports: Ports,
  id: SessionId,
  flight: Flight,
  { milliseconds, hurried, signal }: Waits,
): Promise<Outcome> {
  const ended =
    (await endWithin(flight, milliseconds, signal, hurried)) ?? (await onRecord(ports, id, flight, Infinity, signal))
  if (!ended) flight.leave()
  return ended ?? flight.done
}

/** As soon as it is on record; undefined where that is not by `until`. */
export async function onRecord(
  ports: Ports,
  id: SessionId,
  flight: Flight,
  until: number,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  let ended: Outcome | undefined
  while (!ended && !signal.aborted) {
    const record = await ifReadable(findSession(ports.records, id), undefined)
    if (record) return outcomeOf(ports, record)
    const left = until - ports.clock.now()
    if (left <= 0) return undefined
    ended = await endWithin(flight, Math.min(lookMilliseconds, left), signal)
  }
  return ended
}

/** What the record says, or `known` where it cannot be read right now: an answer without the id would have the statement submitted again. */
async function ifReadable<T>(reading: Promise<T>, known: T): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (asGatewayError(error).code !== 'record_unavailable') throw error
    return known
  }
}

type Wait = (first: Outcome, milliseconds: number, signal: AbortSignal) => Promise<Outcome>

/** Follows a pending outcome until it is another, the time is over, or nobody listens any more. */
export function waiting(ports: Ports, keeper: Keeper): Wait {
  return async (first, milliseconds, signal) => {
    const until = ports.clock.now() + milliseconds
    if (first.status !== 'pending' || signal.aborted) return first
    const { id } = first
    let outcome: Outcome = first
    const read = (known: Outcome) => ifReadable(readOutcome(ports, id), known)
    // Somebody is there to take the rows of an approved read: say so, and look whether it was approved meanwhile. It waits whether or
    // not that can be said: who is answered that nothing is held submits it again.
    await ports.holds.touch(id, awaitedMilliseconds).catch((error: unknown) => {
      ports.log.warn({ session: id, code: asGatewayError(error).code }, 'nobody seems to wait for a hold')
    })
    await keeper.look(id)
    do {
      const left = until - ports.clock.now()
      const changed = keeper.changed(id, outcome.state === 'pending' ? left : Math.min(left, lookMilliseconds), signal)
      outcome = await read(outcome)
      if (outcome.status === 'pending') await changed
    } while (outcome.status === 'pending' && ports.clock.now() < until && !signal.aborted && !keeper.stopping)
    return outcome.status === 'pending' && milliseconds > 0 ? read(outcome) : outcome
  }
}
