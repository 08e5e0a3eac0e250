import { explainRules } from '#src/decide/decide.ts'
import type { LoadedPolicy } from '#src/decide/policy.ts'
import { taintsIn } from '#src/decide/taint.ts'
import type { AnswerOf, BodyOf } from '#src/oncall/internal-api.ts'
import { releaseOf } from '#src/record/after-review.ts'
import type { SessionRecord } from '#src/record/event.ts'
import { findEvent, lastEvent } from '#src/record/session-facts.ts'
import { releaseWords } from './after-reviews.ts'
import type { Asker, Found } from './asker.ts'
import { lineOf } from './session-line.ts'

const maxRules = 50

/** Why a session was decided as it was: the reasons on record, and each rule where the policy is still the same. */
export async function why(policy: LoadedPolicy, asker: Asker, { id }: BodyOf<'why'>): Promise<Found<AnswerOf<'why'>>> {
  const { summary, record } = await asker.session(id)
  // What ran under a grant was held by policy, and allowed by people beforehand.
  const { decision } = findEvent(record, lastEvent(record, 'granted') ? 'claimed' : 'decided')
  const release = releaseOf(record)
  const rules = decision.policyVersion === policy.version ? rulesOf(policy, record) : undefined
  const answer = {
    session: lineOf(summary),
    verdict: decision.verdict,
    reasons: decision.reasons.map(({ because, rule, instead }) => ({
      because,
      ...(rule === undefined ? {} : { rule }),
      ...(instead === undefined ? {} : { instead }),
    })),
    summary: findEvent(record, 'classified').classification.summary,
    ...(release ? { release: releaseWords(release) } : {}),
    ...(rules ? { rules } : {}),
  }
  return { answer, found: 1 }
}

/** What each rule makes of what is on record: the same inputs and the same text give the same answers. */
function rulesOf(policy: LoadedPolicy, record: SessionRecord): AnswerOf<'why'>['rules'] {
  const { statement } = findEvent(record, 'received')
  const { classification } = findEvent(record, 'classified')
  const { spent, decision } = findEvent(record, 'decided')
  const estimate = lastEvent(record, 'estimated')?.estimate
  const { principal, receivedAt: now } = statement
  const asked = { statement, classification, principal, now, tainted: taintsIn(decision.sensitive) }
  const input = { ...asked, ...(estimate && { estimate }), ...(spent && { spent }) }
  return explainRules(policy, input)
    .slice(0, maxRules)
    .map(({ rule, result, takesEffect, clauses }) => ({
      ...{ name: rule.name, effect: rule.effect, result, takesEffect },
      clauses: clauses
        .slice(0, 5)
        .map(({ text, answer, found }) => ({ text, answer: String(answer), found: [...found] })),
    }))
}
