import type { ReviewVerdict } from '../hold/review.ts'

/** What somebody did who gave this verdict: `Approved by …`. */
export const verdictWords: Readonly<Record<ReviewVerdict, string>> = {
  approve: 'Approved',
  deny: 'Denied',
  release: 'Released alone',
}
