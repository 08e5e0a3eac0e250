import { createHash } from 'node:crypto'
import type { DriverContext, DriverSession, DriverTransaction } from '#src/authenticate/driver-sessions.ts'
import { GatewayError } from '#src/errors.ts'
import type { Journey } from '../../journey/journey.ts'
import { withoutTransaction } from './context-after.ts'

/**
 * The session's context as it is now: a transaction that was committed or rolled back is over, and with AUTOCOMMIT off the next one
 * begins. Where a transaction is, its record says, not what somebody had time to write into the session. Rejects with `conflict` where
 * the next one is not the session's, because another request changed that meanwhile: no COMMIT would reach what is written in it.
 */
export async function currentContext(
  { drivers, transactions }: Pick<Journey, 'drivers' | 'transactions'>,
  session: DriverSession,
  context: DriverContext = session.context,
): Promise<DriverContext> {
  const isOver = async ({ transaction }: DriverContext) =>
    transaction !== undefined && ['committed', 'rolled back'].includes(await transactions.state(transaction.id))
  let [reached, held] = [context, context]
  while (await isOver(reached)) {
    const over = reached.transaction?.id
    held = await drivers.change(session, now => (now.transaction?.id === over ? after(now) : now))
    reached = after(reached)
  }
  if (reached.transaction && reached.transaction.id !== held.transaction?.id)
    throw new GatewayError('conflict', { message: 'The transaction of this session was changed meanwhile.' })
  return reached
}

function after(context: DriverContext): DriverContext {
  const { transaction } = context
  return transaction?.always ? { ...context, transaction: following(transaction) } : withoutTransaction(context)
}

/** Its id follows from the one before: whoever finds that over, on any gateway, goes on in the same one. */
function following({ id, always }: DriverTransaction): DriverTransaction {
  const hex = createHash('sha256').update(`after transaction ${id}`).digest('hex')
  return { ...(always ? { always } : {}), id: hex.slice(0, 32) }
}
