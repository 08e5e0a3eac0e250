import { type Classification, type Hazard, readKinds } from '../classify/classification.ts'
import { byGravity } from '../classify/judge/gravity.ts'
import type { Estimate } from '../decide/decision.ts'
import { matchesPattern, mayMatchColumnOf } from '../decide/pattern.ts'
import { type History, maxCounted } from '../hold/history.ts'
import type { HoldTerms } from '../hold/hold.ts'
import { answersWithStatus } from '../mask/mask-plan.ts'
import { predictMasks } from '../mask/predict-masks.ts'
import type { PinnedSoFar } from '../pinned/pinned-so-far.ts'
import type { TemporarySoFar } from '../pinned/temporary-tables.ts'
import type { EventOf, SessionState } from '../record/event.ts'
import { cut } from './cut.ts'
import { shortLine, visibleLine, withoutFalseQuotes } from './visible-text.ts'

export type Fact = readonly [label: string, value: string]

const factCharacters = 240
/** Of rows that begin with what matters most. */
const listCharacters = 150
const lists = ['Writes', 'Reads', 'Filtered by', 'Masked']

/** What the statement does, in words that quote it. */
export function summaryLine({ summary }: Pick<Classification, 'summary'>, most = 300): string {
  return shortLine(withoutFalseQuotes(summary), most)
}

/** What the statement touches and would run as, a line each. */
export function facts({ statement, classification, decision, estimate, history }: HoldTerms): Fact[] {
  const reason = decision.reasons.find(({ rule }) => rule === decision.rule) ?? decision.reasons[0]
  const because = reason?.because ? ` (${visibleLine(reason.because)})` : ''
  const { filters, writes, reads } = classification
  const read = reads.length === 0 && filters.length > 0 ? writes : reads
  const means = (column: string) => decision.sensitive.some(({ pattern }) => matchesPattern(pattern, column))
  const mayHold = (table: string) => decision.sensitive.some(({ pattern }) => mayMatchColumnOf(pattern, table))
  const rows: Fact[] = [
    ['Writes', tablesText(classification.writes, classification)],
    ['Reads', tablesText(first(mayHold, read), classification)],
    ...(filters.length > 0 ? [['Filtered by', names(first(means, filters).map(lastPart))] as const] : []),
    ['Would run as', `${decision.role}, ${howMany(classification)}, on ${statement.connection} (${statement.dialect})`],
    ...(statement.transaction ? [['Transaction', transactionText(statement.transaction)] as const] : []),
    ...(statement.temporary ? [['Temporary', temporaryText(statement.temporary)] as const] : []),
    ['Scans', scan(estimate)],
    ['Masked', masked(classification, decision.sensitive)],
    ['Held by', `${decision.rule}${because}`],
    ...(history ? [['Asked before', askedBefore(history)] as const] : []),
  ]
  return rows.map(([label, value]) => [
    label,
    shortLine(value, lists.includes(label) ? listCharacters : factCharacters),
  ])
}

/** Only a few are named: whoever writes the statement must not choose which. */
function first(isGrave: (name: string) => boolean, all: readonly string[]): readonly string[] {
  const { grave = [], other = [] } = Object.groupBy(all, name => (isGrave(name) ? 'grave' : 'other'))
  return [...grave, ...other]
}

/** `open since 14:02 UTC, after 2 statements: inserts rows into SHOP.ORDERS; …. Becomes permanent only with COMMIT`. */
function transactionText(transaction: PinnedSoFar): string {
  return `becomes permanent only with COMMIT; open ${sinceText(transaction)}`
}

/** `creates SHOP.T; tables of its session since 14:02 UTC, after reads SHOP.ORDERS`. Nobody else sees them, and they end with it. */
function temporaryText({ tables, creates, ...session }: TemporarySoFar): string {
  const touched = tables.filter(name => name !== creates)
  const does = [
    ...(creates === undefined ? [] : [`creates ${creates}`]),
    ...(touched.length > 0 ? [names(touched)] : []),
  ]
  return `${does.join(', from ')}; seen by its session alone and gone with it, ${sinceText(session)}`
}

/** `ended after 2.1 s`; `dropped after 2.1 s, the warehouse takes it until 14:05 UTC`. */
export function credentialEnd(after: string, { until, left }: Pick<EventOf<'ended'>, 'until' | 'left'>): string {
  if (left) return `dropped after ${after}; its session in the warehouse could not be ended, and ends by itself`
  if (until === undefined) return `ended after ${after}`
  return `dropped after ${after}, the warehouse takes it until ${utcTime(until)}`
}

function utcTime(at: number): string {
  return `${new Date(at).toISOString().slice(11, 16)} UTC`
}

function sinceText({ openedAt, count: before, latest }: PinnedSoFar): string {
  const lines = latest.map(({ summary, became }) => (became === 'completed' ? summary : `${summary} (${became})`))
  const earlier = before > latest.length ? `${count(before - latest.length)} more, ` : ''
  const after = before === 0 ? 'the first statement' : `after ${earlier}${lines.join('; ')}`
  return `since ${utcTime(openedAt)}, ${after}`
}

/** `3 times in 30 days: 2 ran, 1 denied; last on 2026-11-20, denied`. Of this agent, values aside. */
function askedBefore({ days, times, ran, denied, last }: History): string {
  if (!last) return `not in ${days} days`
  const often = times === 1 ? 'once' : `${times < maxCounted ? '' : 'at least '}${times} times`
  const ends = [...(ran > 0 ? [`${ran} ran`] : []), ...(denied > 0 ? [`${denied} denied`] : [])]
  const became = ends.length > 0 ? `: ${ends.join(', ')}` : ''
  return `${often} in ${days} days${became}; last on ${new Date(last.at).toISOString().slice(0, 10)}, ${stateWords[last.state] ?? last.state}`
}

const stateWords: Readonly<Partial<Record<SessionState, string>>> = {
  held: 'which waits',
  claimed: 'which runs',
  unknown: 'whose answer was lost',
}

function howMany({ statements }: Pick<Classification, 'statements'>): string {
  return statements > 1 ? `${count(statements)} statements at once` : 'one statement'
}

/** `about 4,210 of 1,000,000 rows (counted)`; empty where nothing is known. */
export function rowsTouched(estimate: Estimate | undefined): string {
  if (estimate?.rows === undefined) return ''
  const of = estimate.tableRows === undefined ? '' : ` of ${count(estimate.tableRows)}`
  return `about ${count(estimate.rows)}${of} rows (${estimate.counted ? 'counted' : 'estimated'})`
}

/** `DELETE · shop.orders`, as in the header; `INSERT, DROP · shop.orders +1` of several statements. */
export function subject({
  kind,
  kinds = [],
  writes,
  reads,
}: Pick<Classification, 'writes' | 'reads'> &
  Partial<Pick<Classification, 'kinds'>> & { readonly kind: string }): string {
  const [first, ...others] = writes.length > 0 ? writes : reads
  const more = others.length > 0 ? ` +${others.length}` : ''
  const does = [...new Set(kinds)].filter(each => !readKinds.includes(each) && each !== 'transaction').sort(byGravity)
  const all = does.length > 1 ? `${does.slice(0, 3).join(', ')}${does.length > 3 ? ', …' : ''}` : kind
  return visibleLine(
    `${all.toUpperCase()}${first === undefined ? '' : ` · ${cut(first === first.toUpperCase() ? first.toLowerCase() : first, 90)}${more}`}`,
  )
}

export function names(values: readonly string[]): string {
  if (values.length === 0) return 'nothing'
  const shown = values.slice(0, 5).map(value => cut(value, 80))
  const more = values.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${count(more)} more` : '')
}

/** Behind these there are tables that the text does not show, even where it was understood. */
const hidesTables: readonly Hazard[] = ['dynamic_sql', 'call', 'other_tables']

/** What a statement reads or writes, as far as that is known: nothing that may not be so reads as if it were. */
export function tablesText(
  tables: readonly string[],
  { understood, hazards }: Pick<Classification, 'understood' | 'hazards'>,
  list = names,
): string {
  if (understood && !hazards.some(hazard => hidesTables.includes(hazard))) return list(tables)
  return tables.length === 0 ? 'not known' : `${list(tables)}, perhaps others`
}

/** `1 row`, `4,210 rows`. */
export function rowsText(rows: number): string {
  return rows === 1 ? '1 row' : `${count(rows)} rows`
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** `120 ms`, `1.9 s`. */
export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`
}

export function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']
  let amount = value
  let unit = 0
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000
    unit += 1
  }
  return `${amount >= 10 || unit === 0 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`
}

/** `5.2 MB, about $0.00`. */
export function scan(estimate: Estimate | undefined): string {
  if (estimate?.bytes === undefined) return 'not known'
  return bytes(estimate.bytes) + (estimate.cost === undefined ? '' : `, about $${estimate.cost.toFixed(2)}`)
}

/** Which columns of the answer lose their values, as far as can be told without it; what the gateway does beyond that only takes more away. */
function masked(classification: Classification, sensitive: HoldTerms['decision']['sensitive']): string {
  const { outputs, kind } = classification
  if (answersWithStatus(classification))
    return readKinds.includes(kind) ? 'no rows of tables returned' : 'nothing returned'
  if (outputs === null)
    return sensitive.length > 0 ? 'all that may be sensitive: lineage is not known' : 'nothing is declared sensitive'
  if (outputs.length === 0) return 'nothing returned'
  const hits = predictMasks(classification, sensitive).columns.map(
    ({ column, mask }) => `${column || 'a column without a name'} (${mask})`,
  )
  return hits.length === 0
    ? `none of ${count(outputs.length)} ${outputs.length === 1 ? 'column' : 'columns'}`
    : names(hits)
}

function lastPart(column: string): string {
  return column.slice(column.lastIndexOf('.') + 1)
}
