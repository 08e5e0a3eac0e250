import type { PinnedSoFar } from '../pinned/pinned-so-far.ts'
import type { Statement } from '../statement.ts'
import type { Decision, DecisionInput } from './decision.ts'
import { wantsEstimate } from './judge.ts'
import type { LoadedPolicy } from './policy.ts'

export interface ReplayedDecision {
  readonly decision: Decision
  /** What the rules saw when the decision fell. */
  readonly seen: DecisionInput
  /** The policy wanted numbers of the warehouse that the input does not have. */
  readonly lacksEstimate: boolean
  /** The policy wanted to know what was spent, and the input does not say. */
  readonly lacksSpent: boolean
}

/**
 * The decision the gateway would come to, from an estimate given beforehand: it counts only where the gateway would have
 * asked for it, after a first look without it. Pure.
 */
export function replayDecision(policy: LoadedPolicy, input: DecisionInput): ReplayedDecision {
  const { estimate, ...blind } = input
  const first = policy.decide(blind)
  const wanted = wantsEstimate(policy, first, input.classification)
  const seen = wanted ? input : blind
  return {
    decision: wanted ? policy.decide(seen) : first,
    seen,
    lacksSpent: policy.asksSpent(seen).length > 0,
    lacksEstimate: wanted && policy.needsEstimate && estimate === undefined,
  }
}

/**
 * The statement as it came, with what its transaction or its temporary tables made of it. Where they decided nothing, the one role of
 * theirs is left out: it is of the policy of then. Pure.
 */
export function asItCame(statement: Statement, { reasons }: Decision): Pick<DecisionInput, 'statement' | 'refusal'> {
  const placed = reasons.find(({ code }) => code === 'transaction' || code === 'temporary_table')
  const { transaction, temporary } = statement
  if (!placed)
    return {
      statement: {
        ...statement,
        ...(transaction && { transaction: withoutRole(transaction) }),
        ...(temporary && { temporary: withoutRole(temporary) }),
      },
    }
  const { code, rule, because, instead = '' } = placed
  const refused = code === 'temporary_table' && rule === undefined
  return { statement, ...(refused && { refusal: { because, instead } }) }
}

function withoutRole<T extends PinnedSoFar>({ role: _, ...rest }: T) {
  return rest
}
