import { asGatewayError, GatewayError } from '../errors.ts'
import { withdrawStatement } from '../hold/stop.ts'
import type { Ports } from '../ports.ts'
import type { SessionId } from '../statement.ts'
import { type OpenSession, openPinned, removeOpen } from './open-sessions.ts'
import {
  type Ended,
  endPinned,
  endUnbegun,
  type FoundSession,
  findPinned,
  forgetSession,
  type PinnedSession,
  waits,
} from './pinned-sessions.ts'
import { taintScope } from './temporary-tables.ts'
import { type TransactionEnd, transactionOver } from './transaction.ts'

/** Sessions that are ended at the same time: one warehouse that does not answer keeps no other waiting. */
const endedAtOnce = 8

/** Whose client is gone: nobody is to be asked about what waits in it. */
async function giveUp(ports: Ports, id: string, found: FoundSession | undefined, as: Ended): Promise<void> {
  if (found?.busy && found.last?.state === 'held') await withdrawStatement(ports, found.busy, 'the end of its session')
  await leavePinned(ports, id, found?.ended ?? as, found?.pinned.count)
}

/**
 * Ends the warehouse's session of one that is over; what was not committed is rolled back by that. With `count`, only where
 * no statement came since: it might be the COMMIT. Never rejects.
 */
export async function leavePinned(ports: Ports, id: string, ended: Ended, count?: number): Promise<void> {
  try {
    const left = await endPinned(ports, id, ended, count)
    if (left && !left.ended) return
    if (left?.session !== undefined) {
      const gone = await ports.connection(left.connection)?.warehouse.pinnedSessions?.end(left.session)
      if (!gone)
        ports.log.warn({ transaction: id }, 'its session in the warehouse cannot be opened, and ends by itself')
      await forgetSession(ports, id)
    }
    await clearTaints(ports, left)
    await removeOpen(ports, id)
  } catch (error) {
    ports.log.warn(
      { transaction: id, code: asGatewayError(error).code },
      'the end of a transaction is to be said again',
    )
  }
}

/** Of temporary tables, which are gone. */
async function clearTaints(ports: Ports, left: PinnedSession | undefined): Promise<void> {
  const cleared = { by: ports.gateway, reason: 'its session has ended', at: ports.clock.now() }
  for (const table of Object.keys(left?.tables ?? {}))
    if (left) await ports.records.clearTaints({ ...cleared, connections: [taintScope(left, left)], table })
}

/**
 * Ends a transaction of which nothing is in the warehouse: false where something is, and the statement `by` has to tell it. Rejects
 * with `session_busy` while another one of it waits or runs, or came just then, and with `transaction_over` where a lost one would be committed.
 */
export async function endedHere(ports: Ports, id: string, end: TransactionEnd, by: SessionId): Promise<boolean> {
  const ended = end === 'commit' ? 'committed' : 'rolled back'
  const found = await findPinned(ports, id)
  if (!found) return (await endUnbegun(ports, id, ended)) || endedHere(ports, id, end, by)
  if (found.busy === by) return false
  if (found.busy) throw waits(found.busy)
  if (found.ended === 'lost' && end === 'commit') throw transactionOver()
  if (!found.ended && found.pinned.session !== undefined) return false
  const { count } = found.pinned
  if (!(await endPinned(ports, id, ended, count))?.ended) throw new GatewayError('session_busy')
  await leavePinned(ports, id, ended)
  return true
}

/** The driver has logged out. A COMMIT that is on its way goes on. */
export async function abandonPinned(ports: Ports, id: string): Promise<void> {
  const found = await findPinned(ports, id)
  if (!found || (found.busy && found.pinned.ending)) return
  await giveUp(ports, id, found, 'rolled back')
}

/**
 * Ends what nobody uses any more: no statement came for `transactionIdleMilliseconds` and none waits with somebody there, nor runs. What ended
 * by a COMMIT whose gateway died before it ended the session is ended here too. Begins with no other one after `stop`.
 */
export async function sweepPinned(ports: Ports, stop?: AbortSignal): Promise<void> {
  const open = (await openPinned(ports)).values()
  const sweepRest = async () => {
    for (const each of open) {
      if (stop?.aborted) return
      await sweepOne(ports, each)
    }
  }
  await Promise.all(Array.from({ length: endedAtOnce }, sweepRest))
}

/** Never rejects: what cannot be looked at right now comes again with the next sweep, and keeps no other from being ended. */
async function sweepOne(ports: Ports, { id, openedAt }: OpenSession): Promise<void> {
  try {
    const found = await findPinned(ports, id)
    const idle = await idleFor(ports, found, openedAt)
    if (found?.ended || (idle !== undefined && idle >= ports.limits().transactionIdleMilliseconds))
      await giveUp(ports, id, found, 'lost')
  } catch (error) {
    ports.log.warn({ transaction: id, code: asGatewayError(error).code }, 'an open transaction could not be looked at')
  }
}

/** Undefined while a statement runs, or waits with somebody there. */
async function idleFor(ports: Ports, found: FoundSession | undefined, openedAt: number): Promise<number | undefined> {
  const usedAt = Math.max(found?.last?.events.at(-1)?.at ?? 0, found?.pinned.usedAt ?? openedAt)
  const since = ports.clock.now() - usedAt
  if (!found?.busy) return since
  const waitsAlone = found.last?.state === 'held' && !(await ports.holds.isAwaited(found.busy))
  return waitsAlone ? since : undefined
}
