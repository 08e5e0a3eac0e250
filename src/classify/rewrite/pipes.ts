import { isName, isWord, type Token } from '../text/token.ts'
import { afterTable, bracketed, depths, listed, separated, spacedFirst, symbol, word } from '../text/token-lists.ts'
import { aggregatedSelect } from './pipe-aggregates.ts'
import { addedNames, isPlainSample, withWindows } from './pipe-items.ts'
import { afterWith, namesFirst, queryStart } from './pipe-names.ts'
import { aliases, aliasOf, isStarKnown } from './pipe-tables.ts'
import { mixesValues, type ValueNames, valueNames } from './pipe-values.ts'
import { around, changed, narrowed, noNames, type Piped, renewed, selected, wrapped } from './piped.ts'
import { renaming } from './renaming.ts'

/**
 * GoogleSQL's pipe syntax as the plain SQL that reads, filters by and shows the same columns; both parsers read only that. Every
 * token but the operators' own words is kept, so nothing that stands in the text is lost. A form not known here stays as it
 * is, and is not understood. https://cloud.google.com/bigquery/docs/reference/standard-sql/pipe-syntax
 */
export function rewritePipes(tokens: readonly Token[]): readonly Token[] {
  const hasPipes = tokens.some(
    (token, at) => isWord(token, '|>') || (isWord(token, 'FROM') && isWord(tokens[at - 1] ?? symbol('('), '(', ')')),
  )
  if (!hasPipes) return tokens
  const start = queryStart(tokens)
  return [...tokens.slice(0, start), ...withoutPipes(tokens.slice(start), said(tokens)).tokens]
}

/** What counts of the whole text. */
interface Said {
  /** How often each name, upper case, begins a path. */
  readonly counts: ReadonlyMap<string, number>
  readonly values: ValueNames
}

function said(tokens: readonly Token[]): Said {
  const counts = new Map<string, number>()
  for (const token of tokens) if (isName(token)) counts.set(firstPart(token), (counts.get(firstPart(token)) ?? 0) + 1)
  return { counts, values: valueNames(tokens) }
}

const firstPart = ({ value }: Token): string => value.toUpperCase().split('.')[0] ?? ''

/** Of a query, or of what stands between two brackets; with what it is made of, where it is one of pipes. */
function withoutPipes(given: readonly Token[], all: Said): { tokens: readonly Token[]; piped?: Piped } {
  const tokens = namesFirst(innerFirst(given, all))
  const start = afterWith(tokens)
  const first = tokens[start]
  const [source = [], ...operators] = separated(tokens.slice(start), '|>')
  const startsPlain = isWord(first, 'SELECT', '(') && operators.length > 0
  if (!isWord(first, 'FROM') && !startsPlain) return { tokens }
  if (mixesValues(source, operators, all.values)) return { tokens }
  let piped: Piped | undefined = {
    from: startsPlain ? bracketed(source) : source.slice(1),
    clauses: {},
    names: noNames,
  }
  for (const operator of operators) piped = piped && isTold(piped, operator) ? applied(piped, operator) : undefined
  if (piped === undefined || !isStarKnown(piped.from)) return { tokens }
  return { tokens: [...tokens.slice(0, start), ...selected(piped, [symbol('*')])], piped }
}

/** With what stands in brackets rewritten. */
function innerFirst(tokens: readonly Token[], all: Said): readonly Token[] {
  const levels = depths(tokens)
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    result.push(token)
    if (!isWord(token, '(')) continue
    let end = at + 1
    while (end < tokens.length && levels[end] !== levels[at]) end += 1
    result.push(...bracketedQuery(tokens, at, end, all))
    at = end
  }
  return result
}

/**
 * What stands behind a bracket, and the closing one. Where nothing names a query that begins with FROM, `(FROM t)`, its tables go on to be
 * called as they are in it: the one table gets its name, of several it is not known whose columns the name means.
 */
function bracketedQuery(tokens: readonly Token[], at: number, end: number, all: Said): readonly Token[] {
  const inner = tokens.slice(at + 1, end)
  const { tokens: plain, piped } = withoutPipes(inner, all)
  const close = tokens.slice(end, end + 1)
  const names =
    piped && isNameless(tokens, at, end) ? [...new Set([...aliases(piped.from), ...piped.names.keys()])] : []
  const isSaidOutside = (name: string) =>
    (all.counts.get(name) ?? 0) > inner.filter(token => isName(token) && firstPart(token) === name).length
  if (piped === undefined || !names.some(isSaidOutside)) return [...plain, ...close]
  const alias = aliasOf(piped.from)
  const isSame =
    alias && names.length === 1 && [...piped.names.values()].every(changed => changed !== 'gone' && changed.size === 0)
  return isSame ? [...plain, ...close, word('AS'), { ...alias, spaced: true }] : [...inner, ...close]
}

/** A table of FROM, or what a query begins with, that gets no name. */
function isNameless(tokens: readonly Token[], at: number, end: number): boolean {
  const next = tokens[end + 1]
  if (isName(next) && !isWord(next, ...afterTable)) return false
  return isWord(tokens[at - 1], 'FROM', 'JOIN', 'LATERAL', ',') || (at === 0 && !isSetOperation(tokens.slice(end + 1)))
}

/**
 * `FROM t |> SET a = 1 |> SELECT t.a` shows what `a` was; the plain SQL made here would show what it is. The queries of a set operation see
 * nothing of the rows before: their `t` is a table.
 */
function isTold({ names }: Piped, operator: readonly Token[]): boolean {
  if (isSetOperation(operator)) return true
  return operator.every((token, at) => {
    const [first = '', ...path] = isName(token) ? token.value.toUpperCase().split('.') : []
    const changed = names.get(first)
    if (changed === undefined || changed === 'gone' || path.length > 0) return changed === undefined
    const column = isWord(operator[at + 1], '.') ? operator[at + 2] : undefined
    if (isName(column)) return !changed.has(column.value.toUpperCase())
    return changed.size === 0 && column === undefined
  })
}

function applied(piped: Piped, operator: readonly Token[]): Piped | undefined {
  const [first, ...rest] = operator
  const name = first?.value ?? ''
  // A row that does not hold stops the query; so what is asserted, and shown of it then, decides which rows come.
  if (isWord(first, 'ASSERT'))
    return applied(piped, [word('WHERE'), ...bracketed(rest), word('IS'), word('NOT'), word('NULL')])
  if (isWord(first, 'TABLESAMPLE')) return isPlainSample(rest) ? piped : undefined
  if (isWord(first, 'JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS') && !isSetOperation(operator))
    return joined(piped, operator)
  if (isWord(first, 'SELECT')) return renewed(piped, ...withWindows(rest))
  if (isWord(first, 'AGGREGATE')) {
    const select = aggregatedSelect(rest)
    return select && renewed(piped, select.list, select.after)
  }
  if (name === 'WHERE' || name === 'ORDER' || name === 'LIMIT') return narrowed(piped, name, operator)
  if (isWord(first, 'EXTEND', 'WINDOW') && isJoin(piped)) return extendedJoin(piped, rest)
  if (!isStarKnown(piped.from)) return undefined
  if (isSetOperation(operator)) return united(piped, operator)
  return rowwise[name]?.(piped, rest, operator)
}

/** What was said of the rows before must not see the columns, or the name, of a table that joins them later. */
function joined(piped: Piped, operator: readonly Token[]): Piped | undefined {
  const isBare = Object.keys(piped.clauses).length === 0
  // Of several tables, and of a path in back-ticks, the names are lost with that.
  if (!isBare && aliasOf(piped.from) === undefined && namesTable(piped, operator)) return undefined
  const before = isBare ? piped : isStarKnown(piped.from) ? wrapped(piped, [symbol('*')]) : undefined
  return before && { ...before, from: [...before.from, ...operator] }
}

/** Whether later operators may use the names of several tables. */
const isJoin = ({ from }: Piped): boolean => aliasOf(from) === undefined && aliases(from).length > 0

/** `FROM a JOIN b |> EXTEND a.x AS y`: one more table, of one row for each row, so that the names of the others stay. */
function extendedJoin(piped: Piped, rest: readonly Token[]): Piped | undefined {
  const added = addedNames(rest)?.map(token => token.value.toUpperCase())
  const used = Object.values(piped.clauses).flat().filter(isName)
  if (withWindows(rest)[1].length > 0 || used.some(token => !added || added.includes(token.value.toUpperCase())))
    return undefined
  const lateral = [word('CROSS'), word('JOIN'), word('LATERAL'), ...bracketed([word('SELECT'), ...spacedFirst(rest)])]
  return { ...piped, from: [...piped.from, ...lateral] }
}

/** Operators that every row goes through, by their word. */
const rowwise: Readonly<
  Record<string, (piped: Piped, rest: readonly Token[], operator: readonly Token[]) => Piped | undefined>
> = {
  EXTEND: extended,
  WINDOW: extended,
  DROP: (piped, rest) => replaced(piped, [symbol('*'), word('EXCEPT'), ...bracketed(rest)], rest),
  SET: setColumns,
  RENAME: renamed,
  DISTINCT: (piped, rest) => (rest.length === 0 ? wrapped(piped, [word('DISTINCT'), symbol('*')]) : undefined),
  AS: (piped, rest, operator) => (rest.length === 1 ? around(piped, operator) : undefined),
  // Around it the table's name means nothing, or something else.
  PIVOT: (piped, rest, operator) => (namesTable(piped, rest) ? undefined : around(piped, operator)),
  UNPIVOT: (piped, _rest, operator) => around(piped, operator),
}

function namesTable({ from, names }: Piped, tokens: readonly Token[]): boolean {
  const known = new Set([...aliases(from), ...names.keys()])
  return tokens.some(token => isName(token) && known.has(token.value.split('.')[0]?.toUpperCase() ?? ''))
}

const isSetOperation = (operator: readonly Token[]): boolean => isWord(operator[0], 'UNION', 'INTERSECT', 'EXCEPT')

/** `UNION ALL (q), (r)` → `UNION ALL (q) UNION ALL (r)`. */
function united(piped: Piped, operator: readonly Token[]): Piped {
  const words = operator.slice(
    0,
    Math.max(
      0,
      operator.findIndex(token => isWord(token, '(')),
    ),
  )
  const [first = [], ...more] = separated(operator, ',')
  const { from } = around(piped, [...first, ...more.flatMap(query => [...words, ...query])])
  return { from: bracketed(from), clauses: {}, names: noNames }
}

/** `RENAME a AS b` → `* REPLACE (f(b) AS a)`, by a name of `f` that no text can have. */
function renamed(piped: Piped, items: readonly Token[]): Piped | undefined {
  const names = separated(items, ',')
  if (!names.every(item => item.length === 2 || (item.length === 3 && isWord(item[1], 'AS')))) return undefined
  const call = { kind: 'quoted', text: `\`${renaming}\``, value: renaming, spaced: true } as const
  const renames = names.flatMap(([old, ...item]) =>
    old === undefined ? [] : [replacement(old, [call, ...bracketed(item.slice(-1))])],
  )
  return replaced(piped, [symbol('*'), word('REPLACE'), ...bracketed(listed(renames))], items)
}

/** A table whose name is that of a column goes with the column. */
const replaced = (piped: Piped, list: readonly Token[], columns: readonly Token[]): Piped | undefined =>
  namesTable(piped, columns) ? undefined : changed(piped, list, columns)

function extended(piped: Piped, rest: readonly Token[]): Piped {
  const [items, windows] = withWindows(rest)
  // `t.a` goes on to mean the table's own column, which the one that is added as `a` would stand for.
  return changed(piped, [symbol('*'), symbol(','), ...items], addedNames(items), windows)
}

const replacement = (column: Token, value: readonly Token[]): readonly Token[] => [
  ...value,
  word('AS'),
  { ...column, spaced: true },
]

/** `SET a = x, b = y` → `* REPLACE (x AS a, y AS b)`. */
function setColumns(piped: Piped, items: readonly Token[]): Piped | undefined {
  const values = separated(items, ',').map(([name, equals, ...value]) =>
    name !== undefined && equals?.text === '=' ? replacement(name, value) : undefined,
  )
  if (values.includes(undefined)) return undefined
  const list = bracketed(listed(values.filter(item => item !== undefined)))
  const names = separated(items, ',').flatMap(item => item.slice(0, 1))
  return replaced(piped, [symbol('*'), word('REPLACE'), ...list], names)
}
