import { isWord, type Token } from './token.ts'

/**
 * The tokens without most select items, groupings and conditions that are only unquoted names, comparisons and simple literals:
 * no table can stand there, no lexer reads them in another way, and a parser that is asked for tables spends a third to a half
 * of its time on them. The last of each list stays, so that the rest still parses.
 */
export function withoutPlainParts(tokens: readonly Token[]): readonly Token[] {
  const kept: Token[] = []
  /** For each open bracket, whether a list of values is being read there; a list after FROM is one of tables. */
  const listing = [false]
  let at = 0
  let cut = false
  while (at < tokens.length) {
    const token = tokens[at] as Token
    const isList = listing.at(-1) === true
    const end = isList ? itemEnd(tokens, at, kept.at(-1)) : conditionEnd(tokens, at, kept.at(-1))
    if (end === undefined) {
      noteClause(listing, token, kept.at(-1))
      kept.push(cut ? { ...token, spaced: true } : token)
      at += 1
    } else at = end
    cut = end !== undefined
  }
  return kept
}

function noteClause(listing: boolean[], token: Token, before: Token | undefined): void {
  if (isWord(token, '(', '[', '{')) listing.push(false)
  else if (isWord(token, ')', ']', '}')) listing.pop()
  // After a dot or AS it is a name: `FROM d.by, t` is no list of values.
  else if (token.kind === 'word' && clauses.has(token.value))
    listing[listing.length - 1] = isWord(token, 'SELECT', 'BY') && !isWord(before, '.', 'AS')
}

const clauses = new Set(
  'SELECT BY FROM INTO TABLE JOIN ON USING WHERE HAVING QUALIFY WINDOW LIMIT UNION EXCEPT INTERSECT'.split(' '),
)

/** After `a.b,` in a list, where it begins an item and another follows. */
function itemEnd(tokens: readonly Token[], at: number, before: Token | undefined): number | undefined {
  if (!isWord(before, 'SELECT', 'BY', 'DISTINCT', ',')) return undefined
  const end = pathEnd(tokens, at)
  return end !== undefined && isWord(tokens[end], ',') && !isWord(tokens[end + 1], 'FROM') ? end + 1 : undefined
}

/** After `a.b = 1 AND`, where it begins a condition. */
function conditionEnd(tokens: readonly Token[], at: number, before: Token | undefined): number | undefined {
  if (!isWord(before, 'WHERE', 'ON', 'HAVING', 'AND', 'OR', '(')) return undefined
  const operator = pathEnd(tokens, at)
  if (operator === undefined || !isWord(tokens[operator], '=', '<', '>', '<=', '>=', '<>', '!=')) return undefined
  const right = tokens[operator + 1]
  const end = right !== undefined && simpleLiteral.test(right.text) ? operator + 2 : pathEnd(tokens, operator + 1)
  return end !== undefined && isWord(tokens[end], 'AND', 'OR') ? end + 1 : undefined
}

const simpleLiteral = /^(?:\d+|'[\w ]*')$/

/** After an unquoted name with what qualifies it; undefined where none begins. */
function pathEnd(tokens: readonly Token[], at: number): number | undefined {
  if (!isName(tokens[at])) return undefined
  let end = at + 1
  while (isWord(tokens[end], '.') && isName(tokens[end + 1])) end += 2
  return end
}

const isName = (token: Token | undefined): boolean => token?.kind === 'word' && !clauses.has(token.value)
