import { type Decision, type DecisionInput, type Reason, refusedBy, refusedUnder } from './decision.ts'

const ruleName = 'temporary table'

/**
 * What temporary tables add to the decision on a statement that touches them: those of a session are kept under one role, and only
 * what is known to mean them runs there.
 */
export function withinTemporary(
  decision: Decision,
  { statement: { temporary }, refusal }: Pick<DecisionInput, 'statement' | 'refusal'>,
): Decision {
  if (!temporary || decision.verdict === 'deny') return decision
  if (refusal) return refusedBy(ruleName, { code: 'temporary_table', ...refusal }, decision)
  if (temporary.role === undefined || temporary.role === decision.role) return decision
  const reason: Reason = {
    code: 'temporary_table',
    because: `Temporary tables are kept under one role, these under ${temporary.role}; rule ${decision.rule} would run this statement as ${decision.role}.`,
    instead: 'A policy names one role for them by context.temporary.',
  }
  return refusedUnder(ruleName, reason, decision)
}
