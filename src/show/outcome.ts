import type { Grant } from '../hold/grant.ts'
import type { Hold, HoldState } from '../hold/hold.ts'
import { openStage, type Quorum, type Review } from '../hold/review.ts'
import { cut } from './cut.ts'
import { credentialEnd, rowsText } from './facts.ts'
import { boundsWords } from './grant-words.ts'
import { shortLine, visible } from './visible-text.ts'

/** The first words about a hold. */
const stateWords: Record<HoldState, string> = {
  pending: 'Approval needed',
  approved: 'Approved',
  executing: 'Running',
  completed: 'Done',
  failed: 'Failed',
  unknown: 'Outcome unknown',
  denied: 'Denied',
  expired: 'Expired',
  cancelled: 'Withdrawn',
}

/** Killed is no state of its own: it is refused where it waited, and failed where it ran. */
export function stateWord({ state, outcome }: Pick<Hold, 'state' | 'outcome'>): string {
  return outcome?.error === 'killed' ? 'Killed' : stateWords[state]
}

/** A sentence with a part that stands out, or text to be copied as it is. Already visible and cut. */
export type OutcomeLine = { readonly strong?: string; readonly text: string } | { readonly code: string }

/** What came of a hold by these reviews. */
export interface Reviewed {
  /** Those that count, in order. */
  readonly reviews: readonly Review[]
  /** How many of each group have agreed. */
  readonly quorum: readonly Quorum[]
  /** What they grant (`givenGrant`). */
  readonly grant?: Grant | undefined
}

/** What came of a hold. Empty while it is pending. */
export function outcomeOf(hold: Hold, { reviews, quorum, grant }: Reviewed): OutcomeLine[] {
  const { state, terms } = hold
  switch (state) {
    case 'pending':
      return []
    case 'approved':
      return [reviews.length === 0 ? unproven('an approval') : { text: 'Waits to run.' }]
    case 'executing':
      return [{ text: `Runs now as ${shortLine(terms.decision.role, 80)}.` }, ...granted(grant)]
    case 'completed':
      return [...completed(hold), ...granted(grant)]
    case 'failed':
      return [{ strong: wasKilled(hold) ? 'Killed while it ran: ' : 'Failed: ', text: failure(hold) }]
    case 'unknown':
      return [
        { text: 'The answer was lost. The warehouse is asked by our own id; the statement is not sent a second time.' },
      ]
    case 'denied':
      return [denied(hold, reviews)]
    case 'expired':
      return [{ text: expiry(reviews, quorum) }]
    case 'cancelled': {
      const by = hold.outcome?.cancelledBy
      return [{ text: `Withdrawn${by ? ` by ${shortLine(by, 80)}` : ''}. It did not run.` }]
    }
  }
}

/** Whatever kept what was approved from running in time, or people did not decide. */
function expiry(reviews: readonly Review[], quorum: readonly Quorum[]): string {
  const approved = openStage(quorum) === undefined || reviews.some(({ verdict }) => verdict === 'release')
  return approved
    ? 'It was approved, but was not run before the approval expired.'
    : 'Not enough people decided in time. It did not run.'
}

/** By a person, or by the gateway after the approval (the record did not match, the policy had become stricter). */
function denied(hold: Hold, reviews: readonly Review[]): OutcomeLine {
  if (wasKilled(hold)) return { strong: 'Killed before it ran: ', text: failure(hold) }
  if (hold.outcome?.error) return { strong: 'Refused by the gateway: ', text: failure(hold) }
  return reviews.some(({ verdict }) => verdict === 'deny') ? { text: 'It did not run.' } : unproven('a denial')
}

function completed({ outcome }: Hold): OutcomeLine[] {
  const { credentialMilliseconds, credentialUntil: until, credentialLeft: left } = outcome ?? {}
  const end = { ...(until === undefined ? {} : { until }), ...(left ? { left } : {}) }
  const parts = [
    ...(outcome?.rows === undefined ? [] : [rowsText(outcome.rows)]),
    ...(outcome?.milliseconds === undefined ? [] : [`${(outcome.milliseconds / 1000).toFixed(1)} s`]),
    ...(credentialMilliseconds === undefined
      ? []
      : [`credential ${credentialEnd(`${(credentialMilliseconds / 1000).toFixed(1)} s`, end)}`]),
  ]
  const result = { strong: 'Ran once: ', text: parts.join(' · ') || 'done' }
  if (!outcome?.wayBack) return [result]
  return [result, { strong: 'Way back', text: '' }, { code: cut(visible(outcome.wayBack), 500) }]
}

function granted(grant: Grant | undefined): OutcomeLine[] {
  if (!grant) return []
  const bounds = boundsWords({ seconds: (grant.until - grant.at) / 1000, uses: grant.uses })
  return [{ strong: 'Granted: ', text: `statements of its shape run without asking ${bounds}, unless revoked.` }]
}

function wasKilled({ outcome }: Hold): boolean {
  return outcome?.error === 'killed'
}

function failure({ outcome }: Hold): string {
  const code = outcome?.error && outcome.error !== 'killed' ? ` (${shortLine(outcome.error, 40)})` : ''
  return shortLine(outcome?.message ?? 'no reason was recorded', 400) + code
}

/** A state that whoever writes to the hold store could have put there: no review with our signature stands behind it. */
function unproven(what: string): OutcomeLine {
  return { strong: `The hold store says ${what}, but no review that verifies stands behind it.`, text: '' }
}
