import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '#src/clock.ts'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import type { Principal } from '#src/principal.ts'
import { oneMore } from './max-at-once.ts'

/** A statement may be judged for so long, at another gateway, before it is on record for this one: its estimate alone takes up to 20 s. */
const judgedMilliseconds = 30_000
/** Before the second look, and before those late in that time. */
const [firstPause, lastPause] = [250, 1_000]

interface Waits {
  readonly clock: Clock
  readonly keeper: { readonly stopping: boolean }
}

/**
 * Cancels a statement that may be judged still, though the client that asks for it has left, as one that is ended does. One that is not
 * there after that time does not run: that is what was asked for. Rejects with `draining` where this process ends before that is known.
 */
export async function onceThere(
  principal: Principal,
  cancel: () => Promise<unknown>,
  { clock, keeper }: Waits,
): Promise<void> {
  const until = clock.now() + judgedMilliseconds
  if (await isThere(cancel)) return
  // Those who wait are counted, and none whose statement is there.
  const ended = oneMore(principal, 'cancellations')
  try {
    let pause = firstPause
    do {
      if (keeper.stopping) throw new GatewayError('draining')
      await delay(pause)
      pause = Math.min(1.25 * pause, lastPause)
    } while (!(await isThere(cancel)) && clock.now() < until)
  } finally {
    ended()
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
