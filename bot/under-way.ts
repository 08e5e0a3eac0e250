import { setTimeout as sleep } from 'node:timers/promises'
import type { AllMiddlewareArgs } from '@slack/bolt'

/** Less than the process is given to end. */
const patienceMilliseconds = 12_000

/** What listeners are at work on. It is acknowledged, so Slack sends none of it again: who ends the process waits for it. */
export class UnderWay {
  readonly #work = new Set<Promise<void>>()

  readonly middleware = async ({ next }: Pick<AllMiddlewareArgs, 'next'>): Promise<void> => {
    const work = next()
    this.#work.add(work)
    try {
      await work
    } finally {
      this.#work.delete(work)
    }
  }

  /** Resolves when all of it is done, or has taken too long. */
  async finished(): Promise<void> {
    await Promise.race([this.#all(), sleep(patienceMilliseconds, undefined, { ref: false })])
  }

  async #all(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work)
  }
}
