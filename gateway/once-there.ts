import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '#src/clock.ts'
import { asGatewayError, GatewayError } from '#src/errors.ts'

/** A statement may be judged for so long, at another gateway, before it is on record for this one: its estimate alone takes up to 20 s. */
const judgedMilliseconds = 30_000
const lookMilliseconds = 250

interface Waits {
  readonly clock: Clock
  readonly keeper: { readonly stopping: boolean }
  /** The client went away. */
  readonly signal: AbortSignal
}

/**
 * Cancels a statement that may be judged still. One that is not there after that time does not run: that is what was asked for. Rejects
 * with `draining` where this process ends before that is known.
 */
export async function onceThere(cancel: () => Promise<unknown>, { clock, keeper, signal }: Waits): Promise<void> {
  const until = clock.now() + judgedMilliseconds
  while (!(await isThere(cancel)) && clock.now() < until && !signal.aborted) {
    if (keeper.stopping) throw new GatewayError('draining')
    await delay(lookMilliseconds, undefined, { signal }).catch(() => undefined)
  }
}

async function isThere(cancel: () => Promise<unknown>): Promise<boolean> {
  try {
    await cancel()
    return true
  } catch (error) {
    if (asGatewayError(error).code !== 'unknown_session') throw error
    return false
  }
}
