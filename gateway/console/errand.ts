import type { JWTPayload } from 'jose'
import type { AskedGrant } from '#src/hold/grant.ts'
import type { ReviewVerdict } from '#src/hold/review.ts'
import type { Shown } from '#src/hold/review-hold.ts'
import { parseSessionId, type SessionId } from '#src/statement.ts'
import type { Attempt } from './identity-provider.ts'

/** What somebody signs in for. */
export type Errand =
  | { readonly to: 'look'; readonly hold?: SessionId }
  /** A Slack account of theirs: the invitation as it was sealed. */
  | { readonly to: 'link'; readonly invitation: string }
  /** An approval or a release that counts once its reviewer has signed in again, in the session where it was given. */
  | {
      readonly to: 'approve'
      readonly verdict: Exclude<ReviewVerdict, 'deny'>
      readonly shown: Shown
      readonly reason?: string
      readonly grant?: AskedGrant
      readonly session: string
    }

/** A sign-in under way, as the browser keeps it, sealed. */
export interface UnderWay {
  readonly attempt: Attempt
  readonly errand: Errand
}

/** What `seal` was given; the seal vouches for its form. */
export function underWayOf(payload: JWTPayload | undefined): UnderWay | undefined {
  return payload?.attempt && payload.errand ? (payload as unknown as UnderWay) : undefined
}

export function holdIdOf(text: unknown): SessionId | undefined {
  return typeof text === 'string' ? parseSessionId(text) : undefined
}
