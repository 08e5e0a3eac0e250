import { isWord, type Token } from '../text/token.ts'
import { bracketed, closingAt, depths, spacedFirst } from '../text/token-lists.ts'

/** `FROM t, VALUES (1), (2) AS v` → `FROM t, (VALUES (1), (2)) AS v`: one parser reads the former after FROM and JOIN only. */
export function bracketedRows(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some((_, at) => isList(tokens, at))) return tokens
  const levels = depths(tokens)
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    if (!isList(tokens, at) || !isInFrom(tokens, levels, at)) {
      result.push(tokens[at] as Token)
      continue
    }
    let end = closingAt(tokens, at + 1)
    while (isWord(tokens[end + 1], ',') && isWord(tokens[end + 2], '(')) end = closingAt(tokens, end + 2)
    result.push(...bracketed(spacedFirst(tokens.slice(at, end + 1))))
    at = end
  }
  return result
}

const isList = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], 'VALUES') && isWord(tokens[at - 1], ',') && isWord(tokens[at + 1], '(')

/** Whether the clause that it stands in is FROM. */
function isInFrom(tokens: readonly Token[], levels: readonly number[], at: number): boolean {
  for (let before = at - 1; before >= 0 && (levels[before] ?? 0) >= (levels[at] ?? 0); before -= 1)
    if (levels[before] === levels[at] && isWord(tokens[before], ...clauses)) return isWord(tokens[before], 'FROM')
  return false
}

const clauses = 'SELECT FROM WHERE BY HAVING QUALIFY SET INTO LIMIT VALUES'.split(' ')
