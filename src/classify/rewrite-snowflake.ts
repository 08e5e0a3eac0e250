import { isWord, type Token } from './token.ts'

/**
 * `FROM IDENTIFIER('db.sch.t')` and `FROM TABLE('db.sch.t')` → `FROM "DB"."SCH"."T"`, which both parsers read. Only the
 * text that is analysed changes; what runs is the agent's own. A name of one part may be a CTE's, a string with escapes
 * may mean other letters, and a name in quotes other rules: those stay what they are, and wait.
 * https://docs.snowflake.com/en/sql-reference/identifier-literal, …/literals-table
 */
export function rewriteSnowflake(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const name = isWord(tokens[at - 1], 'FROM', 'JOIN') ? namedByString(tokens, at) : undefined
    if (name === undefined) result.push(token)
    else {
      result.push(...nameTokens(name, token.spaced))
      at += 3
    }
  }
  return result
}

function namedByString(tokens: readonly Token[], at: number): string | undefined {
  const name = tokens[at + 2]
  if (tokens[at]?.kind !== 'word' || !isWord(tokens[at], 'IDENTIFIER', 'TABLE')) return undefined
  if (!isWord(tokens[at + 1], '(') || !isWord(tokens[at + 3], ')') || name?.plain !== true) return undefined
  return /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){1,2}$/.test(name.value) ? name.value : undefined
}

function nameTokens(name: string, spaced: boolean): readonly Token[] {
  const dot: Token = { kind: 'symbol', text: '.', value: '.', spaced: false }
  return name
    .toUpperCase()
    .split('.')
    .flatMap((part, index): Token[] => {
      const quoted: Token = { kind: 'quoted', text: `"${part}"`, value: part, spaced: index === 0 && spaced }
      return index === 0 ? [quoted] : [dot, quoted]
    })
}
