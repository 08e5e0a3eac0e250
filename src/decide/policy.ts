import type { Condition } from './condition.ts'
import type {
  ApprovalWindow,
  Approvers,
  DetectedContent,
  GrantBounds,
  Limits,
  Policy,
  SensitiveColumns,
  SensitiveTag,
} from './decision.ts'
import type { SpendingScope } from './spending.ts'

/** One rule as loaded: units resolved, its condition type-checked. */
export interface Rule {
  readonly name: string
  readonly effect: 'deny' | 'hold' | 'allow'
  readonly condition: Condition
  readonly role?: string
  readonly because?: string
  readonly instead?: string
  /** Of all stages. */
  readonly approvers?: readonly Approvers[]
  readonly expiresSeconds?: number
  readonly stepUp?: true
  /** Nobody may release alone what it holds. */
  readonly breakGlass?: false
  readonly approvalReason?: true
  readonly approvalExpiresSeconds?: number
  readonly approveWithin?: ApprovalWindow
  readonly remindSeconds?: readonly number[]
  /** Denied where the agent does not say why it asks. */
  readonly justification?: true
  readonly limits: Partial<Limits>
  /** For hold only; absent: nothing may be granted. */
  readonly grants?: GrantBounds
  /** SHA-256 (hex) of all that the file says of it. */
  readonly digest: string
  /** Line of the policy file where the rule starts. */
  readonly line: number
}

/** What holds where no rule says otherwise. */
export interface PolicyDefaults {
  readonly role?: string
  readonly approvers?: readonly Approvers[]
  readonly expiresSeconds: number
  readonly limits: Limits
}

/** A policy with its rules laid open, for `explainDecision` and for checks against the configuration. Frozen. */
export interface LoadedPolicy extends Policy {
  readonly rules: readonly Rule[]
  readonly defaults: PolicyDefaults
  readonly sensitive: readonly SensitiveColumns[]
  readonly tagged: readonly SensitiveTag[]
  readonly detect: readonly DetectedContent[]
  /** `Person.id`s of those who may release a hold alone. */
  readonly releasers: readonly string[]
  /** Whether values that stand in a statement stay out of the channel. */
  readonly hidesLiterals: boolean
}

/** Every window that some rule asks about. */
export function spentScopes({ rules }: LoadedPolicy): readonly SpendingScope[] {
  return rules.flatMap(({ condition }) => condition.spent)
}

/** Where neither a rule nor the policy's `defaults` say more. */
export const builtInDefaults = {
  expiresSeconds: 1800,
  limits: { rows: 10_000, bytes: 100 * 2 ** 30, seconds: 300 },
} as const satisfies PolicyDefaults
