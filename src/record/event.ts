import type { Classification } from '../classify/classification.ts'
import type { Approvers, Decision, Estimate } from '../decide/decision.ts'
import type { Spending } from '../decide/spending.ts'
import type { ErrorCode, WarehouseError } from '../errors.ts'
import type { Column } from '../execute/warehouse.ts'
import type { WireForm } from '../execute/wire-page.ts'
import type { AskedGrant, Grant } from '../hold/grant.ts'
import type { HoldTerms } from '../hold/hold.ts'
import type { ReviewPlace, ReviewVerdict } from '../hold/review.ts'
import type { Detected, MaskPlan } from '../mask/masked.ts'
import type { SessionId, Statement } from '../statement.ts'

/** Where one masked page lies in the recording store. */
export interface Frame {
  /** Position in the result, from 0. */
  readonly page: number
  readonly rows: number
  /** How they are written. */
  readonly form: WireForm
  /** SHA-256 (hex) of the frame's stored bytes. */
  readonly sha256: string
  readonly bytes: number
  /** Its bytes once it is unpacked. */
  readonly unpacked?: number
  /** Where it lies, in the recording store's own words. */
  readonly place?: string
}

/** A review whose signature was verified, with the signature itself, so that it can be verified again. */
export interface RecordedReview {
  readonly reviewer: string
  readonly verdict: ReviewVerdict
  readonly place: ReviewPlace
  readonly reason?: string
  /** When they signed in for this verdict alone. */
  readonly signedInAt?: number
  readonly at: number
  readonly stage?: number
  /** For deny: what would pass, in the reviewer's SQL. */
  readonly suggestedSql?: string
  /** For approve: what was asked for beside it. */
  readonly grant?: AskedGrant
  readonly jws: string
}

interface Kinds {
  received: { statement: Statement }
  classified: { classification: Classification }
  estimated: { estimate: Estimate }
  decided: { decision: Decision; digest: string; spent?: readonly Spending[] }
  held: { terms: HoldTerms; mac: string }
  /**
   * The execution claim: at most one for each session, ever. `decision` is the one in force when it was won, `reviews`
   * are the reviews it rests on, `grant` what they gave beside it.
   */
  claimed: { by: string; digest: string; decision: Decision; reviews: readonly RecordedReview[]; grant?: Grant }
  /** It ran under a grant, which counts this as one use: who may see it, besides, is who was asked for the held one. */
  granted: { grant: SessionId; by: readonly string[]; until: number; approvers: readonly Approvers[] }
  minted: {
    credential: string
    role: string
    expiresAt: number
    standing: boolean
  }
  /** Written before anything is sent to the warehouse, and only by the holder of the claim. */
  submitting: { submitId: string; by: string }
  executed: {
    warehouseId: string
    columns: readonly Column[]
    milliseconds: number
  }
  masked: { columns: readonly Column[]; masks: MaskPlan; hits: number; detected?: readonly Detected[] }
  /** `until`: when the warehouse stops to take it, where none can be ended before. `left`: its session there could not be ended. */
  ended: { credential: string; milliseconds: number; until?: number; left?: true }
  completed: {
    rows: number
    truncated: boolean
    frames: readonly Frame[]
    columns: readonly Column[]
    masks: MaskPlan
    /** Absent where nothing was. */
    detected?: readonly Detected[]
    milliseconds: number
    affectedRows?: number
    bytesScanned?: number
    cost?: number
    credentialMilliseconds?: number
    /** As `until` of `ended`, where that is known beforehand. */
    credentialUntil?: number
    wayBack?: string
  }
  failed: { code: ErrorCode; message: string; next?: string; warehouse?: WarehouseError }
  unknown: { detail: string }
  denied: { code: ErrorCode; message: string; next?: string; reviews?: readonly RecordedReview[] }
  expired: { reviews: readonly RecordedReview[] }
  cancelled: { by: string }
  /** The grant that was given with this session's approval counts for nothing any more. */
  revoked: { by: string; reason?: string }
  /** Somebody on call wants it ended; what came of that, the closing event says. `by`: `Person.id`. */
  kill: { by: string; reason: string }
  /** Its agent wants it ended while it runs. `by`: its name. */
  withdrawn: { by: string }
  /** Somebody who did not release it has looked at what one person alone let run. `by`: `Person.id`. */
  reviewed: { by: string; comment: string }
}

export type EventKind = keyof Kinds
/** One thing that happened to one session. `at` in milliseconds since the epoch, by the writer's clock. */
export type SessionEvent = {
  [K in EventKind]: { readonly kind: K; readonly at: number } & Readonly<Kinds[K]>
}[EventKind]
export type EventOf<K extends EventKind> = Extract<SessionEvent, { kind: K }>
/** That somebody wants the statement ended. */
export type StopEvent = EventOf<'kill' | 'withdrawn'>

/** The session's state as the record store keeps it: the authority on what may still happen. */
export const sessionStates = [
  'held',
  'claimed',
  'unknown',
  'completed',
  'failed',
  'denied',
  'expired',
  'cancelled',
] as const
export type SessionState = (typeof sessionStates)[number]

/** It waits or runs, or may do so for all that is known. */
export function isUnderWay(state: SessionState): boolean {
  return state === 'held' || state === 'claimed' || state === 'unknown'
}

export interface SessionRecord {
  readonly id: SessionId
  readonly state: SessionState
  readonly events: readonly SessionEvent[]
}

/** One line of a look-up. */
export interface SessionSummary {
  readonly id: SessionId
  readonly state: SessionState
  readonly receivedAt: number
  /** `principalKey` of who asked. */
  readonly principal: string
  readonly agent: string
  readonly connection: string
  readonly kind: string
  readonly tables: readonly string[]
  readonly rule: string
  readonly sql: string
  readonly rows?: number
  /** As it was measured, or else estimated. */
  readonly cost?: number
  /** Its policy kept values out of the channel. Left out where sessions are counted by their shape. */
  readonly hidesLiterals?: true
}
