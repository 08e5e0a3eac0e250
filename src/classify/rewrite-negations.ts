import { isName, isWord, type Token } from './token.ts'

/** `NOT c LIKE 'x'` → `c NOT LIKE 'x'`, which means the same: one parser hands the first form back unread. */
export function negatedLikes(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const end = isWord(token, 'NOT') && !isWord(tokens[at - 1], 'IS', 'IF') ? pathEnd(tokens, at + 1) : at
    if (end <= at + 1 || !isWord(tokens[end], 'LIKE', 'ILIKE') || isWord(tokens[end + 1], '(')) result.push(token)
    else {
      const [first, ...rest] = tokens.slice(at + 1, end)
      result.push({ ...(first as Token), spaced: token.spaced }, ...rest, { ...token, spaced: true })
      at = end - 1
    }
  }
  return result
}

/** After a column's name with what qualifies it, or the path into its value; where it began when none stands there. */
function pathEnd(tokens: readonly Token[], start: number): number {
  let end = start
  while (isName(tokens[end])) {
    end += 1
    if (!isWord(tokens[end], '.', ':')) return end
    end += 1
  }
  return start
}
