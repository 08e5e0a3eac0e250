import { GatewayError } from '#src/errors.ts'
import type { SessionId } from '#src/statement.ts'

const remembered = 100_000

/**
 * The last guard of "at most once", for a warehouse that would run a second submission: this process submits a session id
 * one time. The claim in the record store is the authority; this holds even where a caller forgot to ask it.
 */
export class SubmittedOnce {
  readonly #ids = new Set<SessionId>()
  readonly #underWay = new Set<SessionId>()

  /** Throws `outcome_unknown` for an id that was submitted before: the warehouse knows what came of it. */
  claim(id: SessionId): void {
    if (this.#ids.has(id)) throw new GatewayError('outcome_unknown', { detail: 'this session was submitted before' })
    this.#ids.add(id)
    const oldest = this.#ids.values().next().value
    if (this.#ids.size > remembered && oldest !== undefined) this.#ids.delete(oldest)
  }

  /** Remembers the submission until nothing of it can reach the warehouse any more, whoever still waits for it. */
  track(id: SessionId, submission: Promise<unknown>): void {
    this.#underWay.add(id)
    const settled = () => this.#underWay.delete(id)
    submission.then(settled, settled)
  }

  /** True while it may still be submitted: what is not in the warehouse yet may come. */
  isUnderWay(id: SessionId): boolean {
    return this.#underWay.has(id)
  }
}
