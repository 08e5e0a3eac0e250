import { randomUUID } from 'node:crypto'
import { shapeOf } from '../classify/shape.ts'
import type { Decided } from '../decide/judge.ts'
import { asGatewayError, GatewayError } from '../errors.ts'
import { joinPinned } from '../pinned/pinned-sessions.ts'
import type { Ports } from '../ports.ts'
import { principalKey } from '../principal.ts'
import { openingSession } from '../record/opening.ts'
import { findEvent } from '../record/session-facts.ts'
import type { SessionId, Statement } from '../statement.ts'
import { grantOffer } from './grant.ts'
import { historyOf, shapeKey } from './history.ts'
import type { Hold, HoldTerms } from './hold.ts'
import { macTerms } from './seal.ts'

/** How long somebody counts as waiting after a door last asked. Twice the longest bounded wait of a door. */
export const awaitedMilliseconds = 120_000

/**
 * Fourth stage, for what people must decide: records the hold first, then shows it in the hold store. Where the hold store
 * fails after the record, the statement still waits: the keeper puts it there later. The same statement of the same
 * principal finds its waiting hold instead of a second card. Rejects with `too_many`, `holds_unavailable` or
 * `record_unavailable`; then nothing is held, or the same request finds it, where that `hasKey`. Rejects with `outcome_unknown` where
 * it may be held, and would be held twice if it came again.
 */
export async function holdStatement(ports: Ports, decided: Decided, hasKey: boolean): Promise<SessionId> {
  const same = await waitingHold(ports, decided)
  if (same) {
    await ports.holds.touch(same, awaitedMilliseconds)
    return same
  }
  await reservePlace(ports, decided.statement)
  const shape = shapeOf(decided.statement, decided.classification)
  const key = shapeKey(decided.statement, shape)
  const history = await historyOf(ports, key, ports.clock.now())
  const grantable = grantOffer(decided, shape)
  const terms = { ...newTerms(decided, await ports.holds.now()), history, ...(grantable ? { grantable } : {}) }
  const mac = macTerms(terms, ports.holdKey)
  const opening = openingSession(decided, 'held', [{ kind: 'held', at: ports.clock.now(), terms, mac }])
  await joinPinned(ports, decided)
  const opened = ports.records.open({ ...opening, shape: key }, ports.gateway)
  if (!(await (hasKey ? opened : opened.catch(asMaybeHeld(decided.statement.id))))) {
    throw new GatewayError('conflict')
  }
  try {
    await ports.holds.create(newHold(terms, mac))
    await ports.holds.touch(terms.statement.id, awaitedMilliseconds)
  } catch (error) {
    ports.log.warn({ session: terms.statement.id, code: asGatewayError(error).code }, 'hold recorded, not yet shown')
  }
  return terms.statement.id
}

/** The hold of the same statement of the same principal that waits already. */
export async function waitingHold(ports: Ports, { statement, digest }: Decided): Promise<SessionId | undefined> {
  const owner = principalKey(statement.principal)
  const same = await ports.holds.findWaiting(owner, digest)
  return same && (await isWaiting(ports, same, owner, digest)) ? same : undefined
}

/** The hold store is not believed about whose session it names: the answer will be what the record says of that session. */
async function isWaiting(ports: Ports, id: SessionId, owner: string, digest: string): Promise<boolean> {
  const record = await ports.records.session(id)
  const terms = record?.state === 'held' ? findEvent(record, 'held').terms : undefined
  return terms?.digest === digest && principalKey(terms.statement.principal) === owner
}

const asMaybeHeld =
  (id: SessionId) =>
  (error: unknown): never => {
    if (asGatewayError(error).code !== 'record_unavailable') throw error
    throw new GatewayError('outcome_unknown', {
      message: `Nobody said whether the statement is on record: ${id} may wait for people.`,
      next: `Ask for ${id}. Submit the statement again only where that is not known.`,
      cause: error,
    })
  }

export function newHold(terms: HoldTerms, mac: string): Hold {
  return { id: terms.statement.id, version: 1, state: 'pending', terms, mac, reviews: [], cards: [] }
}

async function reservePlace({ holds, limits }: Ports, { id, principal }: Statement): Promise<void> {
  const { pending } = limits()
  if (await holds.reserve(id, principalKey(principal), pending)) return
  throw new GatewayError('too_many', {
    message: `${pending} statements of this principal wait for people already.`,
    next: 'Wait for them, or withdraw some.',
  })
}

function newTerms(decided: Decided, now: number): HoldTerms {
  const { statement, digest, classification, decision, estimate, told } = decided
  if (!decision.approvers || !decision.expiresSeconds) {
    throw new GatewayError('policy_failed', { detail: `rule ${decision.rule} holds without approvers or expiry` })
  }
  return {
    statement,
    digest,
    classification,
    decision,
    approvers: decision.approvers,
    ...(estimate ? { estimate } : {}),
    ...(told ? { told } : {}),
    createdAt: now,
    expiresAt: now + decision.expiresSeconds * 1000,
    nonce: randomUUID(),
  }
}
