import { GoogleError } from '../google/google-error.ts'
import { ConnectionDrop } from '../google/google-server.ts'
import type { Job } from './job.ts'

/** A job kept PENDING until it is released. */
export interface HeldJob {
  /** Resolves when a job has arrived here. */
  readonly arrived: Promise<Job>
  release(): void
}

/** A call kept back until it is released. */
export interface HeldCall {
  /** Resolves when one has come. */
  readonly arrived: Promise<void>
  release(): void
}

interface Failure {
  readonly method: string
  /** Before anything happened, or after everything did. */
  readonly when: 'before' | 'after'
  readonly error: ConnectionDrop | GoogleError
}

/** What a test can make go wrong, or wait. */
export class Faults {
  #unavailable = 0
  readonly #failures: Failure[] = []
  readonly #holds: { readonly arrive: (job: Job) => void; readonly released: Promise<void> }[] = []
  readonly #heldCalls: { readonly method: string; readonly arrive: () => void; readonly released: Promise<void> }[] = []
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

  /** The next call of `method` that has no failure yet gets this one in place of its answer. */
  failCall(failure: Failure): void {
    this.#failures.push(failure)
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

  holdCall(method: string): HeldCall {
    const arrival = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    this.#heldCalls.push({ method, arrive: arrival.resolve, released: release.promise })
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

  /** Runs a call of `method`, with what waits for it: to be held back, or to fail. */
  async passCall<T>(method: string, run: () => Promise<T>): Promise<T> {
    const held = takeOf(this.#heldCalls, method)
    held?.arrive()
    await held?.released
    const failure = takeOf(this.#failures, method)
    if (failure?.when === 'before') throw failure.error
    const answer = await run()
    if (failure) throw failure.error
    return answer
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

function takeOf<T extends { readonly method: string }>(all: T[], method: string): T | undefined {
  const at = all.findIndex(one => one.method === method)
  return at < 0 ? undefined : all.splice(at, 1)[0]
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}
