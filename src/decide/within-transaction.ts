import { takesPart, transactionEnd } from '../pinned/transaction.ts'
import type { Statement } from '../statement.ts'
import { type Decision, type DecisionInput, obligationsOf, type Reason, refusedBy, refusedUnder } from './decision.ts'

const ruleName = 'transaction'

type InTransaction = Pick<DecisionInput, 'statement' | 'classification' | 'paused'>

/**
 * What a transaction adds to the decision on a statement of its own: all of it runs under one role, and nothing but its COMMIT or
 * ROLLBACK may end it. Those need nobody: each statement inside was decided. A COMMIT that policy denies, or of an agent that is
 * paused, stays what it is; taking back is always possible.
 */
export function withinTransaction(decision: Decision, { statement, classification, paused }: InTransaction): Decision {
  const { transaction } = statement
  if (!transaction) return decision
  const end = transactionEnd(statement)
  if (end === 'commit' && (paused || isDenied(decision)))
    return { ...decision, role: transaction.role ?? decision.role }
  if (end) return ending(decision, transaction)
  if (decision.verdict === 'deny') return decision
  if (!takesPart(classification)) return refusedBy(ruleName, apart, decision)
  if (transaction.role === undefined || transaction.role === decision.role) return decision
  const because = `A transaction runs under one role, this one under ${transaction.role}; rule ${decision.rule} would run this statement as ${decision.role}.`
  return refusedUnder(ruleName, { ...apart, because }, decision)
}

const apart: Reason = {
  code: 'transaction',
  because: 'It would end the transaction by itself, or might, and could not be rolled back with it.',
  instead: 'Commit or roll back first, and send it again.',
}

/** By a rule: that policy has no role or no approvers for a COMMIT says nothing of it. */
const isDenied = ({ verdict, reasons }: Decision) =>
  verdict === 'deny' && reasons.some(({ code }) => code === 'rule_denied' || code === 'rule_error')

function ending(decision: Decision, { role = decision.role, count }: NonNullable<Statement['transaction']>): Decision {
  const because = `It ends a transaction of ${count} ${count === 1 ? 'statement' : 'statements'}, each decided on its own.`
  const reason: Reason = { code: 'transaction', because }
  return { verdict: 'allow', reasons: [reason], rule: ruleName, role, ...obligationsOf(decision) }
}
