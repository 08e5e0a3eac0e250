import { isOpen } from '../decide/approval-window.ts'
import type { Decided } from '../decide/judge.ts'
import type { Ports } from '../ports.ts'
import type { FindPerson } from '../principal.ts'
import { lastEvent } from '../record/session-facts.ts'
import type { StoredGrant } from '../record/stored-grant.ts'
import { canonicalJson } from '../statement.ts'
import { type Grant, grantFrom, grantOffer } from './grant.ts'
import { type HoldTerms, termsHash } from './hold.ts'
import { countReviews, type Review, stateFromReviews } from './review.ts'
import { verifyGrantMac, verifyMac } from './seal.ts'
import { verifiedReviews } from './verified-reviews.ts'

/**
 * The grants that a held statement could run under now, those that end first in front. Rejects with `holds_unavailable` or
 * `record_unavailable`.
 */
export async function liveGrants(
  ports: Ports,
  decided: Pick<Decided, 'statement' | 'classification' | 'decision' | 'estimate'>,
): Promise<readonly Grant[]> {
  const offer = grantOffer(decided)
  if (!offer) return []
  const now = await ports.holds.now()
  // What may be approved at certain times only is not let through by an approval at all others.
  if (!isOpen(decided.decision.approveWithin ?? [], now)) return []
  const stored = await ports.records.grants({ scope: offer.scope, liveAt: now })
  const sound = await Promise.all(stored.map(each => isSound(ports, each)))
  return stored
    .filter(({ grant }, at) => sound[at] && grant.scope === offer.scope && now < grant.until)
    .map(({ grant }) => grant)
}

/**
 * Whether it is one that the gateway recorded and that the people who gave it may give still: a row in the record store proves
 * neither, and somebody who has left the group since grants nothing any more.
 */
export async function isSound(ports: Ports, { grant, mac }: StoredGrant): Promise<boolean> {
  const sound =
    verifyGrantMac(grant, mac, ports.holdKey) && canonicalJson(await givenAgain(ports, grant)) === canonicalJson(grant)
  if (!sound) ports.log.warn({ session: grant.id }, 'a grant does not follow from its approval, and counts for nothing')
  return sound
}

/** The same from the recorded terms and reviews. */
async function givenAgain(ports: Ports, { id }: Grant): Promise<Grant | null> {
  const record = await ports.records.session(id)
  const held = record && lastEvent(record, 'held')
  const given = record && lastEvent(record, 'claimed')?.reviews
  if (!held || !given || !verifyMac(held.terms, held.mac, ports.holdKey)) return null
  const reviews = await verifiedReviews(ports, { id, reviews: given.map(({ jws }) => jws) })
  return givenGrant(held.terms, reviews, ports.person) ?? null
}

/**
 * What these reviews grant. Their approval has to be complete by the groups of the configuration alone: what Slack said of a user
 * group at the click nobody says again while the grant lasts.
 */
export function givenGrant(terms: HoldTerms, reviews: readonly Review[], person: FindPerson): Grant | undefined {
  const shown = termsHash(terms)
  if (stateFromReviews(terms, shown, reviews, id => person(id)) !== 'approved') return undefined
  return grantFrom(terms, countReviews(terms, shown, reviews, person))
}
