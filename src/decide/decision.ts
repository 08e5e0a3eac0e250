import type { Aggregate, Classification } from '../classify/classification.ts'
import type { Refusal } from '../pinned/temporary-tables.ts'
import type { Principal } from '../principal.ts'
import type { SessionId, Statement } from '../statement.ts'
import type { Pause } from './pause.ts'
import type { Spending, SpendingScope } from './spending.ts'
import type { TaintedColumn } from './taint.ts'
import type { weekdays } from './vocabulary.ts'

/** Closed list of why a decision came out as it did. Part of the public contract. */
export const reasonCodes = [
  'rule_denied',
  'rule_held',
  'rule_allowed',
  'no_rule_matched',
  'not_understood',
  'ambiguous_text',
  'rule_error',
  'no_role',
  'no_approvers',
  'no_justification',
  'agent_paused',
  'granted',
  'transaction',
  'temporary_table',
] as const
export type ReasonCode = (typeof reasonCodes)[number]

export interface Reason {
  readonly code: ReasonCode
  /** The rule it comes from, where there is one. */
  readonly rule?: string
  /** The rule's `because`, or our own sentence. */
  readonly because: string
  /** The rule's `instead`: what would pass. */
  readonly instead?: string
}

/**
 * Who has to agree: `people` distinct persons who are in `group` or `named`, of which there is at least one; never the
 * agent's owner or the person it acts for.
 */
export interface Approvers {
  readonly group?: string
  /** `Person.id`s. */
  readonly named?: readonly string[]
  readonly people: number
  /** Whose members are asked too when the hold has waited this long. */
  readonly escalate?: { readonly group: string; readonly afterSeconds: number }
  /** They are asked when all of the stages before have agreed. From 1, which is meant where absent. */
  readonly stage?: number
}

/** When approvals count, by the clock of a named time zone. */
export interface ApprovalWindow {
  readonly days: readonly (typeof weekdays)[number][]
  /** Minutes of the day; `from` after `to` goes on past midnight. */
  readonly from: number
  readonly to: number
  readonly zone: string
}

export interface Limits {
  readonly rows: number
  readonly bytes: number
  readonly seconds: number
}

export const maskKinds = ['redact', 'null', 'partial', 'hash', 'date', 'format'] as const
export type MaskKind = (typeof maskKinds)[number]

/** Of what a value was made into, any part that a mask keeps may be the wrong one. */
export const wholeMask = (mask: MaskKind): MaskKind => (mask === 'null' ? mask : 'redact')

/** What is looked for in the values of columns that nobody declared sensitive. */
export const detectorNames = ['card', 'iban', 'national_id', 'secret', 'email', 'phone'] as const
export type DetectorName = (typeof detectorNames)[number]

/** How what a detector finds in a value leaves; the rest of the value stays. Where several name one detector, the strictest mask counts. */
export interface DetectedContent {
  readonly detector: DetectorName
  readonly mask: Exclude<MaskKind, 'date'>
  /** Patterns of base columns that it is not looked for in, where such a column is put out as it is. */
  readonly except: readonly string[]
}

/** Which base columns are sensitive, and how their values leave. Patterns as in the policy's `sensitive`. */
export interface SensitiveColumns {
  /** Pattern over `DB.SCHEMA.TABLE.COLUMN`, `*` within or across parts, compared without regard to case. */
  readonly pattern: string
  readonly class: string
  readonly mask: MaskKind
  /** Aggregates of it that leave as they are; absent: none. */
  readonly clear?: readonly Aggregate[]
  /** No policy says so: it was written from what was sensitive. */
  readonly written?: true
}

/** As `SensitiveColumns`, of the columns that carry a tag in the warehouse's own catalog. */
export interface SensitiveTag extends Omit<SensitiveColumns, 'pattern'> {
  /** Glob over `name=value`, or over a name whatever its value; compared without regard to case. */
  readonly tag: string
}

/** Estimate of what a statement touches, from EXPLAIN or a dry run. `undefined` members are not known. */
export interface Estimate {
  readonly rows?: number
  readonly bytes?: number
  readonly cost?: number
  /** Rows in the table written, for "4,210 of 1,000,000". */
  readonly tableRows?: number
  /** True where `rows` was counted by running the predicate, not guessed. */
  readonly counted?: boolean
  /** Base tables the warehouse says it would read; compared with our own. */
  readonly tables?: readonly string[]
}

/** The most that approvers may grant beside an approval, or what they did grant. */
export interface GrantBounds {
  /** How long from the last approval on. */
  readonly seconds: number
  readonly uses: number
  /** Of each use, as estimated beforehand; what has no estimate is beyond it. */
  readonly bytes?: number
  readonly rows?: number
}

export interface Decision {
  readonly verdict: 'allow' | 'deny' | 'hold'
  readonly reasons: readonly Reason[]
  /**
   * Name of the rule that decided; `default` where none matched, `paused` where only a pause holds, `transaction` or `temporary
   * table` where only that decides.
   */
  readonly rule: string
  /** For deny: with a number that is not known it may come out otherwise. */
  readonly unsure?: true
  /** The one role (Snowflake) or service account key (BigQuery) to mint; empty for deny. */
  readonly role: string
  /** All of them have to agree; a person counts in one stage only, and there for every entry they belong to. */
  readonly approvers?: readonly Approvers[]
  /** Life of the hold from its creation, seconds; for hold only. */
  readonly expiresSeconds?: number
  /** For hold only: an approval counts where its reviewer signed in again for it. */
  readonly stepUp?: true
  /** For hold only: `Person.id`s of those who may release it alone; absent: nobody. */
  readonly releasers?: readonly string[]
  /** For hold only: an approval counts where its reviewer says why. */
  readonly approvalReason?: true
  /** For hold only: life of an approval that was not used yet, seconds; never beyond the hold's own. */
  readonly approvalExpiresSeconds?: number
  /** For hold only: when who is asked is reminded, seconds after the hold began, in order; at most two. */
  readonly remindSeconds?: readonly number[]
  /** For hold only: an approval counts in all of these at once; a denial always does. */
  readonly approveWithin?: readonly ApprovalWindow[]
  /**
   * For hold only: what may be granted for statements of the same shape, where every rule that holds says so. `rules` (SHA-256,
   * hex) changes with any rule that had a part in this, and with the policy's defaults.
   */
  readonly grants?: GrantBounds & { readonly rules: string }
  /** For allow only: the grant that made it one, by its session, with who gave it and until when it lasts. */
  readonly grant?: { readonly id: SessionId; readonly by: readonly string[]; readonly until: number }
  /** Obligations. */
  readonly limits: Limits
  readonly sensitive: readonly SensitiveColumns[]
  readonly detect: readonly DetectedContent[]
  /** SHA-256 of the policy text that decided. */
  readonly policyVersion: string
  /** Values that stand in the statement stay out of the channel, whatever a later policy says. */
  readonly hidesLiterals?: true
}

export type Obligations = Pick<Decision, 'limits' | 'sensitive' | 'detect' | 'policyVersion' | 'hidesLiterals'>

/** What stays of a decision whose verdict becomes another. */
export function obligationsOf({ limits, sensitive, detect, policyVersion, hidesLiterals }: Decision): Obligations {
  return { limits, sensitive, detect, policyVersion, ...(hidesLiterals && { hidesLiterals }) }
}

/** What is refused although no rule of the policy says so: `rule` names what does. */
export function refusedBy(rule: string, reason: Reason, decision: Decision): Decision {
  return { verdict: 'deny', reasons: [reason, ...decision.reasons], rule, role: '', ...obligationsOf(decision) }
}

/** The same, because of the role that the rule names: with numbers that are not known yet it may be another. */
export function refusedUnder(rule: string, reason: Reason, decision: Decision): Decision {
  return { ...refusedBy(rule, { ...reason, rule: decision.rule }, decision), unsure: true }
}

/** A policy that was loaded and type-checked. `decide` is pure: the same input gives the same answer. */
export interface Policy {
  readonly version: string
  /** True where some rule reads `estimate`; then the pipeline asks the warehouse before deciding. */
  readonly needsEstimate: boolean
  /**
   * Deny wins over hold, hold over allow; no match holds. What is not understood is never allowed by a rule that does
   * not name it. An error in a rule denies with `rule_error`.
   */
  decide(input: DecisionInput): Decision
  /** What the record has to add up first: the scopes of the rules whose answer hangs on what was spent. Mostly none. */
  asksSpent(input: DecisionInput): readonly SpendingScope[]
}

export interface DecisionInput {
  readonly statement: Statement
  readonly classification: Classification
  readonly estimate?: Estimate
  /** What is not here is not known. */
  readonly spent?: readonly Spending[]
  /** Of the tables it touches. */
  readonly tainted?: readonly TaintedColumn[]
  readonly principal: Principal
  /** Why it does not run on temporary tables, where it touches some. */
  readonly refusal?: Refusal
  /** While the agent is paused nothing of it is allowed without people. */
  readonly paused?: Pause
  /** Milliseconds since the epoch. */
  readonly now: number
}
