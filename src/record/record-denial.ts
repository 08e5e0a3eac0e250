import type { Decision } from '../decide/decision.ts'
import type { Decided } from '../decide/judge.ts'
import { GatewayError } from '../errors.ts'
import { outcomeContext, type Refused } from '../outcome.ts'
import type { Ports } from '../ports.ts'
import { openingSession } from './opening.ts'

/** A refused statement is a session like any other: on record before the agent hears of it. */
export async function recordDenial(ports: Ports, decided: Decided): Promise<void> {
  const { code, message, next } = denied(decided)
  const event = { kind: 'denied', at: ports.clock.now(), code, message, ...(next ? { next } : {}) } as const
  if (!(await ports.records.open(openingSession(decided, 'denied', [event]), ports.gateway))) {
    throw new GatewayError('conflict')
  }
}

/** What the agent hears of a statement that policy refuses. */
export function denied(decided: Decided): Refused {
  const { code, message, next } = refusalBy(decided.decision)
  return { ...outcomeContext(decided), status: 'denied', code, message, ...(next ? { next } : {}) }
}

/** The rule, why, and what would pass. */
export function refusalBy({ rule, reasons }: Decision): GatewayError {
  const [reason] = reasons
  const failed = reasons.some(({ code }) => code === 'rule_error')
  return new GatewayError(failed ? 'policy_failed' : 'denied', {
    message: `refused by rule ${rule}: ${reason?.because ?? 'denied'}`,
    next: reason?.instead,
  })
}
