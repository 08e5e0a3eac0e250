import { setTimeout as delay } from 'node:timers/promises'
import type { DriverSession } from '#src/authenticate/driver-sessions.ts'
import { asGatewayError } from '#src/errors.ts'
import type { Authenticated } from '#src/pipeline.ts'
import { principalKey } from '#src/principal.ts'
import { sessionIdOf } from '#src/statement.ts'
import type { Journey } from '../../journey.ts'

type Cancelling = Pick<Journey, 'cancel'>
type Session = Pick<DriverSession<Authenticated>, 'principal'>

/** A statement may be judged for so long, at another gateway, before it is on record for this one: its estimate alone takes up to 20 s. */
const judgedMilliseconds = 30_000
const lookMilliseconds = 250

/** A statement that is not there does not run: that is what was asked for. False where there is none. */
async function cancelIfThere(journey: Cancelling, { principal }: Session, idempotencyKey: string): Promise<boolean> {
  try {
    await journey.cancel(principal, sessionIdOf(principalKey(principal), idempotencyKey))
    return true
  } catch (error) {
    if (asGatewayError(error).code !== 'unknown_session') throw error
    return false
  }
}

/** As `cancelIfThere`, and waits for a statement that has only just been submitted. */
export async function cancelOnceThere(journey: Cancelling, session: Session, idempotencyKey: string): Promise<void> {
  for (let left = judgedMilliseconds; left > 0; left -= lookMilliseconds) {
    if (await cancelIfThere(journey, session, idempotencyKey)) return
    await delay(lookMilliseconds)
  }
}
