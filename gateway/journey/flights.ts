import { GatewayError } from '#src/errors.ts'
import type { Outcome } from '#src/outcome.ts'
import { type Principal, principalKey } from '#src/principal.ts'
import { canonicalJson, type SessionId, type Submission } from '#src/statement.ts'
import { oneMore } from './max-at-once.ts'

/** A statement on its way through the journey, for however many requests ask for it. */
export interface Flight {
  readonly done: Promise<Outcome>
  /** Withdraws it where it runs. */
  abort(): void
  /** The request that brought it is given up: withdraws it, unless another one brought it too. */
  leave(): void
}

interface UnderWay extends Flight {
  readonly owner: string
  readonly meaning: string
  /** Requests that brought it. */
  brought: number
}

/**
 * Statements between their request and their end, or their hold: a statement goes on when the request that brought it was answered
 * that it runs, or has lost its connection, and the same request finds it. Only of this process; whatever is recorded, every gateway
 * can tell.
 */
export class Flights {
  readonly #underWay = new Map<SessionId, UnderWay>()
  readonly #hurry = new AbortController()
  /** Aborted once whoever waits is to be answered with where its statement stands. */
  readonly hurried = this.#hurry.signal

  /**
   * Throws `idempotency_mismatch` where another statement is under way under this id, and `too_many`: doors that answer at once
   * would take any number.
   */
  join(
    id: SessionId,
    principal: Principal,
    submission: Submission,
    work: (signal: AbortSignal) => Promise<Outcome>,
  ): Flight {
    const known = this.#underWay.get(id)
    const meaning = meaningOf(submission)
    if (!known) return this.#start(id, principal, meaning, work)
    if (known.meaning !== meaning || known.owner !== principalKey(principal))
      throw new GatewayError('idempotency_mismatch')
    known.brought += 1
    return known
  }

  find(id: SessionId, principal: Principal): Flight | undefined {
    const flight = this.#underWay.get(id)
    return flight?.owner === principalKey(principal) ? flight : undefined
  }

  /** This process may not live until all of them have ended, and who has no id then would submit its statement again. */
  hurry(): void {
    this.#hurry.abort()
  }

  /** Resolves when nothing is under way. */
  async landed(): Promise<void> {
    await Promise.allSettled([...this.#underWay.values()].map(({ done }) => done))
  }

  #start(
    id: SessionId,
    principal: Principal,
    meaning: string,
    work: (signal: AbortSignal) => Promise<Outcome>,
  ): Flight {
    const counted = oneMore(principal, 'statements')
    const end = new AbortController()
    const done = work(end.signal).finally(() => {
      this.#underWay.delete(id)
      counted()
    })
    // Whoever still asks hears of it; nobody may be left.
    done.catch(() => undefined)
    const abort = () => end.abort()
    const leave = () => {
      flight.brought -= 1
      if (flight.brought === 0) abort()
    }
    const flight: UnderWay = { owner: principalKey(principal), meaning, done, abort, leave, brought: 1 }
    this.#underWay.set(id, flight)
    return flight
  }
}

/** What two requests of one key must agree in; agents word their purpose anew each time. */
function meaningOf({ purpose: _purpose, door: _door, ...submission }: Submission): string {
  return canonicalJson(submission)
}

/** Its end, or undefined where that has not come within `milliseconds` or before one of `signals` aborts. Rejects as the flight does. */
export async function endWithin(
  { done }: Flight,
  milliseconds: number,
  ...signals: readonly AbortSignal[]
): Promise<Outcome | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const gone = () => resolve(undefined)
  const timer = setTimeout(gone, milliseconds)
  for (const signal of signals) {
    if (signal.aborted) gone()
    signal.addEventListener('abort', gone, { once: true })
  }
  try {
    return await Promise.race([done, promise])
  } finally {
    clearTimeout(timer)
    for (const signal of signals) signal.removeEventListener('abort', gone)
  }
}
