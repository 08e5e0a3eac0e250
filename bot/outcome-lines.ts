import type { Hold } from '#src/hold/hold.ts'
import type { Review } from '#src/hold/review.ts'
import type { CardFacts } from './card.ts'
import { count } from './facts.ts'
import { bold, type Inline, line, moment, type Preformatted, plain, preformatted, type RichLine } from './rich-text.ts'
import { cut } from './slack-limits.ts'
import { visible, visibleLine } from './visible-text.ts'

const reviewsShown = 6
/** Of all reasons together; the longest possible one, alone, is shown whole. */
const reasonCharacters = 520

/** Who decided, when, in which words, and what came of it. Empty while nobody has done anything. */
export function outcomeLines(hold: Hold, facts: CardFacts): (RichLine | Preformatted)[] {
  const shown = facts.reviews.slice(-reviewsShown)
  const each = Math.floor(reasonCharacters / Math.max(shown.length, 1))
  return [...shown.map(review => reviewLine(review, facts, each)), ...stateLines(hold, facts)]
}

function reviewLine({ verdict, reviewer, at, reason }: Review, { nameOf }: CardFacts, most: number): RichLine {
  const words: Inline[] = reason ? [plain(` · “${cut(visibleLine(reason), most)}”`)] : []
  const done = verdict === 'approve' ? 'Approved by ' : 'Denied by '
  return line(bold(`${done}${cut(visibleLine(nameOf(reviewer)), 80)}`), plain(' · '), moment(at), ...words)
}

function stateLines(hold: Hold, { reviews }: CardFacts): (RichLine | Preformatted)[] {
  const { state, terms } = hold
  switch (state) {
    case 'pending':
      return []
    case 'approved':
      return reviews.length === 0 ? [unproven('an approval')] : [line(plain('Waits to run.'))]
    case 'executing':
      return [line(plain(`Runs now as ${cut(visibleLine(terms.decision.role), 80)}.`))]
    case 'completed':
      return completed(hold)
    case 'failed':
      return [line(bold('Failed: '), plain(failure(hold)))]
    case 'unknown':
      return [
        line(
          plain('The answer was lost. The warehouse is asked by our own id; the statement is not sent a second time.'),
        ),
      ]
    case 'denied':
      return [denied(hold, reviews)]
    case 'expired':
      return [line(plain(`Not enough people decided in time. It did not run.`))]
    case 'cancelled': {
      const by = hold.outcome?.cancelledBy
      return [line(plain(`Withdrawn${by ? ` by ${cut(visibleLine(by), 80)}` : ''}. It did not run.`))]
    }
  }
}

/** By a person, or by the gateway after the approval (the record did not match, the policy had become stricter). */
function denied(hold: Hold, reviews: readonly Review[]): RichLine {
  if (hold.outcome?.error) return line(bold('Refused by the gateway: '), plain(failure(hold)))
  return reviews.some(({ verdict }) => verdict === 'deny') ? line(plain('It did not run.')) : unproven('a denial')
}

function completed({ outcome }: Hold): (RichLine | Preformatted)[] {
  const parts = [
    ...(outcome?.rows === undefined ? [] : [`${count(outcome.rows)} rows`]),
    ...(outcome?.milliseconds === undefined ? [] : [`${(outcome.milliseconds / 1000).toFixed(1)} s`]),
    ...(outcome?.credentialMilliseconds === undefined
      ? []
      : [`credential ended after ${(outcome.credentialMilliseconds / 1000).toFixed(1)} s`]),
  ]
  const result = line(bold('Ran once: '), plain(parts.join(' · ') || 'done'))
  if (!outcome?.wayBack) return [result]
  return [result, line(bold('Way back')), preformatted(cut(visible(outcome.wayBack), 500))]
}

function failure({ outcome }: Hold): string {
  const code = outcome?.error ? ` (${cut(visibleLine(outcome.error), 40)})` : ''
  return cut(visibleLine(outcome?.message ?? 'no reason was recorded'), 400) + code
}

/** A state that whoever writes to the hold store could have put there: no review with our signature stands behind it. */
function unproven(what: string): RichLine {
  return line(bold(`The hold store says ${what}, but no review that verifies stands behind it.`))
}
