import { emitString } from '../text/scanner.ts'
import { isField, isName, isWord, type Token } from '../text/token.ts'
import {
  afterTable,
  bracketed,
  closingAt,
  isPlainType,
  listed,
  openingBefore,
  selectAll,
  separated,
  spacedFirst,
  symbol,
  word,
} from '../text/token-lists.ts'

/** `f(x, e -> e.a AND e.b)` → `f(x, e -> (e.a AND e.b))`: one parser ends the lambda where the AND stands. */
export function bracketedLambdas(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  /** Depths at which bodies of lambdas began that go on. */
  const bodies: number[] = []
  let depth = 0
  for (const token of tokens) {
    if (isWord(token, ')', ']')) depth -= 1
    while (depth < (bodies.at(-1) ?? -1) || (depth === bodies.at(-1) && isWord(token, ','))) {
      result.push(symbol(')'))
      bodies.pop()
    }
    if (isWord(token, '(', '[')) depth += 1
    result.push(token)
    if (!isWord(token, '->')) continue
    result.push({ ...symbol('('), spaced: true })
    bodies.push(depth)
  }
  return [...result, ...bodies.map(() => symbol(')'))]
}

/** `(a INT, b OBJECT(k INT)) -> …` → `(a, b) -> …`: one parser knows no types there. */
export function untypedParameters(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (const [at, token] of tokens.entries()) {
    const start = isWord(token, '->') && isWord(tokens[at - 1], ')') ? openingBefore(tokens, at - 1) : at
    const names = separated(tokens.slice(start + 1, at - 1), ',').map(parameterName)
    // Both ends of what was written so far are those of the parameters, as nothing in them is a lambda.
    if (start < at && isWord(tokens[start], '(') && names.every(isName))
      result.splice(start - at, at - start, symbol('('), ...listed(names.map(name => [name])), symbol(')'))
    result.push(token)
  }
  return result
}

/** Of `a`, or of `a` and a type. */
function parameterName([name, ...type]: readonly Token[]): Token | undefined {
  return isPlainType(type) ? name : undefined
}

/** `STRUCT()` → `STRUCT(NULL)`, and in UNPIVOT `(a, b) AS 1` → `(a, b) AS '1'`: one parser wants a value there, and no number here. */
export function plainValues(tokens: readonly Token[]): readonly Token[] {
  const unpivots = tokens.some(token => isWord(token, 'UNPIVOT'))
  return tokens.flatMap((token, at) => {
    if (isWord(token, ')') && isWord(tokens[at - 1], '(') && isWord(tokens[at - 2], 'STRUCT'))
      return [word('NULL'), token]
    const names = unpivots && token.kind === 'number' && isWord(tokens[at - 1], 'AS')
    return names ? { ...token, kind: 'string', text: emitString(token.value) } : token
  })
}

/** `RANGE<DATE> '[…)'` → `'[…)'`, and else `RANGE<DATE>` → `DATE`: one parser knows no such type, and reads a column RANGE. */
export function plainRanges(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const [open, type, close, next] = tokens.slice(at + 1, at + 5)
    const isRange =
      isWord(token, 'RANGE') &&
      !isField(tokens, at) &&
      isWord(open, '<') &&
      isWord(type, 'DATE', 'DATETIME', 'TIMESTAMP') &&
      isWord(close, '>', '>>')
    if (!isRange) result.push(token)
    else {
      if (next?.kind !== 'string' || isWord(close, '>>')) result.push({ ...(type as Token), spaced: token.spaced })
      if (isWord(close, '>>')) result.push(symbol('>'))
      at += 3
    }
  }
  return result
}

/**
 * `FROM f(TABLE d.t, MODEL d.m)` → `FROM f((SELECT * FROM d.t), (SELECT * FROM d.m))`: no parser reads the former, and all that is
 * in them is read.
 */
export function queriedArguments(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  const calls: boolean[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    if (isWord(token, '(')) calls.push(isTableCall(tokens, at))
    if (isWord(token, ')')) calls.pop()
    // A query, or the order of an aggregate: there both words are names.
    if (calls.at(-1) && isWord(token, ...noArguments)) calls[calls.length - 1] = false
    const begins = isWord(token, 'TABLE', 'MODEL') && isWord(tokens[at - 1], '(', ',', '=>') && calls.at(-1) === true
    const end = begins ? pathEnd(tokens, at + 1) : at
    const isModel = isWord(token, 'MODEL') && !(end === at + 2 && namesQuery(tokens, tokens[at + 1]))
    const isRead = end > at + 1 && (isModel || isWord(token, 'TABLE'))
    if (!isRead || !isWord(tokens[end], ')', ',')) result.push(token)
    else {
      result.push(symbol('('), ...selectAll())
      result.push(...tableName(tokens.slice(at + 1, end)), symbol(')'))
      at = end - 1
    }
  }
  return result
}

/** A path as one name: after TABLE it is that of a table, and never an array of a row. */
function tableName(path: readonly Token[]): readonly Token[] {
  if (path.length === 1) return spacedFirst(path)
  const value = path.map(part => (part.kind === 'quoted' ? part.value : part.text)).join('')
  return [{ kind: 'quoted', text: `\`${value}\``, value, spaced: true }]
}

/** Whether a query of WITH may have the name, which is never that of a model. */
const namesQuery = (tokens: readonly Token[], name: Token | undefined): boolean =>
  tokens.some(
    ({ value }, at) =>
      value.toUpperCase() === name?.value.toUpperCase() && isWord(tokens[at + 1], 'AS') && isWord(tokens[at + 2], '('),
  )

/** Whether the bracket at this place holds the arguments of a call in FROM. */
function isTableCall(tokens: readonly Token[], at: number): boolean {
  let start = at - 1
  while (isName(tokens[start]) && isWord(tokens[start - 1], '.')) start -= 2
  return (
    isName(tokens[start]) && !isWord(tokens[start], ...noFunctions) && isWord(tokens[start - 1], 'FROM', 'JOIN', ',')
  )
}

const noArguments = ['SELECT', 'WITH', 'FROM', 'ORDER', 'BY', 'DISTINCT', 'HAVING', 'LIMIT', 'WHERE', 'UNION', 'JOIN']
const noFunctions = ['FROM', 'JOIN', 'SELECT', 'ARRAY', 'EXISTS', 'IN', 'UNNEST', 'STRUCT', 'VALUES']

/** After a path of names, or where it should have begun. */
function pathEnd(tokens: readonly Token[], start: number): number {
  let end = start
  while (isName(tokens[end]) && isWord(tokens[end + 1], '.')) end += 2
  return isName(tokens[end]) ? end + 1 : start
}

/**
 * `UNNEST(a AS x, b AS y) WITH OFFSET AS o` → `(UNNEST(a) AS x CROSS JOIN UNNEST(b) AS y WITH OFFSET AS o)`: one parser reads one array
 * only; the rows are others, but not what their columns are made of.
 */
export function joinedArrays(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    result.push(token)
    if (!isWord(token, 'UNNEST') || !isWord(tokens[at + 1], '(')) continue
    const close = closingAt(tokens, at + 1)
    const inner = joinedArrays(tokens.slice(at + 2, close))
    const arrays = namedArrays(inner)
    if (arrays.length < 2 || !arrays.every(({ array }) => isApart(array, arrays))) {
      result.push(symbol('('), ...inner, symbol(')'))
      at = close
    } else {
      result.pop()
      const end = offsetEnd(tokens, close + 1)
      const joined = arrays.flatMap(({ array, alias }, index) => [
        ...(index === 0 ? [] : [word('CROSS'), word('JOIN')]),
        word('UNNEST', index > 0),
        symbol('('),
        ...array,
        symbol(')'),
        ...alias,
      ])
      result.push(...bracketed([...joined, ...tokens.slice(close + 1, end)]))
      at = end - 1
    }
  }
  return result
}

interface NamedArray {
  readonly array: readonly Token[]
  readonly alias: readonly Token[]
}

/** None of them sees the others: only literals, and arrays of a table that has none of their names, mean the same where one could. */
function isApart(array: readonly Token[], arrays: readonly NamedArray[]): boolean {
  const [first] = array
  const isPath =
    isName(first) && array.length > 1 && array.every((token, at) => (at % 2 === 0 ? isName(token) : isWord(token, '.')))
  // Fields of an array are names as well: only what all arrays are of is surely none of them.
  const isOther = ({ array: [head], alias }: NamedArray) =>
    (isName(head) && head.value.toUpperCase() !== first?.value.toUpperCase()) ||
    alias.at(-1)?.value.toUpperCase() === first?.value.toUpperCase()
  if (isPath) return !arrays.some(isOther)
  return array.every(token => !isName(token) || isWord(token, 'NULL', 'TRUE', 'FALSE', 'DATE', 'TIMESTAMP'))
}

/** The arrays of an UNNEST, where each has a name; what else may stand there only says what happens where one is shorter. */
function namedArrays(inner: readonly Token[]): readonly NamedArray[] {
  const items = separated(inner, ',')
  const last = items.at(-1) ?? []
  const hasMode = last.length === 3 && isWord(last[0], 'MODE') && isWord(last[1], '=>') && last[2]?.kind === 'string'
  const arrays = hasMode ? items.slice(0, -1) : items
  if (!arrays.every(item => item.length > 2 && isName(item.at(-1)) && isWord(item.at(-2), 'AS'))) return []
  return arrays.map(item => ({ array: item.slice(0, -2), alias: item.slice(-2) }))
}

/** Where `WITH OFFSET AS o` ends that begins here. */
function offsetEnd(tokens: readonly Token[], at: number): number {
  if (!isWord(tokens[at], 'WITH') || !isWord(tokens[at + 1], 'OFFSET')) return at
  if (isWord(tokens[at + 2], 'AS')) return at + 4
  const next = tokens[at + 2]
  return isName(next) && !isWord(next, ...afterTable) ? at + 3 : at + 2
}
