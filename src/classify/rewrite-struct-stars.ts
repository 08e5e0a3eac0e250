import { operandStart } from './rewrite-chained-calls.ts'
import { isWord, type Token } from './token.ts'
import { bracketed, closingAt, spacedFirst, symbol, word } from './token-lists.ts'

/**
 * `f(x).* EXCEPT (a)` → ``(SELECT AS STRUCT `struct;value`.* EXCEPT (a) FROM (SELECT f(x) AS `struct;value`)).*``: one parser reads what is left
 * out after a name only.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#select_expression_star
 */
export function queriedStars(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const start = isStarOfValue(tokens, at) ? operandStart(result, result.length - 1) : undefined
    if (start === undefined) result.push(tokens[at] as Token)
    else {
      const value = result.splice(start)
      const end = closingAt(tokens, at + 3)
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

const isStarOfValue = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], '.') &&
  isWord(tokens[at + 1], '*') &&
  isWord(tokens[at - 1], ')', ']') &&
  isWord(tokens[at + 2], 'EXCEPT') &&
  isWord(tokens[at + 3], '(')
