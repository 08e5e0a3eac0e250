import { isWord, type Token } from '../text/token.ts'
import { symbol } from '../text/token-lists.ts'

/** What one pair of brackets holds: where the item of FROM begins, the first words of its joins, and which of them have no condition so far. */
interface Level {
  start: number
  joins: number[]
  open: number[]
}

/**
 * `a NATURAL JOIN b JOIN c …` → `(a NATURAL JOIN b) JOIN c …`, and the same of `a JOIN b JOIN c USING (x)`: one parser joins b and c first
 * where no condition stands between, so that other columns would be shown as one. `a JOIN b JOIN c ON … ON …` does mean that, and before
 * NATURAL, CROSS and ASOF it does not.
 */
export function bracketedBareJoins(tokens: readonly Token[]): readonly Token[] {
  if (tokens.filter(token => isWord(token, 'JOIN')).length < 2) return tokens
  const opening = new Map<number, number>()
  const closing = new Set<number>()
  const levels: Level[] = [{ start: 0, joins: [], open: [] }]
  /** Ends an item of FROM: what is open now has no condition. */
  const end = (level: Level, start: number) => {
    for (const join of level.open) {
      const next = level.joins.find(other => other > join)
      if (next === undefined || closing.has(next) || !isWord(tokens[next], 'JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL'))
        continue
      closing.add(next)
      opening.set(level.start, (opening.get(level.start) ?? 0) + 1)
    }
    Object.assign(level, { start, joins: [], open: [] })
  }
  for (const [at, token] of tokens.entries()) {
    const level = levels.at(-1) as Level
    if (isWord(token, '(', '[', '{')) levels.push({ start: at + 1, joins: [], open: [] })
    else if (isWord(token, ')', ']', '}') && levels.length > 1) end(levels.pop() as Level, at)
    else if (isWord(token, ',', ...clauses) && !isWord(tokens[at - 1], 'DISTINCT')) end(level, at + 1)
    else if (isWord(token, 'ON', 'USING')) level.open.pop()
    else if (isWord(token, 'JOIN')) addJoin(level, tokens, at)
  }
  end(levels[0] as Level, tokens.length)
  if (closing.size === 0) return tokens
  return tokens.flatMap((token, at) => [
    ...(closing.has(at) ? [symbol(')')] : []),
    ...Array.from({ length: opening.get(at) ?? 0 }, () => ({ ...symbol('('), spaced: true })),
    token,
  ])
}

/** NATURAL takes no condition, so none that follows is its own; CROSS never has any. */
function addJoin(level: Level, tokens: readonly Token[], at: number): void {
  let first = at
  while (isWord(tokens[first - 1], ...joinWords)) first -= 1
  const words = tokens.slice(first, at)
  level.joins.push(first)
  if (words.some(word => isWord(word, 'NATURAL'))) level.open.unshift(first)
  else if (!words.some(word => isWord(word, 'CROSS'))) level.open.push(first)
}

const joinWords = ['NATURAL', 'INNER', 'CROSS', 'LEFT', 'RIGHT', 'FULL', 'OUTER', 'ASOF', 'DIRECTED']
const clauses =
  'SELECT FROM WHERE GROUP HAVING QUALIFY START CONNECT ORDER LIMIT FETCH OFFSET UNION INTERSECT EXCEPT MINUS SET VALUES ;'.split(
    ' ',
  )
