import { canonicalJson } from '../statement.ts'
import type { Decision } from './decision.ts'

/** A decision, and by name the columns that would be masked under it. */
export interface Judged {
  readonly decision: Decision
  readonly masked: readonly string[]
  /** The policy asked for a number that nobody knows: what was spent by then, or what an estimate says. */
  readonly blind?: boolean
}

export const changeKinds = ['stricter', 'looser', 'terms'] as const
/** `terms`: the verdict is the same; who approves, the role, a limit, the expiry, what is masked or looked for is not. */
export type ChangeKind = (typeof changeKinds)[number]

interface Change {
  readonly kind: ChangeKind
  /** For `terms`: what differs. */
  readonly differs: readonly string[]
}

const severity = { allow: 0, hold: 1, deny: 2 } as const

/** What changes for a statement from one policy to the other; undefined where nothing does. Pure. */
export function changeOf(before: Judged, after: Judged): Change | undefined {
  const step = severity[after.decision.verdict] - severity[before.decision.verdict]
  if (step !== 0) return { kind: step > 0 ? 'stricter' : 'looser', differs: [] }
  if (after.decision.verdict === 'deny') return undefined
  const [old, now] = [termsOf(before), termsOf(after)]
  const differs = Object.keys(old).filter(term => old[term] !== now[term])
  return differs.length > 0 ? { kind: 'terms', differs } : undefined
}

function termsOf({ decision, masked }: Judged): Readonly<Record<string, string>> {
  const {
    role,
    approvers = [],
    approvalReason,
    approvalExpiresSeconds,
    approveWithin,
    remindSeconds,
    expiresSeconds,
    stepUp = false,
    grants,
    releasers = [],
    verdict,
    hidesLiterals = false,
    limits,
    detect,
  } = decision
  return {
    role,
    approvers: canonicalJson(approvers.map(each => canonicalJson(each)).sort()),
    approvals: canonicalJson([approvalReason, approvalExpiresSeconds, approveWithin, remindSeconds]),
    expiry: String(expiresSeconds),
    'sign-in': String(stepUp),
    grants: canonicalJson({ ...grants, rules: null }),
    'break-glass': canonicalJson([...releasers].sort()),
    card: String(verdict === 'hold' && hidesLiterals),
    limits: canonicalJson(limits),
    masks: canonicalJson([...masked].sort()),
    detectors: canonicalJson(detect),
  }
}

/** Statements that changed in the same way: from one rule's verdict to another's. */
export interface ChangeGroup extends Change {
  readonly from: string
  readonly to: string
  readonly ruleBefore: string
  readonly ruleAfter: string
  readonly count: number
  /** How many of them were judged without a number that a policy asked for. */
  readonly blind: number
  /** The first few that were added. */
  readonly examples: readonly string[]
}

const maxExamples = 10

/** Counts changes while they stream by: what it keeps grows with the rules of the policies, not with the statements. */
export class ChangeTally {
  readonly #groups = new Map<string, ChangeGroup & { count: number; blind: number; examples: string[] }>()
  #statements = 0
  #changed = 0

  add(name: string, before: Judged, after: Judged): void {
    this.#statements++
    const change = changeOf(before, after)
    if (!change) return
    this.#changed++
    const [old, now] = [before.decision, after.decision]
    const key = canonicalJson([change, old.verdict, now.verdict, old.rule, now.rule])
    const rules = { from: old.verdict, to: now.verdict, ruleBefore: old.rule, ruleAfter: now.rule }
    const group = this.#groups.get(key) ?? { ...change, ...rules, count: 0, blind: 0, examples: [] }
    group.count++
    if (before.blind || after.blind) group.blind++
    if (group.examples.length < maxExamples) group.examples.push(name)
    this.#groups.set(key, group)
  }

  get statements(): number {
    return this.#statements
  }

  get unchanged(): number {
    return this.#statements - this.#changed
  }

  /** The largest first. */
  groups(kind: ChangeKind): readonly ChangeGroup[] {
    return [...this.#groups.values()].filter(group => group.kind === kind).sort((a, b) => b.count - a.count)
  }
}
