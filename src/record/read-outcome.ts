import { contextName } from '../classify/understand.ts'
import { GatewayError } from '../errors.ts'
import { type Hold, termsHash } from '../hold/hold.ts'
import { quorums, stateFromReviews } from '../hold/review.ts'
import { reviewsThatCount } from '../hold/verified-reviews.ts'
import type { Completed, Outcome, OutcomeContext, Pending, Refused } from '../outcome.ts'
import type { Ports } from '../ports.ts'
import { type Principal, principalKey } from '../principal.ts'
import { canonicalJson, type SessionId, type Submission, sessionIdOf } from '../statement.ts'
import type { RecordedReview, SessionRecord } from './event.ts'
import { findSession } from './joined.ts'
import { completed } from './record-outcome.ts'
import { readPages, recordedPages } from './record-result.ts'
import { findEvent, lastEvent } from './session-facts.ts'

/** What is known of a session now. Any replica can answer. Rejects with `unknown_session`. */
export async function readOutcome(ports: Ports, id: SessionId): Promise<Outcome> {
  const record = await ports.records.session(id)
  if (!record) throw new GatewayError('unknown_session')
  return outcomeOf(ports, record)
}

/** What a session's record says became of it; the hold store adds how far the reviews are. */
export async function outcomeOf(ports: Ports, record: SessionRecord): Promise<Outcome> {
  const context = contextOf(record)
  switch (record.state) {
    case 'held':
    case 'claimed':
    case 'unknown':
      return pending(ports, record, context)
    case 'completed':
      return completedFrom(ports, record, context)
    case 'denied': {
      const { at: endedAt, code, message, next, reviews } = findEvent(record, 'denied')
      const deny = reviews?.find(({ verdict }) => verdict === 'deny')
      return {
        ...context,
        status: 'denied',
        endedAt,
        code,
        message,
        ...(deny && wordsOf(deny)),
        ...(next ? { next } : {}),
      }
    }
    case 'expired': {
      const { at: endedAt } = findEvent(record, 'expired')
      return { ...context, status: 'expired', endedAt, code: 'hold_expired', ...expiryWords(ports, record) }
    }
    case 'cancelled': {
      const { at: endedAt } = findEvent(record, 'cancelled')
      return { ...context, status: 'cancelled', endedAt, code: 'cancelled', message: 'The statement was withdrawn.' }
    }
    case 'failed': {
      const { at: endedAt, code, message, next, warehouse } = findEvent(record, 'failed')
      const more = { ...(next ? { next } : {}), ...(warehouse ? { warehouse } : {}) }
      return { ...context, status: 'failed', endedAt, code, message, ...more }
    }
  }
}

function wordsOf({ reviewer, reason, suggestedSql }: RecordedReview): Partial<Refused> {
  return { reviewer, ...(reason ? { reason } : {}), ...(suggestedSql ? { suggestedSql } : {}) }
}

function expiryWords(ports: Ports, record: SessionRecord): { readonly message: string; readonly next: string } {
  const { terms } = findEvent(record, 'held')
  const { reviews } = findEvent(record, 'expired')
  const given = reviews.map(review => ({ ...review, hold: record.id, digest: terms.digest, shown: termsHash(terms) }))
  if (stateFromReviews(terms, termsHash(terms), given, ports.person) === 'approved')
    return {
      message: 'Approved, but not used in time; nothing ran.',
      next: 'Submit it again, and wait: people are asked anew.',
    }
  const who = given.length === 0 ? 'Nobody' : 'Not enough people'
  return { message: `${who} decided in time; nothing ran.`, next: 'Submit it again when somebody can decide.' }
}

/**
 * What became of an earlier request with this idempotency key, if there was one. Rejects with `idempotency_mismatch` where
 * the key was used for another statement.
 */
export async function sameRequest(
  ports: Ports,
  principal: Principal,
  submission: Submission,
): Promise<Outcome | undefined> {
  if (!submission.idempotencyKey) return undefined
  const id = sessionIdOf(principalKey(principal), submission.idempotencyKey)
  const record = await findSession(ports.records, id)
  if (!record) return undefined
  const { statement } = findEvent(record, 'received')
  const { sql, connection, binds, database, schema, parameters, session } = statement
  const known = ports.connection(connection)
  if (!known) throw new GatewayError('unknown_connection')
  const same =
    // Ids are short enough to be searched for: one may be made to name another's statement.
    principalKey(statement.principal) === principalKey(principal) &&
    sql === submission.sql &&
    connection === submission.connection &&
    database === contextName(submission.database, known, 'database') &&
    schema === contextName(submission.schema, known, 'schema') &&
    session === submission.session &&
    canonicalJson(binds) === canonicalJson(submission.binds ?? []) &&
    canonicalJson(parameters) === canonicalJson(submission.parameters ?? {})
  if (!same) throw new GatewayError('idempotency_mismatch')
  return outcomeOf(ports, record)
}

function contextOf(record: SessionRecord): OutcomeContext {
  const { decision } = lastEvent(record, 'claimed') ?? findEvent(record, 'decided')
  const { statement } = findEvent(record, 'received')
  return { id: record.id, statement, decision, classification: findEvent(record, 'classified').classification }
}

async function pending(ports: Ports, record: SessionRecord, context: OutcomeContext): Promise<Pending> {
  const terms = lastEvent(record, 'held')?.terms
  const hold = record.state === 'held' ? await ports.holds.fetch(record.id).catch(() => undefined) : undefined
  return {
    ...context,
    status: 'pending',
    state: record.state === 'held' ? waitingState(hold) : record.state === 'claimed' ? 'executing' : 'unknown',
    expiresAt: terms?.expiresAt ?? ports.clock.now(),
    approvals: terms ? quorums(terms, hold ? await reviewsThatCount(ports, terms, hold) : []) : [],
    ...(terms?.told ? { told: terms.told } : {}),
  }
}

/** The record says `held` until the claim or the end is durable; the hold store may be a step ahead. */
function waitingState(hold: Hold | undefined): Pending['state'] {
  return hold?.state === 'approved' || hold?.state === 'executing' ? 'approved' : 'pending'
}

function completedFrom(ports: Ports, record: SessionRecord, context: OutcomeContext): Completed {
  const event = findEvent(record, 'completed')
  const { columns, masks, detected = [], frames } = event
  const result = { columns, masks, pages: readPages(ports, record.id, frames), detected: () => detected }
  const recorded = { completed: event, result, recorded: recordedPages(ports, record.id, frames) }
  return completed(context, recorded, lastEvent(record, 'claimed')?.reviews ?? [])
}
