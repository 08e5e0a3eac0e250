import type { Dialect } from '../../statement.ts'
import { lexBigquery } from './lexer-bigquery.ts'
import { lexSnowflake } from './lexer-snowflake.ts'
import { GateRefusal, isWord, type Token } from './token.ts'

/** Without the semicolons at the end; undefined where two lexers could read the text differently. */
export function statementTokens(sql: string, dialect: Dialect): readonly Token[] | undefined {
  try {
    const tokens = dialect === 'snowflake' ? lexSnowflake(sql) : lexBigquery(sql)
    return tokens.slice(0, tokens.findLastIndex(token => !isWord(token, ';')) + 1)
  } catch (error) {
    if (error instanceof GateRefusal) return undefined
    throw error
  }
}
