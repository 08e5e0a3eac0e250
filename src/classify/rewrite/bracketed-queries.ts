import { isWord, type Token } from '../text/token.ts'
import { closingAt, selectAll, symbol, word } from '../text/token-lists.ts'

/**
 * `((SELECT …) UNION …)` → `(SELECT * FROM (SELECT …) UNION …)`, `WITH … (SELECT …) ORDER BY …` → `WITH … SELECT * FROM (SELECT …)
 * ORDER BY …`: as a value one parser does not read the first, and the other forgets the WITH of the second. `x IN ((SELECT …), 'b')` →
 * `x IN (NULL, (SELECT …), 'b')`: where a query comes first, one parser reads no other member.
 */
export function bracketedQueries(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (const [at, token] of tokens.entries()) {
    if (isWord(tokens[at - 1], '(', ')') && beginsQuery(tokens, at) && !isWord(tokens[at - 2], 'FROM', 'JOIN')) {
      const after = tokens[closingAt(tokens, at) + 1]
      const more = isWord(tokens[at - 1], ')') && isWord(after, 'ORDER', 'LIMIT', 'FETCH', 'OFFSET')
      if (isWord(tokens[at - 2], 'IN') && isWord(after, ',')) result.push(word('NULL'), symbol(','))
      if (more || isWord(after, 'UNION', 'EXCEPT', 'INTERSECT', 'MINUS')) result.push(...selectAll(token.spaced))
    }
    result.push(token)
  }
  return result
}

/** An opening bracket, or a row of them, and then a query. */
function beginsQuery(tokens: readonly Token[], at: number): boolean {
  if (!isWord(tokens[at], '(')) return false
  let inner = at + 1
  while (isWord(tokens[inner], '(')) inner += 1
  return isWord(tokens[inner], 'SELECT', 'WITH')
}
