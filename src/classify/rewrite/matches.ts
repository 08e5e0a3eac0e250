import { isName, isWord, type Token } from '../text/token.ts'
import {
  bracketed,
  closingAt,
  isNameList,
  openingBefore,
  quoted,
  selectAll,
  separated,
  symbol,
  word,
} from '../text/token-lists.ts'

/**
 * `FROM (SELECT …) MATCH_RECOGNIZE (…)` → `FROM (WITH "rows" AS (SELECT …) SELECT * FROM "rows" MATCH_RECOGNIZE (…))`: one parser reads it after
 * a name only. https://docs.snowflake.com/en/sql-reference/constructs/match_recognize
 */
export function namedMatches(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some(token => isWord(token, 'MATCH_RECOGNIZE'))) return tokens
  const name = quoted(newName(tokens), true)
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const isClause = isWord(token, 'MATCH_RECOGNIZE') && isWord(tokens[at + 1], '(')
    const end = isClause ? closingAt(tokens, at + 1) : at
    const start = isClause && isWord(result.at(-1), ')') ? openingBefore(result, result.length - 1) : 0
    const clause = isClause ? [token, symbol('('), ...plainClause(tokens.slice(at + 2, end)), symbol(')')] : [token]
    if (isWord(result[start - 1], 'FROM', 'JOIN', ',') && isWord(result[start + 1], 'SELECT', 'WITH', 'VALUES', '(')) {
      const query = result.splice(start)
      result.push(...bracketed([word('WITH'), name, word('AS', true), ...query, ...selectAll(), name, ...clause]))
    } else result.push(...clause)
    at = end
  }
  return result
}

/** No table and no CTE of the text has it. */
function newName(tokens: readonly Token[]): string {
  let name = 'rows'
  while (tokens.some(token => token.value.includes(name))) name += '_'
  return name
}

/**
 * Without how often a symbol comes, `a{2,}` or `(a | b)+?`, where, `^ a $`, which rows of a match are left out, `{- a -}`, in which order,
 * `PERMUTE(a, b)`, and whether empty matches and rows without one come, and `FINAL`: one parser does not read that.
 */
function plainClause(tokens: readonly Token[]): readonly Token[] {
  const inner = withoutSubsets(namedMatches(tokens))
  const [pattern, end] = patternOf(inner)
  const rows = inner.findIndex((token, at) => isWord(token, 'MATCH') && isWord(inner[at - 1], 'PER'))
  const shown =
    isWord(inner[rows + 1], 'WITH', 'SHOW', 'OMIT') && isWord(inner[rows + 3], 'ROWS', 'MATCHES') ? rows + 3 : rows
  return inner.filter((token, at) => {
    const isHow =
      at > pattern + 1 && at < end && (isOperator(token) || (isWord(token, 'PERMUTE') && isWord(inner[at + 1], '(')))
    return !isHow && !isRowOfMatch(inner, at) && !(rows >= 0 && at > rows && at <= shown)
  })
}

/** `FINAL LAST(x)` in MATCH_RECOGNIZE: which of the match's rows are looked at. */
const isRowOfMatch = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], 'FINAL', 'RUNNING') &&
  isWord(tokens[at - 1], 'MEASURES', ',', '(') &&
  isWord(tokens[at + 1], 'FIRST', 'LAST', 'SUM', 'AVG', 'MIN', 'MAX', 'COUNT') &&
  isWord(tokens[at + 2], '(')

/** `PATTERN (a b) SUBSET u = (a, b)` → `PATTERN (a b u)`: one more name for rows of the match. */
function withoutSubsets(tokens: readonly Token[]): readonly Token[] {
  const [, end] = patternOf(tokens)
  if (end < 0 || !isWord(tokens[end + 1], 'SUBSET')) return tokens
  const define = tokens.findIndex((token, at) => at > end && isWord(token, 'DEFINE'))
  const subsets = separated(tokens.slice(end + 2, define), ',')
  const known = subsets.every(
    ([name, equals, ...symbols]) => isName(name) && isWord(equals, '=') && isNameList(symbols),
  )
  if (define < 0 || !known) return tokens
  const names = subsets.flatMap(([name]) => (name === undefined ? [] : [{ ...name, spaced: true }]))
  return [...tokens.slice(0, end), ...names, ...tokens.slice(end, end + 1), ...tokens.slice(define)]
}

/** Where PATTERN stands, and where its brackets close; negative where there is none, or a function that is called so as well. */
function patternOf(tokens: readonly Token[]): readonly [start: number, end: number] {
  const [start = -1, other] = tokens.flatMap((token, at) =>
    isWord(token, 'PATTERN') && isWord(tokens[at + 1], '(') ? [at] : [],
  )
  return start < 0 || other !== undefined ? [-1, -1] : [start, closingAt(tokens, start + 1)]
}

const isOperator = (token: Token): boolean =>
  token.kind === 'number' || isWord(token, '{', '}', '(', ')', '-', ',', '+', '*', '?', '|', '^', '$')
