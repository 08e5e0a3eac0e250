import { plainArrayFunctions } from '../functions-bigquery.ts'
import { isField, isName, isWord, type Token } from '../text/token.ts'
import { depths } from '../text/token-lists.ts'
import { unbracketedJoins } from './bracketed-joins.ts'

/** A plain `*` shows the fields of an array's elements as columns, FROM alone the element: only where it has no fields that is the same. */
export function isStarKnown(tables: readonly Token[]): boolean {
  const from = unbracketedJoins(tables)
  const levels = depths(from)
  return from.every((token, at) => {
    if (levels[at] !== 0) return true
    // Nothing says which tables' names are in other brackets.
    if (isWord(token, '(') && (at === 0 || isWord(from[at - 1], ',', 'JOIN')))
      return isWord(
        from.find((inner, place) => place > at && !isWord(inner, '(')),
        'SELECT',
        'WITH',
        'FROM',
      )
    if (isWord(token, 'UNNEST'))
      return from[at + 3]?.kind === 'number' || from[at + 3]?.kind === 'string' || isPlainCall(from, levels, at + 2)
    const isPath = isWord(from[at - 1], ',', 'JOIN') && isName(token) && isWord(from[at + 1], '.')
    return !isPath || !aliases(from.slice(0, at)).includes(token.value.toUpperCase())
  })
}

/** Whether what begins here is one call of a function that makes an array of plain values, and nothing after it. */
function isPlainCall(from: readonly Token[], levels: readonly number[], at: number): boolean {
  const [name, open] = from.slice(at)
  if (!isName(name) || !plainArrayFunctions.has(name.value.toUpperCase()) || !isWord(open, '(')) return false
  return isWord(from[levels.indexOf(levels[at] ?? 0, at + 2) + 1], ')')
}

/** The name by which a FROM clause of one table or subquery is known: its last token, where that is a name. */
export function aliasOf(tables: readonly Token[]): Token | undefined {
  const from = unbracketedJoins(tables)
  const last = from.at(-1)
  const single = depths(from).every(
    (depth, at) => depth > 0 || !(isWord(from[at], ',', 'JOIN', 'PIVOT', 'UNPIVOT') || from[at]?.text === '*'),
  )
  return single && isName(last) && !last.value.includes('.') ? last : undefined
}

/** The names, upper case, by which the tables of a FROM clause are known. */
export function aliases(tables: readonly Token[]): readonly string[] {
  const from = unbracketedJoins(tables)
  const levels = depths(from)
  const endsItem = (at: number) =>
    at === from.length || (levels[at] === 0 && isWord(from[at], ',', 'JOIN', ...afterTable))
  let isCondition = false
  return from.flatMap((token, at) => {
    if (levels[at] !== 0) return []
    isCondition = (isCondition || (isWord(token, 'ON') && !isField(from, at))) && !isWord(token, ',', 'JOIN')
    return isName(token) && !isCondition && endsItem(at + 1) ? token.value.toUpperCase().split('.').slice(-1) : []
  })
}

const afterTable = ['INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'ON', 'USING', 'WITH', 'TABLESAMPLE', 'FOR']
