import pg from 'pg'
import type { Secret } from '../config/secret.ts'
import type { Spending } from '../decide/spending.ts'
import type { Taint } from '../decide/taint.ts'
import { GatewayError } from '../errors.ts'
import type { SessionId } from '../statement.ts'
import type { Access, AccessQuery } from './access.ts'
import { accessRow, searchAccesses } from './access-row.ts'
import { type OpenReview, openReviewOf, type ToldReview } from './after-review.ts'
import { assertConclusion } from './conclusion.ts'
import type { EventOf, SessionEvent, SessionRecord, SessionState, SessionSummary, StopEvent } from './event.ts'
import { checkServer, migrate } from './postgres-record-schema.ts'
import { recordReads, recordWrites } from './postgres-record-sql.ts'
import type { NewSession, RecordStore, SessionQuery, SpendingQuery, TaintClearing, TaintQuery } from './record-store.ts'
import {
  type EventRow,
  eventRows,
  firstStops,
  measuresOf,
  reviewOpenedAt,
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

/** Together less than the 10 s that the port promises. Milliseconds. */
const connectMilliseconds = 4_000
const statementMilliseconds = 5_000
const connections = 10

type Value = string | number | null | readonly (string | number)[]

/** The record in PostgreSQL, for several gateways. Every process must reach the same primary. Its clock decides who is alive. */
export class PostgresRecordStore implements RecordStore {
  readonly #pool: pg.Pool
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  private constructor(url: string) {
    this.#pool = new pg.Pool({
      connectionString: url,
      application_name: 'querywarden',
      max: connections,
      connectionTimeoutMillis: connectMilliseconds,
      statement_timeout: statementMilliseconds,
      query_timeout: statementMilliseconds,
      keepAlive: true,
      onConnect: async client => {
        // The pool listens only to who is idle; without this, a server that dies under a query takes the gateway along.
        client.on('error', () => undefined)
        await client.query('SET synchronous_commit TO on')
      },
    })
    // An idle connection that breaks is replaced; the next call says so if it cannot be.
    this.#pool.on('error', () => undefined)
  }

  /** Rejects with `record_unavailable` where the server cannot be reached or cannot keep the record's promises. */
  static async open(url: Secret): Promise<PostgresRecordStore> {
    const store = new PostgresRecordStore(url.reveal())
    try {
      await store.#ask(async () => {
        const client = await store.#pool.connect()
        try {
          await checkServer(client)
          await migrate(client)
        } finally {
          client.release()
        }
      })
      return store
    } catch (error) {
      await store.close()
      throw error
    }
  }

  open(session: NewSession, by: string, use?: GrantUse): Promise<boolean> {
    const row = sessionRow(session)
    const {
      id,
      state,
      receivedAt,
      principal,
      agent,
      connection,
      kind,
      tables,
      rule,
      measures,
      names,
      groups,
      viewers,
    } = row
    const columns = [id, state, receivedAt, principal, agent, connection, kind, tables, rule, row.sql, measures.rows]
    const { bytes, cost, code } = measures
    const events = arrays(eventRows(session.events))
    const taken = [use?.id ?? null, use?.uses ?? null]
    return this.#write('open', [
      ...columns,
      names,
      by,
      ...events,
      bytes,
      cost,
      code,
      groups,
      viewers,
      ...taken,
      row.shape,
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
  ): Promise<boolean> {
    assertConclusion(to)
    const { rows, bytes, cost, code } = measuresOf(events)
    return this.#write('conclude', [
      id,
      from,
      to,
      ...arrays(eventRows(events)),
      rows,
      bytes,
      cost,
      code,
      viewerNames(events),
    ])
  }

  async openReviews({ toldBefore = Number.MAX_SAFE_INTEGER, limit = 1_000 } = {}): Promise<readonly OpenReview[]> {
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
    return { id, state: rows[0].state as SessionState, events: bodies.map(body => JSON.parse(body)) }
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
    const column = (at: number) => rows.map(row => row[at] ?? '')
    if (rows.length > 0)
      await this.#write(
        'taint',
        Array.from({ length: 7 }, (_, at) => column(at)),
      )
  }

  async taints({ connection, tables }: TaintQuery): Promise<readonly Taint[]> {
    const names = tables?.map(table => table.toLowerCase()) ?? null
    return (await this.#read(recordReads.taints, [connection ?? null, names])).map(taintOf)
  }

  clearTaints({ connection, table, by, reason, at }: TaintClearing): Promise<boolean> {
    return this.#write('clearTaints', [connection, table.toLowerCase(), at, by, reason])
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

  async inState(
    states: readonly SessionState[],
    limit = 1_000,
  ): Promise<{ id: SessionId; state: SessionState; holder?: string }[]> {
    const rows = await this.#read(recordReads.inState, [states, limit])
    return rows.map(({ id, state, holder }) => ({
      id: String(id),
      state: state as SessionState,
      ...(holder === null ? {} : { holder: String(holder) }),
    }))
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

  /** Finishes what was called before. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.allSettled(this.#running)
    await this.#pool.end()
  }

  /** What is committed without waiting for the disk is not a promise, whoever has switched that on behind our back. */
  async #write(name: keyof typeof recordWrites, values: readonly Value[]): Promise<boolean> {
    const { rows } = await this.#ask(() => this.#query({ name, text: recordWrites[name], values: [...values] }))
    if (rows[0]?.durability === 'off') {
      throw new GatewayError('record_unavailable', { detail: 'PostgreSQL commits with synchronous_commit off' })
    }
    return rows[0]?.done === 1
  }

  async #read(text: string, values: readonly Value[]): Promise<Record<string, unknown>[]> {
    return (await this.#ask(() => this.#query({ text, values: [...values] }))).rows
  }

  /** A connection that failed, or that somebody has made forgetful, is never used again. */
  async #query(query: pg.QueryConfig): Promise<pg.QueryResult<Record<string, unknown>>> {
    const client = await this.#pool.connect()
    let sound = false
    try {
      const result = await client.query(query)
      sound = result.rows[0]?.durability !== 'off'
      return result
    } finally {
      client.release(!sound)
    }
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new GatewayError('record_unavailable', { detail: 'the record store is closed' })
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } catch (error) {
      if (error instanceof GatewayError) throw error
      // SQLSTATE or the network's code. The message itself may quote what was written.
      const code = error instanceof Error && 'code' in error ? error.code : 'cannot be reached'
      throw new GatewayError('record_unavailable', { detail: `PostgreSQL: ${code}` })
    } finally {
      this.#running.delete(running)
    }
  }
}

function arrays(events: readonly EventRow[]): [number[], string[], string[]] {
  return [events.map(({ at }) => at), events.map(({ kind }) => kind), events.map(({ body }) => body)]
}
