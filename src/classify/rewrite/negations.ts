import { isName, isWord, type Token } from '../text/token.ts'
import { closingAt } from '../text/token-lists.ts'

/** `NOT c LIKE 'x'` → `c NOT LIKE 'x'`, which means the same: one parser hands the first form back unread. */
export function negatedLikes(tokens: readonly Token[]): readonly Token[] {
  const moved = new Map<number, Token>()
  return tokens.flatMap((token, at) => {
    const end = isWord(token, 'NOT') && !isWord(tokens[at - 1], 'IS', 'IF') ? operandEnd(tokens, at + 1) : at
    const moves = end > at + 1 && isWord(tokens[end], 'LIKE', 'ILIKE')
    if (moves) moved.set(end, { ...token, spaced: true })
    const negation = moved.get(at)
    return moves ? [] : negation ? [negation, token] : token
  })
}

/** After a column's name with what qualifies it, a call, or the path into the value of either; where it began when none stands there. */
function operandEnd(tokens: readonly Token[], start: number): number {
  let end = start
  while (isName(tokens[end])) {
    end += 1
    while (isWord(tokens[end], '(', '[')) end = closingAt(tokens, end) + 1
    if (!isWord(tokens[end], '.', ':')) return end
    end += 1
  }
  return start
}
