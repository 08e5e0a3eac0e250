/** How requests of the app fail while an outage lasts: the connection is cut, or Slack answers 500, or a page for people. */
export type OutageKind = 'cut' | 'http-500' | 'page'

/** Switches for what goes wrong between an app and Slack. Each is spent once used, unless it says otherwise. */
export class Faults {
  #outage: { kind: OutageKind; left: number } | undefined
  readonly #limits = new Map<string, { left: number; retryAfterSeconds: number; until: number }>()
  readonly #lost = new Map<string, number>()
  readonly #stalled = new Map<string, number>()
  #duplicates = 0
  readonly #now: () => number

  /** `now`: Slack's clock, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Lasts for `requests` calls, or until `restore`. */
  outage(kind: OutageKind, requests = Number.POSITIVE_INFINITY): void {
    this.#outage = { kind, left: requests }
  }

  /** Ends an outage and forgets every other fault. */
  restore(): void {
    this.#outage = undefined
    this.#limits.clear()
    this.#lost.clear()
    this.#stalled.clear()
    this.#duplicates = 0
  }

  /** Answers the next calls of a method with 429 and Retry-After, and whoever does not wait that long, too. */
  rateLimit(method: string, retryAfterSeconds: number, calls = 1): void {
    this.#limits.set(method, { left: calls, retryAfterSeconds, until: 0 })
  }

  /** Performs the next calls of a method, then cuts the connection instead of answering. */
  loseResponse(method: string, calls = 1): void {
    this.#lost.set(method, calls)
  }

  /** Performs the next calls of a method and never answers, with the connection open. */
  stall(method: string, calls = 1): void {
    this.#stalled.set(method, calls)
  }

  /** Delivers the next interactions twice: the same envelope, or the same signed request. */
  duplicateDeliveries(deliveries = 1): void {
    this.#duplicates = deliveries
  }

  takeOutage(): OutageKind | undefined {
    const outage = this.#outage
    if (!outage) return undefined
    outage.left -= 1
    if (outage.left <= 0) this.#outage = undefined
    return outage.kind
  }

  /** Seconds to wait; undefined where the method is not limited. */
  takeRateLimit(method: string): number | undefined {
    const limit = this.#limits.get(method)
    if (!limit) return undefined
    const now = this.#now()
    if (limit.left <= 0 && now >= limit.until) {
      this.#limits.delete(method)
      return undefined
    }
    if (limit.left > 0) limit.until = now + limit.retryAfterSeconds * 1_000
    limit.left -= 1
    return limit.retryAfterSeconds
  }

  takeLostResponse(method: string): boolean {
    return takeOne(this.#lost, method)
  }

  takeStall(method: string): boolean {
    return takeOne(this.#stalled, method)
  }

  takeDuplicate(): boolean {
    if (this.#duplicates === 0) return false
    this.#duplicates -= 1
    return true
  }
}

function takeOne(counts: Map<string, number>, method: string): boolean {
  const left = counts.get(method) ?? 0
  if (left > 0) counts.set(method, left - 1)
  return left > 0
}
