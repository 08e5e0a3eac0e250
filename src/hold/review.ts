import type { Person, Principal } from '../principal.ts'
import type { SessionId } from '../statement.ts'
import type { HoldState, HoldTerms } from './hold.ts'

/** One person's verdict on one hold, as the bot signs it (`seal.ts`). */
export interface Review {
  readonly hold: SessionId
  readonly digest: string
  /** `termsHash` of what the card showed. */
  readonly shown: string
  /** `Person.id`. */
  readonly reviewer: string
  readonly verdict: 'approve' | 'deny'
  /** Required for deny. At most 500 characters. */
  readonly reason?: string
  /** Milliseconds since the epoch, by the hold store's clock. */
  readonly at: number
}

/** Why a person may not review. Closed list. */
export type ReviewRefusal =
  | 'own_agent'
  | 'not_an_approver'
  | 'already_reviewed'
  | 'not_pending'
  | 'no_reason'
  | 'other_terms'

/** No exemption for anybody: an owner, or the person the agent acts for, never reviews that agent's statements. */
export function isOwnAgent(person: Pick<Person, 'id'>, principal: Principal): boolean {
  return [principal.owner, principal.onBehalfOf, principal.subject].includes(person.id)
}

/** Whether this person may review these terms at all; the own-agent ban is looked at first. */
export function mayReview(person: Person, terms: HoldTerms): ReviewRefusal | undefined {
  if (isOwnAgent(person, terms.statement.principal)) return 'own_agent'
  if (!person.groups.includes(terms.approvers.group)) return 'not_an_approver'
  return undefined
}

/**
 * The state that these reviews lead to. Pure: bot and gateway compute it from the same verified reviews and must agree.
 * One deny denies. Approval needs `approvers.people` distinct persons. Reviews that do not belong to these terms, that
 * come from somebody who may not review, or that repeat a person, count for nothing.
 */
export function stateFromReviews(
  terms: HoldTerms,
  shown: string,
  reviews: readonly Review[],
  people: (id: string) => Person | undefined,
): Extract<HoldState, 'pending' | 'approved' | 'denied'> {
  const approved = new Set<string>()
  for (const review of reviews) {
    if (review.hold !== terms.statement.id || review.digest !== terms.digest || review.shown !== shown) continue
    const person = people(review.reviewer)
    if (!person || mayReview(person, terms)) continue
    if (review.at < terms.createdAt || review.at >= terms.expiresAt) continue
    if (review.verdict === 'deny') return 'denied'
    approved.add(person.id)
  }
  return approved.size >= terms.approvers.people ? 'approved' : 'pending'
}
