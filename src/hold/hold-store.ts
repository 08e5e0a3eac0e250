import { GatewayError } from '../errors.ts'
import type { SessionId } from '../statement.ts'
import type { Hold, HoldState } from './hold.ts'

export type Replaced = 'replaced' | 'conflict' | 'late'

/** How long a place is kept for a hold that is about to be put: longer than its record may take. Milliseconds. */
export const reservedMilliseconds = 30_000

/** Of one owner, as characters of ASCII: sealed texts are nothing else. */
export const maxKeptBytes = 32 * 1024 * 1024

/** Holds read in one go. */
export const listedAtOnce = 100

export interface KeepOptions {
  /** Only where this text is kept still: what was changed or forgotten meanwhile stays so, and the answer is false. */
  readonly instead?: string
  /** Whose it is: the same each time. Absent: this product's own. */
  readonly owner?: string
}

export function tooMuchKept(): GatewayError {
  return new GatewayError('too_many', {
    message: `More than ${maxKeptBytes / 1024 / 1024} MiB would be kept of the driver sessions of this principal.`,
    next: 'Log out of sessions that are not needed; else they end by themselves, four hours after they were last renewed, and what they have kept after twelve.',
  })
}

/**
 * What is live and shared between gateways and bots: Redis, or SQLite on one machine. It is **not trusted**: terms carry
 * the gateway's MAC and reviews the bot's signature, and the execution claim lives in the record store. Losing it loses
 * no hold: the gateway rebuilds it from the record store.
 *
 * Every method rejects with `GatewayError('holds_unavailable')` where the store cannot be reached, within 5 s.
 */
export interface HoldStore {
  /** Puts a new hold. False where the id is taken; the stored hold is then untouched. */
  create(hold: Hold): Promise<boolean>
  fetch(id: SessionId): Promise<Hold | undefined>
  /** SHA-256 of a hold as it is stored: whether it has changed is told for less than reading it takes. */
  storedHash(id: SessionId): Promise<string | undefined>
  /**
   * Compare-and-swap on the whole record: stores `next` with `version = expected.version + 1` if and only if the stored
   * version and state are those of `expected` and the move is a legal transition (or no move). With `before`, also
   * only if the store's own clock is earlier than that moment (milliseconds since the epoch); otherwise `late`.
   */
  replace(expected: Hold, next: Hold, options?: { before?: number }): Promise<Replaced>
  /** Of all holds in these states, oldest first. Some may be gone, or elsewhere, when they are fetched. */
  ids(states: readonly HoldState[]): Promise<SessionId[]>
  /** Holds in these states, oldest first, of which few are in memory at once: each may carry a whole statement. */
  list(states: readonly HoldState[]): AsyncIterable<Hold>
  /**
   * Ids of holds that changed, from now on, until `signal` aborts. Hints only: a reader MUST fetch the hold again, and
   * MUST also sweep with `list` now and then, because a hint may be lost or repeated.
   */
  changes(signal: AbortSignal): AsyncIterable<SessionId>
  /** The one clock that decides expiry. Milliseconds since the epoch. */
  now(): Promise<number>
  /** A hold of this principal with this digest that waits for people, or for its client: asking again makes no second card. */
  findWaiting(principalKey: string, digest: string): Promise<SessionId | undefined>
  /**
   * Takes a place for a hold of this principal that is about to be put; false where `most` are taken, by its holds that are pending
   * or by others about to be put. `create` keeps it until the hold is pending no more; else it is free after `reservedMilliseconds`.
   */
  reserve(id: SessionId, principalKey: string, most: number): Promise<boolean>
  /** Somebody waits for this hold, for the next `milliseconds`. */
  touch(id: SessionId, milliseconds: number): Promise<void>
  isAwaited(id: SessionId): Promise<boolean>
  /** True exactly once for each key within `seconds`: for deliveries and clicks that come twice. */
  once(key: string, seconds: number): Promise<boolean>
  /**
   * Keeps a text that its writer has sealed, for `seconds`, of an owner at most a day; an earlier one under this key is replaced. Rejects with
   * `too_many` where more than `maxKeptBytes` would be kept for its owner: the store is everybody's.
   */
  keep(key: string, text: string, seconds: number, options?: KeepOptions): Promise<boolean>
  kept(key: string): Promise<string | undefined>
  /** `owner`: as it was kept. */
  forget(key: string, owner?: string): Promise<void>
  /**
   * A random word written when the store was first used. Another word, or none, means that the store lost its contents.
   */
  epoch(): Promise<string>
  /**
   * Start-up check. Rejects with an Error that says what is wrong and how to mend it (a Redis that evicts, …). Resolves to what does not
   * forbid to start, but somebody should know.
   */
  check(): Promise<readonly string[]>
  close(): Promise<void>
}
