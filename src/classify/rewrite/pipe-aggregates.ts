import { isName, isWord, type Token } from '../text/token.ts'
import { closingAt, depths, listed, number, separated, word } from '../text/token-lists.ts'
import { isPosition } from './piped.ts'

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
  const hasSets = groups.some(isGroupingSet)
  const keys = hasSets ? distinct(groups.flatMap(group => keysOf(group))) : groups.flatMap(group => keysOf(group))
  // Whether `GROUP BY 2` means a column of what comes before, or of the result, is not known here.
  if (keys.some(isPosition)) return undefined
  // `ROLLUP (t.a, a)` is one column or two: which, is not known here.
  const names = keys.map(key => key.at(-1)).filter(isName)
  if (hasSets && distinct(names.map(name => [name])).length < names.length) return undefined
  const items = [...keys, ...aggregates]
  const unordered = items.map(withoutOrder)
  const isOrdered = orders || unordered.some((item, index) => item.length < (items[index]?.length ?? 0))
  const numbers = (count: number) => listed(Array.from({ length: count }, (_, index) => [number(index + 1)]))
  const after = [
    ...(groups.length > 0 ? [word('GROUP'), word('BY')] : []),
    ...(hasSets ? listed(groups) : numbers(keys.length)),
    ...(isOrdered ? [word('ORDER'), word('BY'), ...numbers(items.length)] : []),
  ]
  return { list: listed(unordered), after }
}

/** `ROLLUP (…)`, `CUBE (…)`, `GROUPING SETS (…)`, or the empty set. */
const isGroupingSet = (group: readonly Token[]): boolean =>
  isInBrackets(group, 0)
    ? group.length === 2
    : (isWord(group[0], 'ROLLUP', 'CUBE') && isInBrackets(group, 1)) ||
      (isWord(group[0], 'GROUPING') && isWord(group[1], 'SETS') && isInBrackets(group, 2))

const isInBrackets = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], '(') && closingAt(tokens, at) === tokens.length - 1

/** The keys of a grouping set, where `(a, b)` is two of them, or the one that stands alone, where it is one struct. */
function keysOf(group: readonly Token[], isInSet = isGroupingSet(group)): readonly (readonly Token[])[] {
  if (!isGroupingSet(group) && !isInBrackets(group, 0)) return group.length === 0 ? [] : [group]
  const members = separated(group.slice(group.findIndex(token => isWord(token, '(')) + 1, -1), ',')
  return isInSet || members.length === 1 ? members.flatMap(member => keysOf(member, isInSet)) : [group]
}

/** Those that are not the same: a name is it however it is written. */
const distinct = (keys: readonly (readonly Token[])[]): readonly (readonly Token[])[] => [
  ...new Map(keys.map(key => [key.map(sameText).join(' '), key])).values(),
]

const sameText = ({ kind, text, value }: Token): string =>
  kind === 'word' || kind === 'quoted' ? `\`${value.toUpperCase()}\`` : text

function withoutOrder(item: readonly Token[]): readonly Token[] {
  const nulls = isWord(item.at(-2), 'NULLS') && isWord(item.at(-1), 'FIRST', 'LAST') ? item.slice(0, -2) : item
  return isWord(nulls.at(-1), 'ASC', 'DESC') && !isWord(nulls.at(-2), '.') ? nulls.slice(0, -1) : item
}
