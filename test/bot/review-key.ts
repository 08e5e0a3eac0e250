import { createPublicKey } from 'node:crypto'
import { reviewKey } from './sample-hold.ts'

/** What the reviews of the bots under test verify with. */
export const publicReviewKey = String(createPublicKey(reviewKey.reveal()).export({ type: 'spki', format: 'pem' }))
