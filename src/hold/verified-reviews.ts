import type { Ports } from '../ports.ts'
import type { Hold } from './hold.ts'
import type { Review } from './review.ts'

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
