import { durationText, sizeText } from '../config/units.ts'
import { approversText } from '../decide/approvers.ts'
import type { Spending } from '../decide/spending.ts'
import { releaseIn } from '../hold/review.ts'
import type { Detected } from '../mask/masked.ts'
import type { EventKind, EventOf, RecordedReview, SessionEvent } from '../record/event.ts'
import { count, credentialEnd, duration, names, rowsText, rowsTouched, scan, tablesText } from './facts.ts'
import { utcMinute } from './utc-minute.ts'
import { verdictWords } from './verdict-words.ts'

/** One recorded step in words: what it is called, and lines of text that may quote an agent; each is one line. */
interface DescribedEvent {
  readonly title: string
  readonly lines: readonly string[]
}

export function describeEvent(event: SessionEvent): DescribedEvent {
  const { title, say } = descriptions[event.kind] as Description<SessionEvent>
  // What policy allowed was claimed as well, and nobody approved it.
  const allowed = event.kind === 'claimed' && event.reviews.length === 0
  const alone = event.kind === 'claimed' && releaseIn(event.reviews) !== undefined
  return { title: allowed ? 'allowed' : alone ? 'released alone' : title, lines: say(event).map(oneLine) }
}

interface Description<E> {
  readonly title: string
  readonly say: (event: E) => readonly string[]
}

const descriptions: { readonly [K in EventKind]: Description<EventOf<K>> } = {
  received: {
    title: 'asked',
    say: ({ statement: { principal, connection, door, sql, purpose } }) => [
      `asked by ${principal.name} for ${connection} through ${door}${purpose ? `: "${purpose}" (the agent's words)` : ''}`,
      ...sql.split('\n').map(line => `│ ${line}`),
    ],
  },
  classified: {
    title: 'understood',
    say: ({ classification }) => {
      const { summary, reads, writes, hazards, cause } = classification
      const tables = (list: readonly string[]) => tablesText(list, classification, all => all.join(', ') || 'nothing')
      return [
        `understood: ${summary}${cause ? ` (not understood: ${cause})` : ''}`,
        `reads ${tables(reads)} · writes ${tables(writes)}${hazards.length > 0 ? ` · hazards ${hazards.join(', ')}` : ''}`,
      ]
    },
  },
  estimated: { title: 'estimated', say: ({ estimate }) => [`estimated: ${estimateText(estimate)}`] },
  decided: {
    title: 'decided',
    say: ({ decision, digest, spent = [] }) => [
      ...spent.map(spendingText),
      `decided: ${decision.verdict} by rule ${decision.rule}: ${decision.reasons.map(({ because }) => because).join('; ')}`,
      `digest sha256 ${digest}`,
    ],
  },
  held: {
    title: 'card',
    say: ({ terms }) => [`held for ${approversText(terms.approvers)} until ${utcMinute(terms.expiresAt)}`],
  },
  claimed: {
    title: 'approved',
    say: ({ by, reviews, grant }) => [
      ...reviews.map(reviewText),
      ...(grant
        ? [
            `its shape may run without asking ${grant.uses === 1 ? 'once' : `${count(grant.uses)} times`}, until ${utcMinute(grant.until)}`,
          ]
        : []),
      `claimed by gateway ${by}`,
    ],
  },
  granted: {
    title: 'granted',
    say: ({ grant, by, until }) => [`allowed by grant ${grant} of ${by.join(' and ')}, until ${utcMinute(until)}`],
  },
  revoked: {
    title: 'grant revoked',
    say: ({ by, reason }) => [`its grant was revoked by ${by}${reason ? `: "${reason}"` : ''}`],
  },
  minted: {
    title: 'credential',
    say: ({ role, credential, standing }) => [
      `credential ${credential} minted as ${role}${standing ? ', for a run of allowed statements' : ', for this statement'}`,
    ],
  },
  submitting: { title: 'submitted', say: ({ submitId }) => [`submitted as ${submitId}`] },
  executed: {
    title: 'ran',
    say: ({ warehouseId, milliseconds }) => [`ran in ${duration(milliseconds)}, the warehouse calls it ${warehouseId}`],
  },
  masked: {
    title: 'masked',
    say: ({ masks, detected = [] }) => [
      `masked: ${masks.flatMap(mask => (mask ? [`${mask.column} (${mask.class}, ${mask.mask}, by ${mask.because})`] : [])).join(', ') || 'nothing'}`,
      ...(detected.length > 0 ? [`found in values: ${detectedText(detected)}`] : []),
    ],
  },
  ended: {
    title: 'end of credential',
    say: ({ credential, milliseconds, ...end }) => [
      `credential ${credential} ${credentialEnd(duration(milliseconds), end)}`,
    ],
  },
  completed: {
    title: 'returned',
    say: ({ rows, affectedRows, truncated, wayBack }) => [
      `completed: ${rowsText(affectedRows ?? rows)}${affectedRows === undefined ? '' : ' affected'}${truncated ? ', cut at the limit' : ''}`,
      ...(wayBack ? [`way back: ${wayBack}`] : []),
    ],
  },
  failed: { title: 'failed', say: ({ code, message }) => [`failed (${code}): ${message}`] },
  unknown: { title: 'answer lost', say: () => ['the answer was lost; the warehouse is asked by our own id'] },
  denied: {
    title: 'refused',
    say: ({ code, message, next, reviews = [] }) => [
      `refused (${code}): ${message}`,
      ...(next ? [`what would pass: ${next}`] : []),
      ...reviews.flatMap(({ suggestedSql }) => (suggestedSql ? [`suggested instead: ${suggestedSql}`] : [])),
    ],
  },
  expired: {
    title: 'expired',
    say: ({ reviews }) => [
      ...reviews.map(reviewText),
      reviews.length === 0 ? 'expired: nobody decided in time' : 'expired: its time was over before it ran',
    ],
  },
  kill: { title: 'killed', say: ({ by, reason }) => [`to be killed, says ${by}: "${reason}"`] },
  withdrawn: { title: 'to be withdrawn', say: ({ by }) => [`to be withdrawn while it runs, says ${by}`] },
  reviewed: { title: 'reviewed afterwards', say: ({ by, comment }) => [`reviewed afterwards by ${by}: "${comment}"`] },
  cancelled: { title: 'withdrawn', say: ({ by }) => [`withdrawn by ${by}`] },
}

/** `reads DEMO.SHOP.ORDERS, 5.2 MB, about $0.00; about 1 of 100,000 rows (counted)` */
function estimateText(estimate: EventOf<'estimated'>['estimate']): string {
  const reads = estimate.tables ? `reads ${names(estimate.tables)}, ` : ''
  const rows = rowsTouched(estimate)
  return `${reads}${scan(estimate)}${rows === '' ? '' : `; ${rows}`}`
}

function spendingText({ group, seconds, statements, rows, bytes, cost, failures, denials }: Spending): string {
  const whose = group === undefined ? 'the agent' : `group ${group}`
  const used = `${count(statements)} statements, ${count(rows)} rows, ${sizeText(bytes)}, $${cost.toFixed(2)}`
  return `spent by ${whose} in ${durationText(seconds)}: ${used}; ${count(failures)} failed, ${count(denials)} refused`
}

function reviewText({ verdict, reviewer, reason, signedInAt }: RecordedReview): string {
  const words = reason ? `: "${reason}"` : ''
  return `${verdictWords[verdict].toLowerCase()} by ${reviewer}${signedInText(signedInAt)}${words}`
}

function signedInText(at: number | undefined): string {
  return at === undefined ? '' : ` (signed in for it at ${new Date(at).toISOString().slice(0, 19)}Z)`
}

/** `NOTE: card in 3 cells, email in 1 cell`. */
export function detectedText(detected: readonly Detected[]): string {
  const columns = [...new Set(detected.map(({ column }) => column))]
  return columns
    .map(name => {
      const here = detected.filter(({ column }) => column === name)
      const found = here.map(
        ({ detector, cells }) => `${detector} in ${count(cells)} ${cells === 1 ? 'cell' : 'cells'}`,
      )
      return `${name}: ${found.join(', ')}`
    })
    .join('; ')
}

/** What an agent wrote must not look like another line of ours. */
function oneLine(text: string): string {
  return text.replaceAll(/[\n\r\v\f\u0085\u2028\u2029]+/g, ' ')
}
