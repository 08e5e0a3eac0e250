import { asGatewayError, type ErrorCode, GatewayError } from '../errors.ts'
import type { Authorized } from '../hold/authorized.ts'
import type { Credential } from '../mint/minter.ts'
import type { Connection, Ports } from '../ports.ts'
import { leaveTransaction } from '../transaction/leave-transaction.ts'
import { temporaryLost } from '../transaction/temporary-tables.ts'
import { transactionOver } from '../transaction/transaction.ts'
import { enteredTransaction, keepSession, type Transaction } from '../transaction/transactions.ts'
import { executeOnTemporary } from './execute-on-temporary.ts'
import type { Execution, KeptSession, TransactionSessions } from './warehouse.ts'

/** Of a statement that surely failed in the warehouse. */
const definite: readonly ErrorCode[] = ['warehouse_error', 'limit_exceeded', 'cancelled']

/**
 * Runs a statement in the warehouse's session of its transaction, or of its temporary tables, which the first one opens. Rejects with
 * `transaction_over`, or `temporary_lost`, where that is gone, or not in this transaction any more: then nothing of the statement
 * ran, and the transaction is lost.
 */
export async function executeInTransaction(
  ports: Ports,
  connection: Connection,
  authorized: Authorized,
  credential: Credential,
  signal: AbortSignal,
): Promise<Execution> {
  const { transactions } = connection.warehouse
  const { temporary } = authorized.statement
  if (!transactions) throw new GatewayError('integrity', { detail: 'a transaction where there are none' })
  const transaction = await enteredTransaction(ports, authorized.statement)
  try {
    const session = await sessionOf(ports, transactions, transaction, { authorized, credential })
    const execute = () => connection.warehouse.execute(authorized, credential, signal, session)
    const within = { kept: session, authorized, credential }
    return temporary ? await executeOnTemporary(ports, connection, within, execute) : await execute()
  } catch (error) {
    const { code } = asGatewayError(error)
    if (!temporary && transactions.failureEnds && definite.includes(code))
      await leaveTransaction(ports, transaction.id, 'lost')
    if (code !== 'transaction_over') throw error
    await leaveTransaction(ports, transaction.id, 'lost')
    throw temporary ? temporaryLost(temporary.tables) : error
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
  const kept = {
    sealed: session ?? (await transactions.begin(authorized, credential)),
    async changed(sealed: string) {
      await keepSession(ports, id, sealed)
      kept.sealed = sealed
    },
  }
  if (session !== undefined) return kept
  try {
    await kept.changed(kept.sealed)
  } catch (error) {
    await transactions.end(kept.sealed).catch(() => undefined)
    throw asGatewayError(error).code === 'transaction_over' ? transactionOver('it ended while it began') : error
  }
  return kept
}
