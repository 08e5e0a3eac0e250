import type { Decision, DecisionInput } from './decision.ts'
import { wantsEstimate } from './judge.ts'
import type { LoadedPolicy } from './policy.ts'
import { withinTemporary } from './within-temporary.ts'
import { withinTransaction } from './within-transaction.ts'

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
  const decision = withinTemporary(wanted ? policy.decide(seen) : first, input)
  return {
    decision: withinTransaction(decision, { ...input, paused: input.paused !== undefined }),
    seen,
    lacksSpent: policy.asksSpent(seen).length > 0,
    lacksEstimate: wanted && policy.needsEstimate && estimate === undefined,
  }
}
