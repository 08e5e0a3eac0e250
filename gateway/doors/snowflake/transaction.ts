import { leadingReading } from '#src/classify/leading-tokens.ts'
import { lexSnowflake } from '#src/classify/lexer-snowflake.ts'
import { GateRefusal, isWord } from '#src/classify/token.ts'
import { unsupportedHere } from './envelope.ts'

const readKinds = new Set(['select', 'show', 'describe', 'explain'])

/**
 * The gateway keeps no transaction: each statement runs, and is held, by itself. Reads lose nothing by that, for Snowflake reads
 * what is committed when a statement begins (READ COMMITTED is its only isolation); so BEGIN and COMMIT around reads, and AUTOCOMMIT
 * that is off, are taken. A write could not be rolled back: it is refused.
 */
export function requireTransactionless(sql: string): void {
  if (onlyReads(sql)) return
  throw unsupportedHere(
    'This would be part of a transaction, and the gateway keeps none: it could not be rolled back. Nothing ran. Commit or roll back first, switch autocommit on (ALTER SESSION SET AUTOCOMMIT = TRUE; JDBC: setAutoCommit(true); Python: autocommit=True; SQLAlchemy: isolation_level="AUTOCOMMIT"), and send it again.',
  )
}

/** By its words alone: what is not surely a read counts as a write. */
function onlyReads(sql: string): boolean {
  try {
    const tokens = lexSnowflake(sql)
    // Also FOR UPDATE, whose locks would be gone at once, and steps of a pipe.
    const writes = tokens.some(
      (token, at) => isWord(token, 'INSERT', 'UPDATE', 'DELETE', 'MERGE', '->>') && !isWord(tokens[at + 1], '('),
    )
    return !writes && readKinds.has(leadingReading(tokens, 'snowflake').kind)
  } catch (error) {
    if (error instanceof GateRefusal) return false
    throw error
  }
}
