import { durationText, sizeText } from '#src/config/units.ts'
import type { Spending } from '#src/decide/spending.ts'
import type { Column } from '#src/execute/warehouse.ts'
import type { EventKind, EventOf, SessionEvent, SessionRecord } from '#src/record/event.ts'
import { readPages } from '#src/record/record-result.ts'
import type { RecordingStore } from '#src/record/recording-store.ts'
import { lastEvent } from '#src/record/session-facts.ts'
import { detectedText } from './detected-text.ts'
import { count, duration, plain, print, table } from './terminal.ts'

/** The recorded session, step by step with its times; with `recordings`, also the masked rows page by page. */
export async function showSession(record: SessionRecord, recordings?: RecordingStore): Promise<void> {
  const start = record.events[0]?.at ?? 0
  print(`session ${record.id} · ${record.state} · ${new Date(start).toISOString()}`)
  for (const event of record.events) {
    const time = `+${duration(event.at - start)}`.padStart(9)
    const [first = '', ...rest] = say(event)
    print(`${time}  ${first}`)
    for (const line of rest) print(`${' '.repeat(11)}${line}`)
  }
  const done = lastEvent(record, 'completed')
  if (done && recordings) await showPages(record, done, recordings)
}

const sentences: { readonly [K in EventKind]: (event: EventOf<K>) => readonly string[] } = {
  received: ({ statement: { principal, connection, door, sql, purpose } }) => [
    `asked by ${plain(principal.name)} for ${connection} through ${door}${purpose ? `: "${plain(purpose)}" (the agent's words)` : ''}`,
    ...sql.split('\n').map(line => `│ ${plain(line)}`),
  ],
  classified: ({ classification: { summary, reads, writes, hazards, cause } }) => [
    `understood: ${plain(summary)}${cause ? ` (not understood: ${plain(cause)})` : ''}`,
    `reads ${reads.join(', ') || 'nothing'} · writes ${writes.join(', ') || 'nothing'}${hazards.length > 0 ? ` · hazards ${hazards.join(', ')}` : ''}`,
  ],
  estimated: ({ estimate }) => [`estimated: ${JSON.stringify(estimate)}`],
  decided: ({ decision, digest, spent = [] }) => [
    ...spent.map(spendingText),
    `decided: ${decision.verdict} by rule ${decision.rule}: ${plain(decision.reasons.map(({ because }) => because).join('; '))}`,
    `digest sha256 ${digest}`,
  ],
  held: ({ terms }) => [
    `held for ${terms.approvers.map(({ people, group }) => `${people} of ${group}`).join(' and ')} until ${new Date(terms.expiresAt).toISOString()}`,
  ],
  claimed: ({ by, reviews }) => [
    ...reviews.map(
      review =>
        `${review.verdict === 'approve' ? 'approved' : 'denied'} by ${plain(review.reviewer)}${review.reason ? `: "${plain(review.reason)}"` : ''}`,
    ),
    `claimed by gateway ${by}`,
  ],
  minted: ({ role, credential, standing }) => [
    `credential ${credential} minted as ${role}${standing ? ', for a run of allowed statements' : ', for this statement'}`,
  ],
  submitting: ({ submitId }) => [`submitted as ${submitId}`],
  executed: ({ warehouseId, milliseconds }) => [
    `ran in ${duration(milliseconds)}, the warehouse calls it ${warehouseId}`,
  ],
  masked: ({ masks, detected = [] }) => [
    `masked: ${masks.flatMap(mask => (mask ? [`${mask.column} (${mask.class}, ${mask.mask}, by ${mask.because})`] : [])).join(', ') || 'nothing'}`,
    ...(detected.length > 0 ? [`found in values: ${detectedText(detected)}`] : []),
  ],
  ended: ({ credential, milliseconds }) => [`credential ${credential} ended after ${duration(milliseconds)}`],
  completed: ({ rows, affectedRows, truncated, credentialMilliseconds, wayBack }) => [
    `completed: ${count(affectedRows ?? rows)} rows${affectedRows === undefined ? '' : ' affected'}${truncated ? ', cut at the limit' : ''}`,
    ...(credentialMilliseconds === undefined ? [] : [`credential ended after ${duration(credentialMilliseconds)}`]),
    ...(wayBack ? [`way back: ${plain(wayBack)}`] : []),
  ],
  failed: ({ code, message }) => [`failed (${code}): ${plain(message)}`],
  unknown: () => ['the answer was lost; the warehouse is asked by our own id'],
  denied: ({ code, message, next }) => [
    `refused (${code}): ${plain(message)}`,
    ...(next ? [`what would pass: ${plain(next)}`] : []),
  ],
  expired: () => ['expired: nobody decided in time'],
  cancelled: ({ by }) => [`withdrawn by ${plain(by)}`],
}

function spendingText({ group, seconds, statements, rows, bytes, cost, failures, denials }: Spending): string {
  const whose = group === undefined ? 'the agent' : `group ${plain(group)}`
  const used = `${count(statements)} statements, ${count(rows)} rows, ${sizeText(bytes)}, $${cost.toFixed(2)}`
  return `spent by ${whose} in ${durationText(seconds)}: ${used}; ${count(failures)} failed, ${count(denials)} refused`
}

function say(event: SessionEvent): readonly string[] {
  return (sentences[event.kind] as (event: SessionEvent) => readonly string[])(event)
}

async function showPages(record: SessionRecord, done: EventOf<'completed'>, recordings: RecordingStore): Promise<void> {
  const names = done.columns.map(({ name }: Column, at) => (done.masks[at] ? `${name} ▒` : name))
  let page = 0
  for await (const { rows } of readPages({ recordings }, record.id, done.frames)) {
    page += 1
    print(`\n  page ${page} of ${done.frames.length}, ${count(rows.length)} rows, as the agent saw them`)
    print(table(names, rows))
  }
}
