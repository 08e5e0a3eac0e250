import type { IssuerConfig } from '#src/config/config.ts'
import type { Principal } from '#src/principal.ts'
import { sha256 } from '#src/statement.ts'

/**
 * A verified token is believed without verifying again for this long. Together with how long a key set counts as fresh
 * (`issuer-keys.ts`) that is the longest that a removed key still works: eleven minutes while its issuer can be asked.
 */
const believedMilliseconds = 60_000
const maxTokens = 10_000

interface Verified {
  readonly principal: Principal
  /** The configuration it was verified under; another one makes the entry worthless. */
  readonly issuer: IssuerConfig
  readonly expiresAt: number
}

/** Tokens that verified a moment ago, by their hash: a signature costs a hundred times a look-up. */
export class VerifiedTokens {
  readonly #tokens = new Map<string, Verified & { readonly until: number }>()

  get(bearer: string): Verified | undefined {
    const entry = this.#tokens.get(sha256(bearer))
    return entry && Date.now() < entry.until ? entry : undefined
  }

  put(bearer: string, verified: Verified): void {
    if (this.#tokens.size >= maxTokens) this.#tokens.clear()
    const until = Math.min(Date.now() + believedMilliseconds, verified.expiresAt)
    this.#tokens.set(sha256(bearer), { ...verified, until })
  }
}
