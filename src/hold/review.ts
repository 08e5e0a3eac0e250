import type { Approvers } from '../decide/decision.ts'
import type { Person, Principal } from '../principal.ts'
import type { SessionId } from '../statement.ts'
import type { HoldState, HoldTerms } from './hold.ts'

/** Where people decide; each place signs with a key of its own. */
export type ReviewPlace = 'slack' | 'console'

/** One person's verdict on one hold, as the place where it was given signs it (`seal.ts`). */
export interface Review {
  readonly hold: SessionId
  readonly digest: string
  /** `termsHash` of what the card showed. */
  readonly shown: string
  /** `Person.id`. */
  readonly reviewer: string
  readonly verdict: 'approve' | 'deny'
  readonly place: ReviewPlace
  /** Required for deny. At most 500 characters. */
  readonly reason?: string
  /** When the reviewer signed in for this verdict alone, by the identity provider's clock; milliseconds since the epoch. */
  readonly signedInAt?: number
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
  | 'step_up'

/** No exemption for anybody: an owner, or the person the agent acts for, never reviews that agent's statements. */
export function isOwnAgent(person: Pick<Person, 'id' | 'subject' | 'email'>, principal: Principal): boolean {
  const agents = [principal.owner, principal.onBehalfOf, principal.subject]
  return [person.id, person.subject, person.email].some(name => name !== undefined && agents.includes(name))
}

/** Whether this person may review these terms at all; the own-agent ban is looked at first. */
export function mayReview(person: Person, terms: HoldTerms): ReviewRefusal | undefined {
  if (isOwnAgent(person, terms.statement.principal)) return 'own_agent'
  if (!terms.approvers.some(({ group }) => person.groups.includes(group))) return 'not_an_approver'
  return undefined
}

/**
 * The state that these reviews lead to. Pure: bot and gateway compute it from the same verified reviews and must agree.
 * One deny denies. Approval needs `people` distinct persons of every group of `approvers`. Reviews that do not belong to these terms, that
 * come from somebody who may not review, or that repeat a person, count for nothing.
 */
export function stateFromReviews(
  terms: HoldTerms,
  shown: string,
  reviews: readonly Review[],
  people: (id: string) => Person | undefined,
): Extract<HoldState, 'pending' | 'approved' | 'denied'> {
  const valid = reviews.flatMap(review => validReview(terms, shown, review, people) ?? [])
  if (valid.some(({ verdict }) => verdict === 'deny')) return 'denied'
  const approved = valid.map(({ person }) => person)
  return quorums(terms, approved).every(({ given, people }) => given >= people) ? 'approved' : 'pending'
}

export type Quorum = Approvers & { readonly given: number }

/** How many distinct persons of each group have agreed so far. */
export function quorums(
  terms: Pick<HoldTerms, 'approvers'>,
  approved: readonly Pick<Person, 'id' | 'groups'>[],
): readonly Quorum[] {
  return terms.approvers.map(({ group, people }) => {
    const given = new Set(approved.filter(person => person.groups.includes(group)).map(({ id }) => id)).size
    return { group, people, given }
  })
}

/** Whether a review is one of these terms, given while they waited, and with the proof of identity that they ask for. */
export function isReviewOf(terms: HoldTerms, shown: string, review: Review): boolean {
  if (review.hold !== terms.statement.id || review.digest !== terms.digest || review.shown !== shown) return false
  if (review.at < terms.createdAt || review.at >= terms.expiresAt) return false
  return !needsStepUp(terms, review.verdict) || isSteppedUp(review)
}

/** A denial never needs more than a click: stopping is always safe. */
export function needsStepUp({ decision }: Pick<HoldTerms, 'decision'>, verdict: Review['verdict']): boolean {
  return decision.stepUp === true && verdict === 'approve'
}

/** A sign-in for one verdict counts for this long. */
const stepUpMilliseconds = 300_000
const skewMilliseconds = 60_000

export function isSteppedUp({ place, signedInAt, at }: Pick<Review, 'place' | 'signedInAt' | 'at'>): boolean {
  if (place !== 'console' || signedInAt === undefined) return false
  return at - signedInAt <= stepUpMilliseconds && signedInAt - at <= skewMilliseconds
}

function validReview(terms: HoldTerms, shown: string, review: Review, people: (id: string) => Person | undefined) {
  if (!isReviewOf(terms, shown, review)) return undefined
  const person = people(review.reviewer)
  return person && !mayReview(person, terms) ? { person, verdict: review.verdict } : undefined
}
