import type { YamlDocument } from '../config/document.ts'
import type { Path, Problem } from '../config/problem.ts'
import { durationSeconds, durationText } from '../config/units.ts'
import { zoneProblem } from './check-literal.ts'
import { manyMeanings, tooShort, unclearStart } from './check-name.ts'
import { builtInDefaults, type PolicyDefaults } from './policy.ts'
import type { PolicyAsked, PolicyFile, RuleFile } from './policy-schema.ts'

/** What the form of a policy file allows and cannot be meant; `ruleProblems` says it of each rule. */
export function policyProblems(document: YamlDocument<PolicyFile>): Problem[] {
  return [...sensitiveProblems(document), ...exceptionProblems(document), ...askedProblems(document)]
}

function sensitiveProblems(document: YamlDocument<PolicyFile>): Problem[] {
  return (document.value.sensitive ?? []).flatMap((entry, i) => {
    const found: Problem[] = []
    if (entry && !entry.columns && !entry.tags)
      found.push(document.problem(['sensitive', i], 'names no columns; write columns: ["*.customers.email"]'))
    for (const [j, pattern] of (entry?.columns ?? []).entries()) {
      const problem = pattern && columnProblem(pattern)
      if (problem) found.push(document.problem(['sensitive', i, 'columns', j], problem))
    }
    return found
  })
}

function exceptionProblems(document: YamlDocument<PolicyFile>): Problem[] {
  return (document.value.detect ?? []).flatMap((entry, i) =>
    (entry?.except ?? []).flatMap((pattern, j) => {
      const problem = pattern && columnProblem(pattern)
      return problem ? [document.problem(['detect', i, 'except', j], problem)] : []
    }),
  )
}

function columnProblem(pattern: string): string | undefined {
  if (!pattern.includes('*') && pattern.split('.').length < 4) return `${tooShort('column')}; write "*.${pattern}"`
  const [any, all] = unclearStart(pattern, 4) ?? []
  return any && `${manyMeanings}; write "${any}" for columns of that name, "${all}" for all there is in one`
}

/** Approvers that name nobody, or whose second group is never asked. */
function askedProblems(document: YamlDocument<PolicyFile>): Problem[] {
  const { defaults, rules = [] } = document.value as Partial<PolicyFile>
  const all: Asked[] = [
    { path: ['defaults', 'approvers'], asked: defaults?.approvers, expires: defaults?.expires },
    ...rules.flatMap((rule, i): Asked[] => {
      const expires = rule?.expires ?? defaults?.expires
      return [
        { path: ['rules', i, 'approvers'], asked: rule?.approvers, expires },
        ...(rule?.stages ?? []).map((asked, j) => ({ path: ['rules', i, 'stages', j], asked, expires })),
      ]
    }),
  ]
  const stages = rules.flatMap((rule, i) => fewNamed(document, ['rules', i, 'stages'], rule?.stages ?? []))
  const found = all.flatMap(({ path, asked, expires }) => {
    const found: Problem[] = fewNamed(document, path, asked ? [asked] : [])
    if (asked && asked.group === undefined && !asked.named)
      found.push(document.problem(path, 'names nobody; write group: NAME or named: [ID]'))
    if (asked?.group !== undefined && asked.escalate?.group === asked.group)
      found.push(document.problem([...path, 'escalate', 'group'], 'is asked from the beginning; name another group'))
    const late = tooLate(asked?.escalate?.after, expires)
    if (late) found.push(document.problem([...path, 'escalate', 'after'], late))
    return found
  })
  if (tooLong(defaults?.expires)) found.push(document.problem(['defaults', 'expires'], waitsTooLong))
  return [...found, ...stages]
}

/** More people than are named, of whom each counts once. Who is in a group is not known here. */
function fewNamed(document: YamlDocument<PolicyFile>, path: Path, stages: readonly PolicyAsked[]): Problem[] {
  const alone = stages.filter(asked => asked?.named && asked.group === undefined && !asked.escalate)
  const there = new Set(alone.flatMap(({ named = [] }) => named)).size
  const needed = alone.reduce((sum, { people }) => sum + people, 0)
  return needed > there
    ? [document.problem(path, `needs ${needed} people and names ${there}; name more, or write a smaller people`)]
    : []
}

interface Asked {
  readonly path: Path
  readonly asked: PolicyAsked | undefined
  readonly expires: string | undefined
}

/** Of what is to happen while a hold waits. */
function tooLate(after: string | undefined, expires: string | undefined): string | undefined {
  const life = expires === undefined ? builtInDefaults.expiresSeconds : durationSeconds(String(expires))
  // What has a wrong form is a problem of its own, and no number.
  const isLate = after !== undefined && durationSeconds(String(after)) >= life
  return isLate
    ? `comes too late: the hold ends after ${durationText(life)} (expires); write less than that, or a longer expires`
    : undefined
}

/** Seconds. */
const longestHold = 31 * 86_400
const waitsTooLong = 'waits longer than 31 days, which nobody does; write 31d or less'

function tooLong(expires: string | undefined): boolean {
  return durationSeconds(String(expires)) > longestHold
}

const ofHolds = [
  ...(['approvers', 'stages', 'approval_reason', 'approval_expires', 'approve_within', 'remind'] as const),
  ...(['expires', 'step_up', 'grants', 'break_glass'] as const),
] as const

/** Of decisions that no rule makes, as `expect.rule` and the record have them. */
const ownNames: Readonly<Record<string, string>> = {
  default: 'what happens when no rule matches',
  paused: 'what holds the statements of a paused agent',
  transaction: 'what a transaction adds to the rules',
}

/** Seconds. */
const longestGrant = 7 * 86_400

const pointless = {
  deny: ['as', ...ofHolds, 'justification', 'limits'],
  hold: [],
  allow: ofHolds,
} as const satisfies Record<string, readonly (keyof RuleFile)[]>

/** Of one rule: what it says twice, in vain or too little of. */
export function ruleProblems(
  document: YamlDocument<PolicyFile>,
  rule: RuleFile,
  i: number,
  defaults: PolicyDefaults,
): Problem[] {
  const found: Problem[] = []
  const add = (field: keyof RuleFile | undefined, message: string) =>
    found.push(document.problem(['rules', i, ...(field ? [field] : [])], message))
  const taken = Object.hasOwn(ownNames, rule.name ?? '') ? ownNames[rule.name] : undefined
  if (taken) add('name', `"${rule.name}" is the name of ${taken}; choose another`)
  if (document.value.rules.findIndex(other => other?.name === rule.name) < i && rule.name)
    add('name', `there is already a rule "${rule.name}"`)
  if (!rule.then) return found
  for (const field of pointless[rule.then])
    if (rule[field] !== undefined)
      add(field, `has no meaning on a rule that ${rule.then === 'deny' ? 'denies' : 'allows'}; leave it out`)
  if ((rule.remind?.length ?? 0) > 2) add('remind', 'reminds more than twice; people stop reading that')
  if (tooLong(rule.expires)) add('expires', waitsTooLong)
  const expires = rule.expires ?? document.value.defaults?.expires
  for (const field of ['approval_expires', 'remind'] as const)
    for (const after of [rule[field] ?? []].flat()) {
      const late = tooLate(after, expires)
      if (late) add(field, late)
    }
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
