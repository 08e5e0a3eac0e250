import type { Clock } from '#src/clock.ts'
import type { HoldStore } from '#src/hold/hold-store.ts'

/** One attempt to say something lasts shorter than this, and nobody else says it meanwhile. */
const claimSeconds = 60
const firstSeconds = 7 * 86_400
/** Longer than a claim of ours lasts, and of each bot's own length: who is second finds what the first has said. */
const patienceMilliseconds = { least: 70_000, most: 120_000 }
const refusedKept = 1_000

interface Saying<T> {
  /** What an earlier attempt, whose answer was lost, has said. */
  readonly find: () => Promise<T | false | undefined>
  readonly say: () => Promise<T>
  /** Whether it is looked for even at the first attempt that the hold store knows of. */
  readonly again?: boolean
}

/**
 * Which of several bots says a thing that is said once. The hold store can only delay: neither what somebody else writes there nor its
 * absence keeps anything quiet.
 */
export class Claims {
  readonly #holds: HoldStore
  readonly #clock: Clock
  readonly #patienceMilliseconds: number
  readonly #refusedSince = new Map<string, number>()

  /** `luck`: from 0 to 1. */
  constructor(holds: HoldStore, clock: Clock, luck = Math.random()) {
    this.#holds = holds
    this.#clock = clock
    const { least, most } = patienceMilliseconds
    this.#patienceMilliseconds = least + luck * (most - least)
  }

  /** False while another bot is at it. */
  async take(key: string): Promise<boolean> {
    if (await this.#isFirst(key, claimSeconds)) {
      this.#refusedSince.delete(key)
      return true
    }
    const now = this.#clock.now()
    if (this.#refusedSince.size >= refusedKept) this.#refusedSince.clear()
    const since = this.#refusedSince.get(key) ?? now
    const waited = now - since > this.#patienceMilliseconds
    if (waited) this.#refusedSince.delete(key)
    else this.#refusedSince.set(key, since)
    return waited
  }

  /** Says it, unless an earlier attempt has. */
  async sayOnce<T>(key: string, { find, say, again = false }: Saying<T>): Promise<T> {
    const first = await this.#isFirst(key, firstSeconds)
    return (first && !again ? undefined : await find()) || say()
  }

  async #isFirst(key: string, seconds: number): Promise<boolean> {
    return this.#holds.once(key, seconds).catch(() => false)
  }
}
