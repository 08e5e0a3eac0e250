import type { Classification, Classifier } from '#src/classify/classification.ts'
import { GivenCatalog } from '#src/classify/given-catalog.ts'
import { type Asked, decisionInputOf, nameContextOf } from '#src/decide/asked.ts'
import type { DecisionInput } from '#src/decide/decision.ts'
import { type LoadedPolicy, spentScopes } from '#src/decide/policy.ts'
import { type ReplayedDecision, replayDecision } from '#src/decide/replay-decision.ts'
import { type GrantOffer, grantOffer } from '#src/hold/grant.ts'
import { type PredictedMasks, predictMasks } from '#src/mask/predict-masks.ts'

export type Judgement = ReplayedDecision & {
  readonly masks: PredictedMasks
  /** What approvers could grant. */
  readonly offer?: GrantOffer
}

/** What a policy makes of a statement that is already understood, and how its result would leave. Pure. */
export function judgeWith(policy: LoadedPolicy, input: DecisionInput): Judgement {
  const replayed = replayDecision(policy, input)
  const { decision, seen } = replayed
  const offer = grantOffer({ ...seen, decision })
  return { ...replayed, masks: predictMasks(input.classification, decision.sensitive), ...(offer ? { offer } : {}) }
}

/** What a statement does, without a warehouse: only what was given with it is known of its tables. */
export async function understandOffline(classifier: Classifier, asked: Asked): Promise<Classification> {
  const { sql, dialect, schema = {}, views, tableRows } = asked
  const catalog = new GivenCatalog(dialect, schema, views, tableRows)
  return classifier.classify(sql, dialect, nameContextOf(asked), catalog)
}

export async function judgeOffline(
  classifier: Classifier,
  policy: LoadedPolicy,
  asked: Asked,
  now: number,
): Promise<Judgement & { readonly classification: Classification }> {
  const classification = await understandOffline(classifier, asked)
  return { ...judgeWith(policy, decisionInputOf(asked, classification, now, spentScopes(policy))), classification }
}
