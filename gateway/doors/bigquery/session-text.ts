import { leadingReading } from '#src/classify/text/leading-tokens.ts'
import { statementTokens } from '#src/classify/text/statement-tokens.ts'
import { isWord } from '#src/classify/text/token.ts'
import { GatewayError } from '#src/errors.ts'
import { createsTemporary } from '#src/pinned/temporary-tables.ts'
import { type TransactionEnd, transactionEnd } from '#src/pinned/transaction.ts'

/** What a text says about the session that it comes in. */
type SessionText =
  /** `CALL BQ.ABORT_SESSION()`, and of which session where it says so. */
  | { readonly kind: 'abort'; readonly session?: string }
  | { readonly kind: 'begin' }
  | { readonly kind: 'end'; readonly end: TransactionEnd }

const dialect = 'bigquery'
const longest = 1_000

/** Undefined for every other text, and for one that lexers could read differently. */
export function sessionText(sql: string): SessionText | undefined {
  if (sql.length > longest || !/abort_session|begin|commit|rollback/i.test(sql)) return undefined
  const end = transactionEnd({ sql, dialect })
  if (end) return { kind: 'end', end }
  const tokens = statementTokens(sql, dialect) ?? []
  const [first, second, dot, abort, open, ...rest] = tokens
  if (isWord(first, 'BEGIN') && (!second || (isWord(second, 'TRANSACTION') && tokens.length === 2)))
    return { kind: 'begin' }
  const named = isWord(first, 'CALL') && isWord(second, 'BQ') && isWord(dot, '.') && isWord(abort, 'ABORT_SESSION')
  if (!named || !isWord(open, '(')) return undefined
  const [argument, closing, ...more] = rest
  if (isWord(argument, ')') && !closing) return { kind: 'abort' }
  return argument?.kind === 'string' && isWord(closing, ')') && more.length === 0
    ? { kind: 'abort', session: argument.value }
    : undefined
}

/** What a session would keep besides temporary tables: those after it would mean something else than they say. */
const changing = new Set(['session', 'script', 'transaction', 'call', 'use'])

/** Throws for a text that would change the session in a way that is not followed here. */
export function requireFollowed(sql: string): void {
  const tokens = statementTokens(sql, dialect)
  if (tokens?.some(token => isWord(token, ';'))) throw notFollowed('A script in a session is not followed here.')
  const plain = tokens && !changing.has(leadingReading(tokens, dialect).kind)
  // The names of the warehouse's own session, transaction and jobs are for nobody here.
  if (tokens?.some(({ kind, value }) => kind === 'variable' && value.startsWith('@@')))
    throw notFollowed('System variables say what the warehouse has, not what this session is.', 'Leave out @@.')
  const isTable = tokens?.slice(0, 5).some(token => isWord(token, 'TABLE'))
  if (plain && (isTable || !createsTemporary({ sql, dialect }))) return
  throw notFollowed(
    'Of what a session keeps only temporary tables and transactions are followed here: no variables, settings, functions or procedures.',
  )
}

export function notFollowed(
  message: string,
  next = 'Send it without the session, where it means what it says.',
): GatewayError {
  return new GatewayError('invalid_request', { message, next })
}
