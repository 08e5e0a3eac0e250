import { isWord, type Token } from './token.ts'

/**
 * GoogleSQL's pipe syntax as the plain SQL that reads, filters by and shows the same columns; both parsers read only that. Every
 * token but the operators' own words is kept, so nothing that stands in the text is lost. A form not known here stays as it
 * is, and is not understood; so does what stands inside brackets, where a name that is lost on the way could be taken for one
 * from outside. https://cloud.google.com/bigquery/docs/reference/standard-sql/pipe-syntax
 */
export function rewritePipes(statement: readonly Token[]): readonly Token[] {
  const start = afterWith(statement)
  const first = statement[start]
  const [source = [], ...operators] = separated(statement.slice(start), '|>')
  if (!isWord(first, 'FROM') && !(isWord(first, 'SELECT') && operators.length > 0)) return statement
  let piped: Piped | undefined = { from: isWord(first, 'FROM') ? source.slice(1) : bracketed(source), clauses: {} }
  for (const operator of operators)
    piped = piped && !namesOriginal(piped, operator) ? applied(piped, operator) : undefined
  return piped === undefined ? statement : [...statement.slice(0, start), ...selected(piped, [symbol('*')])]
}

/** What the operators so far make: a FROM clause, and the clauses that its rows went through. */
interface Piped {
  readonly from: readonly Token[]
  readonly clauses: Partial<Record<Clause, readonly Token[]>>
  /** After SET and DROP, the table's name, upper case: it goes on to stand for the rows as they were before. */
  readonly original?: string
}

/** `FROM t |> SET a = 1 |> SELECT t.a` shows what `a` was; the plain SQL made here would show what it is. */
const namesOriginal = ({ original }: Piped, operator: readonly Token[]): boolean =>
  original !== undefined && operator.some(({ value }) => value.toUpperCase() === original)

const clauseOrder = ['WHERE', 'ORDER', 'LIMIT'] as const
type Clause = (typeof clauseOrder)[number]

function applied(piped: Piped, operator: readonly Token[]): Piped | undefined {
  const [first, ...rest] = operator
  switch (first?.value) {
    case 'WHERE':
    case 'ORDER':
    case 'LIMIT': {
      // A second one of its kind goes around the first.
      const inner = clauseOrder.some(clause => piped.clauses[clause] !== undefined)
        ? wrapped(piped, [symbol('*')])
        : piped
      return { ...inner, clauses: { [first.value]: operator } }
    }
    case 'JOIN':
    case 'INNER':
    case 'LEFT':
    case 'RIGHT':
    case 'FULL':
    case 'CROSS':
      // Which rows a later join meets changes; which columns there are does not.
      return { ...piped, from: [...piped.from, ...operator] }
    case 'SELECT':
      return wrapped(piped, rest)
    case 'EXTEND':
      return wrapped(piped, [symbol('*'), symbol(','), ...rest])
    case 'DROP':
      return changed(piped, [symbol('*'), word('EXCEPT'), ...bracketed(rest)])
    case 'SET':
      return setColumns(piped, rest)
    case 'DISTINCT':
      return rest.length === 0 ? wrapped(piped, [word('DISTINCT'), symbol('*')]) : undefined
    case 'AS':
      return rest.length === 1
        ? { from: [...bracketed(selected(piped, [symbol('*')])), ...operator], clauses: {} }
        : undefined
    case 'AGGREGATE':
      return aggregated(piped, rest)
    case 'UNION':
    case 'INTERSECT':
    case 'EXCEPT':
      return { from: bracketed([...bracketed(selected(piped, [symbol('*')])), ...operator]), clauses: {} }
    case 'PIVOT':
    case 'UNPIVOT':
      return { from: [...bracketed(selected(piped, [symbol('*')])), ...operator], clauses: {} }
    default:
      return undefined
  }
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
function changed(piped: Piped, list: readonly Token[]): Piped {
  const original = piped.original ?? aliasOf(piped.from)?.value.toUpperCase()
  return { ...wrapped(piped, list), ...(original === undefined ? {} : { original }) }
}

/** `AGGREGATE a GROUP BY k` shows the keys, then the aggregates. */
function aggregated(piped: Piped, rest: readonly Token[]): Piped | undefined {
  const at = depths(rest).findIndex((depth, index) => depth === 0 && isWord(rest[index], 'GROUP'))
  const aggregates = separated(at < 0 ? rest : rest.slice(0, at), ',').filter(item => item.length > 0)
  if (at < 0) return wrapped(piped, listed(aggregates))
  const keys = separated(rest.slice(at + 2), ',')
  if (!isWord(rest[at + 1], 'BY') || keys.some(key => isWord(key.at(-1), 'ASC', 'DESC', 'FIRST', 'LAST')))
    return undefined
  const positions = listed(keys.map((_, index) => [number(index + 1)]))
  return wrapped(piped, listed([...keys, ...aggregates]), [word('GROUP'), word('BY'), ...positions])
}

function wrapped(piped: Piped, list: readonly Token[], after: readonly Token[] = []): Piped {
  // What comes next may still name the table, where it is one.
  const alias = aliasOf(piped.from)
  const query = bracketed(selected(piped, list, after))
  const from = alias === undefined ? query : [...query, word('AS'), { ...alias, spaced: true }]
  return { from, clauses: {}, ...(piped.original === undefined ? {} : { original: piped.original }) }
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
  return single && (last?.kind === 'word' || last?.kind === 'quoted') && !last.value.includes('.') ? last : undefined
}

/** Where the query begins after `WITH a AS (…), …`. */
function afterWith(statement: readonly Token[]): number {
  if (!isWord(statement[0], 'WITH')) return 0
  const levels = depths(statement)
  return Math.max(
    0,
    statement.findIndex((token, at) => levels[at] === 0 && isWord(token, 'FROM', 'SELECT')),
  )
}

/** Bracket depth of each token; a closing one is as deep as what it opens beside. */
function depths(tokens: readonly Token[]): readonly number[] {
  let depth = 0
  return tokens.map(({ kind, text }) => {
    if (kind !== 'symbol') return depth
    if (text === ')' || text === ']' || text === '}') depth -= 1
    const own = depth
    if (text === '(' || text === '[' || text === '{') depth += 1
    return own
  })
}

function separated(tokens: readonly Token[], mark: string): readonly (readonly Token[])[] {
  const levels = depths(tokens)
  const parts: Token[][] = [[]]
  for (const [at, token] of tokens.entries()) {
    if (levels[at] === 0 && token.kind === 'symbol' && token.text === mark) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}

const listed = (items: readonly (readonly Token[])[]): readonly Token[] =>
  items.flatMap((item, at) => (at === 0 ? spacedFirst(item) : [symbol(','), ...spacedFirst(item)]))
const spacedFirst = ([first, ...rest]: readonly Token[]): readonly Token[] =>
  first === undefined ? [] : [{ ...first, spaced: true }, ...rest]
const bracketed = (tokens: readonly Token[]): readonly Token[] => [
  { ...symbol('('), spaced: true },
  ...tokens,
  symbol(')'),
]
const symbol = (text: string): Token => ({ kind: 'symbol', text, value: text, spaced: false })
const word = (text: string): Token => ({ kind: 'word', text, value: text, spaced: true })
const number = (value: number): Token => ({ kind: 'number', text: `${value}`, value: `${value}`, spaced: true })
