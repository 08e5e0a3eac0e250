import { asGatewayError, type ErrorCode, GatewayError } from '../errors.ts'
import type { Authorized } from '../hold/authorized.ts'
import type { Credential } from '../mint/minter.ts'
import type { Connection, Ports } from '../ports.ts'
import { leaveTransaction } from '../transaction/leave-transaction.ts'
import { temporaryLost } from '../transaction/temporary-tables.ts'
import { transactionOver } from '../transaction/transaction.ts'
import { enteredTransaction, keepSession, type Transaction } from '../transaction/transactions.ts'
import { executeOnTemporary } from './execute-on-temporary.ts'
import { stillClaimed } from './in-time.ts'
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
    const session = await sessionOf(ports, connection, transactions, transaction, { authorized, credential })
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

interface Within {
  readonly authorized: Authorized
  readonly credential: Credential
}

async function sessionOf(
  ports: Ports,
  connection: Connection,
  transactions: TransactionSessions,
  transaction: Transaction,
  within: Within,
): Promise<KeptSession> {
  const { id, role, session } = transaction
  const { authorized, credential } = within
  if (role !== authorized.decision.role)
    throw new GatewayError('integrity', { detail: 'another role than its transaction' })
  const kept = {
    sealed: session ?? (await begun(ports, transactions, id, within)),
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
  transactions: TransactionSessions,
  id: string,
  { authorized, credential }: Within,
): Promise<string> {
  const sealed = await transactions.begin(authorized, credential)
  try {
    await keepSession(ports, id, sealed, undefined)
    return sealed
  } catch (error) {
    await transactions.end(sealed).catch(() => undefined)
    throw asGatewayError(error).code === 'transaction_over' ? transactionOver('it ended while it began') : error
  }
}
