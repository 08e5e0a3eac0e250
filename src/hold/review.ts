import { isOpen } from '../decide/approval-window.ts'
import { isAmong, stageOf } from '../decide/approvers.ts'
import type { Approvers } from '../decide/decision.ts'
import type { FindPerson, Person } from '../principal.ts'
import { saysWhy } from '../said.ts'
import type { SessionId } from '../statement.ts'
import { type AskedGrant, isOffered } from './grant.ts'
import type { HoldState, HoldTerms } from './hold.ts'
import { isOwnAgent } from './own-agent.ts'

/** Where people decide; each place signs with a key of its own. */
export type ReviewPlace = 'slack' | 'console'

/** `release`: break-glass, an approval that stands alone. */
export const reviewVerdicts = ['approve', 'deny', 'release'] as const
export type ReviewVerdict = (typeof reviewVerdicts)[number]

/** One person's verdict on one hold, as the place where it was given signs it (`seal.ts`). */
export interface Review {
  readonly hold: SessionId
  readonly digest: string
  /** `termsHash` of what the card showed. */
  readonly shown: string
  /** `Person.id`. */
  readonly reviewer: string
  readonly verdict: ReviewVerdict
  readonly place: ReviewPlace
  /** `TEAM/USER` of the Slack account that the reviewer used. Slack only. */
  readonly account?: string
  /** Which stage was asked; absent for the first. */
  readonly stage?: number
  /** Required for deny and release. At most 500 characters. */
  readonly reason?: string
  /** For deny: a statement that would pass, for the agent to read. It never runs by itself. At most 3,000 characters. */
  readonly suggestedSql?: string
  /** For approve: that statements of the same shape run without asking, so long and so often. */
  readonly grant?: AskedGrant
  /** Groups that Slack said the reviewer was in at the click, of those whose members are Slack's to say. Slack only. */
  readonly groups?: readonly string[]
  /** When the reviewer signed in for this verdict alone, by the identity provider's clock; milliseconds since the epoch. */
  readonly signedInAt?: number
  /** Milliseconds since the epoch, by the hold store's clock. */
  readonly at: number
}

/** Why a person may not review. Closed list. */
export type ReviewRefusal =
  | 'own_agent'
  | 'not_an_approver'
  | 'not_a_releaser'
  | 'other_stage'
  | 'already_reviewed'
  | 'not_needed'
  | 'not_pending'
  | 'no_reason'
  | 'other_terms'
  | 'step_up'
  | 'outside_window'
  | 'not_offered'

/** Whether this person may review these terms at that moment, in whatever stage; the own-agent ban is looked at first. */
export function mayReview(person: Person, terms: HoldTerms, at: number): ReviewRefusal | undefined {
  if (isOwnAgent(person, terms.statement.principal)) return 'own_agent'
  if (!terms.approvers.some(asked => isAmong(person, asked, at - terms.createdAt))) return 'not_an_approver'
  return undefined
}

/** Whether this person may release these terms alone; the own-agent ban is looked at first, without exemption. */
export function mayRelease(person: Person, { statement, decision }: HoldTerms): ReviewRefusal | undefined {
  if (isOwnAgent(person, statement.principal)) return 'own_agent'
  return decision.releasers?.includes(person.id) ? undefined : 'not_a_releaser'
}

/** Whether a verdict of this kind is this person's to give. */
export function mayGive(
  verdict: ReviewVerdict,
  person: Person,
  terms: HoldTerms,
  at: number,
): ReviewRefusal | undefined {
  return verdict === 'release' ? mayRelease(person, terms) : mayReview(person, terms, at)
}

/** A review with the person who gave it. */
export type CountedReview = Review & { readonly person: Person }

/**
 * The reviews that count: of exactly these terms, by somebody whose verdict it is to give, one of each person. Where the store
 * shows several verdicts of one person, a denial counts before a release, and that before an approval. Nobody agrees twice by
 * being linked to somebody else in between.
 */
export function countReviews(
  terms: HoldTerms,
  shown: string,
  reviews: readonly Review[],
  person: FindPerson,
): readonly CountedReview[] {
  const counted = new Map<string, CountedReview>()
  for (const review of reviews) {
    const by = isReviewOf(terms, shown, review) ? person(review.reviewer, review.groups) : undefined
    if (!by || mayGive(review.verdict, by, terms, review.at)) continue
    if (review.verdict !== 'deny' && isUsed(review.account, by, [...counted.values()])) continue
    const before = counted.get(by.id)
    if (!before || weight[review.verdict] > weight[before.verdict]) counted.set(by.id, { ...review, person: by })
  }
  return [...counted.values()]
}

/** Whether somebody else has given one of these reviews from this very account. */
export function isUsed(account: string | undefined, { id }: Person, counted: readonly CountedReview[]): boolean {
  return account !== undefined && counted.some(review => review.account === account && review.person.id !== id)
}

/**
 * The state that these reviews lead to. Pure: bot and gateway compute it from the same verified reviews and must agree.
 * One deny denies. One release approves. Otherwise it takes `people` distinct persons for every entry of `approvers`, each in
 * its stage.
 */
export function stateFromReviews(
  terms: HoldTerms,
  shown: string,
  reviews: readonly Review[],
  person: FindPerson,
): Extract<HoldState, 'pending' | 'approved' | 'denied'> {
  const counted = countReviews(terms, shown, reviews, person)
  if (counted.some(({ verdict }) => verdict === 'deny')) return 'denied'
  if (releaseIn(counted)) return 'approved'
  return openStage(quorums(terms, counted)) === undefined ? 'approved' : 'pending'
}

const weight: Readonly<Record<ReviewVerdict, number>> = { approve: 0, release: 1, deny: 2 }

/** Who let it run alone, where somebody did. */
export function releaseIn<R extends { readonly verdict: ReviewVerdict }>(reviews: readonly R[]): R | undefined {
  return reviews.find(({ verdict }) => verdict === 'release')
}

export type Quorum = Approvers & { readonly given: number }

/** How many distinct persons have agreed so far, for each entry of `approvers`. An approval counts in its own stage only. */
export function quorums(
  terms: Pick<HoldTerms, 'approvers' | 'createdAt'>,
  counted: readonly Pick<CountedReview, 'verdict' | 'person' | 'at' | 'stage'>[],
): readonly Quorum[] {
  return terms.approvers.map(asked => {
    const agreed = counted.filter(
      ({ verdict, person, at, stage = 1 }) =>
        verdict === 'approve' && stage === stageOf(asked) && isAmong(person, asked, at - terms.createdAt),
    )
    return { ...asked, given: agreed.length }
  })
}

/** The stage that is asked now: the first that is not complete. None where all are. */
export function openStage(quorum: readonly Quorum[]): number | undefined {
  const open = quorum.filter(({ given, people }) => given < people).map(stageOf)
  return open.length === 0 ? undefined : Math.min(...open)
}

/** Whether this person is asked in the open stage, of a hold that has waited so long (milliseconds). */
export function isTheirStage(person: Person, quorum: readonly Quorum[], waited: number): boolean {
  const stage = openStage(quorum)
  return quorum.some(asked => stageOf(asked) === stage && isAmong(person, asked, waited))
}

/** Those of the open stage that have not enough yet. */
export function stillAsked(quorum: readonly Quorum[]): readonly Quorum[] {
  const stage = openStage(quorum)
  return quorum.filter(asked => stageOf(asked) === stage && asked.given < asked.people)
}

/** Whether their approval would bring such a hold on. */
export function isNeeded(person: Person, quorum: readonly Quorum[], waited: number): boolean {
  return stillAsked(quorum).some(asked => isAmong(person, asked, waited))
}

/** Whether a pending hold waits for this very person: they are asked at that moment, in its open stage, and have said nothing yet. */
export function waitsFor(person: Person, terms: HoldTerms, counted: readonly CountedReview[], at: number): boolean {
  if (mayReview(person, terms, at) || counted.some(({ reviewer }) => reviewer === person.id)) return false
  return isNeeded(person, quorums(terms, counted), at - terms.createdAt)
}

/** Until when what these reviews approved may begin to run; milliseconds since the epoch. */
export function runBy({ expiresAt, decision }: HoldTerms, reviews: readonly Pick<Review, 'verdict' | 'at'>[]): number {
  const approvals = reviews.filter(({ verdict }) => verdict !== 'deny').map(({ at }) => at)
  if (decision.approvalExpiresSeconds === undefined || approvals.length === 0) return expiresAt
  return Math.min(expiresAt, Math.max(...approvals) + decision.approvalExpiresSeconds * 1000)
}

/** Whether approvals of these terms count at that moment. */
export function isApprovalTime({ decision }: Pick<HoldTerms, 'decision'>, at: number): boolean {
  return isOpen(decision.approveWithin ?? [], at)
}

/**
 * Whether a review is one of these terms, given while they waited, with the reason and the proof of identity that they ask for,
 * and granting no more than they offer.
 */
function isReviewOf(terms: HoldTerms, shown: string, review: Review): boolean {
  if (review.hold !== terms.statement.id || review.digest !== terms.digest || review.shown !== shown) return false
  if (review.at < terms.createdAt || review.at >= terms.expiresAt) return false
  // A denial counts as it is: stopping is always safe.
  if (review.verdict === 'deny') return true
  if (needsReason(terms, review.verdict) && !isReason(review.reason)) return false
  // An emergency keeps no hours.
  if (review.verdict === 'approve' && !isApprovalTime(terms, review.at)) return false
  if (review.grant && (review.verdict !== 'approve' || !isOffered(terms, review.grant))) return false
  return !needsStepUp(terms, review.verdict) || isSteppedUp(review)
}

/**
 * Whether a review is dated as it can be: whoever holds a key could otherwise date an approval into the hours in which it counts,
 * or make it last longer. A denial counts as it is. `now` by the hold store's clock, which may have gone to another machine.
 */
export function isDatedBy({ verdict, at }: Pick<Review, 'verdict' | 'at'>, now: number): boolean {
  return verdict === 'deny' || at <= now + skewMilliseconds
}

export function needsReason({ decision }: Pick<HoldTerms, 'decision'>, verdict: Review['verdict']): boolean {
  return verdict !== 'approve' || decision.approvalReason === true
}

/** A reason has 3 characters that can be seen, and at most 500 without the blanks around it. */
export function isReason(reason: string | undefined): boolean {
  return saysWhy(reason) && !isTooLong(reason)
}

/** Words that are longer are refused and never cut: who reads them would not know that something is missing. */
export function isTooLong(reason = '', suggestedSql = ''): boolean {
  return reason.trim().length > maxCharacters.reason || suggestedSql.length > maxCharacters.suggestedSql
}

const maxCharacters = { reason: 500, suggestedSql: 3_000 } as const

/** A denial never needs more than a click: stopping is always safe. */
export function needsStepUp({ decision }: Pick<HoldTerms, 'decision'>, verdict: Review['verdict']): boolean {
  return decision.stepUp === true && verdict !== 'deny'
}

/** A sign-in for one verdict counts for this long. */
const stepUpMilliseconds = 300_000
const skewMilliseconds = 60_000

export function isSteppedUp({ place, signedInAt, at }: Pick<Review, 'place' | 'signedInAt' | 'at'>): boolean {
  if (place !== 'console' || signedInAt === undefined) return false
  return at - signedInAt <= stepUpMilliseconds && signedInAt - at <= skewMilliseconds
}
