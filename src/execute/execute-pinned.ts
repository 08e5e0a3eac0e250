import { asGatewayError, type ErrorCode, GatewayError } from '../errors.ts'
import type { Authorized } from '../hold/authorized.ts'
import type { Credential } from '../mint/minter.ts'
import { leavePinned } from '../pinned/leave-session.ts'
import { enteredPinned, keepSession, type PinnedSession } from '../pinned/pinned-sessions.ts'
import { temporaryLost } from '../pinned/temporary-tables.ts'
import { transactionOver } from '../pinned/transaction.ts'
import type { Connection, Ports } from '../ports.ts'
import { executeOnTemporary } from './execute-on-temporary.ts'
import { stillClaimed } from './in-time.ts'
import type { Execution, KeptSession, PinnedSessions } from './warehouse.ts'

/** Of a statement that surely failed in the warehouse. */
const definite: readonly ErrorCode[] = ['warehouse_error', 'limit_exceeded', 'cancelled']

/**
 * Runs a statement in the warehouse's session of its transaction, or of its temporary tables, which the first one opens. Rejects with
 * `transaction_over`, or `temporary_lost`, where that is gone, or not in this transaction any more: then nothing of the statement
 * ran, and the transaction is lost.
 */
export async function executePinned(
  ports: Ports,
  connection: Connection,
  authorized: Authorized,
  credential: Credential,
  signal: AbortSignal,
): Promise<Execution> {
  const { pinnedSessions } = connection.warehouse
  const { temporary } = authorized.statement
  if (!pinnedSessions) throw new GatewayError('integrity', { detail: 'a pinned session where there are none' })
  const pinned = await enteredPinned(ports, authorized.statement)
  try {
    const session = await sessionOf(ports, connection, pinnedSessions, pinned, { authorized, credential })
    const execute = () => connection.warehouse.execute(authorized, credential, signal, session)
    const within = { kept: session, authorized, credential }
    return temporary ? await executeOnTemporary(ports, connection, within, execute) : await execute()
  } catch (error) {
    const { code } = asGatewayError(error)
    if (!temporary && pinnedSessions.failureEnds && definite.includes(code)) await leavePinned(ports, pinned.id, 'lost')
    if (code !== 'transaction_over') throw error
    await leavePinned(ports, pinned.id, 'lost')
    throw temporary ? temporaryLost(temporary.tables) : error
  }
}

interface Within {
  readonly authorized: Authorized
  readonly credential: Credential
}

async function sessionOf(
  ports: Ports,
  connection: Connection,
  pinnedSessions: PinnedSessions,
  pinned: PinnedSession,
  within: Within,
): Promise<KeptSession> {
  const { id, role, session } = pinned
  const { authorized, credential } = within
  if (role !== authorized.decision.role)
    throw new GatewayError('integrity', { detail: 'another role than what came before it' })
  const kept = {
    sealed: session ?? (await begun(ports, pinnedSessions, id, within)),
    async changed(sealed: string) {
      await keepSession(ports, id, sealed, kept.sealed)
      kept.sealed = sealed
    },
    stillClaimed: () => stillClaimed(ports, connection, authorized, credential),
  }
  return kept
}

/** Its session, of which there is one: another gateway may have opened another while this one stood still. */
async function begun(
  ports: Ports,
  pinnedSessions: PinnedSessions,
  id: string,
  { authorized, credential }: Within,
): Promise<string> {
  const sealed = await pinnedSessions.begin(authorized, credential)
  try {
    await keepSession(ports, id, sealed, undefined)
    return sealed
  } catch (error) {
    await pinnedSessions.end(sealed).catch(() => undefined)
    throw asGatewayError(error).code === 'transaction_over' ? transactionOver('it ended while it began') : error
  }
}
