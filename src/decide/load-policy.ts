import { type Aggregate, aggregates } from '../classify/classification.ts'
import { readDocument } from '../config/document.ts'
import type { Problem } from '../config/problem.ts'
import { durationSeconds, sizeBytes } from '../config/units.ts'
import { canonicalJson, sha256 } from '../statement.ts'
import { compileCondition } from './condition.ts'
import { asksSpent, decide } from './decide.ts'
import type { ApprovalWindow, Approvers, DetectedContent, GrantBounds, Limits } from './decision.ts'
import { builtInDefaults, type LoadedPolicy, type PolicyDefaults, type Rule } from './policy.ts'
import { policyProblems, ruleProblems } from './policy-problems.ts'
import { type PolicyAsked, type PolicyFile, policySchema, type RuleFile } from './policy-schema.ts'
import { vocabulary } from './vocabulary.ts'

/**
 * Reads and type-checks a policy (YAML). `file` is for the problems' places only. A policy with any problem is not
 * usable: there is no half-loaded policy.
 */
export function loadPolicy(text: string, file: string): { policy: LoadedPolicy } | { problems: Problem[] } {
  const { document, problems } = readDocument(text, file, policySchema)
  if (!document) return { problems }
  // After a wrong form, fields may be missing; the value then serves only to find more problems.
  const value = document.value as Partial<PolicyFile>
  problems.push(...policyProblems(document))
  const defaults = defaultsOf(value.defaults)
  const facts = vocabulary([...new Set((value.sensitive ?? []).flatMap(entry => entry?.class ?? []))])
  const rules: Rule[] = []
  for (const [i, rule] of (value.rules ?? []).entries()) {
    if (!rule) continue
    problems.push(...ruleProblems(document, rule, i, defaults))
    if (rule.when === undefined) continue
    const compiled = compileCondition(rule.when, facts)
    if ('problems' in compiled)
      problems.push(
        ...compiled.problems.map(({ offset, message }) =>
          document.problem(['rules', i, 'when'], message, { token: rule.when.slice(offset) }),
        ),
      )
    else if (problems.length === 0)
      rules.push(ruleOf(rule, compiled.condition, document.problem(['rules', i], '').line))
  }
  if (problems.length > 0) return { problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) }
  const masks = { ...sensitiveOf(document.value), detect: detectOf(document.value) }
  const { break_glass, card } = document.value
  const more = { releasers: break_glass?.named ?? [], hidesLiterals: card?.literals === 'redacted' }
  return { policy: freeze(text, rules, defaults, { ...masks, ...more }) }
}

function freeze(
  text: string,
  rules: Rule[],
  defaults: PolicyDefaults,
  given: Pick<LoadedPolicy, 'sensitive' | 'tagged' | 'detect' | 'releasers' | 'hidesLiterals'>,
): LoadedPolicy {
  const policy: LoadedPolicy = Object.freeze({
    version: sha256(text),
    needsEstimate: rules.some(rule => rule.condition.readsEstimate),
    rules: Object.freeze(rules),
    defaults: Object.freeze(defaults),
    sensitive: Object.freeze(given.sensitive),
    tagged: Object.freeze(given.tagged),
    detect: Object.freeze(given.detect),
    releasers: Object.freeze(given.releasers),
    hidesLiterals: given.hidesLiterals,
    decide: input => decide(policy, input),
    asksSpent: input => asksSpent(policy, input),
  } satisfies LoadedPolicy)
  return policy
}

function ruleOf(rule: RuleFile, condition: Rule['condition'], line: number): Rule {
  const { name, then: effect, as: role, because, instead, expires, step_up: stepUp } = rule
  const approvers = approversOf(rule)
  return Object.freeze({
    name,
    effect,
    condition,
    limits: limitsOf(rule.limits),
    digest: sha256(canonicalJson(rule)),
    line,
    ...(role && { role }),
    ...(because && { because }),
    ...(instead && { instead }),
    ...(approvers && { approvers }),
    ...(expires && { expiresSeconds: durationSeconds(expires) }),
    ...(stepUp && { stepUp }),
    ...(rule.break_glass === false && { breakGlass: false as const }),
    ...(rule.approval_reason && { approvalReason: true as const }),
    ...(rule.approval_expires && { approvalExpiresSeconds: durationSeconds(rule.approval_expires) }),
    ...(rule.remind && { remindSeconds: rule.remind.map(durationSeconds).sort((a, b) => a - b) }),
    ...(rule.approve_within && { approveWithin: windowOf(rule.approve_within) }),
    ...(rule.justification && { justification: true as const }),
    ...(rule.grants && { grants: grantsOf(rule.grants) }),
  })
}

function approversOf({ approvers, stages }: Pick<RuleFile, 'approvers' | 'stages'>): readonly Approvers[] | undefined {
  if (stages) return stages.map((each, at) => ({ ...askedOf(each), ...(at === 0 ? {} : { stage: at + 1 }) }))
  return approvers && [askedOf(approvers)]
}

function askedOf({ escalate, ...asked }: PolicyAsked): Approvers {
  if (!escalate) return asked
  return { ...asked, escalate: { group: escalate.group, afterSeconds: durationSeconds(escalate.after) } }
}

function windowOf({ days, from, to, zone }: NonNullable<RuleFile['approve_within']>): ApprovalWindow {
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
  return { days, from: minutes(from), to: minutes(to), zone }
}

function grantsOf({ for: life, uses, bytes, rows }: NonNullable<RuleFile['grants']>): GrantBounds {
  return { seconds: durationSeconds(life), uses, ...(bytes && { bytes: sizeBytes(bytes) }), ...(rows && { rows }) }
}

function limitsOf(limits: RuleFile['limits']): Partial<Limits> {
  const { rows, bytes, seconds } = limits ?? {}
  return { ...(rows && { rows }), ...(bytes && { bytes: sizeBytes(bytes) }), ...(seconds && { seconds }) }
}

function defaultsOf(defaults: PolicyFile['defaults']): PolicyDefaults {
  return {
    ...(defaults?.as && { role: defaults.as }),
    ...(defaults?.approvers && { approvers: [askedOf(defaults.approvers)] }),
    expiresSeconds: defaults?.expires ? durationSeconds(defaults.expires) : builtInDefaults.expiresSeconds,
    limits: { ...builtInDefaults.limits, ...limitsOf(defaults?.limits) },
  }
}

function sensitiveOf({ sensitive }: PolicyFile): Pick<LoadedPolicy, 'sensitive' | 'tagged'> {
  const entries = sensitive.map(({ columns = [], tags = [], class: name, mask, aggregates: said }) => {
    const choices: Partial<Record<Aggregate, string>> = { count: 'clear', ...said }
    const clear = aggregates.filter(aggregate => choices[aggregate] === 'clear')
    return { columns, tags, how: { class: name, mask, clear } }
  })
  return {
    sensitive: entries.flatMap(({ columns, how }) => columns.map(pattern => ({ pattern, ...how }))),
    tagged: entries.flatMap(({ tags, how }) => tags.map(tag => ({ tag, ...how }))),
  }
}

function detectOf({ detect }: PolicyFile): DetectedContent[] {
  return detect.flatMap(({ content, mask, except }) => content.map(detector => ({ detector, mask, except })))
}
