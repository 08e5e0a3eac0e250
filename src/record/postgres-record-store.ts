import type { Secret } from '../config/secret.ts'
import type { Spending } from '../decide/spending.ts'
import type { Taint } from '../decide/taint.ts'
import type { SessionId } from '../statement.ts'
import type { Access, AccessQuery } from './access.ts'
import { accessRow, searchAccesses } from './access-row.ts'
import { type OpenReview, openReviewOf, type ToldReview } from './after-review.ts'
import { assertConclusion } from './conclusion.ts'
import type { EventOf, SessionEvent, SessionRecord, SessionState, SessionSummary, StopEvent } from './event.ts'
import { PostgresDatabase, type Value } from './postgres-database.ts'
import { checkServer, migrate } from './postgres-record-schema.ts'
import { recordReads, recordWrites } from './postgres-record-sql.ts'
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
  type EventRow,
  eventRows,
  firstStops,
  measuresOf,
  parsedEvents,
  reviewOpenedAt,
  sessionInState,
  sessionRow,
  summaryOf,
  viewerNames,
} from './session-row.ts'
import { searchSessions } from './session-search.ts'
import { type SlackAccountId, type SlackLink, slackLinkOf, slackLinkRow } from './slack-link.ts'
import { spendingOf, sumSpendings } from './spending-sql.ts'
import {
  type GrantQuery,
  type GrantUse,
  grantOf,
  grantRow,
  type SealedGrant,
  type StoredGrant,
} from './stored-grant.ts'
import { taintOf, taintRow } from './taint-row.ts'

/** The record in PostgreSQL, for several gateways. Every process must reach the same primary. Its clock decides who is alive. */
export class PostgresRecordStore implements RecordStore {
  readonly #database: PostgresDatabase

  private constructor(database: PostgresDatabase) {
    this.#database = database
  }

  /** Rejects with `record_unavailable` where the server cannot be reached or cannot keep the record's promises. */
  static async open(url: Secret, say: (words: string) => void): Promise<PostgresRecordStore> {
    return new PostgresRecordStore(await PostgresDatabase.open(url, checkServer, client => migrate(client, say)))
  }

  open(session: NewSession, by: string, use?: GrantUse): Promise<boolean> {
    const row = sessionRow(session)
    const { id, state, receivedAt, principal, agent, connection, kind, tables, rule, sql, names, groups, viewers } = row
    const { rows, bytes, cost, code } = row.measures
    return this.#write('open', [
      ...[id, state, receivedAt, principal, agent, connection, kind, tables, rule, sql, rows, names, by],
      ...arrays(eventRows(session.events)),
      ...[bytes, cost, code, groups, viewers, use?.id ?? null, use?.uses ?? null, row.shape],
    ])
  }

  append(id: SessionId, events: readonly SessionEvent[], options: { holder?: string } = {}): Promise<boolean> {
    return this.#write('append', [id, ...arrays(eventRows(events)), options.holder ?? null])
  }

  claim(id: SessionId, by: string, event: SessionEvent, grant?: SealedGrant): Promise<boolean> {
    const given = grant ? grantRow(grant) : Array(6).fill(null)
    const events = arrays(eventRows([event]))
    return this.#write('claim', [id, by, ...events, viewerNames([event]), ...given, reviewOpenedAt(event)])
  }

  async grants({ scope, id, liveAt }: GrantQuery): Promise<readonly StoredGrant[]> {
    return (await this.#read(recordReads.grants, [scope ?? null, id ?? null, liveAt])).map(grantOf)
  }

  revokeGrant(id: SessionId, event: EventOf<'revoked'>): Promise<boolean> {
    return this.#write('revokeGrant', [id, ...arrays(eventRows([event])), event.by, event.at])
  }

  takeOver(id: SessionId, from: string, by: string, deadMilliseconds: number): Promise<boolean> {
    return this.#write('takeOver', [id, from, by, Math.ceil(deadMilliseconds)])
  }

  async conclude(
    id: SessionId,
    from: readonly SessionState[],
    to: SessionState,
    events: readonly SessionEvent[],
    { holder = null }: { holder?: string | null } = {},
  ): Promise<boolean> {
    assertConclusion(to)
    const { rows, bytes, cost, code } = measuresOf(events)
    const measures = [rows, bytes, cost, code]
    const moved = [id, from, to, ...arrays(eventRows(events)), ...measures, viewerNames(events)]
    return this.#write('conclude', [...moved, holder])
  }

  async openReview(id: SessionId): Promise<OpenReview | undefined> {
    return (await this.#read(recordReads.openReview, [id])).map(openReviewOf)[0]
  }

  async openReviews({ toldBefore, limit }: { toldBefore: number; limit: number }): Promise<readonly OpenReview[]> {
    return (await this.#read(recordReads.openReviews, [toldBefore, limit])).map(openReviewOf)
  }

  markReviewTold(id: SessionId, { at, channel, ts }: ToldReview): Promise<boolean> {
    return this.#write('markReviewTold', [id, at, channel, ts])
  }

  closeReview(id: SessionId, event: EventOf<'reviewed'>): Promise<boolean> {
    return this.#write('closeReview', [id, ...arrays(eventRows([event]))])
  }

  async session(id: SessionId): Promise<SessionRecord | undefined> {
    const rows = await this.#read(recordReads.session, [id])
    if (!rows[0]) return undefined
    const bodies = rows.map(row => row.body).filter(body => typeof body === 'string')
    return { id, state: rows[0].state as SessionState, events: await parsedEvents(bodies) }
  }

  async find(query: SessionQuery): Promise<SessionSummary[]> {
    const search = searchSessions(query, { parameter: n => `$${n}`, like: 'ILIKE' })
    return (await this.#read(search.sql, search.values)).map(summaryOf)
  }

  async spent(query: SpendingQuery): Promise<readonly Spending[]> {
    const { sql, values } = sumSpendings(query, n => `$${n}`)
    const rows = await this.#read(sql, values)
    return query.scopes.map((scope, position) => spendingOf(scope, rows[position]))
  }

  async taint(taints: readonly Taint[]): Promise<void> {
    const [first, ...more] = taints.map(taintRow)
    const columns = first?.map((value, at) => [value, ...more.map(row => row[at] ?? '')])
    if (columns) await this.#write('taint', columns)
  }

  async taints({ connections, tables }: TaintQuery): Promise<readonly Taint[]> {
    const names = tables?.map(table => table.toLowerCase()) ?? null
    return (await this.#read(recordReads.taints, [connections ?? null, names])).map(taintOf)
  }

  clearTaints({ connections, table, by, reason, at }: TaintClearing): Promise<boolean> {
    return this.#write('clearTaints', [connections, table.toLowerCase(), at, by, reason])
  }

  link(link: SlackLink): Promise<boolean> {
    return this.#write('link', slackLinkRow(link))
  }

  unlink({ team, user }: SlackAccountId, at: number): Promise<boolean> {
    return this.#write('unlink', [team, user, at])
  }

  async links(): Promise<readonly SlackLink[]> {
    return (await this.#read(recordReads.links, [])).map(slackLinkOf)
  }

  markLinkTold(id: string, at: number): Promise<boolean> {
    return this.#write('markLinkTold', [id, at])
  }

  async stops(ids: readonly SessionId[]): Promise<{ id: SessionId; stop: StopEvent }[]> {
    const rows = await this.#read(recordReads.stops, [ids])
    return firstStops(rows.map(({ session, body }) => ({ id: String(session), body: String(body) })))
  }

  async inState(states: readonly SessionState[]): Promise<SessionInState[]> {
    return (await this.#read(recordReads.inState, [states])).map(sessionInState)
  }

  async logAccess(access: Access): Promise<void> {
    const { id, at, person, body } = accessRow(access)
    await this.#write('logAccess', [id, at, person, body])
  }

  async accesses(query: AccessQuery): Promise<Access[]> {
    const { sql, values } = searchAccesses(query, n => `$${n}`)
    return (await this.#read(sql, values)).map(row => JSON.parse(String(row.body)))
  }

  async heartbeat(gateway: string): Promise<void> {
    await this.#write('heartbeat', [gateway])
  }

  async setting(name: string): Promise<string | undefined> {
    const [row] = await this.#read(recordReads.setting, [name])
    return row && String(row.value)
  }

  putSetting(name: string, expected: string | undefined, value: string): Promise<boolean> {
    if (expected === undefined) return this.#write('addSetting', [name, value])
    return this.#write('swapSetting', [name, value, expected])
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  #write(name: keyof typeof recordWrites, values: readonly Value[]): Promise<boolean> {
    return this.#database.write({ name, text: recordWrites[name] }, values)
  }

  #read(text: string, values: readonly Value[]): Promise<Record<string, unknown>[]> {
    return this.#database.read(text, values)
  }
}

function arrays(events: readonly EventRow[]): [number[], string[], string[]] {
  return [events.map(({ at }) => at), events.map(({ kind }) => kind), events.map(({ body }) => body)]
}
