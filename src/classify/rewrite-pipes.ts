import { isName, isWord, type Token } from './token.ts'
import { bracketed, depths, listed, number, separated, spacedFirst, symbol, word } from './token-lists.ts'

/**
 * GoogleSQL's pipe syntax as the plain SQL that reads, filters by and shows the same columns; both parsers read only that. Every
 * token but the operators' own words is kept, so nothing that stands in the text is lost. A form not known here stays as it
 * is, and is not understood. https://cloud.google.com/bigquery/docs/reference/standard-sql/pipe-syntax
 */
export function rewritePipes(tokens: readonly Token[]): readonly Token[] {
  const hasPipes = tokens.some(
    (token, at) => isWord(token, '|>') || (isWord(token, 'FROM') && isWord(tokens[at - 1] ?? symbol('('), '(', ')')),
  )
  return hasPipes ? withoutPipes(tokens) : tokens
}

/** Of a query, or of what stands between two brackets. */
function withoutPipes(tokens: readonly Token[]): readonly Token[] {
  const statement = innerFirst(tokens)
  const start = afterWith(statement)
  const first = statement[start]
  const [source = [], ...operators] = separated(statement.slice(start), '|>')
  const startsPlain = isWord(first, 'SELECT', '(') && operators.length > 0
  if (!isWord(first, 'FROM') && !startsPlain) return statement
  let piped: Piped | undefined = {
    from: startsPlain ? bracketed(source) : source.slice(1),
    clauses: {},
    names: noNames,
  }
  for (const operator of operators) piped = piped && isTold(piped, operator) ? applied(piped, operator) : undefined
  if (piped === undefined || !isStarKnown(piped) || piped.moved) return statement
  return [...statement.slice(0, start), ...selected(piped, [symbol('*')])]
}

/** With what stands in brackets rewritten. */
function innerFirst(tokens: readonly Token[]): readonly Token[] {
  const levels = depths(tokens)
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    result.push(token)
    if (!isWord(token, '(')) continue
    let end = at + 1
    while (end < tokens.length && levels[end] !== levels[at]) end += 1
    result.push(...withoutPipes(tokens.slice(at + 1, end)))
    at = end - 1
  }
  return result
}

/** What the operators so far make: a FROM clause, and the clauses that its rows went through. */
interface Piped {
  readonly from: readonly Token[]
  readonly clauses: Partial<Record<Clause, readonly Token[]>>
  /**
   * Tables' names, upper case, that go on to stand for rows as they were before, which the plain SQL made here has no more;
   * `extended` where its rows have more columns now.
   */
  readonly names: ReadonlyMap<string, 'gone' | 'extended'>
  /** Columns are not in the order in which they would come. */
  readonly moved?: true
}

const noNames: Piped['names'] = new Map()

/** `FROM t |> SET a = 1 |> SELECT t.a` shows what `a` was; the plain SQL made here would show what it is. */
function isTold({ names }: Piped, operator: readonly Token[]): boolean {
  return operator.every((token, at) => {
    const name = isName(token) ? names.get(token.value.toUpperCase()) : undefined
    const isStar = isWord(operator[at + 1], '.') && isWord(operator[at + 2], '*')
    return name === undefined || (name === 'extended' && !isStar)
  })
}

/** A plain `*` shows the fields of an array's elements as columns, FROM alone the element: only where it has no fields that is the same. */
function isStarKnown({ from }: Piped): boolean {
  const levels = depths(from)
  return from.every((token, at) => {
    if (levels[at] !== 0) return true
    if (isWord(token, 'UNNEST'))
      return (
        from[at + 3]?.kind === 'number' ||
        from[at + 3]?.kind === 'string' ||
        /^GENERATE_/.test(from[at + 2]?.value ?? '')
      )
    const isPath = isWord(from[at - 1], ',', 'JOIN') && isName(token) && isWord(from[at + 1], '.')
    return !isPath || !aliases(from.slice(0, at)).includes(token.value.toUpperCase())
  })
}

const clauseOrder = ['WHERE', 'ORDER', 'LIMIT'] as const
type Clause = (typeof clauseOrder)[number]

function applied(piped: Piped, operator: readonly Token[]): Piped | undefined {
  const [first, ...rest] = operator
  const word = first?.value ?? ''
  if (isWord(first, 'JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS') && !isSetOperation(operator))
    // Which rows a later join meets changes; which columns there are does not.
    return { ...piped, from: [...piped.from, ...operator] }
  if (isWord(first, 'SELECT')) return renewed(piped, rest)
  if (isWord(first, 'AGGREGATE')) return aggregated(piped, rest)
  const [clause] = clauseOrder.filter(name => name === word)
  const isFirst = clauseOrder.every(name => piped.clauses[name] === undefined)
  if (clause !== undefined && isFirst) return { ...piped, clauses: { [clause]: operator } }
  if (!isStarKnown(piped)) return undefined
  // A second one of its kind goes around the first.
  if (clause !== undefined) return { ...wrapped(piped, [symbol('*')]), clauses: { [clause]: operator } }
  if (isSetOperation(operator)) return united(piped, operator)
  return rowwise[word]?.(piped, rest, operator)
}

/** Operators that every row goes through, by their word. */
const rowwise: Readonly<
  Record<string, (piped: Piped, rest: readonly Token[], operator: readonly Token[]) => Piped | undefined>
> = {
  EXTEND: (piped, rest) => changed(piped, [symbol('*'), symbol(','), ...rest], 'extended'),
  DROP: (piped, rest) => changed(piped, [symbol('*'), word('EXCEPT'), ...bracketed(rest)]),
  SET: setColumns,
  RENAME: renamed,
  DISTINCT: (piped, rest) => (rest.length === 0 ? wrapped(piped, [word('DISTINCT'), symbol('*')]) : undefined),
  AS: (piped, rest, operator) => (rest.length === 1 ? around(piped, operator) : undefined),
  PIVOT: (piped, _rest, operator) => around(piped, operator),
  UNPIVOT: (piped, _rest, operator) => around(piped, operator),
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
  return { from: bracketed(from), clauses: {}, names: noNames, ...(piped.moved && { moved: true }) }
}

/** The rows as a subquery, with what stands after it; names from inside of it mean nothing any more. */
const around = (piped: Piped, after: readonly Token[]): Piped => ({
  from: [...bracketed(selected(piped, [symbol('*')])), ...after],
  clauses: {},
  names: noNames,
  ...(piped.moved && { moved: true }),
})

/** `RENAME a AS b` → `* EXCEPT (a), a AS b`, which has the same columns in another order. */
function renamed(piped: Piped, items: readonly Token[]): Piped | undefined {
  const names = separated(items, ',')
  if (!names.every(item => item.length === 2 || (item.length === 3 && isWord(item[1], 'AS')))) return undefined
  const old = listed(names.map(item => item.slice(0, 1)))
  const list = [symbol('*'), word('EXCEPT'), ...bracketed(old), symbol(','), ...listed(names)]
  return { ...changed(piped, list), moved: true }
}

/** `SET a = x, b = y` → `* REPLACE (x AS a, y AS b)`. */
function setColumns(piped: Piped, items: readonly Token[]): Piped | undefined {
  const replaced = separated(items, ',').map(([name, equals, ...value]) =>
    name !== undefined && equals?.text === '=' ? [...value, word('AS'), { ...name, spaced: true }] : undefined,
  )
  if (replaced.includes(undefined)) return undefined
  return changed(piped, [
    symbol('*'),
    word('REPLACE'),
    ...bracketed(listed(replaced.filter(item => item !== undefined))),
  ])
}

/** The same table with other columns. */
function changed(piped: Piped, list: readonly Token[], how: 'gone' | 'extended' = 'gone'): Piped {
  const result = wrapped(piped, list)
  const own = aliases(piped.from).map(name => [name, result.names.get(name) ?? how] as const)
  return { ...result, names: new Map([...own, ...result.names]) }
}

/** `AGGREGATE a GROUP BY k` shows the keys, then the aggregates; `GROUP AND ORDER BY k` and `k DESC` only order them. */
function aggregated(piped: Piped, rest: readonly Token[]): Piped | undefined {
  const at = depths(rest).findIndex((depth, index) => depth === 0 && isWord(rest[index], 'GROUP'))
  const aggregates = separated(at < 0 ? rest : rest.slice(0, at), ',').filter(item => item.length > 0)
  const orders = at >= 0 && isWord(rest[at + 1], 'AND') && isWord(rest[at + 2], 'ORDER')
  const by = orders ? at + 3 : at + 1
  if (at >= 0 && !isWord(rest[by], 'BY')) return undefined
  const keys = at < 0 ? [] : separated(rest.slice(by + 1), ',')
  const items = [...keys, ...aggregates]
  const unordered = items.map(withoutOrder)
  const isOrdered = orders || unordered.some((item, index) => item.length < (items[index]?.length ?? 0))
  const numbers = (count: number) => listed(Array.from({ length: count }, (_, index) => [number(index + 1)]))
  return renewed(piped, listed(unordered), [
    ...(keys.length > 0 ? [word('GROUP'), word('BY'), ...numbers(keys.length)] : []),
    ...(isOrdered ? [word('ORDER'), word('BY'), ...numbers(items.length)] : []),
  ])
}

function withoutOrder(item: readonly Token[]): readonly Token[] {
  const nulls = isWord(item.at(-2), 'NULLS') && isWord(item.at(-1), 'FIRST', 'LAST') ? item.slice(0, -2) : item
  return isWord(nulls.at(-1), 'ASC', 'DESC') ? nulls.slice(0, -1) : item
}

/** Other columns, and no table's name means anything any more. */
const renewed = (piped: Piped, list: readonly Token[], after: readonly Token[] = []): Piped => ({
  from: bracketed(selected(piped, list, after)),
  clauses: {},
  names: noNames,
  ...(piped.moved && hasStar(list) ? { moved: true as const } : {}),
})

const hasStar = (list: readonly Token[]): boolean =>
  separated(list, ',').some(item =>
    item.some((token, at) => isWord(token, '*') && (at === 0 || isWord(item[at - 1], '.', 'DISTINCT'))),
  )

function wrapped(piped: Piped, list: readonly Token[]): Piped {
  // What comes next may still name the table, where it is one.
  const alias = aliasOf(piped.from)
  const query = bracketed(selected(piped, list))
  const gone = alias === undefined ? aliases(piped.from).map(name => [name, 'gone'] as const) : []
  return {
    from: alias === undefined ? query : [...query, word('AS'), { ...alias, spaced: true }],
    clauses: {},
    names: new Map([...piped.names, ...gone]),
    ...(piped.moved && { moved: true }),
  }
}

function selected(piped: Piped, list: readonly Token[], after: readonly Token[] = []): readonly Token[] {
  const { WHERE = [], ORDER = [], LIMIT = [] } = piped.clauses
  return [
    word('SELECT'),
    ...spacedFirst(list),
    word('FROM'),
    ...spacedFirst(piped.from),
    ...WHERE,
    ...after,
    ...ORDER,
    ...LIMIT,
  ]
}

/** The name by which a FROM clause of one table or subquery is known: its last token, where that is a name. */
function aliasOf(from: readonly Token[]): Token | undefined {
  const last = from.at(-1)
  const single = depths(from).every(
    (depth, at) => depth > 0 || !(isWord(from[at], ',', 'JOIN', 'PIVOT', 'UNPIVOT') || from[at]?.text === '*'),
  )
  return single && isName(last) && !last.value.includes('.') ? last : undefined
}

/** The names, upper case, by which the tables of a FROM clause are known. */
function aliases(from: readonly Token[]): readonly string[] {
  const levels = depths(from)
  const endsItem = (at: number) =>
    at === from.length || (levels[at] === 0 && isWord(from[at], ',', 'JOIN', ...afterTable))
  return from.flatMap((token, at) =>
    levels[at] === 0 && isName(token) && endsItem(at + 1) ? token.value.toUpperCase().split('.').slice(-1) : [],
  )
}

const afterTable = ['INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'ON', 'USING', 'WITH', 'TABLESAMPLE', 'FOR']

/** Where the query begins after `WITH a AS (…), …`. */
function afterWith(statement: readonly Token[]): number {
  if (!isWord(statement[0], 'WITH')) return 0
  const levels = depths(statement)
  return Math.max(
    0,
    statement.findIndex((token, at) => levels[at] === 0 && isWord(token, 'FROM', 'SELECT')),
  )
}
