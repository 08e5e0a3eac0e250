import { isWord, type Token } from './token.ts'
import { depths } from './token-lists.ts'

/** What stands before `WINDOW w AS (…)`, and that. */
export function withWindows(rest: readonly Token[]): readonly [readonly Token[], readonly Token[]] {
  const levels = depths(rest)
  const at = rest.findIndex(
    (token, index) => levels[index] === 0 && isWord(token, 'WINDOW') && !isWord(rest[index - 1], '.'),
  )
  return at < 0 ? [rest, []] : [rest.slice(0, at), rest.slice(at)]
}

/** `SYSTEM (10 PERCENT)`: any rows, and no column decides which. */
export const isPlainSample = (rest: readonly Token[]): boolean =>
  rest.length === 5 && isWord(rest[0], 'SYSTEM') && rest[2]?.kind === 'number' && isWord(rest[3], 'PERCENT')
