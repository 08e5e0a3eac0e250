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
  /** When the claim of its statement was last put on record as this gateway's, where that was done once more. */
  readonly claimedAt?: number
  /** True where it serves one session of allowed statements instead of one statement. */
  readonly standing: boolean
  /** True where the warehouse takes it until `expiresAt`, whatever we do: it can be dropped, and not ended. */
  readonly takenUntilExpiry?: boolean
}

/** Rejects where it could not be put on record. */
export type PutOnRecord = (credential: Credential) => Promise<void>

/** The port of the fifth stage. Cannot be called without an authorization. */
export interface Minter {
  /**
   * Rejects with `GatewayError('mint_failed')`. `record` puts a new credential on record before anybody has it, a standing one once;
   * where it rejects, so does this. Absent where the warehouse is only asked what became of the statement.
   */
  mint(authorized: Authorized, record?: PutOnRecord): Promise<Credential>
  /**
   * Ends the credential, as far as the warehouse allows; a standing one when it idles. False where what it opened in the warehouse
   * could not be closed. Never rejects.
   */
  end(credential: Credential): Promise<boolean>
  /** From now on no statement gets this standing credential any more; it ends with the last that has it. */
  retire(credential: Credential): void
  /** Ends everything, at shutdown. */
  close(): Promise<void>
}
