import { untoldColumn } from '../classify/classification.ts'
import { actsWhenCompiled, mayBeCompiled } from '../classify/judge/may-be-compiled.ts'
import type { Classified } from '../classify/understand.ts'
import { asGatewayError } from '../errors.ts'
import { NotCompiled } from '../not-compiled.ts'
import type { Ports } from '../ports.ts'
import type { Statement } from '../statement.ts'
import type { Decision, Estimate } from './decision.ts'

/*
 * What the warehouse is asked about a statement before it is decided, and what its silence comes to. Nothing there changes by that.
 */

interface Asked {
  readonly estimate?: Estimate
  readonly fault?: NotCompiled
}

/** An estimate that cannot be had is an empty one: policy treats unknown numbers as too large. */
export async function estimated(
  ports: Ports,
  { statement, classification, connection }: Classified,
  { verdict }: Decision,
): Promise<Asked> {
  if (verdict !== 'allow' && actsWhenCompiled(statement.sql, classification)) return { estimate: {} }
  try {
    return { estimate: await connection.warehouse.estimate(statement, classification) }
  } catch (error) {
    return { estimate: {}, ...faultIn(ports, statement, error, 'no estimate') }
  }
}

/** What people would be asked about because nobody understands it; nothing where the warehouse should not be, or it compiles. */
export async function compiled(
  ports: Ports,
  { statement, classification, connection }: Classified,
  { verdict }: Decision,
): Promise<Asked> {
  const { understood, cause, gate } = classification
  const unread = verdict === 'hold' && !understood && gate.ambiguous === false
  if (!unread || !mayBeCompiled(statement.sql, statement.dialect)) return {}
  try {
    await connection.warehouse.compile(statement)
    return {}
  } catch (error) {
    const { fault } = faultIn(ports, statement, error, 'not compiled')
    // What its names are is not known of a text that was not read.
    return fault && (fault.fault.about === 'syntax' || cause === untoldColumn) ? { fault } : {}
  }
}

function faultIn({ log }: Ports, { id }: Statement, error: unknown, message: string): { readonly fault?: NotCompiled } {
  const { code, detail } = asGatewayError(error)
  log.warn({ session: id, code, detail }, message)
  return error instanceof NotCompiled ? { fault: error } : {}
}

/** Nothing where it does not say. What cannot run shows nothing, so it may go on to be refused in the warehouse's own words. */
export async function readByWarehouse(
  ports: Ports,
  { statement, classification, connection }: Classified,
  { role }: Decision,
): Promise<readonly string[] | 'cannot run' | undefined> {
  try {
    return await connection.warehouse.tables(statement, classification)
  } catch (error) {
    const { code, detail } = asGatewayError(error)
    const cannotRun = error instanceof NotCompiled && error.fault.about !== 'object' && (error.role ?? role) === role
    if (cannotRun || code === 'warehouse_error') return 'cannot run'
    ports.log.warn({ session: statement.id, code, detail }, 'not compared')
    return undefined
  }
}
