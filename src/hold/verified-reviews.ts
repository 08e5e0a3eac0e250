import type { Ports } from '../ports.ts'
import type { Hold } from './hold.ts'
import type { Review } from './review.ts'

export interface VerifiedReview extends Review {
  readonly jws: string
}

/** The reviews of a hold that really are the bot's, in their order; the rest counts for nothing. */
export async function verifiedReviews(
  ports: Pick<Ports, 'reviews'>,
  hold: Pick<Hold, 'reviews'>,
): Promise<VerifiedReview[]> {
  const verifier = ports.reviews()
  const reviews = await Promise.all(
    hold.reviews.map(async jws => {
      const review = await verifier.verify(jws)
      return review && { ...review, jws }
    }),
  )
  return reviews.filter(review => review !== undefined)
}
