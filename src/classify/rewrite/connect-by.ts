import { isWord, type Token } from '../text/token.ts'
import { bracketed, depths, spacedFirst } from '../text/token-lists.ts'

/**
 * `CONNECT BY PRIOR a = b AND c IN (1)` → `CONNECT BY PRIOR a = b AND (c IN (1))`: one parser reads nothing but comparisons there. A term
 * with PRIOR stays as it is, since neither reads that in brackets.
 */
export function bracketedConditions(tokens: readonly Token[]): readonly Token[] {
  const levels = depths(tokens)
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    result.push(tokens[at] as Token)
    if (!isWord(tokens[at], 'BY') || !isWord(tokens[at - 1], 'CONNECT')) continue
    const start = isWord(tokens[at + 1], 'NOCYCLE') ? at + 2 : at + 1
    const level = levels[at] ?? 0
    const end = tokens.findIndex((_, index) => index >= start && endsCondition(tokens, levels, index, level))
    const condition = tokens.slice(start, end < 0 ? tokens.length : end)
    result.push(...tokens.slice(at + 1, start), ...terms(condition))
    at = start + condition.length - 1
  }
  return result
}

/** A bracket that closes is as deep as what it opened beside, which is further out than what stands in it. */
function endsCondition(tokens: readonly Token[], levels: readonly number[], index: number, level: number): boolean {
  const own = levels[index] ?? 0
  if (own < level) return true
  return (
    own === level &&
    (isWord(tokens[index], ...clauses) || (isWord(tokens[index], 'START') && isWord(tokens[index + 1], 'WITH')))
  )
}

const clauses = 'GROUP HAVING QUALIFY ORDER LIMIT FETCH OFFSET UNION INTERSECT EXCEPT MINUS ;'.split(' ')

/** The condition with brackets around each term that is no comparison. The AND of BETWEEN ends none. */
function terms(condition: readonly Token[]): readonly Token[] {
  const levels = depths(condition)
  const isOutside = (index: number, ...words: readonly string[]) =>
    levels[index] === 0 && isWord(condition[index], ...words)
  if (condition.some((_, index) => isOutside(index, 'CASE'))) return condition
  const result: Token[] = []
  let start = 0
  let isBetween = false
  for (let index = 0; index <= condition.length; index += 1) {
    if (isOutside(index, 'AND') && isBetween) {
      isBetween = false
      continue
    }
    isBetween ||= isOutside(index, 'BETWEEN')
    if (index < condition.length && !isOutside(index, 'AND', 'OR')) continue
    const term = condition.slice(start, index)
    const isOther = term.some((token, place) => isOutside(start + place, ...operators) && token.kind === 'word')
    const hasPrior = term.some(token => isWord(token, 'PRIOR'))
    result.push(...(isOther && !hasPrior ? bracketed(spacedFirst(term)) : term), ...condition.slice(index, index + 1))
    start = index + 1
  }
  return result
}

const operators = ['IN', 'IS', 'NOT', 'LIKE', 'ILIKE', 'RLIKE', 'REGEXP', 'BETWEEN']
