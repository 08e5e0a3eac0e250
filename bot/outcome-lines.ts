import type { Hold } from '#src/hold/hold.ts'
import type { Review } from '#src/hold/review.ts'
import { cut } from '#src/show/cut.ts'
import { boundsWords } from '#src/show/grant-words.ts'
import { sqlInChannel } from '#src/show/in-channel.ts'
import { type OutcomeLine, outcomeOf } from '#src/show/outcome.ts'
import { verdictWords } from '#src/show/verdict-words.ts'
import { shortLine, visible } from '#src/show/visible-text.ts'
import type { CardFacts } from './card.ts'
import { bold, type Inline, line, moment, type Preformatted, plain, preformatted, type RichLine } from './rich-text.ts'

const reviewsShown = 6
/** Of all reasons together; the longest possible one, alone, is shown whole. */
const reasonCharacters = 520
const suggestionCharacters = 900

/** Who decided, when, in which words, and what came of it. Empty while nobody has done anything. */
export function outcomeLines(hold: Hold, facts: CardFacts): (RichLine | Preformatted)[] {
  const shown = facts.reviews.slice(-reviewsShown)
  const each = Math.floor(reasonCharacters / Math.max(shown.length, 1))
  return [
    ...shown.map(review => reviewLine(review, facts, each)),
    ...shown.flatMap(review => suggestion(review, hold)),
    ...outcomeOf(hold, facts).map(stateLine),
  ]
}

function reviewLine({ verdict, reviewer, at, reason, grant }: Review, { nameOf }: CardFacts, most: number): RichLine {
  const words: Inline[] = reason ? [plain(` · “${shortLine(reason, most)}”`)] : []
  const shape: Inline[] = grant ? [plain(` · and its shape ${boundsWords(grant)}`)] : []
  const done = `${verdictWords[verdict]} by ${shortLine(nameOf(reviewer) ?? reviewer, 60)}`
  return line(bold(done), plain(' · '), moment(at), ...shape, ...words)
}

/** As code: nothing in it comes alive. The record and the agent have all of it. */
function suggestion({ suggestedSql }: Review, { terms }: Hold): (RichLine | Preformatted)[] {
  if (!suggestedSql) return []
  const sql = terms.decision.hidesLiterals ? sqlInChannel(suggestedSql, terms.statement.dialect) : suggestedSql
  return [line(bold('Suggested instead')), preformatted(cut(visible(sql), suggestionCharacters))]
}

function stateLine(outcome: OutcomeLine): RichLine | Preformatted {
  if ('code' in outcome) return preformatted(outcome.code)
  const { strong, text } = outcome
  return line(...(strong ? [bold(strong)] : []), ...(text ? [plain(text)] : []))
}
