import { saysWhy } from '../said.ts'
import { mergeApprovers } from './approvers.ts'
import type { Clause } from './clauses.ts'
import type { Approvers, Decision, DecisionInput, Obligations, Reason } from './decision.ts'
import { type Facts, factsOf } from './facts.ts'
import { grantable } from './grantable.ts'
import { holdTerms, lowestLimits } from './hold-terms.ts'
import type { Pause } from './pause.ts'
import { type LoadedPolicy, type Rule, spentScopes } from './policy.ts'
import { sensitiveFor } from './sensitive-for.ts'
import { type SpendingScope, sameScope } from './spending.ts'
import { withinTemporary } from './within-temporary.ts'
import { withinTransaction } from './within-transaction.ts'

/** What one rule made of one statement. */
export interface RuleTrace {
  readonly rule: Rule
  /**
   * - `matched`, `not_matched`: the condition is true, false.
   * - `unknown`: it hangs on a number that is not known, differs between the tables that a wildcard stands for or between several
   *   statements, or names something in another case of letters. A deny or hold then takes effect, an allow does not.
   * - `not_understood`: an allow that matched, but does not speak of `statement.understood` while the statement is not.
   * - `error`: it could not be evaluated; the decision is deny, whatever the rule's effect.
   */
  readonly result: 'matched' | 'not_matched' | 'unknown' | 'not_understood' | 'error'
  readonly takesEffect: boolean
  /** For `error`: what the evaluation said. For the log, not for agents. */
  readonly detail?: string
}

export interface ExplainedRule extends RuleTrace {
  readonly clauses: readonly Clause[]
}

/** Every rule in file order. Pure. */
export function explainDecision(policy: LoadedPolicy, input: DecisionInput): readonly RuleTrace[] {
  return tracesOf(policy, factsOf(input, sensitiveFor(policy, input)))
}

function tracesOf({ rules }: LoadedPolicy, facts: Facts): readonly RuleTrace[] {
  const { understood } = facts.statement
  return rules.map(rule => {
    const answer = rule.condition.test(facts)
    if (typeof answer === 'object') return { rule, result: 'error', takesEffect: false, detail: answer.error }
    if (answer === 'unknown') return { rule, result: 'unknown', takesEffect: rule.effect !== 'allow' }
    if (!answer) return { rule, result: 'not_matched', takesEffect: false }
    if (rule.effect === 'allow' && !understood && !rule.condition.namesUnderstood)
      return { rule, result: 'not_understood', takesEffect: false }
    return { rule, result: 'matched', takesEffect: true }
  })
}

/** The same with the parts of each condition that its answer hangs on, for `querywarden explain`. Pure. */
export function explainRules(policy: LoadedPolicy, input: DecisionInput): readonly ExplainedRule[] {
  const facts = factsOf(input, sensitiveFor(policy, input))
  return tracesOf(policy, facts).map(trace => ({ ...trace, clauses: trace.rule.condition.clauses(facts) }))
}

/** The scopes of the rules whose answer is not known without them; none where the statement is surely denied. Pure. */
export function asksSpent(policy: LoadedPolicy, input: DecisionInput): readonly SpendingScope[] {
  if (spentScopes(policy).length === 0) return []
  const traces = explainDecision(policy, input)
  if (traces.some(({ rule, result }) => result === 'error' || (rule.effect === 'deny' && result === 'matched')))
    return []
  const asked = traces.filter(({ result }) => result === 'unknown').flatMap(({ rule }) => rule.condition.spent)
  const known = input.spent ?? []
  return asked.filter(
    (scope, at) =>
      asked.findIndex(other => sameScope(other, scope)) === at && !known.some(other => sameScope(other, scope)),
  )
}

/**
 * Deny wins over hold, hold over allow; what no rule matches is held. Pure, and fails closed:
 * - a rule that cannot be evaluated denies (`rule_error`);
 * - a number that is not known makes a deny or hold match, and an allow not match; so does what holds for some tables of a
 *   wildcard, for some of several statements, or in another case of letters;
 * - what is not understood, ambiguous or a script is allowed only by a rule that names `statement.understood`;
 * - a hold that nobody could approve (`no_approvers`), a statement without a role to run as (`no_role`) and one that does
 *   not say why, where a rule asks that (`no_justification`), are denied.
 *
 * Of an agent that is paused everything is held that would be allowed (`agent_paused`).
 *
 * The first rule in file order with the winning effect names the decision. Of all rules with that effect, the lowest
 * limits and the earliest expiry count, the approvers of each of them have to agree, signed in anew where one says so, and nobody
 * may release it alone where one forbids that. The role is that of the
 * first of them that names one, else of the first matching allow rule, else the policy's default. What a transaction or temporary
 * tables add comes on top.
 */
export function decide(policy: LoadedPolicy, input: DecisionInput): Decision {
  return withinTransaction(withinTemporary(byRules(policy, input), input), input)
}

function byRules(policy: LoadedPolicy, input: DecisionInput): Decision {
  const traces = explainDecision(policy, input)
  const failed = traces.filter(({ result }) => result === 'error').map(({ rule }) => rule)
  const withEffect = (effect: Rule['effect']) =>
    traces.filter(trace => trace.takesEffect && trace.rule.effect === effect).map(({ rule }) => rule)
  const [denies, holds, allows] = [withEffect('deny'), withEffect('hold'), withEffect('allow')]
  const reasons = [
    ...(input.paused ? [pausedReason(input.paused)] : []),
    ...failed.map(errorReason),
    ...[...denies, ...holds, ...allows].map(rule => ruleReason(rule, traces)),
    ...doubts(input),
  ]
  const denied = failed[0] ?? denies[0]
  if (denied) {
    const sure = failed.length > 0 || traces.some(({ rule, result }) => rule.effect === 'deny' && result === 'matched')
    return denial(policy, input, denied.name, reasons, !sure)
  }
  return undenied(policy, input, traces, { holds, allows, reasons })
}

interface Undenied {
  readonly holds: readonly Rule[]
  readonly allows: readonly Rule[]
  readonly reasons: readonly Reason[]
}

function undenied(
  policy: LoadedPolicy,
  input: DecisionInput,
  traces: readonly RuleTrace[],
  { holds, allows, reasons }: Undenied,
): Decision {
  const deciding = holds.length > 0 ? holds : allows
  const all = deciding.length > 0 ? reasons : [noMatch(input), ...reasons]
  const onlyPaused = input.paused && deciding === allows && allows.length > 0
  const name = onlyPaused ? 'paused' : (deciding[0]?.name ?? 'default')
  const unsure = traces.some(({ result }) => result === 'unknown')
  const role = [...deciding, ...allows].find(rule => rule.role)?.role ?? policy.defaults.role
  if (!role) return denial(policy, input, name, [noRole, ...all], unsure)
  const [unsaid, ...more] = isJustified(input) ? [] : deciding.filter(rule => rule.justification)
  if (unsaid) {
    const sure = traces.some(({ rule, result }) => result === 'matched' && [unsaid, ...more].includes(rule))
    return denial(policy, input, unsaid.name, [noJustification(unsaid), ...all], !sure)
  }
  const base = {
    reasons: all,
    rule: name,
    role,
    ...obligations(policy, input),
    limits: lowestLimits(deciding, policy.defaults.limits),
  }
  if (deciding === allows && allows.length > 0 && !onlyPaused) return { verdict: 'allow', ...base }
  const approvers = approversUnder(policy, deciding)
  if (approvers.length === 0) return denial(policy, input, name, [noApprovers, ...all], unsure)
  const grants = input.paused ? {} : grantable(policy, traces)
  return { verdict: 'hold', ...base, approvers, ...holdTerms(policy, deciding), ...grants }
}

function approversUnder({ defaults }: LoadedPolicy, deciding: readonly Rule[]): readonly Approvers[] {
  const standing = defaults.approvers ?? []
  return mergeApprovers(deciding.length > 0 ? deciding.flatMap(rule => rule.approvers ?? standing) : standing)
}

function denial(
  policy: LoadedPolicy,
  input: DecisionInput,
  rule: string,
  reasons: readonly Reason[],
  unsure: boolean,
): Decision {
  const base = { verdict: 'deny', reasons, rule, role: '', ...obligations(policy, input) } as const
  return { ...base, ...(unsure && { unsure }) }
}

function obligations(policy: LoadedPolicy, input: DecisionInput): Obligations {
  return {
    limits: policy.defaults.limits,
    sensitive: sensitiveFor(policy, input),
    detect: policy.detect,
    policyVersion: policy.version,
    ...(policy.hidesLiterals && { hidesLiterals: true as const }),
  }
}

function isJustified({ statement }: DecisionInput): boolean {
  return saysWhy(statement.purpose)
}

const verbs = { deny: 'denies', hold: 'holds', allow: 'allows' } as const
const codes = { deny: 'rule_denied', hold: 'rule_held', allow: 'rule_allowed' } as const

function ruleReason(rule: Rule, traces: readonly RuleTrace[]): Reason {
  const unknown = traces.some(trace => trace.rule === rule && trace.result === 'unknown')
  const because = rule.because ?? `Rule ${rule.name} ${verbs[rule.effect]} this.`
  return {
    code: codes[rule.effect],
    rule: rule.name,
    because: unknown
      ? `${because} (It asks for what cannot be told here, such as a number or which tables a wildcard means, or is right for one of several statements, or in other letters, so it applies.)`
      : because,
    ...(rule.instead && { instead: rule.instead }),
  }
}

function errorReason(rule: Rule): Reason {
  return { code: 'rule_error', rule: rule.name, because: `Rule ${rule.name} could not be evaluated.` }
}

/** Why a statement that nothing denies still cannot pass by itself. */
function doubts({ classification }: DecisionInput): Reason[] {
  const { understood, cause, gate } = classification
  const reasons: Reason[] = []
  if (gate.ambiguous !== false)
    reasons.push({ code: 'ambiguous_text', because: `The text can be read in two ways: ${gate.ambiguous}` })
  if (!understood)
    reasons.push({
      code: 'not_understood',
      because: `The statement is not fully understood${cause ? `: ${cause}` : '.'}`,
    })
  return reasons
}

function pausedReason({ by, reason }: Pause): Reason {
  return { code: 'agent_paused', because: `On-call staff (${by}) paused this agent: "${reason}"` }
}

function noMatch({ classification: { understood, hazards } }: DecisionInput): Reason {
  const isScript = understood && hazards.includes('script')
  return { code: 'no_rule_matched', because: isScript ? 'No rule allows a script.' : 'No rule allows this.' }
}

const noRole: Reason = {
  code: 'no_role',
  because: 'No matching rule names a role to run as, and the policy has no default role.',
}

function noJustification({ name: rule }: Rule): Reason {
  return {
    code: 'no_justification',
    rule,
    because: 'It does not say why it is asked, and has to.',
    instead:
      'Send it again and say why in 3 characters or more: `purpose` beside the SQL (REST, MCP), `--purpose` on the command line.',
  }
}

const noApprovers: Reason = {
  code: 'no_approvers',
  because: 'This would be held, but the policy names nobody who could approve it.',
}
