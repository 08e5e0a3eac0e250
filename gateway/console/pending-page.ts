import type { Hold } from '#src/hold/hold.ts'
import type { Quorum } from '#src/hold/review.ts'
import { rowsTouched, subject, summaryLine } from '#src/show/facts.ts'
import { inChannel } from '#src/show/in-channel.ts'
import { quorumWords } from '#src/show/quorum-words.ts'
import { shortLine } from '#src/show/visible-text.ts'
import { type Html, html, type Part } from './html.ts'
import { momentWords } from './moment.ts'
import type { Page } from './page.ts'

export interface PendingLine {
  readonly hold: Hold
  readonly quorum: readonly Quorum[]
}

/** The oldest, of however many there are. */
interface PendingLines {
  readonly lines: readonly PendingLine[]
  readonly count: number
}

interface Pending {
  /** What this person may decide and has not yet. */
  readonly waiting: PendingLines
  /** What they have agreed to, where others have yet to. */
  readonly given: PendingLines
  /** Statements of their own agents. */
  readonly own: PendingLines
  /** What they are not asked about, and may release alone in an emergency. */
  readonly alone: PendingLines
}

const refreshSeconds = 20
/** Of each list. */
export const linesShown = 200

export function pendingPage({ waiting, given, own, alone }: Pending, path: string, now: number): Page {
  const list = (title: string, { lines, count }: PendingLines): Part =>
    lines.length === 0
      ? undefined
      : html`<h2>${title}</h2><ul class="holds">${lines.map(line => holdLine(line, path, now))}</ul>${moreWords(count - lines.length)}`
  return {
    title: waiting.count === 0 ? 'Nothing waits' : `${waiting.count} waiting`,
    refresh: { seconds: refreshSeconds },
    body: html`<h1>${waiting.count === 0 ? 'Nothing waits for you' : `${waiting.count} waiting for you`}</h1>
${list('Oldest first', waiting)}
${list('You agreed; waiting for others', given)}
${list('Others decide; in an emergency you may release it alone', alone)}
${list('Of agents you own or that act for you: somebody else decides', own)}`,
  }
}

function moreWords(more: number): Part {
  return more === 0 ? undefined : html`<p>and ${more} newer</p>`
}

function holdLine({ hold, quorum }: PendingLine, path: string, now: number): Html {
  const { terms, id } = inChannel(hold)
  const { classification, decision, estimate, statement } = terms
  const summary = summaryLine(classification, 200)
  const rows = rowsTouched(estimate)
  return html`<li><a href="${path}/holds/${id}">${subject(classification)}</a> <small>${id}</small><br>
<bdi>${shortLine(statement.principal.name, 80)}</bdi> <span class="words">${summary}</span>${rows === '' ? '' : ` · ${rows}`}<br>
<small>held by ${decision.rule} · ${quorumWords(quorum)} · expires ${momentWords(terms.expiresAt, now)}</small></li>`
}
