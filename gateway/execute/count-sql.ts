import type { Classification } from '#src/classify/classification.ts'
import type { Statement } from '#src/statement.ts'

/**
 * The SQL that counts what a write would touch, where the statement's binds fit it: those of an UPDATE's assignments
 * would slide into the predicate and count something else.
 */
export function countSqlFor({ binds }: Statement, { kind, countSql }: Classification): string | undefined {
  return binds.length === 0 || kind === 'delete' ? countSql : undefined
}
