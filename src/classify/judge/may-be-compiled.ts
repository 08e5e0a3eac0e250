import { didYouMean } from '../../config/problem.ts'
import type { Dialect } from '../../statement.ts'
import type { Classification, StatementKind } from '../classification.ts'
import { requireSize, strictTokens } from '../gate.ts'
import { leadingReading } from '../text/leading-tokens.ts'
import { withoutEnd } from '../text/statement-tokens.ts'
import { isWord, type Token, unlessRefused } from '../text/token.ts'

/** Kinds that Snowflake explains. */
export const explained: ReadonlySet<StatementKind> = new Set(['select', 'insert', 'update', 'delete', 'merge'])
/** What is no statement looks like one of them mistyped. */
const mistyped = ['SELECT', 'WITH', 'INSERT', 'UPDATE', 'DELETE', 'MERGE']

/**
 * Whether a text that nobody understands may be put to the warehouse, to be told whether it has a syntax error: one statement
 * whatever its brackets mean, read alike by every lexer, and no larger than what is judged. BigQuery runs nothing of a dry run
 * itself. Of what follows Snowflake's EXPLAIN nobody promises that for every statement, nor for what is computed while it is
 * compiled: there it is a query or a change of rows, and nothing else.
 */
export function mayBeCompiled(sql: string, dialect: Dialect): boolean {
  const statement = unlessRefused(() => sizedStatement(sql, dialect))
  if (!statement?.length || statement.some(token => isWord(token, ';', '->>'))) return false
  // The other database would be asked for its columns.
  if (dialect === 'bigquery') return !statement.some(({ value }) => /^EXTERNAL_QUERY$/i.test(value))
  const { kind } = leadingReading(statement, dialect)
  const isQuery = explained.has(kind) || (kind === 'other' && didYouMean(statement[0]?.value ?? '', mistyped) !== '')
  // Any of them can be called by a name in a string or a bind.
  return isQuery && !statement.some(({ value }) => /^(?:PROCEDURE|CALL|IDENTIFIER)$|SYSTEM\$/i.test(value))
}

/**
 * Whether compiling a statement that was understood may do what people are to be asked about: nobody promises that functions of Snowflake's
 * system wait for it to run, and another database is asked for its columns.
 */
export function actsWhenCompiled(
  sql: string,
  { dialect, hazards }: Pick<Classification, 'dialect' | 'hazards'>,
): boolean {
  return dialect === 'snowflake'
    ? hazards.includes('unknown_function') && /system\$/i.test(sql)
    : hazards.includes('external') && /external_query/i.test(sql)
}

/** Throws GateRefusal. */
function sizedStatement(sql: string, dialect: Dialect): readonly Token[] {
  const tokens = strictTokens(sql, dialect)
  requireSize(tokens)
  return withoutEnd(tokens)
}
