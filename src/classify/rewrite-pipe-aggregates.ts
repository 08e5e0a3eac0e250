import { isWord, type Token } from './token.ts'
import { depths, listed, number, separated, word } from './token-lists.ts'

/** `AGGREGATE a GROUP BY k` shows the keys, then the aggregates; `GROUP AND ORDER BY k` and `k DESC` only order them. */
export function aggregatedSelect(
  rest: readonly Token[],
): { readonly list: readonly Token[]; readonly after: readonly Token[] } | undefined {
  const at = depths(rest).findIndex((depth, index) => depth === 0 && isWord(rest[index], 'GROUP'))
  const aggregates = separated(at < 0 ? rest : rest.slice(0, at), ',').filter(item => item.length > 0)
  const orders = at >= 0 && isWord(rest[at + 1], 'AND') && isWord(rest[at + 2], 'ORDER')
  const by = orders ? at + 3 : at + 1
  if (at >= 0 && !isWord(rest[by], 'BY')) return undefined
  const groups = at < 0 ? [] : separated(rest.slice(by + 1), ',')
  const keys = groups.some(isGroupingSet) ? distinct(groups.flatMap(groupKeys)) : groups
  const items = [...keys, ...aggregates]
  const unordered = items.map(withoutOrder)
  const isOrdered = orders || unordered.some((item, index) => item.length < (items[index]?.length ?? 0))
  const numbers = (count: number) => listed(Array.from({ length: count }, (_, index) => [number(index + 1)]))
  const after = [
    ...(groups.length > 0 ? [word('GROUP'), word('BY')] : []),
    ...(keys === groups ? numbers(keys.length) : listed(groups)),
    ...(isOrdered ? [word('ORDER'), word('BY'), ...numbers(items.length)] : []),
  ]
  return { list: listed(unordered), after }
}

const isGroupingSet = (group: readonly Token[]): boolean =>
  isWord(group.at(-1), ')') &&
  (isWord(group[0], 'ROLLUP', 'CUBE', '(') || (isWord(group[0], 'GROUPING') && isWord(group[1], 'SETS')))

/** The keys of `ROLLUP (a, b)`, `CUBE (a, b)` and `GROUPING SETS (a, (a, b), ())`, or the one that stands alone. */
function groupKeys(group: readonly Token[]): readonly (readonly Token[])[] {
  if (!isGroupingSet(group)) return group.length === 0 ? [] : [group]
  return separated(group.slice(group.findIndex(token => isWord(token, '(')) + 1, -1), ',').flatMap(groupKeys)
}

const distinct = (keys: readonly (readonly Token[])[]): readonly (readonly Token[])[] => [
  ...new Map(
    keys.map(key => [key.map(({ kind, text, value }) => (kind === 'word' ? value : text)).join(' '), key]),
  ).values(),
]

function withoutOrder(item: readonly Token[]): readonly Token[] {
  const nulls = isWord(item.at(-2), 'NULLS') && isWord(item.at(-1), 'FIRST', 'LAST') ? item.slice(0, -2) : item
  return isWord(nulls.at(-1), 'ASC', 'DESC') && !isWord(nulls.at(-2), '.') ? nulls.slice(0, -1) : item
}
