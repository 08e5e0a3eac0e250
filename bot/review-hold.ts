import { GatewayError } from '#src/errors.ts'
import { type Hold, type HoldTerms, termsHash } from '#src/hold/hold.ts'
import type { HoldStore } from '#src/hold/hold-store.ts'
import { mayReview, type Quorum, quorums, type Review, stateFromReviews } from '#src/hold/review.ts'
import type { ReviewSigner, ReviewVerifier } from '#src/hold/seal.ts'
import type { Person } from '#src/principal.ts'
import type { Shown } from './button.ts'
import { isIntact } from './intact.ts'
import type { Refusal } from './refusals.ts'
import { showStatement } from './shown-statement.ts'

export interface ReviewPorts {
  readonly holds: HoldStore
  readonly signer: ReviewSigner
  readonly verifier: ReviewVerifier
  readonly people: readonly Person[]
}

/** What one person decided, and how much of the statement was before their eyes. */
export interface Verdict {
  readonly shown: Shown
  readonly person: Person
  readonly verdict: Review['verdict']
  readonly reason?: string
  /** `whole`: at the end of the whole text in a modal. */
  readonly from: 'card' | 'whole'
}

export type Reviewed =
  | { readonly state: 'pending' | 'approved' | 'denied'; readonly quorum: readonly Quorum[] }
  | { readonly refusal: Refusal; readonly hold?: Hold; readonly counted?: readonly Review[] }

const attempts = 8

/**
 * Appends one signed review and moves the hold to the state that all its verified reviews lead to, in one compare-and-swap
 * that the store's own clock must find early enough. Rejects with `holds_unavailable`.
 */
export async function reviewHold(ports: ReviewPorts, verdict: Verdict): Promise<Reviewed> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const hold = await fetchHold(ports.holds, verdict.shown.hold)
    if (!hold) return { refusal: 'unknown_hold' }
    if (hold === 'changed_record' || !isIntact(hold)) return { refusal: 'changed_record' }
    const counted = await countedReviews(ports, hold)
    const refusal = refuse(hold, verdict, counted)
    if (refusal) return { refusal, hold, counted }
    const at = await ports.holds.now()
    if (at >= hold.terms.expiresAt) return { refusal: 'expired', hold, counted }
    const review = reviewOf(hold.terms, verdict, at)
    const state = computeState(ports, hold.terms, [...counted, review])
    const next = { ...hold, state, reviews: [...hold.reviews, await ports.signer.sign(review)] }
    const replaced = await ports.holds.replace(hold, next, { before: hold.terms.expiresAt })
    if (replaced === 'late') return { refusal: 'expired', hold, counted }
    if (replaced === 'replaced') return { state, quorum: quorumOf(ports, hold.terms, [...counted, review]) }
  }
  return { refusal: 'busy' }
}

/** A hold that the store holds but that cannot be read is one that somebody else wrote. */
export async function fetchHold(holds: HoldStore, id: string): Promise<Hold | undefined | 'changed_record'> {
  try {
    return await holds.fetch(id)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'integrity') return 'changed_record'
    throw error
  }
}

/**
 * The reviews that count: signed by us, of exactly these terms, by somebody who may review them, the first of each person.
 * Whatever else stands in the hold store is somebody else's writing.
 */
export async function countedReviews(
  { verifier, people }: Pick<ReviewPorts, 'verifier' | 'people'>,
  { terms, reviews }: Pick<Hold, 'terms' | 'reviews'>,
): Promise<Review[]> {
  const shown = termsHash(terms)
  const counted = new Map<string, Review>()
  for (const review of await Promise.all(reviews.map(jws => verifier.verify(jws)))) {
    if (review?.hold !== terms.statement.id || review.digest !== terms.digest || review.shown !== shown) continue
    const person = people.find(({ id }) => id === review.reviewer)
    if (!person || mayReview(person, terms) || counted.has(person.id)) continue
    if (review.at >= terms.createdAt && review.at < terms.expiresAt) counted.set(person.id, review)
  }
  return [...counted.values()]
}

/** Why this person may not decide this hold, in this way, now; before anything is opened or signed. */
export function refuse(
  hold: Hold,
  { shown, person, verdict, reason, from }: Omit<Verdict, 'shown'> & { shown: Shown },
  counted: readonly Review[],
): Refusal | undefined {
  const { terms, state } = hold
  if (termsHash(terms) !== shown.terms) return 'other_terms'
  const refusal = mayReview(person, terms)
  if (refusal) return refusal
  if (state === 'expired') return 'expired'
  if (state !== 'pending') return 'not_pending'
  if (counted.some(({ reviewer }) => reviewer === person.id)) return 'already_reviewed'
  if (verdict === 'deny') return isReason(reason) ? undefined : 'no_reason'
  const { approvable } = showStatement(terms)
  return approvable === 'card' || (approvable === 'modal' && from === 'whole') ? undefined : 'not_all_shown'
}

/** A reason is 3 to 500 characters long without the blanks around it. */
export function isReason(reason: string | undefined): boolean {
  const length = reason?.trim().length ?? 0
  return length >= 3 && length <= 500
}

function reviewOf({ statement, digest }: HoldTerms, { shown, person, verdict, reason }: Verdict, at: number): Review {
  const words = reason?.trim()
  return {
    hold: statement.id,
    digest,
    shown: shown.terms,
    reviewer: person.id,
    verdict,
    ...(words ? { reason: words } : {}),
    at,
  }
}

function computeState({ people }: ReviewPorts, terms: HoldTerms, reviews: readonly Review[]) {
  return stateFromReviews(terms, termsHash(terms), reviews, id => people.find(person => person.id === id))
}

/** How far the people of each group are. */
export function quorumOf(
  { people }: Pick<ReviewPorts, 'people'>,
  terms: HoldTerms,
  reviews: readonly Review[],
): readonly Quorum[] {
  const agreed = new Set(reviews.filter(({ verdict }) => verdict === 'approve').map(({ reviewer }) => reviewer))
  return quorums(
    terms,
    people.filter(person => agreed.has(person.id)),
  )
}
