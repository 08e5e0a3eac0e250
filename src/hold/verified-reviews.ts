import type { Ports } from '../ports.ts'
import { type Hold, type HoldTerms, termsHash } from './hold.ts'
import { type CountedReview, countReviews, type Review } from './review.ts'

export interface VerifiedReview extends Review {
  readonly jws: string
}

/** The reviews of this hold that were really given in Slack or in the console, in their order; the rest counts for nothing. */
export async function verifiedReviews(
  ports: Pick<Ports, 'reviews'>,
  hold: Pick<Hold, 'id' | 'reviews'>,
): Promise<VerifiedReview[]> {
  const verifier = ports.reviews()
  const reviews = await Promise.all(
    hold.reviews.map(async jws => {
      const review = await verifier.verify(jws)
      // What somebody said of another statement is not put into their mouth for this one.
      return review?.hold === hold.id ? { ...review, jws } : undefined
    }),
  )
  return reviews.filter(review => review !== undefined)
}

/** Of those, what counts for the terms on record. */
export async function reviewsThatCount(
  ports: Pick<Ports, 'reviews' | 'person'>,
  terms: HoldTerms,
  hold: Pick<Hold, 'id' | 'reviews'>,
): Promise<readonly CountedReview[]> {
  // Terms may be megabytes, and are asked for at every look.
  if (hold.reviews.length === 0) return []
  return countReviews(terms, termsHash(terms), await verifiedReviews(ports, hold), ports.person)
}
