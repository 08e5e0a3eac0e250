import type { Spending } from '../decide/spending.ts'
import type { Taint } from '../decide/taint.ts'
import type { SessionId } from '../statement.ts'
import type { Access, AccessQuery } from './access.ts'
import { accessRow } from './access-row.ts'
import type { OpenReview, ToldReview } from './after-review.ts'
import { assertConclusion } from './conclusion.ts'
import type { EventOf, SessionEvent, SessionRecord, SessionState, SessionSummary, StopEvent } from './event.ts'
import type {
  NewSession,
  RecordStore,
  SessionInState,
  SessionQuery,
  SpendingQuery,
  TaintClearing,
  TaintQuery,
} from './record-store.ts'
import {
  eventRows,
  firstStops,
  measuresOf,
  parsedEvents,
  reviewOpenedAt,
  sessionRow,
  viewerNames,
} from './session-row.ts'
import { type SlackAccountId, type SlackLink, slackLinkRow } from './slack-link.ts'
import { SqliteNearReads } from './sqlite-near-reads.ts'
import { SqliteRecordThread } from './sqlite-record-thread.ts'
import { type GrantQuery, type GrantUse, grantRow, type SealedGrant, type StoredGrant } from './stored-grant.ts'
import { taintRow } from './taint-row.ts'

/**
 * The record in one SQLite file, for one machine. Writes go through one thread that shares each fsync among all that wait;
 * reads have a second one, except the three that every statement asks, and what people search for a third: that may go through the
 * whole record, and no statement waits for it. The host's clock says which gateway is alive.
 */
export class SqliteRecordStore implements RecordStore {
  readonly #writer: SqliteRecordThread
  readonly #reader: SqliteRecordThread
  readonly #searcher: SqliteRecordThread
  #near: SqliteNearReads | undefined

  private constructor(path: string) {
    this.#writer = new SqliteRecordThread(path, 'writer')
    this.#reader = new SqliteRecordThread(path, 'reader')
    this.#searcher = new SqliteRecordThread(path, 'reader')
  }

  /** Rejects with `record_unavailable` where the file cannot be opened or written. */
  static async open(path: string): Promise<SqliteRecordStore> {
    const store = new SqliteRecordStore(path)
    await store.#writer.ready()
    await store.#reader.ready()
    store.#near = SqliteNearReads.open(path)
    return store
  }

  open(session: NewSession, by: string, use?: GrantUse): Promise<boolean> {
    return this.#writer.call('open', sessionRow(session), eventRows(session.events), by, use)
  }

  append(id: SessionId, events: readonly SessionEvent[], options: { holder?: string } = {}): Promise<boolean> {
    return this.#writer.call('append', id, eventRows(events), options.holder)
  }

  claim(id: SessionId, by: string, event: SessionEvent, grant?: SealedGrant): Promise<boolean> {
    return this.#writer.call('claim', id, by, eventRows([event]), {
      viewers: viewerNames([event]),
      reviewAt: reviewOpenedAt(event),
      grant: grant && grantRow(grant),
    })
  }

  grants(query: GrantQuery): Promise<readonly StoredGrant[]> {
    return this.#reader.call('grants', query)
  }

  revokeGrant(id: SessionId, event: EventOf<'revoked'>): Promise<boolean> {
    return this.#writer.call('revokeGrant', id, event.at, event.by, eventRows([event]))
  }

  takeOver(id: SessionId, from: string, by: string, deadMilliseconds: number): Promise<boolean> {
    return this.#writer.call('takeOver', id, from, by, deadMilliseconds)
  }

  async conclude(
    id: SessionId,
    from: readonly SessionState[],
    to: SessionState,
    events: readonly SessionEvent[],
    { holder }: { holder?: string } = {},
  ): Promise<boolean> {
    assertConclusion(to)
    const [rows, measures, viewers] = [eventRows(events), measuresOf(events), viewerNames(events)]
    return this.#writer.call('conclude', id, from, to, rows, measures, viewers, holder)
  }

  openReview(id: SessionId): Promise<OpenReview | undefined> {
    return this.#reader.call('openReview', id)
  }

  openReviews({ toldBefore, limit }: { toldBefore: number; limit: number }): Promise<readonly OpenReview[]> {
    return this.#reader.call('openReviews', toldBefore, limit)
  }

  markReviewTold(id: SessionId, { at, channel, ts }: ToldReview): Promise<boolean> {
    return this.#writer.call('markReviewTold', { id, at, channel, ts })
  }

  closeReview(id: SessionId, event: EventOf<'reviewed'>): Promise<boolean> {
    return this.#writer.call('closeReview', id, event.at, eventRows([event]))
  }

  async session(id: SessionId): Promise<SessionRecord | undefined> {
    if (this.#near?.hasSession(id) === false) return undefined
    const found = await this.#reader.call('session', id)
    return found && { id, state: found.state, events: await parsedEvents(found.bodies) }
  }

  /** The past of a shape is short, and a statement waits for it. */
  find(query: SessionQuery): Promise<SessionSummary[]> {
    return (query.shape === undefined ? this.#searcher : this.#reader).call('find', query)
  }

  spent(query: SpendingQuery): Promise<readonly Spending[]> {
    return this.#reader.call('spent', query)
  }

  taint(taints: readonly Taint[]): Promise<void> {
    return this.#writer.call('taint', taints.map(taintRow))
  }

  async taints({ connections, tables }: TaintQuery): Promise<readonly Taint[]> {
    const names = tables?.map(table => table.toLowerCase())
    const near = connections && names && this.#near?.taints(connections, names)
    return near || this.#reader.call('taints', connections ?? null, names ?? null)
  }

  clearTaints({ connections, table, by, reason, at }: TaintClearing): Promise<boolean> {
    return this.#writer.call('clearTaints', { connections, table: table.toLowerCase(), by, reason, at })
  }

  link(link: SlackLink): Promise<boolean> {
    return this.#writer.call('link', slackLinkRow(link))
  }

  unlink({ team, user }: SlackAccountId, at: number): Promise<boolean> {
    return this.#writer.call('unlink', { team, account: user, at })
  }

  links(): Promise<readonly SlackLink[]> {
    return this.#reader.call('links')
  }

  markLinkTold(id: string, at: number): Promise<boolean> {
    return this.#writer.call('markLinkTold', { id, at })
  }

  async stops(ids: readonly SessionId[]): Promise<{ id: SessionId; stop: StopEvent }[]> {
    return firstStops(await this.#reader.call('stops', ids))
  }

  inState(states: readonly SessionState[]): Promise<SessionInState[]> {
    return this.#reader.call('inState', states)
  }

  async logAccess(access: Access): Promise<void> {
    await this.#writer.call('logAccess', { ...accessRow(access) })
  }

  accesses(query: AccessQuery): Promise<Access[]> {
    return this.#searcher.call('accesses', query)
  }

  heartbeat(gateway: string): Promise<void> {
    return this.#writer.call('heartbeat', gateway)
  }

  async setting(name: string): Promise<string | undefined> {
    const near = this.#near?.setting(name)
    return near ? near.value : this.#reader.call('setting', name)
  }

  putSetting(name: string, expected: string | undefined, value: string): Promise<boolean> {
    if (expected === undefined) return this.#writer.call('addSetting', { name, value })
    return this.#writer.call('swapSetting', { name, expected, value })
  }

  async close(): Promise<void> {
    this.#near?.close()
    this.#near = undefined
    await Promise.all([this.#writer, this.#reader, this.#searcher].map(thread => thread.close()))
  }
}
