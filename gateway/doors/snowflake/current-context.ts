import { createHash } from 'node:crypto'
import type { DriverContext, DriverSession, DriverTransaction } from '#src/authenticate/driver-sessions.ts'
import type { Journey } from '../../journey.ts'
import { withoutTransaction } from './context-after.ts'

/**
 * The session's context as it is now: a transaction that was committed or rolled back is over, and with AUTOCOMMIT off the next one
 * begins. Where a transaction is, its record says, not what somebody had time to write into the session.
 */
export async function currentContext(
  { drivers, transactions }: Pick<Journey, 'drivers' | 'transactions'>,
  session: DriverSession,
  context: DriverContext = session.context,
): Promise<DriverContext> {
  const { transaction } = context
  const state = transaction ? await transactions.state(transaction.id) : 'none'
  if (!transaction || (state !== 'committed' && state !== 'rolled back')) return context
  const after = (context: DriverContext) =>
    transaction.always ? { ...context, transaction: following(transaction) } : withoutTransaction(context)
  await drivers.change(session, now => (now.transaction?.id === transaction.id ? after(now) : now))
  return currentContext({ drivers, transactions }, session, after(context))
}

/** Its id follows from the one before: whoever finds that over, on any gateway, goes on in the same one. */
function following({ id, always }: DriverTransaction): DriverTransaction {
  const hex = createHash('sha256').update(`after transaction ${id}`).digest('hex')
  return { ...(always ? { always } : {}), id: hex.slice(0, 32) }
}
