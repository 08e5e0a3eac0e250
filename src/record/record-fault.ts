import { untoldColumn } from '../classify/classification.ts'
import type { Decided } from '../decide/judge.ts'
import { GatewayError } from '../errors.ts'
import type { NotCompiled } from '../not-compiled.ts'
import type { Refused } from '../outcome.ts'
import type { Ports } from '../ports.ts'
import { openingSession } from './opening.ts'
import { publicError } from './record-outcome.ts'

const next = 'The statement without this mistake. Nobody was asked about this one, and nothing ran.'

/** What a statement that does not compile comes to, in the place of a hold: on record before its agent hears of it. */
export async function recordFault(ports: Ports, decided: Decided, fault: NotCompiled): Promise<Refused> {
  return recordHeard(ports, decided, heardFault(ports, decided, fault))
}

/** The same of one that was only looked at: who tries words out is on record, and its failures count. */
export async function recordHeard(
  ports: Ports,
  decided: Decided,
  { code, message, warehouse }: GatewayError,
): Promise<Refused> {
  const { statement, decision, classification } = decided
  const at = ports.clock.now()
  const failure = { code, message, next, ...(warehouse ? { warehouse } : {}) }
  const opening = openingSession(decided, 'failed', [{ kind: 'failed', at, ...failure }])
  if (!(await ports.records.open(opening, ports.gateway))) throw new GatewayError('conflict')
  return { status: 'failed', id: statement.id, statement, decision, classification, endedAt: at, ...failure }
}

/** What is said of columns is kept back where any other error of the statement would be; all else is the agent's own words. */
export function heardFault(ports: Pick<Ports, 'maskKey'>, decided: Decided, fault: NotCompiled): GatewayError {
  const { classification, decision } = decided
  // Its tables are known, and what it does with their columns was read as far as there are any.
  const read = classification.cause === untoldColumn ? { ...classification, understood: true } : classification
  if (fault.fault.about === 'names') return publicError({ classification: read, decision }, fault, ports.maskKey())
  if (fault.fault.about === 'object') return new GatewayError('not_compiled', fault)
  return fault
}
