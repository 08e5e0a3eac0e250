import type { DatabaseSync } from 'node:sqlite'
import type { Spending } from '../decide/spending.ts'
import type { Access, AccessQuery } from './access.ts'
import { type AccessRow, searchAccesses } from './access-row.ts'
import type { SessionState, SessionSummary } from './event.ts'
import type { SessionInState, SessionQuery, SpendingQuery } from './record-store.ts'
import { type EventRow, type Measures, type SessionRow, sessionInState, summaryOf } from './session-row.ts'
import { searchSessions } from './session-search.ts'
import { spendingOf, sumSpendings } from './spending-sql.ts'
import { readGrants, writeGrants } from './sqlite-grant-operations.ts'
import { readLinks, writeLinks } from './sqlite-link-operations.ts'
import { readReviews, writeReviews } from './sqlite-review-operations.ts'
import { readTaints, writeTaints } from './sqlite-taint-operations.ts'
import type { GrantRow, GrantUse } from './stored-grant.ts'

/** What the record's worker can do. Arguments and answers are plain data: they travel between threads. */
export type RecordOperations = ReturnType<typeof readOperations> & ReturnType<typeof writeOperations>

/** Each is one statement, so that it sees one state of the file. */
export function readOperations(db: DatabaseSync) {
  const session = db.prepare(
    'SELECT state, body FROM session LEFT JOIN event ON event.session = session.id WHERE session.id = ? ORDER BY n',
  )
  const inState = db.prepare(
    `SELECT id, state, holder FROM session LEFT JOIN claim ON claim.session = session.id
     WHERE state IN (SELECT value FROM json_each(?)) ORDER BY received_at, id`,
  )
  const stops = db.prepare(
    `SELECT session, body FROM event WHERE kind IN ('kill', 'withdrawn') AND session IN (SELECT value FROM json_each(?)) ORDER BY session, n`,
  )
  const setting = db.prepare('SELECT value FROM setting WHERE name = ?')
  return {
    ...readGrants(db),
    ...readLinks(db),
    ...readReviews(db),
    ...readTaints(db),
    session(id: string): { state: SessionState; bodies: string[] } | undefined {
      const rows = session.all(id)
      if (!rows[0]) return undefined
      return {
        state: rows[0].state as SessionState,
        bodies: rows.filter(row => row.body !== null).map(row => String(row.body)),
      }
    },
    find(query: SessionQuery): SessionSummary[] {
      const { sql, values } = searchSessions(query, { parameter: n => `?${n}`, like: 'LIKE' })
      return db
        .prepare(sql)
        .all(...values)
        .map(summaryOf)
    },
    accesses(query: AccessQuery): Access[] {
      const { sql, values } = searchAccesses(query, n => `?${n}`)
      return db
        .prepare(sql)
        .all(...values)
        .map(row => JSON.parse(String(row.body)))
    },
    spent(query: SpendingQuery): Spending[] {
      const { sql, values } = sumSpendings(query, n => `?${n}`)
      const rows = db.prepare(sql).all(...values)
      return query.scopes.map((scope, position) => spendingOf(scope, rows[position]))
    },
    inState(states: readonly SessionState[]): SessionInState[] {
      return inState.all(JSON.stringify(states)).map(sessionInState)
    },
    stops(ids: readonly string[]): { id: string; body: string }[] {
      return stops.all(JSON.stringify(ids)).map(row => ({ id: String(row.session), body: String(row.body) }))
    },
    setting(name: string): string | undefined {
      const row = setting.get(name)
      return row && String(row.value)
    },
  }
}

/** What a claim changes beside the session and its events. */
interface Claimed {
  readonly viewers: readonly string[]
  /** When it opened a review afterwards. */
  readonly reviewAt: number | null
  readonly grant: GrantRow | undefined
}

/** Each runs inside the worker's transaction, alone among all writers. */
export function writeOperations(db: DatabaseSync) {
  const statements = prepareWrites(db)
  const grants = writeGrants(db)
  const { appendTo, grow, addViewers, isHeldBy } = rowWriters(statements)
  return {
    ...writeLinks(db),
    ...writeReviews(db),
    ...writeTaints(db),
    open(row: SessionRow, events: readonly EventRow[], by: string, use: GrantUse | undefined): boolean {
      if (use && !grants.use(use, row.id)) return false
      const { id, state, receivedAt, principal, agent, connection, kind, tables, rule, sql, shape, measures } = row
      const values = [id, state, receivedAt, principal, agent, connection, kind, tables, rule, sql, measures.rows]
      const { bytes, cost, code } = measures
      if (statements.session.run(...values, events.length, bytes, cost, code, shape).changes !== 1) return false
      if (state === 'claimed') statements.claim.run(id, by, Date.now())
      for (const name of row.names) statements.table.run(name, id)
      for (const name of row.groups) statements.group.run(name, receivedAt, id)
      addViewers(id, receivedAt, row.viewers)
      appendTo(id, 0, events)
      return true
    },
    append(id: string, events: readonly EventRow[], holder: string | undefined): boolean {
      return isHeldBy(id, holder) && grow(id, events)
    },
    claim(id: string, by: string, events: readonly EventRow[], { viewers, reviewAt, grant }: Claimed): boolean {
      const session = statements.move.get('claimed', null, null, null, null, events.length, id, '["held"]')
      if (!session) return false
      statements.claim.run(id, by, Date.now())
      if (reviewAt !== null) statements.openReview.run(id, reviewAt)
      addViewers(id, session.received_at, viewers)
      appendTo(id, Number(session.events) - events.length, events)
      if (grant) grants.add(grant)
      return true
    },
    revokeGrant(id: string, at: number, by: string, events: readonly EventRow[]): boolean {
      return grants.end(id, at, by) && grow(id, events)
    },
    conclude(
      id: string,
      from: readonly SessionState[],
      to: SessionState,
      events: readonly EventRow[],
      { rows, bytes, cost, code }: Measures,
      viewers: readonly string[],
      holder: string | undefined,
    ): boolean {
      const change = [to, rows, bytes, cost, code, events.length, id, JSON.stringify(from)] as const
      const session = isHeldBy(id, holder) && statements.move.get(...change)
      if (!session) return false
      addViewers(id, session.received_at, viewers)
      appendTo(id, Number(session.events) - events.length, events)
      return true
    },
    closeReview(id: string, at: number, events: readonly EventRow[]): boolean {
      return statements.closeReview.run(at, id).changes === 1 && grow(id, events)
    },
    takeOver(id: string, from: string, by: string, deadMilliseconds: number): boolean {
      const now = Date.now()
      const quietSince = now - deadMilliseconds
      return statements.takeOver.run(by, now, id, from, quietSince, from, quietSince).changes === 1
    },
    logAccess({ id, at, person, body }: AccessRow): void {
      statements.access.run(id, at, person, body)
    },
    heartbeat(gateway: string): void {
      statements.heartbeat.run(gateway, Date.now())
    },
    putSetting(name: string, expected: string | undefined, value: string): boolean {
      if (expected === undefined) return statements.addSetting.run(name, value).changes === 1
      return statements.swapSetting.run(value, name, expected).changes === 1
    },
  }
}

function rowWriters({ event, viewer, grow, holds }: ReturnType<typeof prepareWrites>) {
  function appendTo(id: string, first: number, events: readonly EventRow[]): void {
    for (const [index, { at, kind, body }] of events.entries()) event.run(id, first + index, at, kind, body)
  }
  return {
    appendTo,
    grow(id: string, events: readonly EventRow[]): boolean {
      const session = grow.get(events.length, id)
      if (!session) return false
      appendTo(id, Number(session.events) - events.length, events)
      return true
    },
    isHeldBy(id: string, holder: string | undefined): boolean {
      return holder === undefined || holds.get(id, holder) !== undefined
    },
    addViewers(id: string, receivedAt: unknown, viewers: readonly string[]): void {
      for (const name of viewers) viewer.run(name, Number(receivedAt), id)
    },
  }
}

function prepareWrites(db: DatabaseSync) {
  return {
    session: db.prepare(
      'INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    table: db.prepare('INSERT INTO session_table VALUES (?, ?)'),
    group: db.prepare('INSERT INTO session_group VALUES (?, ?, ?)'),
    viewer: db.prepare('INSERT INTO session_viewer VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    access: db.prepare('INSERT INTO access VALUES (?, ?, ?, ?)'),
    event: db.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?)'),
    claim: db.prepare('INSERT INTO claim VALUES (?, ?, ?)'),
    holds: db.prepare('SELECT 1 FROM claim WHERE session = ? AND holder = ?'),
    grow: db.prepare('UPDATE session SET events = events + ? WHERE id = ? RETURNING events'),
    move: db.prepare(
      `UPDATE session SET state = ?, result_rows = coalesce(?, result_rows), bytes = coalesce(?, bytes),
       cost = coalesce(?, cost), code = ?, events = events + ?
       WHERE id = ? AND state IN (SELECT value FROM json_each(?)) RETURNING events, received_at`,
    ),
    openReview: db.prepare('INSERT INTO after_review (session, opened_at) VALUES (?, ?)'),
    closeReview: db.prepare('UPDATE after_review SET closed_at = ? WHERE session = ? AND closed_at IS NULL'),
    takeOver: db.prepare(
      `UPDATE claim SET holder = ?, at = ? WHERE session = ? AND holder = ? AND at <= ?
       AND NOT EXISTS (SELECT 1 FROM gateway WHERE id = ? AND seen_at > ?)`,
    ),
    heartbeat: db.prepare(
      'INSERT INTO gateway VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at',
    ),
    addSetting: db.prepare('INSERT INTO setting VALUES (?, ?) ON CONFLICT DO NOTHING'),
    swapSetting: db.prepare('UPDATE setting SET value = ? WHERE name = ? AND value = ?'),
  }
}
