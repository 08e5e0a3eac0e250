import { isWord, type Token } from '../text/token.ts'
import { depths, separated } from '../text/token-lists.ts'

/** What stands before `WINDOW w AS (…)`, and that. */
export function withWindows(rest: readonly Token[]): readonly [readonly Token[], readonly Token[]] {
  const levels = depths(rest)
  const at = rest.findIndex(
    (token, index) => levels[index] === 0 && isWord(token, 'WINDOW') && !isWord(rest[index - 1], '.'),
  )
  return at < 0 ? [rest, []] : [rest.slice(0, at), rest.slice(at)]
}

/** The names that these items give; `undefined` where one is `x.*`, whose fields are not known here. */
export function addedNames(items: readonly Token[]): readonly Token[] | undefined {
  const levels = depths(items)
  const isStar = (token: Token, at: number) => levels[at] === 0 && isWord(token, '*') && isWord(items[at - 1], '.')
  return items.some(isStar) ? undefined : separated(items, ',').flatMap(item => item.slice(-1))
}

/** `SYSTEM (10 PERCENT)`: any rows, and no column decides which. */
export const isPlainSample = (rest: readonly Token[]): boolean =>
  rest.length === 5 && isWord(rest[0], 'SYSTEM') && rest[2]?.kind === 'number' && isWord(rest[3], 'PERCENT')
