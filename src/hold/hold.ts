import type { Classification } from '../classify/classification.ts'
import type { Approvers, Decision, Estimate } from '../decide/decision.ts'
import { canonicalJson, type SessionId, type Statement, sha256 } from '../statement.ts'
import type { GrantOffer } from './grant.ts'
import type { History } from './history.ts'

/** The states of a hold and where each may go. What is not listed never happens. */
export const transitions = {
  pending: ['approved', 'denied', 'expired', 'cancelled'],
  approved: ['executing', 'expired', 'cancelled', 'denied'],
  executing: ['completed', 'failed', 'unknown'],
  unknown: ['completed', 'failed'],
  completed: [],
  failed: [],
  // Until it is on record, where it may have ended otherwise at that moment.
  denied: ['expired', 'cancelled'],
  expired: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>

export type HoldState = keyof typeof transitions
export const holdStates = Object.keys(transitions) as readonly HoldState[]

export function mayMove(from: HoldState, to: HoldState): boolean {
  return (transitions[from] as readonly HoldState[]).includes(to)
}

/** It will not run any more, nor does it wait. */
export function isTerminal(state: HoldState): boolean {
  return state === 'denied' || transitions[state].length === 0
}

/**
 * What is held, as first recorded: never changes. The card shows nothing that is not in here (or in the hold's
 * progress), and a review is bound to `termsHash(terms)`, so an approver approves exactly what was shown.
 */
export interface HoldTerms {
  readonly statement: Statement
  /** `statementDigest(statement, decision.role)`. */
  readonly digest: string
  readonly classification: Classification
  readonly decision: Decision
  /** All of them have to agree. Never empty. */
  readonly approvers: readonly Approvers[]
  readonly estimate?: Estimate
  /** What its agent is told of the estimate. */
  readonly told?: Estimate
  readonly history?: History
  /** What approvers may grant beside their approval; absent: nothing. */
  readonly grantable?: GrantOffer
  /** Milliseconds since the epoch, by the hold store's clock. */
  readonly createdAt: number
  readonly expiresAt: number
  /** Random; makes the terms of two equal statements differ. */
  readonly nonce: string
}

/** Where the bot put a card. */
export interface CardRef {
  readonly team: string
  readonly channel: string
  readonly ts: string
  /** By the bot that put it there; see `bot/card-seal.ts`. A card without one is none. */
  readonly proof: string
  /** The file with the whole statement, where it did not fit on the card. */
  readonly file?: string
  /** The hold's `version` that the card shows. */
  readonly shows: number
}

/** What came of it, for the card. No value from a table. */
export interface HoldOutcome {
  readonly rows?: number
  readonly milliseconds?: number
  /** How long the one-statement credential was in use. */
  readonly credentialMilliseconds?: number
  /** When the warehouse stops to take it, where it cannot be ended. */
  readonly credentialUntil?: number
  /** Its session in the warehouse could not be ended. */
  readonly credentialLeft?: true
  readonly wayBack?: string
  /** Error code of `errorTable`, for failed. */
  readonly error?: string
  readonly message?: string
  readonly cancelledBy?: string
}

/** A hold as the hold store keeps it. `version` counts every replace; it is the compare-and-swap token. */
export interface Hold {
  readonly id: SessionId
  readonly version: number
  readonly state: HoldState
  readonly terms: HoldTerms
  /** HMAC-SHA-256 (hex) by the gateway over the terms; see `seal.ts`. */
  readonly mac: string
  /** Reviews as signed by the bot (compact JWS), in the order they came. The state is computed from them. */
  readonly reviews: readonly string[]
  readonly cards: readonly CardRef[]
  /** What was said in the card's thread already. */
  readonly told?: readonly string[]
  /** Put back after the store had lost it: a card of it may be there already. */
  readonly rebuilt?: true
  readonly outcome?: HoldOutcome
}

export function termsHash(terms: HoldTerms): string {
  return sha256(canonicalJson(terms))
}
