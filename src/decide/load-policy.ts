import { type Aggregate, aggregates } from '../classify/classification.ts'
import { readDocument, type YamlDocument } from '../config/document.ts'
import type { Path, Problem } from '../config/problem.ts'
import { durationSeconds, sizeBytes } from '../config/units.ts'
import { canonicalJson, sha256 } from '../statement.ts'
import { zoneProblem } from './check-literal.ts'
import { compileCondition } from './condition.ts'
import { asksSpent, decide } from './decide.ts'
import type { ApprovalWindow, Approvers, DetectedContent, GrantBounds, Limits } from './decision.ts'
import { builtInDefaults, type LoadedPolicy, type PolicyDefaults, type Rule } from './policy.ts'
import { type PolicyFile, policySchema, type RuleFile } from './policy-schema.ts'
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
  problems.push(...sensitiveProblems(document))
  problems.push(...askedProblems(document))
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

function sensitiveProblems(document: YamlDocument<PolicyFile>): Problem[] {
  return (document.value.sensitive ?? []).flatMap((entry, i) => {
    const found: Problem[] = []
    if (entry && !entry.columns && !entry.tags)
      found.push(document.problem(['sensitive', i], 'names no columns; write columns: ["*.customers.email"]'))
    for (const [j, pattern] of (entry?.columns ?? []).entries()) {
      if (pattern && !pattern.includes('*') && pattern.split('.').length < 4)
        found.push(
          document.problem(
            ['sensitive', i, 'columns', j],
            `matches no column, because full names have four parts; did you mean "*.${pattern}"?`,
          ),
        )
    }
    return found
  })
}

/** Approvers that name nobody. */
function askedProblems(document: YamlDocument<PolicyFile>): Problem[] {
  const { defaults, rules = [] } = document.value as Partial<PolicyFile>
  const all: [Path, PolicyAsked | undefined][] = [
    [['defaults', 'approvers'], defaults?.approvers],
    ...rules.flatMap((rule, i): [Path, PolicyAsked | undefined][] => [
      [['rules', i, 'approvers'], rule?.approvers],
      ...(rule?.stages ?? []).map((stage, j): [Path, PolicyAsked] => [['rules', i, 'stages', j], stage]),
    ]),
  ]
  return all.flatMap(([path, asked]) =>
    asked && asked.group === undefined && !asked.named
      ? [document.problem(path, 'names nobody; write group: NAME or named: [ID]')]
      : [],
  )
}

type PolicyAsked = NonNullable<RuleFile['approvers']>

const ofHolds = [
  ...(['approvers', 'stages', 'approval_reason', 'approval_expires', 'approve_within', 'remind'] as const),
  ...(['expires', 'step_up', 'grants', 'break_glass'] as const),
] as const

/** Seconds. */
const longestGrant = 7 * 86_400

const pointless = {
  deny: ['as', ...ofHolds, 'justification', 'limits'],
  hold: [],
  allow: ofHolds,
} as const satisfies Record<string, readonly (keyof RuleFile)[]>

function ruleProblems(
  document: YamlDocument<PolicyFile>,
  rule: RuleFile,
  i: number,
  defaults: PolicyDefaults,
): Problem[] {
  const found: Problem[] = []
  const add = (field: keyof RuleFile | undefined, message: string) =>
    found.push(document.problem(['rules', i, ...(field ? [field] : [])], message))
  if (rule.name === 'default') add('name', '"default" is the name of what happens when no rule matches; choose another')
  if (document.value.rules.findIndex(other => other?.name === rule.name) < i && rule.name)
    add('name', `there is already a rule "${rule.name}"`)
  if (!rule.then) return found
  for (const field of pointless[rule.then])
    if (rule[field] !== undefined)
      add(field, `has no meaning on a rule that ${rule.then === 'deny' ? 'denies' : 'allows'}; leave it out`)
  if ((rule.remind?.length ?? 0) > 2) add('remind', 'reminds more than twice; people stop reading that')
  if (durationSeconds(String(rule.grants?.for)) > longestGrant)
    add('grants', 'lasts longer than 7 days; nobody remembers what they granted by then')
  const { zone, from, to } = rule.approve_within ?? {}
  const wrongZone = zone === undefined ? undefined : zoneProblem(zone)
  if (wrongZone) add('approve_within', wrongZone)
  if (from !== undefined && from === to) add('approve_within', 'ends when it begins, so nothing could be approved')
  if (rule.stages && rule.approvers) add('approvers', 'stands beside stages; write one of the two')
  if (rule.then === 'hold' && !rule.approvers && !rule.stages && !defaults.approvers)
    add(undefined, 'holds, but nobody could approve it; add approvers: { group: … } here or under defaults')
  if (rule.then === 'allow' && !rule.as && !defaults.role)
    add(undefined, 'allows, but names no role to run as; add as: ROLE here or under defaults')
  return found
}
