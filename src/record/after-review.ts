import { releaseIn } from '../hold/review.ts'
import type { SessionId } from '../statement.ts'
import type { SessionRecord } from './event.ts'
import { lastEvent } from './session-facts.ts'

/** That somebody else has yet to look at what one person let run alone. */
export interface OpenReview {
  readonly session: SessionId
  /** Milliseconds since the epoch. */
  readonly openedAt: number
  /** Absent: it was not said in Slack yet. */
  readonly told?: ToldReview
}

/** Where it was said first, and when last. */
export interface ToldReview {
  readonly at: number
  readonly channel: string
  readonly ts: string
}

/** Who let a statement run alone, and who has looked at that since. */
export interface Release {
  /** `Person.id`. */
  readonly by: string
  readonly reason: string
  readonly at: number
  readonly reviewed?: { readonly by: string; readonly comment: string; readonly at: number }
}

export function releaseOf(record: SessionRecord): Release | undefined {
  const release = releaseIn(lastEvent(record, 'claimed')?.reviews ?? [])
  if (!release) return undefined
  const reviewed = lastEvent(record, 'reviewed')
  const { reviewer: by, reason = '', at } = release
  return { by, reason, at, ...(reviewed && { reviewed }) }
}

/** A row of an open review, as either database gives it back. */
export function openReviewOf(row: Readonly<Record<string, unknown>>): OpenReview {
  const told = { at: Number(row.told_at), channel: String(row.told_channel), ts: String(row.told_ts) }
  return {
    session: String(row.session),
    openedAt: Number(row.opened_at),
    ...(row.told_at === null ? {} : { told }),
  }
}
