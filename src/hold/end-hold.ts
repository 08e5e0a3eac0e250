import { asGatewayError, GatewayError } from '../errors.ts'
import type { Ports } from '../ports.ts'
import type { SessionRecord } from '../record/event.ts'
import { findEvent, lastEvent } from '../record/session-facts.ts'
import type { SessionId } from '../statement.ts'
import { type Hold, type HoldOutcome, type HoldState, transitions } from './hold.ts'
import { reviewsThatCount, verifiedReviews } from './verified-reviews.ts'

/*
 * The ends of a hold other than running. Each is durable in the record first; the hold store follows, and where it cannot,
 * `followRecord` catches up later. A hold that ended can never run: the claim needs the record's state `held`.
 */

export async function expireHold(ports: Ports, hold: Hold): Promise<void> {
  const reviews = await verifiedReviews(ports, hold)
  const event = { kind: 'expired', at: ports.clock.now(), reviews } as const
  await ports.records.conclude(hold.id, ['held'], 'expired', [event])
  await followRecord(ports, hold.id)
}

/**
 * A person denied. Anybody who can write to the hold store could also say so: stopping is all they can do, and without a
 * signed review nothing of the hold is repeated.
 */
export async function denyHold(ports: Ports, hold: Pick<Hold, 'id' | 'terms' | 'reviews'>): Promise<void> {
  const reviews = await verifiedReviews(ports, hold)
  const deny = reviews.find(({ verdict }) => verdict === 'deny')
  const message = deny
    ? `held statement denied by ${deny.reviewer}: "${deny.reason ?? ''}" (rule ${hold.terms.decision.rule})`
    : 'held statement denied'
  const event = { kind: 'denied', at: ports.clock.now(), code: 'review_denied', message, reviews } as const
  await ports.records.conclude(hold.id, ['held'], 'denied', [event])
  await followRecord(ports, hold.id)
}

/**
 * A person denied, and who signed for that says so itself: it is on record whatever becomes of it in the hold store. Rejects with
 * `integrity` where it is no denial of this hold by somebody whose it is to decide, and with `record_unavailable`.
 */
export async function denyOnRecord(ports: Ports, id: SessionId, review: string): Promise<void> {
  const record = await ports.records.session(id)
  if (record?.state !== 'held') return
  const { terms } = findEvent(record, 'held')
  const counted = await reviewsThatCount(ports, terms, { id, reviews: [review] })
  if (!counted.some(({ verdict }) => verdict === 'deny')) throw new GatewayError('integrity')
  const hold = await ports.holds.fetch(id).catch(() => undefined)
  await denyHold(ports, { id, terms, reviews: [...new Set([...(hold?.reviews ?? []), review])] })
}

/** What was approved may not run after all (`integrity`, a stricter policy): the session is closed with that refusal. */
export async function refuseHold(ports: Ports, hold: Hold, error: GatewayError): Promise<void> {
  const reviews = await verifiedReviews(ports, hold)
  const { code, message, next } = error
  const event = { kind: 'denied', at: ports.clock.now(), code, message, reviews, ...(next ? { next } : {}) } as const
  await ports.records.conclude(hold.id, ['held'], 'denied', [event])
  await followRecord(ports, hold.id)
}

/** The agent withdrew. False where it was too late: it runs, or it has ended. */
export async function cancelHold(ports: Ports, id: SessionId, by: string): Promise<boolean> {
  const event = { kind: 'cancelled', at: ports.clock.now(), by } as const
  const cancelled = await ports.records.conclude(id, ['held'], 'cancelled', [event])
  if (cancelled) await followRecord(ports, id)
  return cancelled
}

/**
 * Brings the hold store to where the record is, step by legal step, so that cards and waiting doors see it. Never
 * rejects: the record is the authority, and the keeper comes by again.
 */
export async function followRecord(ports: Ports, id: SessionId): Promise<void> {
  try {
    const record = await ports.records.session(id)
    if (!record || record.state === 'held') return
    const target: HoldState = record.state === 'claimed' ? 'executing' : record.state
    const end = outcomeForCard(record)
    for (
      let hold = await ports.holds.fetch(id);
      hold && isBehind(hold, target, end);
      hold = await ports.holds.fetch(id)
    ) {
      const state = hold.state === target ? target : nextStep(hold.state, target)
      if (!state) return
      const outcome = state === target ? end : undefined
      const reviews = [...new Set([...hold.reviews, ...(state === 'denied' ? denials(record) : [])])]
      await ports.holds.replace(hold, { ...hold, state, reviews, ...(outcome ? { outcome } : {}) })
    }
  } catch (error) {
    ports.log.warn({ session: id, code: asGatewayError(error).code }, 'the hold store is behind the record')
  }
}

/** A person may deny at the moment at which it ends otherwise on record, as by a kill, which is a denial too. */
function isBehind({ state, outcome }: Hold, target: HoldState, end: HoldOutcome): boolean {
  return state !== target || (outcome === undefined && end.error !== undefined)
}

/** As they were signed: one that was put on record past the hold store is not in there. */
function denials(record: SessionRecord): readonly string[] {
  return (lastEvent(record, 'denied')?.reviews ?? []).map(({ jws }) => jws)
}

/** The first step of the shortest legal way from one state to another. */
function nextStep(from: HoldState, to: HoldState): HoldState | undefined {
  const seen = new Set<HoldState>([from])
  let ways = transitions[from].map(first => ({ first: first as HoldState, at: first as HoldState }))
  while (ways.length > 0) {
    const there = ways.find(way => way.at === to)
    if (there) return there.first
    for (const way of ways) seen.add(way.at)
    ways = ways.flatMap(way =>
      (transitions[way.at] as readonly HoldState[]).filter(at => !seen.has(at)).map(at => ({ first: way.first, at })),
    )
  }
  return undefined
}

function outcomeForCard(record: SessionRecord): HoldOutcome {
  const done = lastEvent(record, 'completed')
  const failed = lastEvent(record, 'failed')
  const cancelled = lastEvent(record, 'cancelled')
  const denied = lastEvent(record, 'denied')
  const rows = done?.affectedRows ?? done?.rows
  return {
    ...(rows === undefined ? {} : { rows }),
    ...(done ? { milliseconds: done.milliseconds } : {}),
    ...(done?.credentialMilliseconds === undefined ? {} : { credentialMilliseconds: done.credentialMilliseconds }),
    ...(done?.credentialUntil === undefined ? {} : { credentialUntil: done.credentialUntil }),
    ...(done && lastEvent(record, 'ended')?.left ? { credentialLeft: true } : {}),
    ...(done?.wayBack ? { wayBack: done.wayBack } : {}),
    ...(failed ? { error: failed.code, message: failed.message } : {}),
    ...(denied && denied.code !== 'review_denied' ? { error: denied.code, message: denied.message } : {}),
    ...(cancelled ? { cancelledBy: cancelled.by } : {}),
  }
}
