import type { Ports } from '#src/ports.ts'
import type { SessionId } from '#src/statement.ts'

interface Pause {
  readonly milliseconds: number
  readonly until: number
  /** When it was asked for first. */
  readonly since: number
  /** Somebody wants it ended, and the pause after which that was known was cut short. */
  readonly stopped?: true
}

const longestMilliseconds = { failed: 60_000, waiting: 10_000 }
const beforeFirst = 500

/** What is not settled yet is asked for again after a pause, which grows: each time takes a credential, and fetches rows anew. */
export class Pauses {
  readonly #ports: Pick<Ports, 'clock' | 'records'>
  readonly #all = new Map<SessionId, Pause>()

  constructor(ports: Pick<Ports, 'clock' | 'records'>) {
    this.#ports = ports
  }

  isOver(id: SessionId): boolean {
    return this.#ports.clock.now() >= (this.#all.get(id)?.until ?? 0)
  }

  /** When it was asked for first; undefined where it never was. */
  since(id: SessionId): number | undefined {
    return this.#all.get(id)?.since
  }

  /** It was asked for, since then. */
  begin(id: SessionId, since: number, why: keyof typeof longestMilliseconds): void {
    const before = this.#all.get(id)
    const milliseconds = Math.min(2 * (before?.milliseconds ?? beforeFirst), longestMilliseconds[why])
    this.#all.set(id, { ...before, milliseconds, until: this.#ports.clock.now() + milliseconds, since })
  }

  forget(id: SessionId): void {
    this.#all.delete(id)
  }

  forgetAllBut(open: readonly { readonly id: SessionId }[]): void {
    const ids = new Set(open.map(({ id }) => id))
    for (const id of this.#all.keys()) if (!ids.has(id)) this.#all.delete(id)
  }

  /** What somebody wants ended is told so at once, and then asked for as often as in the beginning. */
  async cutShort(): Promise<void> {
    const paused = [...this.#all].filter(([, { stopped }]) => !stopped).map(([id]) => id)
    if (paused.length === 0) return
    for (const { id } of await this.#ports.records.stops(paused)) {
      const before = this.#all.get(id)
      if (before) this.#all.set(id, { ...before, milliseconds: beforeFirst, until: 0, stopped: true })
    }
  }
}
