import type { Dialect } from '../../statement.ts'
import { lexBigquery } from './lexer-bigquery.ts'
import { lexSnowflake } from './lexer-snowflake.ts'
import { isWord, type Token, unlessRefused } from './token.ts'

/** Without the semicolons at the end; undefined where two lexers could read the text differently. */
export function statementTokens(sql: string, dialect: Dialect): readonly Token[] | undefined {
  return unlessRefused(() => withoutEnd(dialect === 'snowflake' ? lexSnowflake(sql) : lexBigquery(sql)))
}

export const withoutEnd = (tokens: readonly Token[]): readonly Token[] =>
  tokens.slice(0, tokens.findLastIndex(token => !isWord(token, ';')) + 1)
