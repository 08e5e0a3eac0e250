import { setTimeout as sleep } from 'node:timers/promises'
import { asGatewayError } from '../errors.ts'
import type { Log } from '../ports.ts'
import type { SessionId } from '../statement.ts'

interface DenialPorts {
  /** Puts a denial, as it was signed, on record. Rejects with a `GatewayError`. */
  readonly record: (hold: SessionId, review: string) => Promise<unknown>
  readonly log: Pick<Log, 'warn'>
  readonly everyMilliseconds: number
  /** Aborts when the process is about to end. */
  readonly signal?: AbortSignal
}

/** More than people deny while the record is away. */
const maxKept = 1_000

/**
 * Puts denials on record past the hold store: whoever writes there can take one out again, and others would approve what one person
 * denied. Until it is on record nobody approves the same hold here.
 */
export class DenialKeeper {
  readonly #ports: DenialPorts
  readonly #kept = new Map<SessionId, string>()

  constructor(ports: DenialPorts) {
    this.#ports = ports
  }

  /** Never rejects: what cannot be put on record now is tried again. */
  async keep(hold: SessionId, review: string): Promise<void> {
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined && this.#kept.size >= maxKept) this.#kept.delete(oldest)
    this.#kept.set(hold, review)
    if (!(await this.#put(hold, review))) void this.#goOn(hold, review)
  }

  /** Whether a denial of this hold is on its way to the record. */
  has(hold: SessionId): boolean {
    return this.#kept.has(hold)
  }

  async #goOn(hold: SessionId, review: string): Promise<void> {
    const { everyMilliseconds, signal } = this.#ports
    while (!signal?.aborted && this.#kept.get(hold) === review) {
      await sleep(everyMilliseconds, undefined, { ref: false, ...(signal ? { signal } : {}) }).catch(() => undefined)
      if (await this.#put(hold, review)) return
    }
  }

  /** False where it is worth another try. */
  async #put(hold: SessionId, review: string): Promise<boolean> {
    try {
      await this.#ports.record(hold, review)
    } catch (error) {
      const { code, table } = asGatewayError(error)
      this.#ports.log.warn({ hold, code }, 'a denial could not be put on record past the hold store')
      if (table.retry) return false
    }
    this.#kept.delete(hold)
    return true
  }
}
