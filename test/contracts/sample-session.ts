import { principalKey } from '#src/principal.ts'
import type { EventOf, SessionEvent } from '#src/record/event.ts'
import type { NewSession } from '#src/record/record-store.ts'
import { decision, sampleStatement } from './sample-hold.ts'

/** A session as the journey opens it. */
export function sampleSession(given: Partial<NewSession> = {}): NewSession {
  const statement = sampleStatement(given.agent)
  return {
    id: statement.id,
    state: 'held',
    receivedAt: statement.receivedAt,
    principal: principalKey(statement.principal),
    agent: statement.principal.name,
    connection: 'shop',
    kind: 'delete',
    tables: ['SHOP.PUBLIC.ORDERS'],
    rule: 'writes',
    sql: statement.sql,
    events: [{ kind: 'received', at: statement.receivedAt, statement }],
    ...given,
  }
}

export function claimed(by: string): SessionEvent {
  return {
    kind: 'claimed',
    at: Date.now(),
    by,
    digest: 'd',
    decision,
    reviews: [{ reviewer: 'oncall-1', verdict: 'approve', place: 'slack', at: 3, jws: 'a.b.c' }],
  }
}

export function submitting(by: string): SessionEvent {
  return { kind: 'submitting', at: Date.now(), by, submitId: 's' }
}

export function completed(rows: number): EventOf<'completed'> {
  const result = { rows, truncated: false, frames: [], columns: [], masks: [], milliseconds: 12 }
  return { kind: 'completed', at: Date.now(), ...result }
}

export const cancelled: EventOf<'cancelled'> = { kind: 'cancelled', at: 5, by: 'agent-1' }
