import { isField, isName, isWord, type Token } from '../text/token.ts'
import { symbol } from '../text/token-lists.ts'

/** A join that waits for its condition: where its right side begins in what is written, and whether joins with their own are in there. */
interface Waiting {
  readonly start: number
  nests: boolean
}

/**
 * `a JOIN b JOIN c ON x ON y` → `a JOIN (b JOIN c ON x) ON y`, which is the same: one parser does not read the former. Nothing in brackets sees
 * a row of the tables before them, so what may be an array of one stays outside.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#sequential_join
 */
export function bracketedNestedJoins(tokens: readonly Token[]): readonly Token[] {
  if (tokens.filter(token => isWord(token, 'JOIN')).length < 2) return tokens
  const result: Token[] = []
  const levels: Waiting[][] = [[]]
  for (const [at, token] of tokens.entries()) {
    const level = levels.at(-1) as Waiting[]
    if (isWord(token, '(', '[')) levels.push([])
    else if (isWord(token, ')', ']')) levels.pop()
    else if (isWord(token, 'ON', 'USING')) endJoin(level, result)
    else if (isWord(token, ',', '|>', ...clauses)) level.length = 0
    result.push(token)
    if (!isWord(token, 'JOIN') || isField(tokens, at)) continue
    if (isWord(tokens[at - 1], 'CROSS') || !isSurelyTable(tokens.slice(at + 1, at + 3))) level.length = 0
    else level.push({ start: result.length, nests: false })
  }
  return result
}

function endJoin(level: Waiting[], result: Token[]): void {
  const join = level.pop()
  const around = level.at(-1)
  if (around) around.nests = true
  if (!join?.nests) return
  result.splice(join.start, 0, { ...symbol('('), spaced: true })
  result.push(symbol(')'))
}

/** What is in brackets, or a name of one part: that of an array has more, in back-ticks too. */
function isSurelyTable([name, next]: readonly Token[]): boolean {
  if (isWord(name, '(')) return true
  return isName(name) && !name.value.includes('.') && !isWord(name, 'UNNEST') && !isWord(next, '.', '(')
}

const clauses = 'SELECT FROM WHERE GROUP HAVING QUALIFY WINDOW ORDER LIMIT UNION INTERSECT EXCEPT WHEN SET'.split(' ')
