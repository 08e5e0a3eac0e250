import { isWord, type Token } from '../text/token.ts'

/** `c LIKE ALL ('x', d)` and `LIKE SOME` → `c LIKE ANY ('x', d)`: made of the same columns, and the one that both parsers read. */
export const anyForAll = (tokens: readonly Token[]): readonly Token[] =>
  tokens.map((token, at) =>
    isWord(token, 'ALL', 'SOME') && isWord(tokens[at - 1], 'LIKE', 'ILIKE') && isWord(tokens[at + 1], '(', 'UNNEST')
      ? { ...token, text: 'ANY', value: 'ANY' }
      : token,
  )
