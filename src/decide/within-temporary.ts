import type { Statement } from '../statement.ts'
import type { Refusal } from '../transaction/temporary-tables.ts'
import { type Decision, refusedBy } from './decision.ts'

/**
 * What temporary tables add to the decision on a statement that touches them: those of a session are kept under one role, and only
 * what is known to mean them runs there.
 */
export function withinTemporary(
  decision: Decision,
  { statement: { temporary }, refusal }: { readonly statement: Statement; readonly refusal?: Refusal },
): Decision {
  if (!temporary || decision.verdict === 'deny') return decision
  if (refusal) return refused(decision, refusal)
  if (temporary.role === undefined || temporary.role === decision.role) return decision
  return refused(decision, {
    because: `Temporary tables are kept under one role, these under ${temporary.role}; rule ${decision.rule} would run this statement as ${decision.role}.`,
    instead: 'A policy names one role for them by context.temporary.',
  })
}

const refused = (decision: Decision, refusal: Refusal): Decision =>
  refusedBy('temporary table', { code: 'temporary_table', ...refusal }, decision)
