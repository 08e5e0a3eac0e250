import { GatewayError } from '#src/errors.ts'
import type { Outcome } from '#src/outcome.ts'
import { type Principal, principalKey } from '#src/principal.ts'
import { canonicalJson, type SessionId, type Submission } from '#src/statement.ts'

/** A statement on its way through the journey, for however many requests ask for it. */
interface Flight {
  readonly done: Promise<Outcome>
  /** Withdraws it where it runs. */
  abort(): void
}

interface UnderWay extends Flight {
  readonly owner: string
  readonly submission: Submission
}

/**
 * Statements of clients that lose connections and ask again: a statement goes on when the request that brought it has ended,
 * and the same request finds it. Only of this process; whatever is recorded, every gateway can tell.
 */
export class Flights {
  readonly #underWay = new Map<SessionId, UnderWay>()

  /** Rejects with `idempotency_mismatch` where another statement is under way under this id. */
  join(
    id: SessionId,
    principal: Principal,
    submission: Submission,
    work: (signal: AbortSignal) => Promise<Outcome>,
  ): Flight {
    const known = this.#underWay.get(id)
    if (!known) return this.#start(id, { owner: principalKey(principal), submission }, work)
    if (canonicalJson(known.submission) !== canonicalJson(submission)) throw new GatewayError('idempotency_mismatch')
    return known
  }

  find(id: SessionId, principal: Principal): Flight | undefined {
    const flight = this.#underWay.get(id)
    return flight?.owner === principalKey(principal) ? flight : undefined
  }

  /** Resolves when nothing is under way. */
  async landed(): Promise<void> {
    await Promise.allSettled([...this.#underWay.values()].map(({ done }) => done))
  }

  #start(
    id: SessionId,
    { owner, submission }: Pick<UnderWay, 'owner' | 'submission'>,
    work: (signal: AbortSignal) => Promise<Outcome>,
  ): Flight {
    const end = new AbortController()
    const done = work(end.signal).finally(() => this.#underWay.delete(id))
    // Whoever still asks hears of it; nobody may be left.
    done.catch(() => undefined)
    const flight = { owner, submission, done, abort: () => end.abort() }
    this.#underWay.set(id, flight)
    return flight
  }
}

/** Its end, or undefined where that has not come within `milliseconds` or before `signal` aborts. Rejects as the flight does. */
export async function endWithin(
  { done }: Flight,
  milliseconds: number,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const gone = () => resolve(undefined)
  const timer = setTimeout(gone, milliseconds)
  signal.addEventListener('abort', gone, { once: true })
  try {
    return await Promise.race([done, promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', gone)
  }
}
