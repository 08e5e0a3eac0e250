import { isName, isWord, type Token } from './token.ts'

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
/** `SELECT * FROM`, for what comes next. */
export const selectAll = (spaced = true): readonly Token[] => [
  word('SELECT', spaced),
  { ...symbol('*'), spaced: true },
  word('FROM'),
]
export const number = (value: number): Token => ({ kind: 'number', text: `${value}`, value: `${value}`, spaced: true })
export const quoted = (name: string, spaced: boolean): Token => ({
  kind: 'quoted',
  text: `"${name}"`,
  value: name,
  spaced,
})

/** Whether this can be a type, and is nothing that is read: `OBJECT(k INT NOT NULL)`, `DECIMAL(10, 2)`. */
export const isPlainType = (tokens: readonly Token[]): boolean =>
  tokens.every(
    token =>
      (/^(word|quoted|number)$/.test(token.kind) || isWord(token, '(', ')', ',')) &&
      !isWord(token, 'SELECT', 'WITH', 'FROM'),
  )

/** `(a, b)`, with nothing but names. */
export const isNameList = (tokens: readonly Token[]): boolean =>
  isWord(tokens[0], '(') &&
  closingAt(tokens, 0) === tokens.length - 1 &&
  separated(tokens.slice(1, -1), ',').every(([name, more]) => isName(name) && more === undefined)

/** Where the bracket closes that opens at this place. */
export function closingAt(tokens: readonly Token[], start: number): number {
  let depth = 0
  for (let at = start; at < tokens.length; at += 1) {
    if (isWord(tokens[at], '(', '[', '{')) depth += 1
    if (isWord(tokens[at], ')', ']', '}')) depth -= 1
    if (depth === 0) return at
  }
  return tokens.length
}

/** The bracket that is open before this place. */
export function openingBefore(tokens: readonly Token[], at: number): number {
  let depth = 0
  let start = at - 1
  while (start >= 0 && !(depth === 0 && isWord(tokens[start], '('))) {
    if (isWord(tokens[start], ')')) depth += 1
    if (isWord(tokens[start], '(')) depth -= 1
    start -= 1
  }
  return start
}

/** Whether the word at this place is the FROM of `IS DISTINCT FROM x`, or of `EXTRACT(YEAR FROM x)`, after which no table comes. */
export const isOfValue = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at - 1], 'DISTINCT') || isWord(tokens[openingBefore(tokens, at) - 1], 'EXTRACT', 'TRIM', 'SUBSTRING')

/** What may stand behind a table that gets no other name. */
export const afterTable: readonly string[] =
  'WHERE GROUP HAVING QUALIFY WINDOW ORDER LIMIT UNION INTERSECT EXCEPT JOIN INNER LEFT RIGHT FULL CROSS NATURAL ON USING TABLESAMPLE PIVOT UNPIVOT'.split(
    ' ',
  )
