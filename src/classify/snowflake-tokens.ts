import { lexSnowflake } from './lexer-snowflake.ts'
import { GateRefusal, isWord, type Token } from './token.ts'

/** Without the semicolons at the end; undefined where two lexers could read the text differently. */
export function snowflakeTokens(sql: string): readonly Token[] | undefined {
  try {
    const tokens = lexSnowflake(sql)
    return tokens.slice(0, tokens.findLastIndex(token => !isWord(token, ';')) + 1)
  } catch (error) {
    if (error instanceof GateRefusal) return undefined
    throw error
  }
}
