import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises'
import { asGatewayError } from '#src/errors.ts'
import { Doorbell } from '#src/hold/doorbell.ts'
import { denyHold, expireHold, followRecord, refuseHold } from '#src/hold/end-hold.ts'
import type { Hold } from '#src/hold/hold.ts'
import { runBy } from '#src/hold/review.ts'
import { endStopped } from '#src/hold/stop.ts'
import { verifiedReviews } from '#src/hold/verified-reviews.ts'
import { sweepPinned } from '#src/pinned/leave-session.ts'
import { pinnedTo } from '#src/pinned/pinned-so-far.ts'
import { resume } from '#src/pipeline.ts'
import type { Ports } from '#src/ports.ts'
import type { SessionId } from '#src/statement.ts'
import { HoldRebuilder } from './rebuild-holds.ts'
import { type Patience, Settler } from './settle.ts'

export interface KeeperOptions extends Patience {
  /** How often everything live is looked at, hint or no hint. */
  readonly sweepMilliseconds: number
}

/**
 * Keeps holds moving, whoever waits for them: runs what people approved, ends what was denied or is late, rebuilds the hold
 * store after a loss and settles what a dead gateway left. Every gateway has one; the record store decides between them.
 */
export class Keeper {
  readonly #ports: Ports
  readonly #rebuilder: HoldRebuilder
  readonly #options: KeeperOptions
  readonly #stop = new AbortController()
  /** Of the holds that somebody waits for. */
  readonly #bells = new Map<SessionId, Doorbell>()
  /** Holds that are being looked at; `true` where a hint came meanwhile and one more look is due. */
  readonly #looking = new Map<SessionId, boolean>()
  readonly #runs = new Map<SessionId, Promise<void>>()
  /** When what waits for people expires: each may carry megabytes of values, and is not read again before. */
  #due = new Map<SessionId, number>()
  /** Ends when nothing runs here any more. */
  readonly #over = new AbortController()
  readonly #settler: Settler
  #loops: Promise<unknown> = Promise.resolve()
  #signs: Promise<unknown> = Promise.resolve()

  constructor(ports: Ports, options: KeeperOptions) {
    this.#ports = ports
    this.#settler = new Settler(ports, options)
    this.#rebuilder = new HoldRebuilder(ports, id => this.look(id))
    this.#options = options
  }

  start(): void {
    const { records } = this.#ports
    const { signal } = this.#stop
    this.#loops = Promise.all([
      this.#follow(),
      // Each at its own pace: a long statement that is settled must neither keep holds from expiring nor look like death.
      this.#repeat('sweep', () => this.#sweep(), signal),
    ])
    // Not waited for at the end: what a warehouse does not answer, another gateway asks again.
    void this.#repeat('settling', () => this.#settler.settle(signal), signal)
    void this.#repeat('transactions', () => sweepPinned(this.#ports, signal), signal)
    this.#signs = Promise.all([
      this.#repeat('heartbeat', () => records.heartbeat(this.#ports.gateway), this.#over.signal),
      this.#repeat('stops', () => endStopped(this.#ports), this.#over.signal),
    ])
  }

  /**
   * Stops looking and lets go of everybody who waits; resolves when the statements that run have ended, and `others` as well. So
   * long this gateway lives for the others, which would take over what it runs, and ends what people stop.
   */
  async stop(others: Promise<unknown> = Promise.resolve()): Promise<void> {
    this.#stop.abort()
    this.#wakeAll()
    try {
      await this.#loops
      await Promise.all([...this.#runs.values(), this.#settler.landed(), others])
    } finally {
      this.#over.abort()
      await this.#signs
    }
  }

  /** From the moment `stop` was called; nobody is to wait for changes any more. */
  get stopping(): boolean {
    return this.#stop.signal.aborted
  }

  /** Resolves when something may have happened to this hold, when `milliseconds` are over, or when `signal` aborts. */
  async changed(id: SessionId, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.stopping || milliseconds <= 0) return
    const bell = this.#bells.get(id) ?? new Doorbell()
    this.#bells.set(id, bell)
    await bell.wait(milliseconds, signal)
    if (!bell.isAwaited && this.#bells.get(id) === bell) this.#bells.delete(id)
  }

  /** Looks at one hold now and does what is due. Never rejects. */
  async look(id: SessionId): Promise<void> {
    if (this.#looking.has(id)) {
      this.#looking.set(id, true)
      return
    }
    do {
      this.#looking.set(id, false)
      await this.#lookOnce(id)
    } while (this.#looking.get(id))
    this.#looking.delete(id)
  }

  #lookOnce(id: SessionId): Promise<void> {
    return this.#unlessItFails(id, async () => {
      const hold = await this.#ports.holds.fetch(id)
      if (hold) await this.#attend(hold)
    })
  }

  /** What fails comes again with the sweep. Never rejects. */
  async #unlessItFails(id: SessionId, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const { code, detail } = asGatewayError(error)
      this.#ports.log.warn({ session: id, code, detail }, 'a hold could not be attended to')
    }
  }

  async #attend(hold: Hold): Promise<void> {
    const { holds } = this.#ports
    switch (hold.state) {
      case 'pending':
        if ((await holds.now()) >= hold.terms.expiresAt) return this.#end(hold, expireHold)
        this.#due.set(hold.id, hold.terms.expiresAt)
        return
      case 'denied':
        return this.#end(hold, denyHold)
      case 'approved':
        if ((await holds.now()) >= runBy(hold.terms, await verifiedReviews(this.#ports, hold)))
          return this.#end(hold, expireHold)
        if (mayRunUnattended(hold) || (await holds.isAwaited(hold.id))) this.#run(hold)
        return
      default:
        return
    }
  }

  /** Whoever looked: a hint that came meanwhile woke those who wait before there was anything to read. */
  async #end(hold: Hold, end: (ports: Ports, hold: Hold) => Promise<void>): Promise<void> {
    await end(this.#ports, hold)
    this.#wake(hold.id)
  }

  /** Started, not awaited: a long statement must not keep the others waiting. Another gateway begins what this one would not end. */
  #run(hold: Hold): void {
    const { id } = hold
    if (this.stopping || this.#runs.has(id)) return
    const running = this.#unlessItFails(id, () => this.#resume(hold)).finally(() => this.#runs.delete(id))
    this.#runs.set(id, running)
  }

  async #resume(hold: Hold): Promise<void> {
    try {
      await resume(this.#ports, hold.id)
    } catch (error) {
      const refusal = asGatewayError(error)
      const { code, detail } = refusal
      this.#ports.log.warn({ session: hold.id, code, detail }, 'an approval did not run')
      if (code === 'hold_expired') await expireHold(this.#ports, hold)
      else if (code === 'integrity' || code === 'denied') await refuseHold(this.#ports, hold, refusal)
    }
    await followRecord(this.#ports, hold.id)
    this.#wake(hold.id)
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        for await (const id of this.#ports.holds.changes(signal)) void this.look(id).then(() => this.#wake(id))
      } catch (error) {
        this.#ports.log.warn({ code: asGatewayError(error).code }, 'hints of the hold store stopped; sweeping goes on')
        await delay(this.#options.sweepMilliseconds, undefined, { signal }).catch(() => undefined)
        this.#wakeAll()
      }
    }
  }

  async #sweep(): Promise<void> {
    await this.#rebuilder.rebuild()
    // A denial is on its way to the record by its hint, and where that was lost the rebuilder brings it there: none is looked at again.
    // What may run comes first: however much waits for people, it must not run out meanwhile.
    const { holds } = this.#ports
    for (const id of await holds.ids(['approved'])) await this.#lookInTurn(id)
    const pending = new Set(await holds.ids(['pending']))
    this.#due = new Map([...this.#due].filter(([id]) => pending.has(id)))
    const now = await holds.now()
    for (const id of pending) if (now >= (this.#due.get(id) ?? 0)) await this.#lookInTurn(id)
  }

  /** An embedded store answers at once: requests are answered between two holds. */
  async #lookInTurn(id: SessionId): Promise<void> {
    await immediate()
    await this.look(id)
  }

  async #repeat(what: string, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await work()
      } catch (error) {
        const { code, detail } = asGatewayError(error)
        this.#ports.log.warn({ code, detail }, `${what} cut short`)
      }
      await delay(this.#options.sweepMilliseconds, undefined, { signal }).catch(() => undefined)
    }
  }

  #wake(id: SessionId): void {
    this.#bells.get(id)?.ring()
  }

  #wakeAll(): void {
    for (const bell of this.#bells.values()) bell.ring()
  }
}

/** An approved write runs at once. An approved read runs when its client is there to take the rows. */
function mayRunUnattended({ terms }: Hold): boolean {
  // Only its client can commit it, or read what it is written to.
  if (pinnedTo(terms.statement)) return false
  return terms.classification.kind !== 'select' || terms.classification.writes.length > 0
}
