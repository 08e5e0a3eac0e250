import type { Clock } from '#src/clock.ts'
import { GatewayError } from '#src/errors.ts'
import type { Credential } from '#src/mint/minter.ts'

interface Held {
  readonly key: string
  /** What the credential was made from; another one means the configuration changed. */
  readonly origin: object
  readonly credential: Credential
  leases: number
  /** False until the first borrower took it: that one puts it on record. */
  recorded: boolean
  idle?: NodeJS.Timeout
}

interface StandingDeps {
  readonly clock: Clock
  /** Called exactly once for each credential, when it ends. Must not reject. */
  readonly onEnd: (credential: Credential) => Promise<void>
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

  /** Borrows the key's credential if it lives `needsMilliseconds` more, or mints one. Each borrow needs one `release`. */
  async borrow(
    key: string,
    origin: object,
    needsMilliseconds: number,
    mint: () => Promise<Credential>,
  ): Promise<Credential> {
    const held = this.#current(key, origin, needsMilliseconds) ?? (await this.#mintOnce(key, origin, mint))
    if (this.#closed) throw new GatewayError('draining')
    clearTimeout(held.idle)
    held.leases++
    const reused = held.recorded
    held.recorded = true
    return { ...held.credential, reused }
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

  #current(key: string, origin: object, needsMilliseconds: number): Held | undefined {
    const held = this.#lent.get(key)
    if (!held) return undefined
    if (held.origin === origin && !this.#expired(held, needsMilliseconds)) return held
    this.#lent.delete(key)
    if (held.leases === 0) void this.#end(held)
    return undefined
  }

  /** Statements that arrive together share one mint. */
  async #mintOnce(key: string, origin: object, mint: () => Promise<Credential>): Promise<Held> {
    const running = this.#minting.get(key)
    if (running !== undefined) return running
    const minting = mint()
      .then(async credential => {
        const held: Held = { key, origin, credential, leases: 0, recorded: false }
        this.#all.set(credential.id, held)
        this.#lent.set(key, held)
        if (this.#closed) await this.#end(held)
        else this.#endWhenIdle(held)
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
