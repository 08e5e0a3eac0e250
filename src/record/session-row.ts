import type { ErrorCode } from '../errors.ts'
import { releaseIn } from '../hold/review.ts'
import { parseInTurn } from '../parse-in-turn.ts'
import type { SessionId } from '../statement.ts'
import type { EventKind, SessionEvent, SessionState, SessionSummary, StopEvent } from './event.ts'
import type { NewSession, SessionInState } from './record-store.ts'
import { viewersOf } from './viewer.ts'

/** A session as the SQL stores keep it: the columns that look-ups read. */
export interface SessionRow {
  readonly id: string
  readonly state: SessionState
  readonly receivedAt: number
  readonly principal: string
  readonly agent: string
  readonly connection: string
  readonly kind: string
  /** JSON array of the names as they were. */
  readonly tables: string
  readonly rule: string
  readonly sql: string
  readonly shape: string | null
  readonly measures: Measures
  /** Every name under which a table may be looked for, lower case. */
  readonly names: readonly string[]
  /** Groups that its agent's token named. */
  readonly groups: readonly string[]
  /** Who may look it up, whatever else they may see. */
  readonly viewers: readonly string[]
}

/** What budgets add up, as far as it is known. */
export interface Measures {
  readonly rows: number | null
  readonly bytes: number | null
  readonly cost: number | null
  readonly code: ErrorCode | null
}

/** An event as the SQL stores keep it; `body` is the whole event as JSON. */
export interface EventRow {
  readonly at: number
  readonly kind: EventKind
  readonly body: string
}

export function sessionRow(session: NewSession): SessionRow {
  const { id, state, receivedAt, principal, agent, connection, kind, tables, rule, sql } = session
  return {
    ...{ id, state, receivedAt, measures: measuresOf(session.events), tables: JSON.stringify(tables) },
    ...{ principal: storable(principal), agent: storable(agent), connection: storable(connection), kind },
    ...{ rule: storable(rule), sql: storable(sql), shape: session.shape ?? null },
    names: [...new Set(tables.flatMap(tableNames))],
    groups: [...new Set(groupsOf(session.events).map(storable))],
    viewers: viewerNames(session.events),
  }
}

export function eventRows(events: readonly SessionEvent[]): EventRow[] {
  return events.map(event => ({ at: event.at, kind: event.kind, body: JSON.stringify(event) }))
}

export async function parsedEvents(bodies: readonly string[]): Promise<readonly SessionEvent[]> {
  return (await Promise.all(bodies.map(parseInTurn))) as SessionEvent[]
}

/** Whose business the session has become with these events. */
export function viewerNames(events: readonly SessionEvent[]): string[] {
  return viewersOf(events).map(storable)
}

/** When a claim opens a review afterwards: where somebody released the statement alone. */
export function reviewOpenedAt(event: SessionEvent): number | null {
  return event.kind === 'claimed' && releaseIn(event.reviews) ? event.at : null
}

/** From rows in the order of their events. */
export function firstStops(
  rows: readonly { readonly id: SessionId; readonly body: string }[],
): { id: SessionId; stop: StopEvent }[] {
  const first = new Map(rows.toReversed().map(({ id, body }) => [id, body]))
  return [...first].map(([id, body]) => ({ id, stop: JSON.parse(body) }))
}

/** What these events say: a number measured afterwards wins over an estimate. */
export function measuresOf(events: readonly SessionEvent[]): Measures {
  const completed = events.find(event => event.kind === 'completed')
  const ended = events.find(event => event.kind === 'failed' || event.kind === 'denied')
  const estimate = events.find(event => event.kind === 'estimated')?.estimate
  const bytes = measured(completed?.bytesScanned) ?? measured(estimate?.bytes)
  return {
    rows: completed ? (completed.affectedRows ?? completed.rows) : null,
    bytes: bytes === null ? null : Math.min(Math.ceil(bytes), Number.MAX_SAFE_INTEGER),
    cost: measured(completed?.cost) ?? measured(estimate?.cost),
    code: ended?.code ?? null,
  }
}

function measured(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) && value >= 0 ? value : null
}

function groupsOf(events: readonly SessionEvent[]): readonly string[] {
  return events.find(event => event.kind === 'received')?.statement.principal.groups ?? []
}

/**
 * `SHOP.PUBLIC.ORDERS` is also looked for as `public.orders` and `orders`, and all of a schema as the schema. A name of many parts
 * would have as many ends as those.
 */
function tableNames(table: string): string[] {
  const last = table
    .replace(/(\.\*)+$/, '')
    .split('.')
    .slice(-4)
  return [table, ...last.map((_, at) => last.slice(at).join('.'))].map(searchedName)
}

/** As a table is looked for: a longer name would not fit into an index of PostgreSQL. */
export function searchedName(table: string): string {
  return storable(table.toLowerCase().slice(0, 500))
}

/** PostgreSQL keeps no NUL in a text. The statement's exact bytes are in its `received` event, where JSON escapes it. */
export function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed()
}

/** A row of `inState`, as either database gives it back. */
export function sessionInState({ id, state, holder }: Readonly<Record<string, unknown>>): SessionInState {
  return { id: String(id), state: state as SessionState, ...(holder === null ? {} : { holder: String(holder) }) }
}

/** A row of `sessionColumns`, as either database gives it back. */
export function summaryOf(row: Readonly<Record<string, unknown>>): SessionSummary {
  return {
    id: String(row.id),
    state: row.state as SessionState,
    receivedAt: Number(row.received_at),
    principal: String(row.principal),
    agent: String(row.agent),
    connection: String(row.connection),
    kind: String(row.kind),
    tables: JSON.parse(String(row.tables)),
    rule: String(row.rule),
    sql: String(row.sql),
    ...(row.result_rows === null ? {} : { rows: Number(row.result_rows) }),
    ...(row.cost === null ? {} : { cost: Number(row.cost) }),
    ...(row.hides_literals ? { hidesLiterals: true } : {}),
  }
}
