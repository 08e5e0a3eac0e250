import { isWord, type Token } from './token.ts'
import { bracketed, closingAt, openingBefore, quoted, selectAll, symbol, word } from './token-lists.ts'

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
 * Without how often a symbol comes, `a{2,}`, which rows of a match are left out, `{- a -}`, and whether empty matches and rows without one come:
 * one parser does not read that.
 */
function plainClause(tokens: readonly Token[]): readonly Token[] {
  const inner = namedMatches(tokens)
  const pattern = inner.findIndex((token, at) => isWord(token, 'PATTERN') && isWord(inner[at + 1], '('))
  const end = pattern < 0 ? pattern : closingAt(inner, pattern + 1)
  const rows = inner.findIndex((token, at) => isWord(token, 'MATCH') && isWord(inner[at - 1], 'PER'))
  const shown =
    isWord(inner[rows + 1], 'WITH', 'SHOW', 'OMIT') && isWord(inner[rows + 3], 'ROWS', 'MATCHES') ? rows + 3 : rows
  return inner.filter((token, at) => {
    const isQuantity = at > pattern && at < end && isCount(token, inner[at - 1])
    return !isQuantity && !(rows >= 0 && at > rows && at <= shown)
  })
}

const isCount = (token: Token, before: Token | undefined): boolean =>
  token.kind === 'number' ||
  isWord(token, '{', '}', '-') ||
  (isWord(token, ',') && (before?.kind === 'number' || isWord(before, '{')))
