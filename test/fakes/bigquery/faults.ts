import { GoogleError } from '../google/google-error.ts'
import { ConnectionDrop } from '../google/google-server.ts'
import type { Job } from './job.ts'

/** A job kept PENDING until it is released. */
export interface HeldJob {
  /** Resolves when a job has arrived here. */
  readonly arrived: Promise<Job>
  release(): void
}

/** What a test can make go wrong, or wait. */
export class Faults {
  #unavailable = 0
  readonly #drops: { readonly when: 'before' | 'after'; readonly method: string }[] = []
  readonly #holds: { readonly arrive: (job: Job) => void; readonly released: Promise<void> }[] = []
  #closesIdle = false
  readonly #slow: { readonly sql: RegExp; readonly milliseconds: number }[] = []

  /** The next `count` requests of any kind get 503. */
  failNext(count: number): void {
    this.#unavailable = count
  }

  /** From now on no connection carries a second request: it is cut when one arrives, as when it was closed just then for being idle. */
  closeIdle(): void {
    this.#closesIdle = true
  }

  /** Cuts the connection of the next call of `method`, before anything happened or after everything did. */
  dropNext(when: 'before' | 'after', method: string): void {
    this.#drops.push({ when, method })
  }

  /** Jobs whose text matches stay RUNNING at least this long. */
  slowDown(sql: RegExp, milliseconds: number): void {
    this.#slow.push({ sql, milliseconds })
  }

  holdNext(): HeldJob {
    const arrival = Promise.withResolvers<Job>()
    const release = Promise.withResolvers<void>()
    this.#holds.push({ arrive: arrival.resolve, released: release.promise })
    return { arrived: arrival.promise, release: release.resolve }
  }

  demandAvailable(): void {
    if (this.#unavailable === 0) return
    this.#unavailable--
    throw new GoogleError(503, 'The service is currently unavailable.', 'backendError')
  }

  demandFreshConnection(reused: boolean): void {
    if (reused && this.#closesIdle) throw new ConnectionDrop('closed for being idle')
  }

  demandConnection(when: 'before' | 'after', method: string): void {
    const at = this.#drops.findIndex(drop => drop.when === when && drop.method === method)
    if (at < 0) return
    this.#drops.splice(at, 1)
    throw new ConnectionDrop(`${method} dropped ${when}`)
  }

  /** Resolves when the job may start, or was cancelled. */
  async passGate(job: Job): Promise<void> {
    const hold = this.#holds.shift()
    if (!hold) return
    hold.arrive(job)
    await Promise.race([hold.released, aborted(job.cancelled)])
  }

  async passDelay(job: Job, sql: string, milliseconds: number): Promise<void> {
    const delay = this.#slow.find(slow => slow.sql.test(sql))?.milliseconds ?? milliseconds
    if (delay === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, delay)
    await Promise.race([promise, aborted(job.cancelled)])
    clearTimeout(timer)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}
