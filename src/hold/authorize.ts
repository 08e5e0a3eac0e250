import { type Decision, obligationsOf } from '../decide/decision.ts'
import { type Decided, judgeCounted, taintsOn } from '../decide/judge.ts'
import { GatewayError } from '../errors.ts'
import { joinPinned } from '../pinned/pinned-sessions.ts'
import { transactionEnd } from '../pinned/transaction.ts'
import type { Ports } from '../ports.ts'
import type { EventOf, SessionRecord } from '../record/event.ts'
import { openingSession } from '../record/opening.ts'
import { findEvent } from '../record/session-facts.ts'
import type { SealedGrant } from '../record/stored-grant.ts'
import { canonicalJson, type SessionId, statementDigest } from '../statement.ts'
import type { Authorized } from './authorized.ts'
import { decideAgain } from './decide-again.ts'
import { type Grant, grantOffer } from './grant.ts'
import { type Hold, type HoldTerms, termsHash } from './hold.ts'
import { waitingHold } from './hold-statement.ts'
import { givenGrant, liveGrants } from './live-grants.ts'
import { isDatedBy, runBy, stateFromReviews } from './review.ts'
import { macGrant, verifyMac } from './seal.ts'
import { type VerifiedReview, verifiedReviews } from './verified-reviews.ts'

/**
 * For what policy allows: opens the session and takes its claim in one durable step. `undefined` where others used up meanwhile
 * what a rule allows; the session is then closed as denied.
 */
export async function authorizeAllowed(ports: Ports, decided: Decided): Promise<Authorized | undefined> {
  const { statement, digest, decision, classification } = decided
  const claimed = { kind: 'claimed', at: ports.clock.now(), by: ports.gateway, digest, decision, reviews: [] } as const
  await joinPinned(ports, decided)
  if (!(await ports.records.open(openingSession(decided, 'claimed', [claimed]), ports.gateway))) {
    throw new GatewayError('conflict')
  }
  const counted = await judgeCounted(ports, decided)
  if (!isStillAllowed(decided, counted)) {
    await denyOvertaken(ports, statement.id, counted)
    return undefined
  }
  return { statement, digest, decision, classification, approved: false } as Authorized
}

/**
 * For what is held, but may run under a grant: opens the session, takes its claim and one use of the grant in one durable step.
 * `undefined` where there is no such grant, or the same statement waits for people already; `overtaken` where others used up
 * meanwhile what a rule allows, and the session is closed as denied.
 */
export async function authorizeGranted(ports: Ports, decided: Decided): Promise<Authorized | 'overtaken' | undefined> {
  const { statement, digest, classification } = decided
  if (!decided.decision.grants || (await waitingHold(ports, decided))) return undefined
  for (const grant of await liveGrants(ports, decided)) {
    const decision = allowedBy(decided.decision, grant)
    const { id, uses, by, until } = grant
    const at = ports.clock.now()
    const granted = { kind: 'granted', at, grant: id, by, until, approvers: decided.decision.approvers ?? [] } as const
    const claimed = { kind: 'claimed', at, by: ports.gateway, digest, decision, reviews: [] } as const
    const session = openingSession(decided, 'claimed', [granted, claimed])
    await joinPinned(ports, decided)
    if (!(await ports.records.open(session, ports.gateway, { id, uses }))) continue
    const counted = await judgeCounted(ports, decided)
    if (grantOffer({ ...decided, decision: counted })?.scope !== grant.scope) {
      await denyOvertaken(ports, statement.id, counted)
      return 'overtaken'
    }
    return { statement, digest, decision, classification, approved: true } as Authorized
  }
  return undefined
}

/** The hold as people decided it beforehand: the same role, limits and masks. */
function allowedBy(held: Decision, { id, by, until }: Grant): Decision {
  const because = `Allowed by grant ${id} of ${by.join(' and ')}, until ${new Date(until).toISOString()}.`
  return {
    verdict: 'allow',
    reasons: [{ code: 'granted', because, instead: 'Without the grant it would wait for people.' }, ...held.reasons],
    ...{ rule: held.rule, role: held.role, ...obligationsOf(held), grant: { id, by, until } },
  }
}

function sealed(ports: Ports, grant: Grant): SealedGrant {
  return { grant, mac: macGrant(grant, ports.holdKey) }
}

/** On the same terms; but what ends a transaction runs nothing of its own, and is possible on whatever terms. */
export function isStillAllowed(
  { statement, decision }: Pick<Decided, 'statement' | 'decision'>,
  counted: Decision,
): boolean {
  if (counted === decision) return true
  const ends = statement.transaction !== undefined && transactionEnd(statement) !== undefined
  return counted.verdict === 'allow' && (ends || allowance(counted) === allowance(decision))
}

/** What policy lets a statement have, as one text. */
const allowance = ({ role, limits, sensitive, detect }: Decision): string =>
  canonicalJson({ role, limits, sensitive, detect })

/** Unless another gateway has taken it over meanwhile: that one knows what comes of it. */
async function denyOvertaken(
  { records, clock, gateway }: Ports,
  id: SessionId,
  { verdict, rule }: Decision,
): Promise<void> {
  const now = verdict === 'allow' ? 'allow it on other terms now' : `${verdict} it now`
  const message = `Statements that came in at the same moment used up what this one needed: rule ${rule} would ${now}.`
  const next = 'Submit it again, one after the other.'
  const denied = { kind: 'denied', at: clock.now(), code: 'too_many', message, next } as const
  await records.conclude(id, ['claimed'], 'denied', [denied], { holder: gateway })
}

/**
 * For what people approved: everything is verified again against the record, the policy decides again, and one unique
 * claim is won. `undefined` where somebody else won it or it is no longer held. Rejects with `integrity`, `hold_expired`,
 * `denied`; the caller closes the session with that.
 */
export async function authorizeApproved(ports: Ports, id: SessionId): Promise<Authorized | undefined> {
  const [record, hold] = await Promise.all([ports.records.session(id), ports.holds.fetch(id)])
  if (record?.state !== 'held' || hold?.state !== 'approved') return undefined
  const { terms, mac } = findEvent(record, 'held')
  const now = await ports.holds.now()
  const reviews = (await verifiedReviews(ports, hold)).filter(review => isDatedBy(review, now))
  verifyApproval(ports, terms, mac, hold, reviews)
  if (now >= runBy(terms, reviews)) throw new GatewayError('hold_expired')
  const tainted = await taintsOn(ports, terms.statement, terms.classification)
  const { spent } = findEvent(record, 'decided')
  const decision = decideAgain(ports, terms, { reviews, spent, tainted, now })
  const grant = givenGrant(terms, reviews, ports.person)
  const claim: EventOf<'claimed'> = {
    kind: 'claimed',
    at: ports.clock.now(),
    by: ports.gateway,
    digest: terms.digest,
    decision,
    reviews,
    ...(grant ? { grant } : {}),
  }
  if (!(await ports.records.claim(id, ports.gateway, claim, grant && sealed(ports, grant)))) return undefined
  await ports.holds.replace(hold, { ...hold, state: 'executing' }).catch(() => 'conflict')
  const { statement, digest, classification } = terms
  return { statement, digest, decision, classification, approved: true } as Authorized
}

/** A session whose claim this gateway holds already (taken over, or left by a fault): for settling, and for resuming. */
export function reauthorize(record: SessionRecord): Authorized {
  const { statement } = findEvent(record, 'received')
  const { classification } = findEvent(record, 'classified')
  const { decision, digest } = findEvent(record, 'claimed')
  const approved = record.events.some(({ kind }) => kind === 'held' || kind === 'granted')
  return { statement, digest, decision, classification, approved } as Authorized
}

function verifyApproval(
  ports: Ports,
  terms: HoldTerms,
  mac: string,
  hold: Hold,
  reviews: readonly VerifiedReview[],
): void {
  const refuse = (detail: string) => new GatewayError('integrity', { detail })
  if (!verifyMac(terms, mac, ports.holdKey)) throw refuse('the recorded terms do not carry our MAC')
  const shown = termsHash(terms)
  if (termsHash(hold.terms) !== shown) throw refuse('the terms in the hold store are not the recorded ones')
  if (statementDigest(terms.statement, terms.decision.role) !== terms.digest) throw refuse('digest differs')
  const state = stateFromReviews(terms, shown, reviews, ports.person)
  if (state !== 'approved') throw refuse(`verified reviews lead to ${state}`)
}
