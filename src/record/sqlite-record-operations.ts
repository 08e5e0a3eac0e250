import type { DatabaseSync } from 'node:sqlite'
import type { Spending } from '../decide/spending.ts'
import type { Access, AccessQuery } from './access.ts'
import { searchAccesses } from './access-row.ts'
import { type OpenReview, openReviewOf } from './after-review.ts'
import type { SessionState, SessionSummary } from './event.ts'
import { sessionColumns, sharedReads, sharedWrites } from './record-sql.ts'
import type { SessionInState, SessionQuery, SpendingQuery } from './record-store.ts'
import { type EventRow, type Measures, measuresOf, type SessionRow, sessionInState, summaryOf } from './session-row.ts'
import { searchSessions } from './session-search.ts'
import { type SlackLink, slackLinkOf } from './slack-link.ts'
import { spendingOf, sumSpendings } from './spending-sql.ts'
import { readGrants, writeGrants } from './sqlite-grant-operations.ts'
import { type NamedValues, prepare } from './sqlite-statement.ts'
import { readTaints, writeTaints } from './sqlite-taint-operations.ts'
import type { GrantRow, GrantUse } from './stored-grant.ts'

/** What the record's worker can do. Arguments and answers are plain data: they travel between threads. */
export type RecordOperations = ReturnType<typeof readOperations> & ReturnType<typeof writeOperations>

/** Each is one statement, so that it sees one state of the file. */
export function readOperations(db: DatabaseSync) {
  const session = prepare(db, sharedReads.session)
  const inState = prepare(
    db,
    `SELECT id, state, holder FROM session LEFT JOIN claim ON claim.session = session.id
     WHERE state IN (SELECT value FROM json_each($states)) ORDER BY received_at, id`,
  )
  const stops = prepare(
    db,
    `SELECT session, body FROM event WHERE kind IN ('kill', 'withdrawn') AND session IN (SELECT value FROM json_each($ids)) ORDER BY session, n`,
  )
  const setting = prepare(db, sharedReads.setting)
  const links = prepare(db, sharedReads.links)
  const openReview = prepare(db, sharedReads.openReview)
  const openReviews = prepare(db, sharedReads.openReviews)
  return {
    ...readGrants(db),
    ...readTaints(db),
    session(id: string): { state: SessionState; bodies: string[] } | undefined {
      const rows = session.all({ id })
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
      return inState.all({ states: JSON.stringify(states) }).map(sessionInState)
    },
    stops(ids: readonly string[]): { id: string; body: string }[] {
      return stops.all({ ids: JSON.stringify(ids) }).map(row => ({ id: String(row.session), body: String(row.body) }))
    },
    setting(name: string): string | undefined {
      const row = setting.get({ name })
      return row && String(row.value)
    },
    links: (): SlackLink[] => links.all({}).map(slackLinkOf),
    openReview: (id: string): OpenReview | undefined => openReview.all({ id }).map(openReviewOf)[0],
    openReviews(toldBefore: number, limit: number): OpenReview[] {
      return openReviews.all({ toldBefore, limit }).map(openReviewOf)
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
  const { appendTo, grow, move, addViewers, isHeldBy } = rowWriters(statements)
  return {
    ...writeShared(db),
    ...writeTaints(db),
    open(row: SessionRow, events: readonly EventRow[], by: string, use: GrantUse | undefined): boolean {
      if (use && !grants.use(use, row.id)) return false
      const { names, groups, viewers, measures, ...columns } = row
      const { id, state, receivedAt } = row
      const added = statements.session.run({ ...columns, ...measures, events: events.length })
      if (added.changes !== 1) return false
      if (state === 'claimed') statements.claim.run({ id, by, now: Date.now() })
      for (const name of names) statements.table.run({ name, id })
      for (const name of groups) statements.group.run({ name, receivedAt, id })
      addViewers(id, receivedAt, viewers)
      appendTo(id, 0, events)
      return true
    },
    append(id: string, events: readonly EventRow[], holder: string | undefined): boolean {
      return isHeldBy(id, holder) && grow(id, events)
    },
    claim(id: string, by: string, events: readonly EventRow[], { viewers, reviewAt, grant }: Claimed): boolean {
      const session = move(id, ['held'], 'claimed', events, measuresOf([]))
      if (!session) return false
      statements.claim.run({ id, by, now: Date.now() })
      if (reviewAt !== null) statements.openReview.run({ id, reviewAt })
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
      measures: Measures,
      viewers: readonly string[],
      holder: string | undefined,
    ): boolean {
      const session = isHeldBy(id, holder) && move(id, from, to, events, measures)
      if (!session) return false
      addViewers(id, session.received_at, viewers)
      appendTo(id, Number(session.events) - events.length, events)
      return true
    },
    closeReview(id: string, at: number, events: readonly EventRow[]): boolean {
      return statements.closeReview.run({ at, id }).changes === 1 && grow(id, events)
    },
    takeOver(id: string, from: string, by: string, deadMilliseconds: number): boolean {
      const now = Date.now()
      return statements.takeOver.run({ id, from, by, now, quietSince: now - deadMilliseconds }).changes === 1
    },
    heartbeat(gateway: string): void {
      statements.heartbeat.run({ gateway, now: Date.now() })
    },
  }
}

function rowWriters({ event, viewer, grow, move, holds }: ReturnType<typeof prepareWrites>) {
  function appendTo(id: string, first: number, events: readonly EventRow[]): void {
    for (const [index, { at, kind, body }] of events.entries()) event.run({ id, n: first + index, at, kind, body })
  }
  return {
    appendTo,
    grow(id: string, events: readonly EventRow[]): boolean {
      const session = grow.get({ id, more: events.length })
      if (!session) return false
      appendTo(id, Number(session.events) - events.length, events)
      return true
    },
    /** The session as it is after it; undefined where its state is none of `from`. */
    move(id: string, from: readonly SessionState[], to: SessionState, events: readonly EventRow[], measures: Measures) {
      return move.get({ id, from: JSON.stringify(from), to, more: events.length, ...measures })
    },
    isHeldBy(id: string, holder: string | undefined): boolean {
      return holder === undefined || holds.get({ id, holder }) !== undefined
    },
    addViewers(id: string, receivedAt: unknown, viewers: readonly string[]): void {
      for (const name of viewers) viewer.run({ name, receivedAt: Number(receivedAt), id })
    },
  }
}

function prepareWrites(db: DatabaseSync) {
  return {
    session: prepare(
      db,
      `INSERT INTO session (${sessionColumns}) VALUES ($id, $state, $receivedAt, $principal, $agent, $connection, $kind,
       $tables, $rule, $sql, $shape, $rows, $bytes, $cost, $code, $events) ON CONFLICT DO NOTHING`,
    ),
    table: prepare(db, 'INSERT INTO session_table (name, session) VALUES ($name, $id)'),
    group: prepare(db, 'INSERT INTO session_group (name, received_at, session) VALUES ($name, $receivedAt, $id)'),
    viewer: prepare(
      db,
      'INSERT INTO session_viewer (viewer, received_at, session) VALUES ($name, $receivedAt, $id) ON CONFLICT DO NOTHING',
    ),
    event: prepare(db, 'INSERT INTO event (session, n, at, kind, body) VALUES ($id, $n, $at, $kind, $body)'),
    claim: prepare(db, 'INSERT INTO claim (session, holder, at) VALUES ($id, $by, $now)'),
    holds: prepare(db, 'SELECT 1 FROM claim WHERE session = $id AND holder = $holder'),
    grow: prepare(db, 'UPDATE session SET events = events + $more WHERE id = $id RETURNING events'),
    move: prepare(
      db,
      `UPDATE session SET state = $to, result_rows = coalesce($rows, result_rows), bytes = coalesce($bytes, bytes),
       cost = coalesce($cost, cost), code = $code, events = events + $more
       WHERE id = $id AND state IN (SELECT value FROM json_each($from)) RETURNING events, received_at`,
    ),
    openReview: prepare(db, 'INSERT INTO after_review (session, opened_at) VALUES ($id, $reviewAt)'),
    closeReview: prepare(db, 'UPDATE after_review SET closed_at = $at WHERE session = $id AND closed_at IS NULL'),
    takeOver: prepare(
      db,
      `UPDATE claim SET holder = $by, at = $now WHERE session = $id AND holder = $from AND at <= $quietSince
       AND NOT EXISTS (SELECT 1 FROM gateway WHERE id = $from AND seen_at > $quietSince)`,
    ),
    heartbeat: prepare(
      db,
      `INSERT INTO gateway (id, seen_at) VALUES ($gateway, $now)
       ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
    ),
  }
}

type SharedWrites = Readonly<Record<keyof typeof sharedWrites, (values: NamedValues) => boolean>>

function writeShared(db: DatabaseSync): SharedWrites {
  const writes = Object.entries(sharedWrites).map(([name, sql]) => {
    const statement = prepare(db, sql)
    return [name, (values: NamedValues) => statement.run(values).changes === 1]
  })
  return Object.fromEntries(writes)
}
