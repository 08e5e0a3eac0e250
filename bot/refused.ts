const maxDoublings = 5

/** What Slack has refused: each is left alone for a while, twice as long each time. */
export class Refused {
  readonly #firstMilliseconds: number
  readonly #waits = new Map<string, { readonly times: number; readonly until: number }>()

  constructor(firstMilliseconds: number) {
    this.#firstMilliseconds = firstMilliseconds
  }

  add(key: string): void {
    const times = this.#waits.get(key)?.times ?? 0
    const wait = this.#firstMilliseconds * 2 ** Math.min(times, maxDoublings)
    this.#waits.set(key, { times: times + 1, until: performance.now() + wait })
  }

  /** Whether it is still to be left alone. */
  has(key: string): boolean {
    return (this.#waits.get(key)?.until ?? 0) > performance.now()
  }

  delete(key: string): void {
    this.#waits.delete(key)
  }
}
