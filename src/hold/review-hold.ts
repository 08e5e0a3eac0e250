import { GatewayError } from '../errors.ts'
import type { FindPerson, Person } from '../principal.ts'
import type { SessionId } from '../statement.ts'
import type { DenialKeeper } from './denial-keeper.ts'
import { type AskedGrant, isOffered } from './grant.ts'
import { type Hold, type HoldTerms, termsHash } from './hold.ts'
import type { HoldStore, Replaced } from './hold-store.ts'
import {
  type CountedReview,
  countReviews,
  isApprovalTime,
  isNeeded,
  isReason,
  isSteppedUp,
  isTheirStage,
  isTooLong,
  isUsed,
  mayGive,
  mayReview,
  needsReason,
  needsStepUp,
  openStage,
  type Quorum,
  quorums,
  type Review,
  type ReviewRefusal,
  stateFromReviews,
} from './review.ts'
import type { ReviewSigner, ReviewVerifier } from './seal.ts'

/** What the bot and the console decide with. */
export interface ReviewPorts {
  readonly holds: HoldStore
  readonly signer: ReviewSigner
  readonly verifier: ReviewVerifier
  readonly person: FindPerson
  /** Groups whose members are Slack's to say; none where reviews are given elsewhere. */
  readonly slackGroups: readonly string[]
  /** Whether a stored hold is one of the gateway's, as far as this process can tell; nothing else is shown or signed. */
  readonly isGenuine: (hold: Hold) => boolean
  readonly denials: Pick<DenialKeeper, 'keep' | 'has'>
}

/** Which terms somebody looked at. All that a button or a form carries: nothing else that comes back is ever believed. */
export interface Shown {
  readonly hold: SessionId
  /** `termsHash` of what was shown. */
  readonly terms: string
}

/** What one person decided. */
export interface Verdict {
  readonly shown: Shown
  readonly person: Person
  readonly verdict: Review['verdict']
  readonly reason?: string
  /** For approve: what is granted beside it. */
  readonly grant?: AskedGrant
  /** For deny: a statement that would pass. */
  readonly suggestedSql?: string
  /** When they signed in for this alone, where they did; milliseconds since the epoch. */
  readonly signedInAt?: number
  /** Whether all of such a statement was before their eyes. */
  readonly sawAll: (terms: HoldTerms) => boolean
}

/** Why a verdict comes to nothing, besides who gave it. */
export type VerdictRefusal =
  | ReviewRefusal
  | 'unknown_hold'
  | 'changed_record'
  | 'not_all_shown'
  | 'too_long'
  | 'lasting_grant'
  | 'expired'
  | 'busy'
  | 'unsure'

export type Reviewed =
  | { readonly state: 'pending' | 'approved' | 'denied'; readonly quorum: readonly Quorum[] }
  | { readonly refusal: VerdictRefusal; readonly hold?: Hold; readonly counted?: readonly CountedReview[] }

const attempts = 8

/**
 * Appends one signed review and moves the hold to the state that all its verified reviews lead to, in one compare-and-swap
 * that the store's own clock must find early enough. Rejects with `holds_unavailable`.
 */
export async function reviewHold(ports: ReviewPorts, verdict: Verdict): Promise<Reviewed> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const found = await lookUpHold(ports, verdict.shown.hold)
    if ('refusal' in found) return found
    const { hold, counted, now: at } = found
    const refusal = refuse(found, verdict) ?? refuseGrant(ports, found, verdict)
    if (refusal) return { refusal, hold, counted }
    if (ports.denials.has(hold.id)) return { refusal: 'not_pending' }
    const review = reviewOf(hold.terms, verdict, {
      at,
      place: ports.signer.place,
      stage: openStage(quorums(hold.terms, counted)) ?? 1,
      groups: verdict.person.groups.filter(group => ports.slackGroups.includes(group)),
    })
    if (needsStepUp(hold.terms, review.verdict) && !isSteppedUp(review)) return { refusal: 'step_up', hold, counted }
    const all = [
      ...counted.filter(({ person }) => person.id !== review.reviewer),
      { ...review, person: verdict.person },
    ]
    const state = stateOf(hold.terms, all)
    const signed = await ports.signer.sign(review)
    const next = { ...hold, state, reviews: [...hold.reviews, signed] }
    const replaced = await put(ports.holds, hold, next, signed)
    if (replaced === 'late') return { refusal: 'expired', hold, counted }
    if (replaced === 'conflict') continue
    if (state === 'denied') await ports.denials.keep(hold.id, signed)
    if (replaced === 'unsure') return { refusal: 'unsure' }
    return { state, quorum: quorums(hold.terms, all) }
  }
  return { refusal: 'busy' }
}

/** As `replace`; where its answer is lost, the store is asked, and `unsure` where it does not say. */
async function put(holds: HoldStore, hold: Hold, next: Hold, signed: string): Promise<Replaced | 'unsure'> {
  try {
    return await holds.replace(hold, next, { before: hold.terms.expiresAt })
  } catch (error) {
    const stored = await holds.fetch(hold.id).catch(() => 'unsure' as const)
    if (stored === 'unsure') return stored
    if (stored?.reviews.includes(signed)) return 'replaced'
    throw error
  }
}

export interface FoundHold {
  readonly hold: Hold
  readonly counted: readonly CountedReview[]
  /** By the hold store's clock; milliseconds since the epoch. */
  readonly now: number
}

/** A genuine hold as stored now, with the reviews that count. Rejects with `holds_unavailable`. */
export async function lookUpHold(
  ports: Pick<ReviewPorts, 'holds' | 'verifier' | 'person' | 'isGenuine'>,
  id: SessionId,
): Promise<FoundHold | { readonly refusal: 'unknown_hold' | 'changed_record' }> {
  const hold = await fetchHold(ports.holds, id)
  if (!hold) return { refusal: 'unknown_hold' }
  if (hold === 'changed_record' || !ports.isGenuine(hold)) return { refusal: 'changed_record' }
  return { hold, counted: await countedReviews(ports, hold), now: await ports.holds.now() }
}

/** A hold that the store holds but that cannot be read is one that somebody else wrote. */
export async function fetchHold(holds: HoldStore, id: string): Promise<Hold | undefined | 'changed_record'> {
  try {
    return await holds.fetch(id)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'integrity') return 'changed_record'
    throw error
  }
}

/** The reviews that count, of those with a signature of ours: whatever else stands in the hold store is somebody else's writing. */
export async function countedReviews(
  { verifier, person }: Pick<ReviewPorts, 'verifier' | 'person'>,
  { terms, reviews }: Pick<Hold, 'terms' | 'reviews'>,
): Promise<readonly CountedReview[]> {
  const verified = await Promise.all(reviews.map(jws => verifier.verify(jws)))
  const signed = verified.filter(review => review !== undefined)
  return countReviews(terms, termsHash(terms), signed, person)
}

/** Why this person may not decide this hold, in this way, now; before anything is opened or signed. */
export function refuse(
  found: FoundHold,
  { shown, person, verdict, reason, suggestedSql, grant, sawAll }: Verdict,
): VerdictRefusal | undefined {
  const { terms, state } = found.hold
  const { now } = found
  if (termsHash(terms) !== shown.terms) return 'other_terms'
  const refusal = mayGive(verdict, person, terms, now)
  if (refusal) return refusal
  if (state !== 'pending') return state === 'expired' ? 'expired' : 'not_pending'
  if (now >= terms.expiresAt) return 'expired'
  const turn = refuseTurn(found, person, verdict)
  if (turn) return turn
  if (verdict === 'approve' && !isApprovalTime(terms, now)) return 'outside_window'
  if (grant && (verdict !== 'approve' || !isOffered(terms, grant))) return 'not_offered'
  if (isTooLong(reason, suggestedSql)) return 'too_long'
  if (needsReason(terms, verdict) && !isReason(reason)) return 'no_reason'
  return verdict === 'deny' || sawAll(terms) ? undefined : 'not_all_shown'
}

/** Whether it is this person's turn. Who has approved may still stop it, whichever stage is open by then. */
function refuseTurn(
  { hold: { terms }, counted, now }: FoundHold,
  person: Person,
  verdict: Review['verdict'],
): VerdictRefusal | undefined {
  if (verdict !== 'deny' && isUsed(accountOf(person), person, counted)) return 'already_reviewed'
  if (verdict === 'release') return undefined
  const approves = verdict === 'approve'
  if (counted.some(({ reviewer }) => reviewer === person.id)) return approves ? 'already_reviewed' : undefined
  const [quorum, waited] = [quorums(terms, counted), now - terms.createdAt]
  if (!isTheirStage(person, quorum, waited)) return 'other_stage'
  return approves && !isNeeded(person, quorum, waited) ? 'not_needed' : undefined
}

/** A grant outlasts what Slack said of its user groups at the click; see `givenGrant`. */
export function refuseGrant(
  { person }: Pick<ReviewPorts, 'person'>,
  { hold, now }: FoundHold,
  verdict: Verdict,
): VerdictRefusal | undefined {
  const known = verdict.grant && person(verdict.person.id)
  return known && mayReview(known, hold.terms, now) ? 'lasting_grant' : undefined
}

function accountOf({ slack }: Person): string | undefined {
  return slack && `${slack.team}/${slack.user}`
}

function reviewOf(
  { statement, digest }: HoldTerms,
  { shown, person, verdict, reason, suggestedSql, grant, signedInAt }: Verdict,
  { stage, groups, ...given }: Required<Pick<Review, 'at' | 'place' | 'stage' | 'groups'>>,
): Review {
  const words = reason?.trim()
  const account = given.place === 'slack' ? accountOf(person) : undefined
  return {
    hold: statement.id,
    digest,
    shown: shown.terms,
    reviewer: person.id,
    verdict,
    ...(stage === 1 ? {} : { stage }),
    ...(words ? { reason: words } : {}),
    ...(suggestedSql ? { suggestedSql } : {}),
    ...(grant ? { grant } : {}),
    ...(groups.length === 0 ? {} : { groups }),
    ...(account === undefined ? {} : { account }),
    ...(signedInAt === undefined ? {} : { signedInAt }),
    ...given,
  }
}

function stateOf(terms: HoldTerms, counted: readonly CountedReview[]) {
  const find = (id: string) => counted.find(({ person }) => person.id === id)?.person
  return stateFromReviews(terms, termsHash(terms), counted, find)
}
