import { type Classification, type Hazard, readKinds, type StatementKind } from '../classify/classification.ts'
import { statementTokens } from '../classify/text/statement-tokens.ts'
import { isWord } from '../classify/text/token.ts'
import { GatewayError } from '../errors.ts'
import type { Dialect, Statement } from '../statement.ts'

export type TransactionEnd = 'commit' | 'rollback'

/** COMMIT or ROLLBACK, and nothing else. */
export function transactionEnd({ sql, dialect }: Pick<Statement, 'sql' | 'dialect'>): TransactionEnd | undefined {
  const [verb, ...rest] = (sql.length > 1_000 ? undefined : statementTokens(sql, dialect)) ?? []
  const noise = dialect === 'snowflake' ? 'WORK' : 'TRANSACTION'
  if (rest.length > 1 || (rest.length === 1 && !isWord(rest[0], noise))) return undefined
  if (isWord(verb, 'COMMIT')) return 'commit'
  return isWord(verb, 'ROLLBACK') ? 'rollback' : undefined
}

const writeKinds: readonly StatementKind[] = ['insert', 'update', 'delete', 'merge']
/** What may run statements that nobody read here, a COMMIT among them, or end the transaction by itself as definitions do. */
const breaking: readonly Hazard[] = ['script', 'dynamic_sql', 'call', 'ddl', 'multi_statement', 'session_change']

/** Whether a transaction can hold it: rows are read or written, and nothing of it could end the transaction. */
export function takesPart({ understood, statements, kind, hazards }: Classification): boolean {
  const known = readKinds.includes(kind) || writeKinds.includes(kind)
  return understood && statements === 1 && known && !hazards.some(hazard => breaking.includes(hazard))
}

/**
 * Whether it reads the same outside of a transaction that has written nothing: Snowflake's only isolation is READ COMMITTED, and
 * BigQuery's is a snapshot, which begins with the first statement inside.
 */
export function readsTheSame(classification: Classification, dialect: Dialect): boolean {
  if (dialect !== 'snowflake') return false
  return takesPart(classification) && readKinds.includes(classification.kind) && classification.writes.length === 0
}

export function transactionOver(detail?: string): GatewayError {
  return new GatewayError('transaction_over', { detail })
}
