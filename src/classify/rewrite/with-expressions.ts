import { isName, isWord, type Token } from '../text/token.ts'
import { bracketed, closingAt, separated, spacedFirst, symbol, word } from '../text/token-lists.ts'

/**
 * `WITH(a AS x, b AS f(a), a + b)` → `(SELECT a + b FROM (SELECT *, f(a) AS b FROM (SELECT x AS a)))`: GoogleSQL's expression
 * with names for parts of it, which no parser reads; a name means the part before it means anything around.
 */
export function queriedWiths(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some((_, at) => beginsWith(tokens, at))) return tokens
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    if (!beginsWith(tokens, at)) result.push(token)
    else {
      const end = closingAt(tokens, at + 1)
      const inner = queriedWiths(tokens.slice(at + 2, end))
      result.push(...(asQuery(inner) ?? [token, ...bracketed(inner)]))
      at = end
    }
  }
  return result
}

const beginsWith = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], 'WITH') && isWord(tokens[at + 1], '(') && !isWord(tokens[at - 1], '.')

function asQuery(inner: readonly Token[]): readonly Token[] | undefined {
  const parts = separated(inner, ',')
  const [value, named] = [parts.at(-1) ?? [], parts.slice(0, -1)]
  const names = named.map(([name, as, ...part]) =>
    isName(name) && isWord(as, 'AS') && part.length > 0 ? name.value.toUpperCase() : undefined,
  )
  if (value.length === 0 || names.length === 0 || names.includes(undefined)) return undefined
  if (new Set(names).size < names.length) return undefined
  // The last part stands outermost.
  const rows: Token[] = []
  for (const [back, [name, as, ...part]] of named.toReversed().entries()) {
    const before = back === named.length - 1 ? [] : [{ ...symbol('*'), spaced: true }, symbol(',')]
    rows.push(word('FROM'), { ...symbol('('), spaced: true }, word('SELECT', false), ...before, ...spacedFirst(part))
    for (const token of [as, name]) if (token !== undefined) rows.push({ ...token, spaced: true })
  }
  return bracketed([word('SELECT', false), ...spacedFirst(value), ...rows, ...named.map(() => symbol(')'))])
}
