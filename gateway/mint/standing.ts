import type { Clock } from '#src/clock.ts'
import { GatewayError } from '#src/errors.ts'
import type { Credential, PutOnRecord } from '#src/mint/minter.ts'

interface Held {
  readonly key: string
  /** What the credential was made from; another one means the configuration changed. */
  readonly origin: object
  readonly credential: Credential
  leases: number
  /** Under way or done; absent while it is on no record. */
  recorded?: Promise<void> | undefined
  idle?: NodeJS.Timeout
}

interface StandingDeps {
  readonly clock: Clock
  /** Called exactly once for each credential, when it ends. Must not reject. */
  readonly onEnd: (credential: Credential) => Promise<unknown>
  readonly idleMilliseconds?: number
}

/**
 * Credentials that serve one session of allowed statements: one for each key (connection, role, principal), lent out
 * until shortly before it ends, and ended when nobody borrowed it for a minute. Nothing is ever lent across keys.
 */
export class StandingCredentials {
  readonly #deps: StandingDeps
  readonly #lent = new Map<string, Held>()
  readonly #all = new Map<string, Held>()
  readonly #minting = new Map<string, Promise<Held>>()
  #closed = false

  constructor(deps: StandingDeps) {
    this.#deps = deps
  }

  /**
   * Borrows the key's credential if it lives `needsMilliseconds` more, or mints one, and puts it on record unless it is. Each borrow
   * needs one `release`.
   */
  async borrow(
    key: string,
    origin: object,
    needsMilliseconds: number,
    mint: () => Promise<Credential>,
    record?: PutOnRecord,
  ): Promise<Credential> {
    const held = await this.#lease(key, origin, needsMilliseconds, mint)
    if (this.#closed) throw new GatewayError('draining')
    try {
      if (record) await this.#recorded(held, record)
      return held.credential
    } catch (error) {
      await this.release(held.credential)
      throw error
    }
  }

  /** True where the credential was one of these. Ends it at once where it is no longer lent out, else when it idles. */
  async release(credential: Credential): Promise<boolean> {
    const held = this.#all.get(credential.id)
    if (!held) return false
    held.leases--
    if (held.leases > 0) return true
    if (this.#lent.get(held.key) !== held || this.#expired(held, 0)) await this.#end(held)
    else this.#endWhenIdle(held)
    return true
  }

  /** Lent to nobody any more; the last who has it ends it. */
  retire({ id }: Pick<Credential, 'id'>): void {
    const held = this.#all.get(id)
    if (held && this.#lent.get(held.key) === held) this.#lent.delete(held.key)
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#minting.values())
    await Promise.all([...this.#all.values()].map(held => this.#end(held)))
  }

  /** Statements that arrive together share one mint, if it lives long enough for them. */
  async #lease(key: string, origin: object, needsMilliseconds: number, mint: () => Promise<Credential>): Promise<Held> {
    for (;;) {
      const held = this.#current(key, origin, needsMilliseconds)
      if (held) {
        clearTimeout(held.idle)
        held.leases++
        return held
      }
      const minting = this.#minting.get(key)
      if (!minting) return this.#mint(key, origin, mint)
      await minting
    }
  }

  /** Whoever borrows it first does that; who comes meanwhile waits for it, and does it where it failed. */
  async #recorded(held: Held, record: PutOnRecord): Promise<void> {
    const first = held.recorded === undefined
    held.recorded ??= record(held.credential).catch((error: unknown) => {
      held.recorded = undefined
      throw error
    })
    await held.recorded.catch((error: unknown) => {
      if (first) throw error
      return this.#recorded(held, record)
    })
  }

  #current(key: string, origin: object, needsMilliseconds: number): Held | undefined {
    const held = this.#lent.get(key)
    if (!held) return undefined
    if (held.origin === origin && !this.#expired(held, needsMilliseconds)) return held
    this.#lent.delete(key)
    if (held.leases === 0) void this.#end(held)
    return undefined
  }

  /** Lent to whoever asked for it, so that nobody ends it before. */
  #mint(key: string, origin: object, mint: () => Promise<Credential>): Promise<Held> {
    const minting = mint()
      .then(async credential => {
        const held: Held = { key, origin, credential, leases: 1 }
        this.#all.set(credential.id, held)
        this.#lent.set(key, held)
        if (this.#closed) await this.#end(held)
        return held
      })
      .finally(() => this.#minting.delete(key))
    this.#minting.set(key, minting)
    return minting
  }

  /** Never lent for its last tenth: the warehouse's clock may be ahead of ours. */
  #expired({ credential }: Held, needsMilliseconds: number): boolean {
    const margin = Math.min(30_000, (credential.expiresAt - credential.mintedAt) / 10)
    return this.#deps.clock.now() + needsMilliseconds + margin >= credential.expiresAt
  }

  #endWhenIdle(held: Held): void {
    clearTimeout(held.idle)
    held.idle = setTimeout(() => void this.#end(held), this.#deps.idleMilliseconds ?? 60_000)
    held.idle.unref()
  }

  async #end(held: Held): Promise<void> {
    clearTimeout(held.idle)
    if (this.#lent.get(held.key) === held) this.#lent.delete(held.key)
    if (this.#all.delete(held.credential.id)) await this.#deps.onEnd(held.credential)
  }
}
