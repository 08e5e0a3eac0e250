import type { Token } from './token.ts'

/** Bracket depth of each token; a closing one is as deep as what it opens beside. */
export function depths(tokens: readonly Token[]): readonly number[] {
  let depth = 0
  return tokens.map(({ kind, text }) => {
    if (kind !== 'symbol') return depth
    if (text === ')' || text === ']' || text === '}') depth -= 1
    const own = depth
    if (text === '(' || text === '[' || text === '{') depth += 1
    return own
  })
}

/** What stands between the marks, outside of brackets. */
export function separated(tokens: readonly Token[], mark: string): readonly (readonly Token[])[] {
  const levels = depths(tokens)
  const parts: Token[][] = [[]]
  for (const [at, token] of tokens.entries()) {
    if (levels[at] === 0 && token.kind === 'symbol' && token.text === mark) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}

/** The items with commas between. */
export const listed = (items: readonly (readonly Token[])[]): readonly Token[] =>
  items.flatMap((item, at) => (at === 0 ? spacedFirst(item) : [symbol(','), ...spacedFirst(item)]))
export const spacedFirst = ([first, ...rest]: readonly Token[]): readonly Token[] =>
  first === undefined ? [] : [{ ...first, spaced: true }, ...rest]
export const bracketed = (tokens: readonly Token[]): readonly Token[] => [
  { ...symbol('('), spaced: true },
  ...tokens,
  symbol(')'),
]
export const symbol = (text: string): Token => ({ kind: 'symbol', text, value: text, spaced: false })
export const word = (text: string, spaced = true): Token => ({ kind: 'word', text, value: text, spaced })
export const number = (value: number): Token => ({ kind: 'number', text: `${value}`, value: `${value}`, spaced: true })
