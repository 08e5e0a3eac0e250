import { isName, isWord, type Token } from '../text/token.ts'
import { bracketed, closingAt, depths, selectAll, spacedFirst, word } from '../text/token-lists.ts'

/**
 * `WINDOW a AS (…), b AS a` → `WINDOW a AS (…), b AS (a)`: one parser reads no name there.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/window-function-calls#def_use_named_window
 */
export function bracketedWindows(tokens: readonly Token[]): readonly Token[] {
  const levels = depths(tokens)
  const result: Token[] = []
  /** Depths of the WINDOW clauses that go on. */
  const clauses: number[] = []
  for (const [at, token] of tokens.entries()) {
    const level = levels[at] ?? 0
    while (level < (clauses.at(-1) ?? 0) || (level === clauses.at(-1) && isWord(token, ...afterWindows))) clauses.pop()
    if (isWord(token, 'WINDOW') && isName(tokens[at + 1]) && isWord(tokens[at + 2], 'AS')) clauses.push(level)
    const names = level === clauses.at(-1) && isName(token) && isWord(tokens[at - 1], 'AS')
    result.push(...(names ? bracketed([{ ...token, spaced: false }]) : [token]))
  }
  return result
}

const afterWindows = ['|>', 'QUALIFY', 'ORDER', 'LIMIT', 'UNION', 'INTERSECT', 'EXCEPT', 'SELECT']

/**
 * `SELECT WITH DIFFERENTIAL_PRIVACY OPTIONS (a = b) c` → `SELECT DISTINCT ON (b) c`, which GoogleSQL does not know: what the
 * options name decides which rows come.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#dp_clause
 */
export function privateSelects(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    result.push(token)
    if (!isWord(token, 'SELECT') || !isWord(tokens[at + 1], 'WITH') || !isWord(tokens[at + 2], ...privacies)) continue
    const hasOptions = isWord(tokens[at + 3], 'OPTIONS') && isWord(tokens[at + 4], '(')
    const end = hasOptions ? closingAt(tokens, at + 4) : at + 2
    const values = optionValues(tokens.slice(at + 5, end))
    if (values.length > 0) result.push(word('DISTINCT'), word('ON'), ...bracketed(values))
    at = end
  }
  return result.length === tokens.length ? result : withoutBounds(result)
}

/** `AVG(a, contribution_bounds_per_group => (0, 9))` → `AVG(a)`: one parser does not read the former. */
function withoutBounds(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const isBounds =
      isWord(tokens[at], ',') &&
      isWord(tokens[at + 1], 'CONTRIBUTION_BOUNDS_PER_GROUP', 'CONTRIBUTION_BOUNDS_PER_ROW') &&
      isWord(tokens[at + 2], '=>') &&
      isWord(tokens[at + 3], '(')
    const end = isBounds ? closingAt(tokens, at + 3) : at
    const isPlain = tokens.slice(at + 4, end).every(token => token.kind === 'number' || isWord(token, ',', '-'))
    if (isBounds && isPlain && isWord(tokens[end + 1], ',', ')')) at = end
    else result.push(tokens[at] as Token)
  }
  return result
}

const privacies = ['DIFFERENTIAL_PRIVACY', 'AGGREGATION_THRESHOLD']

/** `a = 1, b = c` → `1, c`. */
const optionValues = (tokens: readonly Token[]): readonly Token[] => {
  const levels = depths(tokens)
  return tokens.filter(
    (token, at) => !(levels[at] === 0 && (isWord(token, '=') || (isName(token) && isWord(tokens[at + 1], '=')))),
  )
}

/** `MERGE t USING UNNEST(x) AS s` → `MERGE t USING (SELECT * FROM UNNEST(x) AS s) AS s`: one parser does not read the former. */
export function queriedSource(tokens: readonly Token[]): readonly Token[] {
  const at = tokens.findIndex((token, index) => isWord(token, 'USING') && isWord(tokens[index + 1], 'UNNEST'))
  if (!isWord(tokens[0], 'MERGE') || at < 0) return tokens
  const end = closingAt(tokens, at + 2) + 1
  const alias = tokens.slice(end, isWord(tokens[end], 'AS') ? end + 2 : end + 1)
  if (!isName(alias.at(-1)) || isWord(alias.at(-1), 'ON')) return tokens
  const query = bracketed([...selectAll(false), ...spacedFirst(tokens.slice(at + 1, end)), ...spacedFirst(alias)])
  return [...tokens.slice(0, at + 1), ...query, ...spacedFirst(tokens.slice(end))]
}
