import type { DriverContext, DriverSession } from '#src/authenticate/driver-sessions.ts'
import { readKinds } from '#src/classify/classification.ts'
import { leadingReading } from '#src/classify/text/leading-tokens.ts'
import { statementTokens } from '#src/classify/text/statement-tokens.ts'
import { isWord } from '#src/classify/text/token.ts'
import { GatewayError } from '#src/errors.ts'
import type { SessionId, Submission } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { unsupportedHere } from './envelope.ts'
import type { SessionCommand } from './session-command.ts'

type Transactions = Pick<Journey, 'transactions'>

/**
 * Whether a command about the session is the warehouse's to hear: a COMMIT or ROLLBACK of what was written, and a temporary table.
 * Rejects for what the transaction does not allow now.
 */
export async function isForWarehouse(
  { transactions }: Transactions,
  { context: { transaction } }: DriverSession,
  command: SessionCommand,
  by: SessionId,
): Promise<boolean> {
  if (command.kind === 'temporary') return true
  if (!transaction) return false
  if (command.kind === 'end') return !(await transactions.endedHere(transaction.id, command.end, by))
  const state =
    changesAutocommit(command) || command.kind === 'begin' ? await transactions.state(transaction.id) : 'none'
  if (state === 'lost') throw new GatewayError('transaction_over')
  if (state === 'open' && command.kind !== 'begin')
    throw unsupportedHere('A transaction is open: commit it or roll it back before AUTOCOMMIT changes.')
  return false
}

function changesAutocommit(command: SessionCommand): boolean {
  if (command.kind === 'set') return command.asked.autocommit !== undefined
  return command.kind === 'unset' && command.names.includes('AUTOCOMMIT')
}

/**
 * With AUTOCOMMIT off, what no transaction can hold is committed by itself, as by Snowflake; not while one is open, which it would
 * end.
 */
export async function outsideIfAlone<S extends Submission>(
  { transactions }: Transactions,
  { transaction }: DriverContext,
  submission: S,
): Promise<S> {
  if (!transaction?.always || inTransactions.has(kindOf(submission.sql))) return submission
  if ((await transactions.state(transaction.id)) !== 'none') return submission
  const { transaction: _, ...alone } = submission
  return alone as S
}

/** `undefined`: a text that lexers could read differently. */
const inTransactions = new Set([...readKinds, 'insert', 'update', 'delete', 'merge', undefined])

/** By its first words alone. */
function kindOf(sql: string): string | undefined {
  const tokens = statementTokens(sql, 'snowflake')
  return tokens && leadingReading(tokens, 'snowflake').kind
}

/** A statement that alone asks not to be committed never would be: only what reads loses nothing by that. */
export function requireRead(sql: string): void {
  if (onlyReads(sql)) return
  throw unsupportedHere(
    'AUTOCOMMIT is off for this statement alone, and nobody could commit it. Nothing ran. Begin a transaction (BEGIN), or switch AUTOCOMMIT off for the session.',
  )
}

/** What is not surely a read counts as a write. */
function onlyReads(sql: string): boolean {
  const tokens = statementTokens(sql, 'snowflake')
  if (!tokens) return false
  // Also FOR UPDATE, whose locks would be gone at once, and steps of a pipe.
  const writes = tokens.some(
    (token, at) => isWord(token, 'INSERT', 'UPDATE', 'DELETE', 'MERGE', '->>') && !isWord(tokens[at + 1], '('),
  )
  return !writes && readKinds.includes(leadingReading(tokens, 'snowflake').kind)
}
