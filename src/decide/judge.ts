import type { Classification } from '../classify/classification.ts'
import type { Classified } from '../classify/understand.ts'
import { asGatewayError } from '../errors.ts'
import type { Connection, Ports } from '../ports.ts'
import type { Stage } from '../stage.ts'
import { type Statement, statementDigest } from '../statement.ts'
import type { Decision, Estimate, Policy } from './decision.ts'

/** A statement with its decision, bound by its digest. Only this file makes one. */
export type Decided = Stage<
  {
    readonly statement: Statement
    readonly classification: Classification
    readonly connection: Connection
    readonly decision: Decision
    readonly digest: string
    readonly estimate?: Estimate
    /** When it was understood and decided; milliseconds since the epoch. */
    readonly classifiedAt: number
    readonly decidedAt: number
  },
  'decided'
>

/**
 * Third stage. A statement that policy surely denies never reaches the warehouse, not even its EXPLAIN: the warehouse is asked for
 * an estimate only after a first look, and only where a rule reads it or a person will, and not where the caller wants the
 * decision `without estimate`. Never rejects.
 */
export async function judge(
  ports: Ports,
  classified: Classified,
  asked: 'as needed' | 'without estimate' = 'as needed',
): Promise<Decided> {
  const { statement, classification, connection } = classified
  const policy = ports.policy()
  const look = (estimate?: Estimate) =>
    policy.decide({
      statement,
      classification,
      principal: statement.principal,
      now: statement.receivedAt,
      ...(estimate ? { estimate } : {}),
    })
  const first = look()
  const wanted = asked === 'as needed' && wantsEstimate(policy, first, classification)
  const estimate = wanted ? await estimated(ports, statement, classification, connection) : undefined
  const decision = estimate ? look(estimate) : first
  const digest = statementDigest(statement, decision.role)
  return {
    ...classified,
    decision,
    digest,
    decidedAt: ports.clock.now(),
    ...(estimate ? { estimate } : {}),
  } as unknown as Decided
}

/** Whether the warehouse is asked after a first look without its numbers. */
export function wantsEstimate(policy: Policy, first: Decision, { understood }: Classification): boolean {
  const open = first.verdict === 'allow' || (first.verdict === 'deny' && first.unsure === true)
  return understood && (first.verdict === 'hold' || (policy.needsEstimate && open))
}

/** An estimate that cannot be had is an empty one: policy treats unknown numbers as too large. */
async function estimated(
  ports: Ports,
  statement: Statement,
  classification: Classification,
  connection: Connection,
): Promise<Estimate> {
  try {
    return await connection.warehouse.estimate(statement, classification)
  } catch (error) {
    const { code, detail } = asGatewayError(error)
    ports.log.warn({ session: statement.id, code, detail }, 'no estimate')
    return {}
  }
}
