import type { Decided } from '../decide/judge.ts'
import { principalKey } from '../principal.ts'
import type { SessionEvent, SessionState } from './event.ts'
import type { NewSession } from './record-store.ts'

/** The first events of every session, whatever was decided: what was asked, understood, estimated and decided. */
export function openingSession(
  { statement, classification, decision, digest, estimate, spent, classifiedAt, decidedAt }: Decided,
  state: SessionState,
  further: readonly SessionEvent[],
): NewSession {
  return {
    id: statement.id,
    state,
    receivedAt: statement.receivedAt,
    principal: principalKey(statement.principal),
    agent: statement.principal.name,
    connection: statement.connection,
    kind: classification.kind,
    tables: [...new Set([...classification.writes, ...classification.reads])],
    rule: decision.rule,
    sql: statement.sql,
    events: [
      { kind: 'received', at: statement.receivedAt, statement },
      { kind: 'classified', at: classifiedAt, classification },
      ...(estimate ? [{ kind: 'estimated', at: decidedAt, estimate } as const] : []),
      { kind: 'decided', at: decidedAt, decision, digest, ...(spent && { spent }) },
      ...further,
    ],
  }
}
