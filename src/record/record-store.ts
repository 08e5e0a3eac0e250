import type { Spending, SpendingScope } from '../decide/spending.ts'
import type { Taint } from '../decide/taint.ts'
import type { SessionId } from '../statement.ts'
import type { Access, AccessQuery } from './access.ts'
import type { OpenReview, ToldReview } from './after-review.ts'
import type { EventOf, SessionEvent, SessionRecord, SessionState, SessionSummary, StopEvent } from './event.ts'
import type { SlackAccountId, SlackLink } from './slack-link.ts'
import type { GrantQuery, GrantUse, SealedGrant, StoredGrant } from './stored-grant.ts'
import type { Viewer } from './viewer.ts'

/** What is known of a session when it is opened: what look-ups search and show, and its first events. */
export interface NewSession extends Omit<SessionSummary, 'rows' | 'cost' | 'hidesLiterals'> {
  /** What it has in common with others that are asked for again and again (`shapeKey`); only of what people decide. */
  readonly shape?: string
  readonly events: readonly SessionEvent[]
}

export interface SessionQuery {
  readonly id?: SessionId
  /** Who owns the agent, is acted for, or decided: a person's id. */
  readonly person?: string
  /** Sessions that cost more, by what is known of them. */
  readonly costOver?: number
  /** Absent: everything. */
  readonly visibleTo?: Visibility
  readonly agent?: string
  /** With `agent`: the `agentKey` of those that are meant by it as well. */
  readonly agentKeys?: readonly string[]
  readonly principal?: string
  readonly table?: string
  readonly shape?: string
  readonly rule?: string
  readonly state?: SessionState
  /** Only what was released alone and nobody else has reviewed since. */
  readonly openReview?: true
  readonly text?: string
  /** Milliseconds since the epoch; inclusive, exclusive. */
  readonly since?: number
  readonly until?: number
  /** Oldest first instead. */
  readonly oldestFirst?: true
  /** Newest first, at most this many (default 50, at most 1,000). */
  readonly limit?: number
  /** Sessions that come behind this one in that order, for the next page: received before it, or after it with `oldestFirst`. */
  readonly before?: SessionId
}

/** What somebody may see: the sessions of these agents, by name, and those of which one of these is a viewer. */
export interface Visibility {
  readonly agents: readonly string[]
  readonly viewers: readonly Viewer[]
}

export interface TaintQuery {
  readonly connections?: readonly string[]
  readonly tables?: readonly string[]
}

export interface TaintClearing {
  readonly connections: readonly string[]
  readonly table: string
  readonly by: string
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** What `spent` adds up. */
export interface SpendingQuery {
  /** `agentKey` of whose own statements count where a scope names no group. */
  readonly agent: string
  /** At least one. */
  readonly scopes: readonly SpendingScope[]
  /** The end of every scope, milliseconds since the epoch. Later sessions count too: they may come from a faster clock. */
  readonly at: number
  /** The session that is being decided; it does not count. */
  readonly except: SessionId
}

export interface SessionInState {
  readonly id: SessionId
  readonly state: SessionState
  readonly holder?: string
}

/**
 * The authority: what was decided, what may run, what came of it. SQLite on one machine, PostgreSQL for several.
 * A promise that resolves means: durable (fsync), visible to every process. Every method rejects with
 * `GatewayError('record_unavailable')` where that cannot be had, within 10 s; then nothing may run and no row may leave.
 */
export interface RecordStore {
  /**
   * Opens a session with its first events in one transaction. A session opened in state `claimed` (an allowed statement)
   * also takes its execution claim, for `by`. False where the id is taken; with `use`, also where that grant is revoked or all its
   * uses are taken, of which this one is one more, whoever else takes some at that moment.
   */
  open(session: NewSession, by: string, use?: GrantUse): Promise<boolean>
  /** Appends events in order. With `holder`, only while that gateway holds the claim; false otherwise. */
  append(id: SessionId, events: readonly SessionEvent[], options?: { holder?: string }): Promise<boolean>
  /**
   * The execution claim: one unique insert, in one transaction with its `claimed` event and the move `held → claimed`.
   * True for exactly one caller, ever. Never true where the session is not `held`. `grant`: what the approval gave besides; it
   * is there from that moment on. Where one person released the statement alone, the same transaction opens a review that stays
   * open until `closeReview`.
   */
  claim(id: SessionId, by: string, event: SessionEvent, grant?: SealedGrant): Promise<boolean>
  /** Grants that can be used, those that end first in front; at most `maxGrants`. What they say is worth what their MAC is worth. */
  grants(query: GrantQuery): Promise<readonly StoredGrant[]>
  /** Ends a grant, and says so in its session; false where there is none, or none any more. */
  revokeGrant(id: SessionId, event: EventOf<'revoked'>): Promise<boolean>
  /**
   * Takes over the claim of a gateway that has not been seen for `deadMilliseconds`, by the store's own clock. True for
   * one caller; from then on the old holder's conditional appends fail.
   */
  takeOver(id: SessionId, from: string, by: string, deadMilliseconds: number): Promise<boolean>
  /**
   * Moves a session to `to` and appends the events that say so, in one transaction and only from one of `from`; with `holder`,
   * only while that gateway holds the claim. False otherwise (then nothing is appended).
   */
  conclude(
    id: SessionId,
    from: readonly SessionState[],
    to: SessionState,
    events: readonly SessionEvent[],
    options?: { holder?: string },
  ): Promise<boolean>
  /** The review of this session, where nobody has closed it. */
  openReview(id: SessionId): Promise<OpenReview | undefined>
  /** Reviews that nobody has closed and of which nothing was said since then, oldest first. */
  openReviews(options: { readonly toldBefore: number; readonly limit: number }): Promise<readonly OpenReview[]>
  /** Remembers that it was said; false where the review is closed, or there is none. */
  markReviewTold(id: SessionId, told: ToldReview): Promise<boolean>
  /** Closes the review that a release opened, and appends the event that says so; true for exactly one caller. */
  closeReview(id: SessionId, event: EventOf<'reviewed'>): Promise<boolean>
  session(id: SessionId): Promise<SessionRecord | undefined>
  find(query: SessionQuery): Promise<SessionSummary[]>
  /** What was spent in each scope, in their order; of the sessions that are durable when the call begins, none is missed. */
  spent(query: SpendingQuery): Promise<readonly Spending[]>
  /** Remembers columns as written from sensitive ones. The same column of the same statement counts once. */
  taint(taints: readonly Taint[]): Promise<void>
  /** Taints that nobody has cleared, oldest first; `tables` in any case of letters. */
  taints(query: TaintQuery): Promise<readonly Taint[]>
  /**
   * Ends all taints of a table so far, and keeps who said so and why. Those of a statement that still runs, or may do so, stay: it
   * may write again what it made them for. False where no taint is ended.
   */
  clearTaints(clearing: TaintClearing): Promise<boolean>
  /**
   * Links an account to a person. False where either is linked already, or where the link of this id was made before, be it
   * that it has ended since.
   */
  link(link: SlackLink): Promise<boolean>
  /** Ends the link of this account; false where there is none. */
  unlink(account: SlackAccountId, at: number): Promise<boolean>
  /** The links that have not ended, oldest first. */
  links(): Promise<readonly SlackLink[]>
  /** Remembers that the account has heard of its link; false where it had. */
  markLinkTold(id: string, at: number): Promise<boolean>
  /** Of these sessions, those that somebody wants ended, each with its first such event. */
  stops(ids: readonly SessionId[]): Promise<{ id: SessionId; stop: StopEvent }[]>
  /** All sessions in these states, oldest first, each with who holds its claim: what must be rebuilt or settled. */
  inState(states: readonly SessionState[]): Promise<SessionInState[]>
  /** Puts it on record that somebody looked something up, or stopped something. */
  logAccess(access: Access): Promise<void>
  /** Newest first. */
  accesses(query: AccessQuery): Promise<Access[]>
  /** Says that this gateway lives. Called every few seconds. */
  heartbeat(gateway: string): Promise<void>
  /** Small values that several processes share and must survive (`holds_epoch`). Compare-and-swap; true where it took. */
  setting(name: string): Promise<string | undefined>
  putSetting(name: string, expected: string | undefined, value: string): Promise<boolean>
  close(): Promise<void>
}
