import { isField, isName, isWord, type Token } from '../text/token.ts'
import { word } from '../text/token-lists.ts'

/**
 * `FULL OUTER UNION ALL BY NAME` and the like → `UNION ALL BY NAME` where the result has the columns of both sides; and by two forms
 * that GoogleSQL does not know, `UNION BY NAME` where it has those that both sides have, and `UNION` where it has some of them.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#set_operators
 */
export function plainSetOperations(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const found = operationAt(tokens, at)
    result.push(...(found?.plain ?? [tokens[at] as Token]))
    if (found) at = found.end - 1
  }
  return result
}

function operationAt(tokens: readonly Token[], start: number): { plain: readonly Token[]; end: number } | undefined {
  const isMode = isWord(tokens[start], 'INNER', 'LEFT', 'FULL') && !isField(tokens, start)
  let at = isMode ? start + (isWord(tokens[start + 1], 'OUTER') ? 2 : 1) : start
  const [operation, quantifier] = tokens.slice(at, at + 2)
  if (!operation || !isWord(operation, 'UNION', 'INTERSECT', 'EXCEPT') || !isWord(quantifier, 'ALL', 'DISTINCT'))
    return undefined
  at += 2
  const strict = isWord(tokens[at], 'STRICT')
  if (strict) at += 1
  const corresponding = isWord(tokens[at], 'CORRESPONDING')
  if (!corresponding && !(isWord(tokens[at], 'BY') && isWord(tokens[at + 1], 'NAME'))) return undefined
  at += corresponding ? 1 : 2
  const listed = isWord(tokens[at], corresponding ? 'BY' : 'ON') && isWord(tokens[at + 1], '(')
  const end = listed ? listEnd(tokens, at + 2) : at
  const isWhole = !listed && ((isMode && isWord(tokens[start], 'FULL')) || (!isMode && (strict || !corresponding)))
  const isPart = listed || (isMode && isWord(tokens[start], 'LEFT'))
  const byName = isPart ? [] : [word('BY'), word('NAME')]
  return { plain: [{ ...operation, spaced: true }, ...(isWhole && quantifier ? [quantifier] : []), ...byName], end }
}

/** After a list of nothing but names; what holds more stays in the text, where no parser reads it. */
function listEnd(tokens: readonly Token[], start: number): number {
  const end = tokens.findIndex((token, at) => at >= start && !(isName(token) || isWord(token, ',')))
  return isWord(tokens[end], ')') ? end + 1 : start - 2
}
