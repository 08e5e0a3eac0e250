/** How requests of the app fail while an outage lasts: the connection is cut, or Slack answers 500. */
export type OutageKind = 'cut' | 'http-500'

/** Switches for what goes wrong between an app and Slack. Each is spent once used, unless it says otherwise. */
export class Faults {
  #outage: { kind: OutageKind; left: number } | undefined
  readonly #limits = new Map<string, { left: number; retryAfterSeconds: number }>()
  readonly #lost = new Map<string, number>()
  #duplicates = 0

  /** Lasts for `requests` calls, or until `restore`. */
  outage(kind: OutageKind, requests = Number.POSITIVE_INFINITY): void {
    this.#outage = { kind, left: requests }
  }

  /** Ends an outage and forgets every other fault. */
  restore(): void {
    this.#outage = undefined
    this.#limits.clear()
    this.#lost.clear()
    this.#duplicates = 0
  }

  /** Answers the next calls of a method with 429 and Retry-After. */
  rateLimit(method: string, retryAfterSeconds: number, calls = 1): void {
    this.#limits.set(method, { left: calls, retryAfterSeconds })
  }

  /** Performs the next calls of a method, then cuts the connection instead of answering. */
  loseResponse(method: string, calls = 1): void {
    this.#lost.set(method, calls)
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

  takeRateLimit(method: string): number | undefined {
    const limit = this.#limits.get(method)
    if (!limit) return undefined
    limit.left -= 1
    if (limit.left <= 0) this.#limits.delete(method)
    return limit.retryAfterSeconds
  }

  takeLostResponse(method: string): boolean {
    const left = this.#lost.get(method) ?? 0
    if (left > 0) this.#lost.set(method, left - 1)
    return left > 0
  }

  takeDuplicate(): boolean {
    if (this.#duplicates === 0) return false
    this.#duplicates -= 1
    return true
  }
}
