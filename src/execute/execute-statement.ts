import { asGatewayError, GatewayError } from '../errors.ts'
import type { Authorized } from '../hold/authorized.ts'
import type { Credential } from '../mint/minter.ts'
import { pinnedTo } from '../pinned/pinned-so-far.ts'
import type { Connection, Ports } from '../ports.ts'
import type { Stage } from '../stage.ts'
import { executePinned } from './execute-pinned.ts'
import { stillClaimed } from './in-time.ts'
import { requireNoNewTaint, requireSameSchema } from './same-schema.ts'
import { pagesWithin, timeLimit } from './time-limit.ts'
import type { Execution } from './warehouse.ts'

/** What the warehouse answered, still unmasked. Only this file makes one. */
export type Executed = Stage<
  { readonly authorized: Authorized; readonly execution: Execution; readonly startedAt: number },
  'executed'
>

/**
 * Sixth stage: submits the statement's exact text once. `signal` ends it (the agent withdrew, the process drains); the
 * decision's time limit ends it too, with `limit_exceeded`.
 */
export async function executeStatement(
  ports: Ports,
  authorized: Authorized,
  credential: Credential,
  signal: AbortSignal,
): Promise<Executed> {
  const { statement, decision } = authorized
  const connection = ports.connection(statement.connection)
  if (!connection) throw new GatewayError('unknown_connection', { detail: 'removed from the configuration' })
  const startedAt = ports.clock.now()
  const limit = timeLimit(decision.limits.seconds * 1000)
  try {
    const execution = await executeUnchanged(
      ports,
      connection,
      authorized,
      credential,
      AbortSignal.any([signal, limit.signal]),
    )
    const limited: Execution = { ...execution, pages: pagesWithin(execution.pages, limit) }
    return { authorized, execution: limited, startedAt } as Executed
  } catch (error) {
    limit.clear()
    // A statement that was cut off may still have run: that outcome is settled, not called a limit.
    if (!limit.signal.aborted || asGatewayError(error).code === 'outcome_unknown') throw error
    throw new GatewayError('limit_exceeded', {
      message: `The statement ran longer than ${decision.limits.seconds} s and was cancelled (rule ${decision.rule}).`,
      next: 'Ask for less at a time: fewer days, columns or rows.',
      cause: error,
    })
  }
}

/**
 * A harmless read runs while the warehouse is asked whether its tables are still the same, and its rows wait for the answer; all
 * else waits for it before it is submitted.
 */
async function executeUnchanged(
  ports: Ports,
  connection: Connection,
  authorized: Authorized,
  credential: Credential,
  signal: AbortSignal,
): Promise<Execution> {
  const same = requireSameSchema(connection, authorized)
  const execute = async () => {
    if (pinnedTo(authorized.statement)) return executePinned(ports, connection, authorized, credential, signal)
    const proven = await stillClaimed(ports, connection, authorized, credential)
    return connection.warehouse.execute(authorized, proven, signal)
  }
  if (!authorized.classification.harmless) {
    await same
    await requireNoNewTaint(ports, authorized)
    const { hazards, writes } = authorized.classification
    // What follows is judged by what it made, also where nobody knows whether it did.
    return execute().finally(() => hazards.includes('ddl') && connection.warehouse.catalog.forget(writes))
  }
  same.catch(() => {})
  const execution = await execute()
  await same
  await requireNoNewTaint(ports, authorized)
  return execution
}

/** What `find` brought back for a statement that was submitted before, by us: the same product as a fresh execution. */
export function executedBefore(authorized: Authorized, execution: Execution, startedAt: number): Executed {
  return { authorized, execution, startedAt } as Executed
}
