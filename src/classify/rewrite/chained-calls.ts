import { isName, isWord, type Token } from '../text/token.ts'
import { symbol } from '../text/token-lists.ts'

/**
 * `(x).f(y).g()` → `g(f((x), y))`: GoogleSQL's calls in a row, which no parser reads. What stands before the dot is the first argument.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/functions-reference#chained-function-calls
 */
export function plainCalls(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some((_, at) => isLink(tokens, at))) return tokens
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const start = isLink(tokens, at) ? operandStart(result, result.length - 1) : undefined
    const [name, open] = tokens.slice(at + 1, at + 3)
    if (start === undefined || name === undefined || open === undefined) result.push(tokens[at] as Token)
    else {
      const [first, ...rest] = result.splice(start) as [Token, ...Token[]]
      result.push({ ...name, spaced: first.spaced }, { ...open, spaced: false }, { ...first, spaced: false }, ...rest)
      if (!isWord(tokens[at + 3], ')')) result.push(symbol(','))
      at += 2
    }
  }
  return result
}

/** The dot of a call whose first argument ends with a bracket: after a name it may as well be the function's own path. */
const isLink = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], '.') &&
  isWord(tokens[at - 1], ')', ']') &&
  tokens[at + 1]?.kind === 'word' &&
  isWord(tokens[at + 2], '(')

/**
 * Where the operand begins whose last bracket is at this place: brackets, a call, or an element of either; undefined where it may
 * be neither.
 */
export function operandStart(tokens: readonly Token[], end: number): number | undefined {
  const open = openingOf(tokens, end)
  const before = tokens[open - 1]
  if (isWord(before, ')', ']')) return isWord(tokens[open], '[') ? operandStart(tokens, open - 1) : undefined
  if (!isName(before) || isWord(before, ...operandFollows)) return open
  if (isWord(before, ...notCalled)) return undefined
  let start = open - 1
  while (isWord(tokens[start - 1], '.') && isName(tokens[start - 2])) start -= 2
  return isWord(tokens[start - 1], '.') ? operandStart(tokens, start - 2) : start
}

function openingOf(tokens: readonly Token[], end: number): number {
  let depth = 0
  let at = end
  for (; at >= 0; at -= 1) {
    if (isWord(tokens[at], ')', ']')) depth += 1
    if (isWord(tokens[at], '(', '[')) depth -= 1
    if (depth === 0) break
  }
  return at
}

const operandFollows =
  'SELECT DISTINCT ALL WHERE AND OR NOT ON CASE WHEN THEN ELSE BY HAVING QUALIFY BETWEEN LIKE EXTEND SET AGGREGATE'.split(
    ' ',
  )

/** Words before brackets that hold no arguments, or whose call is a table. */
const notCalled =
  'FROM JOIN USING OVER AS IN UNION EXCEPT INTERSECT LATERAL WITH VALUES TABLE WINDOW PIVOT UNPIVOT UNNEST ROLLUP CUBE SETS FOR'.split(
    ' ',
  )
