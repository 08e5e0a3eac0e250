import { isWord, type Token } from '../text/token.ts'
import { openingBefore, word } from '../text/token-lists.ts'

/** The alias of a join that sees nothing of the tables before it. No text in GoogleSQL can have such a name. */
export const joinedAlone = 'joined;alone'

/**
 * `FROM t, (u JOIN t.a …)` → ``FROM t, (u JOIN t.a …) AS `joined;alone` ``: what stands in brackets sees nothing of the tables before
 * them, so that `t.a` is a table there and no array; joins without brackets parse as if they had some.
 */
export function markedJoins(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  /** For each bracket that is open: whether a query is in it, and whether it joins. */
  const open: { query: boolean; joins: boolean }[] = []
  for (const [at, token] of tokens.entries()) {
    result.push(token)
    const around = open.at(-1)
    if (isWord(token, '(')) open.push({ query: isWord(tokens[at + 1], 'SELECT', 'WITH', 'FROM'), joins: false })
    // The query may begin with another in brackets: `((SELECT …) UNION ALL SELECT …)`, `((FROM …) |> JOIN …)`.
    else if (isWord(token, 'SELECT', '|>') && !isWord(tokens[at - 1], '.') && around) around.query = true
    else if (isWord(token, 'JOIN') && !isWord(tokens[at - 1], '.') && around) around.joins = true
    else if (isWord(token, ')')) {
      open.pop()
      if (around?.joins && !around.query) result.push(...mark)
    }
  }
  return result
}

/** The same without those brackets: outside of them the names of the tables in them are seen as well. */
export function unbracketedJoins(from: readonly Token[]): readonly Token[] {
  const removed = new Set<number>()
  for (const [at, { kind, value }] of from.entries())
    if (kind === 'quoted' && value === joinedAlone)
      for (const place of [openingBefore(from, at - 2), at - 2, at - 1, at]) removed.add(place)
  return removed.size === 0 ? from : from.filter((_, at) => !removed.has(at))
}

const mark: readonly Token[] = [
  word('AS'),
  { kind: 'quoted', text: `\`${joinedAlone}\``, value: joinedAlone, spaced: true },
]
