import { leadingReading } from '#src/classify/text/leading-tokens.ts'
import { lexSnowflake } from '#src/classify/text/lexer-snowflake.ts'
import { GateRefusal, isWord, type Token } from '#src/classify/text/token.ts'

/**
 * The statements of a text, each as it stands there. A script, which has semicolons inside, is one; so is a text that lexers
 * could read differently. Each is judged for itself: a cut in a wrong place makes statements that nobody understands, and
 * none that nobody judged.
 */
export function splitStatements(sql: string): readonly string[] {
  const segments = sql.includes(';') ? segmentsOf(sql) : []
  const scripted = segments.some(({ tokens }) => leadingReading(tokens, 'snowflake').kind === 'script')
  if (segments.length < 2 || scripted) return [sql]
  return segments.map(({ tokens: [first], end }) => sql.slice(first?.at, end).trimEnd())
}

interface Segment {
  readonly tokens: readonly Token[]
  /** Where its semicolon is, or the end of the text. */
  readonly end: number
}

function segmentsOf(sql: string): readonly Segment[] {
  const segments: Segment[] = []
  let tokens: Token[] = []
  for (const token of lexed(sql)) {
    if (isWord(token, ';')) {
      segments.push({ tokens, end: token.at ?? sql.length })
      tokens = []
    } else tokens.push(token)
  }
  segments.push({ tokens, end: sql.length })
  return segments.filter(({ tokens }) => tokens.length > 0)
}

function lexed(sql: string): readonly Token[] {
  try {
    return lexSnowflake(sql)
  } catch (error) {
    if (error instanceof GateRefusal) return []
    throw error
  }
}
