import { emitString } from './scanner.ts'
import { isName, isWord, type Token } from './token.ts'
import { symbol, word } from './token-lists.ts'

/**
 * Snowflake forms that a parser reads wrongly or not at all, put into an equal form that all read alike. Only the text
 * that is analysed changes; what runs is the agent's own.
 */
export function rewriteSnowflake(tokens: readonly Token[]): readonly Token[] {
  return bracketedPaths(wholeObjects(priorColumns(plainTableNames(plainLooks(bracketedQueries(plainForms(tokens)))))))
}

/**
 * What one parser does not know and says nothing about a table or a value: DIRECTED, `DATE_PART(y FROM x)`, `NTH_VALUE(x, 2) FROM
 * LAST`, an ARRAY's element type. And names of columns that it takes for something else.
 */
function plainForms(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const [before, after] = [tokens[at - 1], tokens[at + 1]]
    if (isWord(token, 'DIRECTED') && isWord(before, ...joinWords) && isWord(after, 'JOIN')) continue
    if (isWord(token, 'FROM') && isWord(before, ')') && isCountedFrom(tokens, at)) {
      at += 1
      continue
    }
    const partOf = isWord(token, 'FROM') && isWord(tokens[at - 2], '(') && isWord(tokens[at - 3], 'DATE_PART')
    result.push(partOf ? symbol(',') : namesColumn(tokens, at) ? quoted(token.value, token.spaced) : token)
    if (isWord(token, 'ARRAY') && isWord(after, '(') && isType(tokens, at)) {
      const end = closingAt(tokens, at + 1)
      if (tokens.slice(at + 1, end).every(inside => inside.kind !== 'string' && !isWord(inside, 'SELECT'))) at = end
    }
  }
  return result
}

/** Right after `::`, or after the AS of a CAST; after another AS it is a name. */
function isType(tokens: readonly Token[], at: number): boolean {
  if (!isWord(tokens[at - 1], 'AS')) return isWord(tokens[at - 1], '::')
  return isWord(tokens[openingBefore(tokens, at - 1) - 1], 'CAST', 'TRY_CAST')
}

/** The bracket that is open before this place. */
function openingBefore(tokens: readonly Token[], at: number): number {
  let depth = 0
  let start = at - 1
  while (start >= 0 && !(depth === 0 && isWord(tokens[start], '('))) {
    if (isWord(tokens[start], ')')) depth += 1
    if (isWord(tokens[start], '(')) depth -= 1
    start -= 1
  }
  return start
}

/** `FROM FIRST` or `FROM LAST` after the brackets of an NTH_VALUE. */
function isCountedFrom(tokens: readonly Token[], at: number): boolean {
  return (
    isWord(tokens[at + 1], 'FIRST', 'LAST') &&
    isWord(tokens[at + 2], 'OVER', 'IGNORE', 'RESPECT') &&
    isWord(tokens[openingBefore(tokens, at - 1) - 1], 'NTH_VALUE')
  )
}

/**
 * Whether the word names a column although one parser takes it for the beginning of a literal: `date "Day"`, `json:k`, `array[0]`,
 * `interval - 1`. None of them is a reserved word. https://docs.snowflake.com/en/sql-reference/reserved-keywords
 */
function namesColumn(tokens: readonly Token[], at: number): boolean {
  const [before, token, after] = [tokens[at - 1], tokens[at], tokens[at + 1]]
  if (token?.kind !== 'word' || after === undefined || isWord(before, '.', '::', 'AS')) return false
  if (token.value === 'INTERVAL') return after.kind !== 'string'
  if (!typeWords.has(token.value)) return false
  return after.kind === 'quoted' || isWord(after, '[') || (isWord(after, ':') && isName(tokens[at + 2]))
}

const typeWords = new Set(
  (
    'ARRAY BINARY BIT BLOB BOOL BOOLEAN BYTES CHAR CHARACTER DATE DATETIME DEC DECIMAL DOUBLE FLOAT INT INTEGER JSON NUMERIC REAL ' +
    'STRING TEXT TIME TIMESTAMP TIMESTAMP_NTZ UUID VARBINARY VARCHAR'
  ).split(' '),
)

const joinWords = ['INNER', 'CROSS', 'LEFT', 'RIGHT', 'FULL', 'OUTER']

/**
 * `((SELECT …) UNION …)` → `(SELECT * FROM (SELECT …) UNION …)`, `WITH … (SELECT …) ORDER BY …` → `WITH … SELECT * FROM (SELECT …)
 * ORDER BY …`: as a value one parser does not read the first, and the other forgets the WITH of the second.
 */
function bracketedQueries(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (const [at, token] of tokens.entries()) {
    if (beginsQuery(tokens, at) && isWord(tokens[at - 1], '(', ')') && !isWord(tokens[at - 2], 'FROM', 'JOIN')) {
      const after = tokens[closingAt(tokens, at) + 1]
      const more = isWord(tokens[at - 1], ')') && isWord(after, 'ORDER', 'LIMIT', 'FETCH', 'OFFSET')
      if (more || isWord(after, 'UNION', 'EXCEPT', 'INTERSECT', 'MINUS'))
        result.push(word('SELECT', token.spaced), { ...symbol('*'), spaced: true }, word('FROM', true))
    }
    result.push(token)
  }
  return result
}

/** An opening bracket, or a row of them, and then a query. */
function beginsQuery(tokens: readonly Token[], at: number): boolean {
  if (!isWord(tokens[at], '(')) return false
  let inner = at + 1
  while (isWord(tokens[inner], '(')) inner += 1
  return isWord(tokens[inner], 'SELECT', 'WITH')
}

function closingAt(tokens: readonly Token[], start: number): number {
  let depth = 0
  for (let at = start; at < tokens.length; at += 1) {
    if (isWord(tokens[at], '(')) depth += 1
    if (isWord(tokens[at], ')')) depth -= 1
    if (depth === 0) return at
  }
  return tokens.length
}

/** `SHOW PRIMARY KEYS …` → `SHOW COLUMNS …`, `DESC VIEW v TYPE = COLUMNS` → `DESC TABLE v`: what the same objects are made of. */
function plainLooks(tokens: readonly Token[]): readonly Token[] {
  const [verb, kind, keys] = tokens
  if (verb && isWord(verb, 'SHOW') && isWord(kind, ...keyKinds) && isWord(keys, 'KEYS'))
    return [verb, word('COLUMNS', true), ...tokens.slice(3)]
  if (verb && isWord(verb, 'DESC', 'DESCRIBE') && isWord(kind, 'TABLE', 'VIEW'))
    return [verb, word('TABLE', true), ...tokens.slice(2, saysColumns(tokens) ? -3 : undefined)]
  return tokens
}

/** As it is without saying so; the other is about the stage of a table. */
function saysColumns(tokens: readonly Token[]): boolean {
  return ['TYPE', '=', 'COLUMNS'].every((text, at) => isWord(tokens.at(at - 3), text))
}

const keyKinds = ['PRIMARY', 'UNIQUE', 'IMPORTED', 'EXPORTED']

/**
 * `FROM IDENTIFIER('db.sch.t')` and `FROM TABLE('db.sch.t')` → `FROM "DB"."SCH"."T"`, which both parsers read. A name of one part may be a CTE's, a string with escapes
 * may mean other letters, and a name in quotes other rules: those stay what they are, and wait.
 * https://docs.snowflake.com/en/sql-reference/identifier-literal, …/literals-table
 */
function plainTableNames(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const name = isWord(tokens[at - 1], 'FROM', 'JOIN') ? namedByString(tokens, at) : undefined
    if (name === undefined) result.push(token)
    else {
      result.push(...nameTokens(name, token.spaced))
      at += 3
    }
  }
  return result
}

/**
 * `SELECT PRIOR x … CONNECT BY …` → `SELECT CONNECT_BY_ROOT x …`: another row of the same column, and both parsers read it. In a
 * SELECT without CONNECT BY it is the name of a column.
 */
function priorColumns(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some(token => isWord(token, 'PRIOR'))) return tokens
  const prior = new Set<number>()
  /** For each bracket that is open: where PRIOR stands in its SELECT so far. */
  const levels: number[][] = [[]]
  for (const [at, token] of tokens.entries()) {
    const found = levels.at(-1) ?? []
    if (isWord(token, '(')) levels.push(found)
    else if (isWord(token, ')')) levels.pop()
    else if (isWord(token, 'SELECT')) levels.splice(-1, 1, [])
    else if (isPrior(tokens, at)) found.push(at)
    else if (isWord(token, 'CONNECT') && isWord(tokens[at + 1], 'BY')) for (const place of found) prior.add(place)
  }
  return tokens.map((token, at) => (prior.has(at) ? word('CONNECT_BY_ROOT', token.spaced) : token))
}

function isPrior(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1]
  return (
    isWord(tokens[at], 'PRIOR') && (next?.kind === 'quoted' || (next?.kind === 'word' && !isWord(next, 'FROM', 'AS')))
  )
}

/** `{* EXCLUDE x}` → `OBJECT_CONSTRUCT(* EXCLUDE x)`, `{c.* EXCLUDE x}` → `OBJECT_CONSTRUCT(c.*)`, which no parser reads with it: a row as one value. */
function wholeObjects(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const star = token.text === '{' ? starAt(tokens, at + 1) : undefined
    if (star === undefined) result.push(token)
    else {
      const end = tokens.findIndex((other, index) => index > at && other.text === '}')
      const dropped = star > at + 1 && tokens.slice(star + 1, end).every(isNameOrList)
      const inner = tokens.slice(at + 1, dropped ? star + 1 : end)
      result.push(word('OBJECT_CONSTRUCT', token.spaced), symbol('('), ...inner, symbol(')'))
      at = end
    }
  }
  return result
}

/** All that stands in `EXCLUDE (a, b)` and `ILIKE 'x'`. */
const isNameOrList = (token: Token): boolean =>
  token.kind === 'symbol' ? isWord(token, '(', ')', ',') : !isWord(token, 'SELECT', 'WITH', 'REPLACE')

/** Where the star of `*` or `c.*` stands. */
function starAt(tokens: readonly Token[], at: number): number | undefined {
  const [first, dot, star] = tokens.slice(at, at + 3)
  if (isWord(first, '*')) return at
  return isName(first) && isWord(dot, '.') && isWord(star, '*') ? at + 2 : undefined
}

/**
 * `f(x):k` → `f(x)['k']`, `a[0]:k` → `a[0]['k']`, `{…}:k` → `{…}['k']` and `x::variant:k` → `x:k`: one parser knows a path only right after a name.
 * https://docs.snowflake.com/en/user-guide/querying-semistructured
 */
function bracketedPaths(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const key = tokens[at + 1]
    if (token.text !== ':' || (key?.kind !== 'word' && key?.kind !== 'quoted')) {
      result.push(token)
      continue
    }
    if (isWord(result.at(-1), 'VARIANT') && result.at(-2)?.text === '::') result.splice(-2)
    const last = result.at(-1)
    if (!isWord(last, ')', ']', '}')) result.push(token)
    else {
      const name = key.kind === 'word' ? key.text : key.value
      result.push(symbol('['), { kind: 'string', text: emitString(name), value: name, spaced: false }, symbol(']'))
      at += 1
    }
  }
  return result
}

function namedByString(tokens: readonly Token[], at: number): string | undefined {
  const name = tokens[at + 2]
  if (tokens[at]?.kind !== 'word' || !isWord(tokens[at], 'IDENTIFIER', 'TABLE')) return undefined
  if (!isWord(tokens[at + 1], '(') || !isWord(tokens[at + 3], ')') || name?.plain !== true) return undefined
  return /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){1,2}$/.test(name.value) ? name.value : undefined
}

function nameTokens(name: string, spaced: boolean): readonly Token[] {
  return name
    .toUpperCase()
    .split('.')
    .flatMap((part, index) => (index === 0 ? [quoted(part, spaced)] : [symbol('.'), quoted(part, false)]))
}

const quoted = (name: string, spaced: boolean): Token => ({ kind: 'quoted', text: `"${name}"`, value: name, spaced })
