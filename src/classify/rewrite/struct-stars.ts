import { isWord, type Token } from '../text/token.ts'
import { bracketed, closingAt, spacedFirst, symbol, word } from '../text/token-lists.ts'
import { operandStart } from './chained-calls.ts'

/**
 * `f(x).* EXCEPT (a) REPLACE (y AS b)` → ``(SELECT AS STRUCT `struct;value`.* EXCEPT (a) REPLACE (y AS b) FROM (SELECT f(x) AS
 * `struct;value`)).*``: one parser reads what is left out, or another value, after a name only.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#select_expression_star
 */
export function queriedStars(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const start = isStarOfValue(tokens, at) ? operandStart(result, result.length - 1) : undefined
    if (start === undefined) result.push(tokens[at] as Token)
    else {
      const value = result.splice(start)
      const end = optionsEnd(tokens, at + 2)
      const star = [...spacedFirst([name]), ...tokens.slice(at, end + 1)]
      const query = [word('SELECT', false), word('AS'), word('STRUCT'), ...star, word('FROM'), ...named(value)]
      result.push(...bracketed(query), symbol('.'), symbol('*'))
      at = end
    }
  }
  return result
}

/** No column and no table in GoogleSQL can have such a name. */
const name: Token = { kind: 'quoted', text: '`struct;value`', value: 'struct;value', spaced: false }

const named = (value: readonly Token[]): readonly Token[] =>
  bracketed([word('SELECT', false), ...spacedFirst(value), word('AS'), ...spacedFirst([name])])

/** Where `EXCEPT (a)`, `REPLACE (y AS b)` or both of them end. */
function optionsEnd(tokens: readonly Token[], start: number): number {
  const end = closingAt(tokens, start + 1)
  const goesOn = isWord(tokens[start], 'EXCEPT') && isWord(tokens[end + 1], 'REPLACE') && isWord(tokens[end + 2], '(')
  return goesOn ? closingAt(tokens, end + 2) : end
}

const isStarOfValue = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], '.') &&
  isWord(tokens[at + 1], '*') &&
  isWord(tokens[at - 1], ')', ']') &&
  isWord(tokens[at + 2], 'EXCEPT', 'REPLACE') &&
  isWord(tokens[at + 3], '(')
