import { setTimeout as sleep } from 'node:timers/promises'

/** No answer came that says what became of the request. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered'
  /** Whether the warehouse may have received it: false where no connection came about, or the session was refused. */
  readonly mayHaveArrived: boolean

  /** `cause` is a code, never what a server said. */
  constructor(cause: string, mayHaveArrived: boolean) {
    super(cause)
    this.mayHaveArrived = mayHaveArrived
  }
}

interface Patience {
  /** Milliseconds before each further attempt. */
  readonly pauses: readonly number[]
  /** Nothing is sent any more. */
  readonly over?: () => boolean
  /** Whether a refusal tells what became of earlier attempts too. Absent: each does. */
  readonly settles?: ((refusal: unknown) => boolean) | undefined
  readonly stop?: AbortSignal | undefined
}

/** A timer that is later than this was not held up by load. */
const stillMilliseconds = 10_000

/**
 * Sends what may arrive twice until there is an answer, whatever that says: a server that closes an idle connection just then, or
 * is gone for a moment, costs another attempt. Rejects with `Unanswered`, of all attempts together.
 */
export async function untilAnswered<T>(
  send: (attempt: number) => Promise<T>,
  { pauses, over = () => false, settles = () => true, stop }: Patience,
): Promise<T> {
  let mayHaveArrived = false
  for (let attempt = 0; ; attempt++) {
    try {
      return await send(attempt)
    } catch (error) {
      if (!(error instanceof Unanswered))
        throw mayHaveArrived && !settles(error) ? new Unanswered('refused when sent again', true) : error
      mayHaveArrived ||= error.mayHaveArrived
      const pause = over() || stop?.aborted ? undefined : pauses[attempt]
      if (pause === undefined) throw new Unanswered(error.message, mayHaveArrived)
      const awake = await paused(pause, stop)
      if (!awake) throw new Unanswered('not sent again', mayHaveArrived)
    }
  }
}

/**
 * Up to half as long again, so that gateways do not come back together. False where `stop` ended it, or where the process stood
 * still meanwhile: another gateway may have found no trace of the statement by now.
 */
async function paused(milliseconds: number, stop?: AbortSignal): Promise<boolean> {
  const end = Date.now() + milliseconds * (1 + Math.random() / 2)
  await sleep(end - Date.now(), undefined, stop ? { signal: stop } : {}).catch(() => {})
  return !stop?.aborted && Date.now() < end + stillMilliseconds
}
