import type { Secret } from '../config/secret.ts'
import type { Spending } from '../decide/spending.ts'
import type { Taint } from '../decide/taint.ts'
import type { SessionId } from '../statement.ts'
import type { Access, AccessQuery } from './access.ts'
import { accessRow, searchAccesses } from './access-row.ts'
import { type OpenReview, openReviewOf, type ToldReview } from './after-review.ts'
import { assertConclusion } from './conclusion.ts'
import type { EventOf, SessionEvent, SessionRecord, SessionState, SessionSummary, StopEvent } from './event.ts'
import { inOrder } from './named-values.ts'
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
    const { measures, ...row } = sessionRow(session)
    const used = { grant: use?.id ?? null, uses: use?.uses ?? null }
    return this.#write('open', { ...row, ...measures, ...arrays(session.events), ...used, by })
  }

  append(id: SessionId, events: readonly SessionEvent[], options: { holder?: string } = {}): Promise<boolean> {
    return this.#write('append', { id, ...arrays(events), holder: options.holder ?? null })
  }

  claim(id: SessionId, by: string, event: SessionEvent, grant?: SealedGrant): Promise<boolean> {
    const { id: given, ...terms } = grant ? grantRow(grant) : noGrant
    const more = { grant: given, ...terms, viewers: viewerNames([event]), reviewAt: reviewOpenedAt(event) }
    return this.#write('claim', { id, by, ...arrays([event]), ...more })
  }

  async grants({ scope, id, liveAt }: GrantQuery): Promise<readonly StoredGrant[]> {
    return (await this.#ask('grants', { scope: scope ?? null, id: id ?? null, liveAt })).map(grantOf)
  }

  revokeGrant(id: SessionId, event: EventOf<'revoked'>): Promise<boolean> {
    return this.#write('revokeGrant', { id, ...arrays([event]), by: event.by, at: event.at })
  }

  takeOver(id: SessionId, from: string, by: string, deadMilliseconds: number): Promise<boolean> {
    return this.#write('takeOver', { id, from, by, deadMilliseconds: Math.ceil(deadMilliseconds) })
  }

  async conclude(
    id: SessionId,
    from: readonly SessionState[],
    to: SessionState,
    events: readonly SessionEvent[],
    { holder = null }: { holder?: string | null } = {},
  ): Promise<boolean> {
    assertConclusion(to)
    const moved = { id, from, to, ...arrays(events), ...measuresOf(events), viewers: viewerNames(events) }
    return this.#write('conclude', { ...moved, holder })
  }

  async openReview(id: SessionId): Promise<OpenReview | undefined> {
    return (await this.#ask('openReview', { id })).map(openReviewOf)[0]
  }

  async openReviews({ toldBefore, limit }: { toldBefore: number; limit: number }): Promise<readonly OpenReview[]> {
    return (await this.#ask('openReviews', { toldBefore, limit })).map(openReviewOf)
  }

  markReviewTold(id: SessionId, { at, channel, ts }: ToldReview): Promise<boolean> {
    return this.#write('markReviewTold', { id, at, channel, ts })
  }

  closeReview(id: SessionId, event: EventOf<'reviewed'>): Promise<boolean> {
    return this.#write('closeReview', { id, ...arrays([event]), at: event.at })
  }

  async session(id: SessionId): Promise<SessionRecord | undefined> {
    const rows = await this.#ask('session', { id })
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
    const rows = taints.map(taintRow)
    const columns = Object.keys(rows[0] ?? {}) as (keyof (typeof rows)[number])[]
    const values = Object.fromEntries(columns.map(column => [column, rows.map(row => row[column])]))
    if (rows.length > 0) await this.#write('taint', values)
  }

  async taints({ connections, tables }: TaintQuery): Promise<readonly Taint[]> {
    const names = tables?.map(table => table.toLowerCase()) ?? null
    return (await this.#ask('taints', { connections: connections ?? null, tables: names })).map(taintOf)
  }

  clearTaints({ connections, table, by, reason, at }: TaintClearing): Promise<boolean> {
    return this.#write('clearTaints', { connections, table: table.toLowerCase(), at, by, reason })
  }

  link(link: SlackLink): Promise<boolean> {
    return this.#write('link', slackLinkRow(link))
  }

  unlink({ team, user }: SlackAccountId, at: number): Promise<boolean> {
    return this.#write('unlink', { team, account: user, at })
  }

  async links(): Promise<readonly SlackLink[]> {
    return (await this.#ask('links', {})).map(slackLinkOf)
  }

  markLinkTold(id: string, at: number): Promise<boolean> {
    return this.#write('markLinkTold', { id, at })
  }

  async stops(ids: readonly SessionId[]): Promise<{ id: SessionId; stop: StopEvent }[]> {
    const rows = await this.#ask('stops', { ids })
    return firstStops(rows.map(({ session, body }) => ({ id: String(session), body: String(body) })))
  }

  async inState(states: readonly SessionState[]): Promise<SessionInState[]> {
    return (await this.#ask('inState', { states })).map(sessionInState)
  }

  async logAccess(access: Access): Promise<void> {
    await this.#write('logAccess', { ...accessRow(access) })
  }

  async accesses(query: AccessQuery): Promise<Access[]> {
    const { sql, values } = searchAccesses(query, n => `$${n}`)
    return (await this.#read(sql, values)).map(row => JSON.parse(String(row.body)))
  }

  async heartbeat(gateway: string): Promise<void> {
    await this.#write('heartbeat', { gateway })
  }

  async setting(name: string): Promise<string | undefined> {
    const [row] = await this.#ask('setting', { name })
    return row && String(row.value)
  }

  putSetting(name: string, expected: string | undefined, value: string): Promise<boolean> {
    if (expected === undefined) return this.#write('addSetting', { name, value })
    return this.#write('swapSetting', { name, value, expected })
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  #write(name: keyof typeof recordWrites, values: NamedValues): Promise<boolean> {
    const { text, names } = recordWrites[name]
    return this.#database.write({ name, text }, inOrder(names, values))
  }

  #ask(name: keyof typeof recordReads, values: NamedValues): Promise<Record<string, unknown>[]> {
    const { text, names } = recordReads[name]
    return this.#read(text, inOrder(names, values))
  }

  #read(text: string, values: readonly Value[]): Promise<Record<string, unknown>[]> {
    return this.#database.read(text, values)
  }
}

type NamedValues = Readonly<Record<string, Value>>

const noGrant = { id: null, scope: null, until: null, uses: null, body: null, mac: null }

function arrays(events: readonly SessionEvent[]) {
  const rows = eventRows(events)
  return { ats: rows.map(({ at }) => at), kinds: rows.map(({ kind }) => kind), bodies: rows.map(({ body }) => body) }
}
