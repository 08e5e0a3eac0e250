import { asGatewayError, GatewayError } from '../errors.ts'
import type { Authorized } from '../hold/authorized.ts'
import type { Credential } from '../mint/minter.ts'
import type { Connection, Ports } from '../ports.ts'
import { leaveTransaction } from '../transaction/leave-transaction.ts'
import { transactionOver } from '../transaction/transaction.ts'
import { enteredTransaction, keepSession, type Transaction } from '../transaction/transactions.ts'
import type { Execution, KeptSession, TransactionSessions } from './warehouse.ts'

/**
 * Runs a statement in the warehouse's session of its transaction, which the first one opens. Rejects with `transaction_over` where
 * that is gone, or not in this transaction any more: then nothing of the statement ran, and the transaction is lost.
 */
export async function executeInTransaction(
  ports: Ports,
  { warehouse }: Connection,
  authorized: Authorized,
  credential: Credential,
  signal: AbortSignal,
): Promise<Execution> {
  const { transactions } = warehouse
  if (!transactions) throw new GatewayError('integrity', { detail: 'a transaction where there are none' })
  const transaction = await enteredTransaction(ports, authorized.statement)
  try {
    const session = await sessionOf(ports, transactions, transaction, { authorized, credential })
    return await warehouse.execute(authorized, credential, signal, session)
  } catch (error) {
    if (asGatewayError(error).code === 'transaction_over') await leaveTransaction(ports, transaction.id, 'lost')
    throw error
  }
}

async function sessionOf(
  ports: Ports,
  transactions: TransactionSessions,
  { id, role, session }: Transaction,
  { authorized, credential }: { readonly authorized: Authorized; readonly credential: Credential },
): Promise<KeptSession> {
  if (role !== authorized.decision.role)
    throw new GatewayError('integrity', { detail: 'another role than its transaction' })
  const changed = (sealed: string) => keepSession(ports, id, sealed)
  if (session !== undefined) return { sealed: session, changed }
  const sealed = await transactions.begin(authorized, credential)
  try {
    await changed(sealed)
  } catch (error) {
    await transactions.end(sealed)
    throw asGatewayError(error).code === 'transaction_over' ? transactionOver('it ended while it began') : error
  }
  return { sealed, changed }
}
