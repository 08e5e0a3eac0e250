import type { Secret } from '../config/secret.ts'
import type { Authorized } from '../hold/authorized.ts'

/** A short-lived warehouse credential. Never leaves the gateway; only `id`, role and times are recorded. */
export interface Credential {
  /** `jti` of the minted token, or an id of ours: what the record names. */
  readonly id: string
  readonly role: string
  readonly secret: Secret
  /** Milliseconds since the epoch. */
  readonly mintedAt: number
  readonly expiresAt: number
  /** True where it serves one session of allowed statements instead of one statement. */
  readonly standing: boolean
  /** True where an earlier statement already put this standing credential on record. */
  readonly reused: boolean
}

/** The port of the fifth stage. Cannot be called without an authorization. */
export interface Minter {
  /** Rejects with `GatewayError('mint_failed')`. */
  mint(authorized: Authorized): Promise<Credential>
  /** Ends the credential, as far as the warehouse allows; never rejects. A standing credential ends when it idles. */
  end(credential: Credential): Promise<void>
  /** From now on no statement gets this standing credential any more; it ends with the last that has it. */
  retire(credential: Credential): void
  /** Ends everything, at shutdown. */
  close(): Promise<void>
}
