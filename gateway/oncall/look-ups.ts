import { approversName } from '#src/decide/approvers.ts'
import { type Pause, pauses } from '#src/decide/pause.ts'
import { waitsFor } from '#src/hold/review.ts'
import { reviewsThatCount } from '#src/hold/verified-reviews.ts'
import { maskedCells } from '#src/mask/masked-cells.ts'
import type { AnswerOf, BodyOf } from '#src/oncall/internal-api.ts'
import type { WaitingHold } from '#src/oncall/internal-shapes.ts'
import { rowsAtOnce } from '#src/oncall/personal-operations.ts'
import { staysOpen } from '#src/pinned/stays-open.ts'
import type { Ports } from '#src/ports.ts'
import type { Person } from '#src/principal.ts'
import { releaseOf } from '#src/record/after-review.ts'
import { type EventOf, isUnderWay, type SessionSummary } from '#src/record/event.ts'
import { readPages } from '#src/record/record-result.ts'
import type { SessionQuery } from '#src/record/record-store.ts'
import { findEvent, lastEvent } from '#src/record/session-facts.ts'
import { viewer } from '#src/record/viewer.ts'
import { describeEvent } from '#src/show/describe-event.ts'
import type { SessionId } from '#src/statement.ts'
import { openReviews, releaseWords, whyNotClose } from './after-reviews.ts'
import type { Asker, Found } from './asker.ts'
import { lineOf } from './session-line.ts'
import { askedOf } from './visibility.ts'

/** An answer stays well below what a message can show; the whole text is in the record. */
const max = {
  text: 4_000,
  lines: 200,
  cell: 200,
  columns: 50,
  pending: 20,
  heldAtOnce: 100,
  heldPages: 100,
  decided: 10,
} as const

export async function find(asker: Asker, { limit, ...query }: BodyOf<'find'>): Promise<Found<AnswerOf<'find'>>> {
  const found = await asker.find({ ...query, limit: limit + 1 })
  const sessions = found.slice(0, limit).map(lineOf)
  return { answer: { sessions, more: found.length > limit }, found: sessions.length }
}

export async function show(ports: Ports, asker: Asker, { id }: BodyOf<'show'>): Promise<Found<AnswerOf<'show'>>> {
  const { summary, record } = await asker.session(id)
  const release = releaseOf(record)
  const { statement } = findEvent(record, 'received')
  const { owner, onBehalfOf } = statement.principal
  const open = await staysOpen(ports, statement)
  const steps = record.events.map(event => {
    const { title, lines } = describeEvent(event)
    return { at: event.at, title, lines: lines.slice(0, max.lines).map(line => line.slice(0, max.text)) }
  })
  const answer = {
    session: lineOf(summary),
    ...(owner === undefined ? {} : { owner }),
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    steps,
    rows: recordedRows(lastEvent(record, 'completed')),
    ...(release
      ? { release: releaseWords(release), mayClose: !whyNotClose(asker.person, record, ports.clock.now()) }
      : {}),
    mayKill: asker.isOperator && (open.length > 0 || isUnderWay(record.state)),
    staysOpen: [...open],
  }
  return { answer, found: 1 }
}

/** Nothing is answered: the bot has the statement from the hold, and shows it once this is on record. */
export async function read(asker: Asker, { id }: BodyOf<'read'>): Promise<Found<AnswerOf<'read'>>> {
  await asker.session(id)
  return { answer: {}, found: 1 }
}

/** A few rows of a recorded result, as masked as they were recorded. */
export async function rows(
  { recordings }: Ports,
  asker: Asker,
  { id, offset }: BodyOf<'rows'>,
): Promise<Found<AnswerOf<'rows'>>> {
  const { record } = await asker.session(id)
  const done = lastEvent(record, 'completed')
  const columns = (done?.columns ?? []).slice(0, max.columns)
  const shown: string[][] = []
  let first = 0
  for (const frame of done?.frames ?? []) {
    const [from, to] = [Math.max(offset, first), Math.min(offset + rowsAtOnce, first + frame.rows)]
    const before = first
    first += frame.rows
    if (!done || from >= to) continue
    for await (const page of readPages({ recordings }, id, [frame])) {
      const wanted = maskedCells(page, done, from - before, to - before)
      shown.push(...wanted.map(row => row.slice(0, columns.length).map(cellText)))
    }
  }
  const named = columns.map(({ name }, at) => ({ name, masked: (done?.masks[at] ?? null) !== null }))
  return { answer: { columns: named, rows: shown, total: recordedRows(done) }, found: shown.length }
}

export async function pending(ports: Ports, asker: Asker): Promise<Found<AnswerOf<'pending'>>> {
  const { holds, more } = await firstWaiting(ports, query => asker.find(query))
  return { answer: { holds, more, pauses: await seenPauses(ports, asker) }, found: holds.length }
}

const allHeld = { state: 'held', oldestFirst: true, limit: max.heldAtOnce } as const

/** Of what is held on record: the oldest that wait for people, or for this one alone. Others may stand before them, however many. */
async function firstWaiting(ports: Ports, find: (query: SessionQuery) => Promise<SessionSummary[]>, reviewer?: Person) {
  const found: WaitingHold[] = []
  let before: SessionId | undefined
  for (let page = 0; page < max.heldPages; page++) {
    const held = await find({ ...allHeld, ...(before && { before }) })
    found.push(...(await Promise.all(held.map(summary => waitingHold(ports, summary, reviewer)))).flat())
    if (held.length < max.heldAtOnce || found.length > max.pending)
      return { holds: found.slice(0, max.pending), more: found.length > max.pending }
    before = held.at(-1)?.id
  }
  return { holds: found, more: true }
}

async function seenPauses(ports: Ports, asker: Asker): Promise<Pause[]> {
  const all = (await pauses(ports)).slice(-max.pending)
  const seen = await Promise.all(all.map(async ({ agent }) => (await asker.seesAgent(agent)).sees))
  return all.filter((_pause, at) => seen[at])
}

/** What waits for this very person, and what they decided lately. */
export async function home(ports: Ports, asker: Asker): Promise<Found<AnswerOf<'home'>>> {
  const { person } = asker
  const [{ holds: waiting, more }, decided, paused, open] = await Promise.all([
    firstWaiting(ports, query => asker.find(query, askedOf(person)), person),
    asker.find({ limit: max.decided }, { agents: [], viewers: [viewer.reviewer(person.id)] }),
    seenPauses(ports, asker),
    openReviews(ports, asker),
  ])
  const reviews = open.filter(({ mayClose }) => mayClose)
  const answer = { waiting, more, decided: decided.map(lineOf), pauses: paused, reviews }
  return { answer, found: waiting.length + decided.length + reviews.length }
}

/**
 * From the record; what people have said of it comes from the hold store, which is believed about nothing else. Empty where it has
 * just ended, or does not wait for this reviewer.
 */
async function waitingHold(ports: Ports, summary: SessionSummary, reviewer?: Person): Promise<WaitingHold[]> {
  const { records, holds, clock } = ports
  const [record, hold] = await Promise.all([
    records.session(summary.id),
    holds.fetch(summary.id).catch(() => undefined),
  ])
  const terms = record && lastEvent(record, 'held')?.terms
  // On record it is held until it runs; what people have agreed to waits for its client, not for people.
  if (record?.state !== 'held' || (hold && hold.state !== 'pending') || !terms) return []
  const counted = reviewer && hold ? await reviewsThatCount(ports, terms, hold) : []
  if (reviewer && !waitsFor(reviewer, terms, counted, clock.now())) return []
  const { id, agent, kind, tables } = lineOf(summary)
  return [{ id, agent, kind, tables, groups: terms.approvers.map(approversName), expiresAt: terms.expiresAt }]
}

function recordedRows(done: EventOf<'completed'> | undefined): number {
  return (done?.frames ?? []).reduce((sum, frame) => sum + frame.rows, 0)
}

function cellText(value: unknown): string {
  const text = typeof value === 'string' ? value : value === null || value === undefined ? '∅' : JSON.stringify(value)
  return text.length > max.cell ? `${text.slice(0, max.cell).toWellFormed()}…` : text
}
