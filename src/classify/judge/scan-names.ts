import { anyTable } from '../column-name.ts'
import { dashedEnd } from '../rewrite/bigquery.ts'
import { isField, isName, isWord, type Token } from '../text/token.ts'
import { closingAt, depths, separated } from '../text/token-lists.ts'
import type { Identifier } from '../walk/ast.ts'
import { type Names, parseDottedName } from '../walk/names.ts'

/** Words after FROM or JOIN that begin no table name, and words that end a list of tables. */
const noName = new Set([
  'FROM',
  'SELECT',
  'LATERAL',
  'TABLE',
  'UNNEST',
  'VALUES',
  'WITH',
  'WHERE',
  'AS',
  'ON',
  'USING',
  'GROUP',
  'ORDER',
  'LIMIT',
  'SET',
  'IF',
  'NOT',
  'EXISTS',
  'ONLY',
  'FILES',
  'DATA',
  'OVERWRITE',
  'INTO',
  'FUNCTION',
  'ALL',
  'SHARE',
  'GRANTS',
])

/**
 * Tables that the words of a statement name, for people, where no parser reads it: whatever follows FROM, a comma of it, or JOIN is
 * read, what follows INTO, UPDATE, TABLE, VIEW or TRUNCATE is written. Names too many rather than too few.
 */
function scanNames(tokens: readonly Token[], names: Names): { reads: readonly string[]; writes: readonly string[] } {
  const reads = new Set<string>()
  const writes = new Set<string>()
  const read = (at: number) => scanList(tokens, at, { names, found: reads, calls: true })
  // `INTO t (a, b)`: what is written is no call, and brackets after it hold columns.
  const isLook = isWord(tokens[0], 'SHOW', 'DESC', 'DESCRIBE')
  const write = (at: number) => scanList(tokens, at, { names, found: isLook ? reads : writes, calls: false })
  const copied = (at: number) => {
    const kind = kindAt(tokens)
    if (isWord(tokens[kind], ...containers)) for (const name of containerName(tokens, kind, at, names)) reads.add(name)
    else if (isWord(tokens[kind], 'STAGE')) reads.add(stageOf(names.table(pathAt(tokens, at + 1).parts)))
    else read(at + 1)
  }
  // `CALL p('db.s.t')`: what a procedure is told of it may read, and write.
  const called = tokens.findIndex((token, at) => isWord(token, 'CALL') && !isField(tokens, at))
  const given = (text: string) => {
    const parts = parseDottedName(text) ?? []
    if (parts.length > 1) for (const found of [reads, writes]) found.add(names.table(parts))
  }
  const joined = tokens.findIndex(token => isWord(token, 'MERGE', 'DELETE'))
  // `LOAD DATA INTO TEMP TABLE t`, `EXPORT TABLE METADATA FROM t`, `FROM SPECIFICATION $$…$$`.
  const isNoName = (at: number) =>
    (isWord(tokens[at + 1], 'TEMP', 'TEMPORARY') && isWord(tokens[at + 2], 'TABLE')) ||
    (isWord(tokens[at - 1], 'EXPORT') && isWord(tokens[at + 1], 'METADATA') && isWord(tokens[at + 2], 'FROM')) ||
    (isWord(tokens[at + 1], 'SPECIFICATION') && tokens[at + 2]?.kind === 'string')
  const isUrl = (at: number) =>
    isWord(tokens[at - 2], 'URL') && isWord(tokens[at - 1], '=') && isWord(tokens[0], 'CREATE')
  // Of a semantic view an alias comes first: `c AS db.s.t`.
  const elements = (open: number, aliased = 0) => {
    let at = open + 1
    for (const item of separated(tokens.slice(at, closingAt(tokens, open)), ',')) {
      read(isWord(item[1], 'AS') ? at + aliased : at)
      at += item.length + 1
    }
  }
  tokens.forEach((token, at) => {
    if (isNoName(at)) return
    if (isWord(token, 'FROM', 'JOIN')) (isWord(tokens[at - 1], 'DELETE') ? write : read)(at + 1)
    else if (isWord(token, 'USING') && joined >= 0 && at > joined) read(at + 1)
    else if (isWord(token, 'TABLE') && isWord(tokens[at - 1], '(', ',', '=>')) read(at + 1)
    else if (isWord(token, 'SYSTEM$REFERENCE')) for (const name of referred(tokens, at, names)) reads.add(name)
    else if (isWord(token, 'MODEL') && isWord(tokens[at - 1], 'FROM', 'EXPORT')) read(at + 1)
    else if (isWord(token, 'OF') && isWord(tokens[at - 1], 'REPLICA')) read(at + 1)
    else if (isWord(token, '(') && isWord(tokens[at - 1], 'GRAPH_TABLE')) read(at + 1)
    else if (isWord(token, 'GRAPH') && at === 0) read(at + 1)
    else if (isWord(token, 'TABLES') && isWord(tokens[at - 1], 'NODE', 'EDGE', 'VERTEX')) elements(at + 1)
    else if (isWord(token, 'TABLES') && isWord(tokens[at + 1], '(') && isWord(tokens[0], 'CREATE')) elements(at + 1, 2)
    else if (isWord(token, 'CLONE', 'LIKE', 'COPY') && isWord(tokens[0], 'CREATE')) copied(at)
    else if (isWord(token, 'INTO', 'UPDATE', 'TABLE', 'VIEW', 'TRUNCATE', 'OVERWRITE', 'MERGE')) write(at + 1)
    else if (isWord(token, 'DELETE', 'INSERT') && beginsStep(tokens, at)) write(at + 1)
    else if (token.kind === 'stage' && isWord(tokens[0], 'PUT')) write(at)
    else if (token.kind === 'stage' && (isWord(tokens[0], 'GET') || isWord(tokens[at - 1], '='))) read(at)
    else if (token.kind === 'string' && isUrl(at)) read(at)
    else if (token.kind === 'string' && called >= 0 && at > called) given(token.value)
  })
  for (const at of afterCommas(tokens)) read(at)
  return { reads: [...reads], writes: [...writes] }
}

/** All that the words of these statements name, what they define included. */
export function namedIn(
  statements: readonly (readonly Token[])[],
  names: Names,
): { readonly reads: readonly string[]; readonly writes: readonly string[] } {
  const scans = statements.map(words => scanNames(words, names))
  const defined = statements.flatMap(words => definedNames(words, names))
  return { reads: scans.flatMap(({ reads }) => reads), writes: [...defined, ...scans.flatMap(({ writes }) => writes)] }
}

/** First, or first of a step of a script; `WHEN MATCHED THEN DELETE` names nothing. */
const beginsStep = (tokens: readonly Token[], at: number): boolean =>
  at === 0 ||
  (isWord(tokens[at - 1], 'BEGIN', 'THEN', 'ELSE', 'DO', 'LOOP', 'REPEAT') &&
    !isWord(tokens[at + 1], 'WHEN', 'ROW', '('))

/** Where the tables of a FROM clause may begin that stand after a comma, also among the rows of VALUES. */
function afterCommas(tokens: readonly Token[]): readonly number[] {
  /** For each bracket that is open: the clause so far. */
  const clauses = ['']
  return tokens.flatMap((token, at) => {
    const clause = clauses.at(-1)
    if (isWord(token, '(')) clauses.push('')
    else if (isWord(token, ')')) clauses.pop()
    // Before a comma or the end it is an alias that is called like one.
    else if (isWord(token, ...clauseWords) && !isWord(tokens[at + 1], ',', ')')) clauses.splice(-1, 1, token.value)
    else if (isWord(token, 'VALUES') && clause === '') clauses.splice(-1, 1, token.value)
    return isWord(token, ',') && (clause === 'FROM' || (clause === 'VALUES' && holdsName(tokens, at + 1)))
      ? [at + 1]
      : []
  })
}

/** `(t)`: a table in brackets looks like a row of one column. */
const holdsName = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], '(') && isName(tokens[at + 1]) && isWord(tokens[pathAt(tokens, at + 1).end], ')')

const clauseWords = 'SELECT FROM WHERE BY HAVING QUALIFY WINDOW SET INTO LIMIT |>'.split(' ')

/** Kinds of objects that have a name as a table has, or stand on a table. */
const kinds =
  'TABLE VIEW REPLICA MODEL INDEX POLICY POLICIES DATA_POLICY CAPACITY RESERVATION ASSIGNMENT FUNCTION PROCEDURE SEQUENCE STREAM TASK PIPE STAGE ALERT TAG SERVICE GRAPH AGENT'.split(
    ' ',
  )

const containers = ['SCHEMA', 'DATABASE']

/** As it is named where it is written to or read. */
const stageOf = (name: string): string => (name.startsWith('@') ? name : `@${name}`)

const kindAt = (tokens: readonly Token[]): number =>
  tokens.slice(0, 6).findIndex(token => isWord(token, ...kinds, ...containers))

/**
 * What CREATE, ALTER, DROP or UNDROP is about by its words: the object, the table that an index or a policy stands on, or all that is
 * in a schema or database; of GRANT and REVOKE only that.
 */
export function definedNames(tokens: readonly Token[], names: Names): readonly string[] {
  if (isWord(tokens[0], 'GRANT', 'REVOKE')) return grantedIn(tokens, names)
  if (!isWord(tokens[0], 'CREATE', 'ALTER', 'DROP', 'UNDROP')) return []
  const found = new Set<string>()
  let at = kindAt(tokens)
  while (isWord(tokens[at + 1], ...kinds) && isName(tokens[at + 2])) at += 1
  if (at < 0) return []
  if (isWord(tokens[at], ...containers)) return containerNames(tokens, at, names)
  const levels = depths(tokens)
  const on = isWord(tokens[at], 'INDEX', 'POLICY', 'POLICIES')
    ? tokens.findIndex((token, index) => index > at && levels[index] === 0 && isWord(token, 'ON'))
    : -1
  for (const before of named(tokens, Math.max(at, on))) scanList(tokens, before + 1, { names, found, calls: false })
  return isWord(tokens[at], 'STAGE') ? [...found].map(stageOf) : [...found]
}

/** `ON SCHEMA s`, `ON FUTURE TABLES IN DATABASE d`: who may do what with all in there. */
function grantedIn(tokens: readonly Token[], names: Names): readonly string[] {
  const isNamed = (token: Token, at: number) => isWord(token, ...containers) && isWord(tokens[at - 1], 'ON', 'IN')
  return containerNames(tokens, tokens.findIndex(isNamed), names)
}

/** Where the name of what it is follows, and that of what it becomes or is swapped with. */
function named(tokens: readonly Token[], at: number): readonly number[] {
  const renamed = (token: Token, index: number) =>
    isWord(tokens[index - 1], 'RENAME', 'SWAP') && isWord(token, 'TO', 'WITH')
  const other = tokens.findIndex(renamed)
  return other < 0 ? [at] : [at, other]
}

function containerNames(tokens: readonly Token[], at: number, names: Names): readonly string[] {
  if (at < 0) return []
  return named(tokens, at).flatMap(before => containerName(tokens, at, before, names))
}

/** Of the kind at `at`, what is named behind `before`. */
function containerName(tokens: readonly Token[], at: number, before: number, names: Names): readonly string[] {
  let start = before + 1
  while (isWord(tokens[start], 'IF', 'NOT', 'EXISTS')) start += 1
  if (isWord(tokens[at + 1], 'ROLE')) return []
  const { parts } = pathAt(tokens, start)
  if (parts.length === 0) return []
  if (parts.every(({ text }) => text === '*')) return [anyTable]
  return [names.allIn(isWord(tokens[at], 'SCHEMA') ? 'schema' : 'database', parts)]
}

/** Where names go, and whether a name before a bracket may be a function's. */
interface Found {
  readonly names: Names
  readonly found: Set<string>
  readonly calls: boolean
}

function scanList(tokens: readonly Token[], start: number, { names, found, calls }: Found): void {
  let at = start
  while (isWord(tokens[at], 'IF', 'NOT', 'EXISTS', 'ONLY')) at += 1
  for (;;) {
    // `FROM (a JOIN b)`: what begins in brackets may be a table as well.
    while (calls && isWord(tokens[at], '(')) at += 1
    const token = tokens[at]
    if (token?.kind === 'stage') found.add(token.value)
    if (token?.kind === 'string' && /^@|:\/\//.test(token.value)) found.add(token.value.toUpperCase())
    const { parts, end } = pathAt(tokens, at)
    if (parts.length > 0 && !(calls && tokens[end]?.text === '(')) found.add(names.table(parts))
    at = parts.length > 0 ? end : at + 1
    if (isWord(tokens[at], 'AS')) at += 1
    if (tokens[at]?.kind === 'word' && !noName.has(tokens[at]?.value ?? '')) at += 1
    if (calls || tokens[at]?.text !== ',') return
    at += 1
  }
}

function pathAt(tokens: readonly Token[], start: number): { parts: readonly Identifier[]; end: number } {
  if (isWord(tokens[start], 'IDENTIFIER') && isWord(tokens[start + 1], '('))
    return { parts: namedBy(tokens[start + 2]), end: closingAt(tokens, start + 1) + 1 }
  const parts: Identifier[] = []
  let at = start
  for (;;) {
    const token = tokens[at]
    if (token?.kind === 'quoted') parts.push({ text: token.value, quoted: true })
    else if (token?.kind === 'word' && (parts.length > 0 || !noName.has(token.value))) {
      const end = dashedEnd(tokens, at)
      const text = tokens.slice(at, end + 1).map(part => part.text)
      parts.push({ text: text.join(''), quoted: false })
      at = end
    } else return { parts, end: at }
    if (tokens[at + 1]?.text !== '.') return { parts, end: at + 1 }
    at += 2
  }
}

/** What `IDENTIFIER('db.s.t')` names; of a variable, any table. */
function namedBy(token: Token | undefined): readonly Identifier[] {
  const any = { text: '*', quoted: true }
  return (token?.kind === 'string' ? parseDottedName(token.value) : undefined) ?? [any, any, any]
}

/** `SYSTEM$REFERENCE('TABLE', 'db.s.t', …)`, which a function is given in place of the table. */
function referred(tokens: readonly Token[], at: number, names: Names): readonly string[] {
  const name = tokens[at + 4]
  const parts = name?.kind === 'string' ? parseDottedName(name.value) : undefined
  return isWord(tokens[at + 1], '(') && parts ? [names.table(parts)] : []
}
