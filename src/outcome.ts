import type { Classification } from './classify/classification.ts'
import type { Decision, Estimate } from './decide/decision.ts'
import type { ErrorCode, WarehouseError } from './errors.ts'
import type { HoldState } from './hold/hold.ts'
import type { Quorum } from './hold/review.ts'
import type { MaskedResult, RecordedPages } from './mask/masked.ts'
import type { SessionId, Statement } from './statement.ts'

/** What every outcome says of the statement it belongs to. */
export interface OutcomeContext {
  readonly id: SessionId
  readonly statement: Statement
  readonly decision: Decision
  readonly classification: Classification
}

export function outcomeContext({ statement, decision, classification }: Omit<OutcomeContext, 'id'>): OutcomeContext {
  return { id: statement.id, statement, decision, classification }
}

export interface Pending extends OutcomeContext {
  readonly status: 'pending'
  /** `pending`: waits for people. `approved` and `executing`: runs or is about to. `unknown`: being settled. */
  readonly state: Extract<HoldState, 'pending' | 'approved' | 'executing' | 'unknown'>
  readonly expiresAt: number
  /** How far each group is; empty once it no longer waits. */
  readonly approvals: readonly Quorum[]
  /** What is estimated, as far as it is for the agent to hear. */
  readonly told?: Estimate
}

export interface Completed extends OutcomeContext {
  readonly status: 'completed'
  readonly result: MaskedResult
  readonly recorded: RecordedPages
  readonly rows: number
  readonly truncated: boolean
  readonly affectedRows?: number
  readonly milliseconds: number
  /** Milliseconds since the epoch. */
  readonly endedAt: number
  readonly bytesScanned?: number
  readonly role: string
  readonly credentialMilliseconds?: number
  readonly approvedBy: readonly {
    readonly reviewer: string
    readonly reason?: string
    /** Without the others whose approval it would have needed. */
    readonly alone?: true
  }[]
  readonly wayBack?: string
}

export interface Refused extends OutcomeContext {
  readonly status: 'denied' | 'expired' | 'cancelled' | 'failed'
  /** Milliseconds since the epoch, as the record has it. */
  readonly endedAt?: number
  readonly code: ErrorCode
  readonly message: string
  readonly next?: string
  readonly warehouse?: WarehouseError
  /** The person who denied, with their words. */
  readonly reviewer?: string
  readonly reason?: string
  /** A statement that they would let pass. Data: it never runs by itself. */
  readonly suggestedSql?: string
}

/** All that a door ever renders. A hold is one outcome, shown by each door in its own words. */
export type Outcome = Pending | Completed | Refused

/** Ended by its own agent, before it ran or while it did. */
export function wasCancelled(outcome: Outcome): boolean {
  return 'code' in outcome && outcome.code === 'cancelled'
}
