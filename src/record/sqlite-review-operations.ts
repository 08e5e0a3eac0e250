import type { DatabaseSync } from 'node:sqlite'
import { type OpenReview, openReviewOf, type ToldReview } from './after-review.ts'

export function readReviews(db: DatabaseSync) {
  const open = db.prepare(
    'SELECT * FROM after_review WHERE closed_at IS NULL AND coalesce(told_at, 0) < ? ORDER BY opened_at, session LIMIT ?',
  )
  const one = db.prepare('SELECT * FROM after_review WHERE closed_at IS NULL AND session = ?')
  return {
    openReview: (id: string): OpenReview | undefined => one.all(id).map(openReviewOf)[0],
    openReviews: (toldBefore: number, limit: number): OpenReview[] => open.all(toldBefore, limit).map(openReviewOf),
  }
}

export function writeReviews(db: DatabaseSync) {
  const told = db.prepare(
    'UPDATE after_review SET told_at = ?, told_channel = ?, told_ts = ? WHERE session = ? AND closed_at IS NULL',
  )
  return {
    markReviewTold: (id: string, { at, channel, ts }: ToldReview): boolean =>
      told.run(at, channel, ts, id).changes === 1,
  }
}
