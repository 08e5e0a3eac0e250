import type { Dialect } from '../statement.ts'
import { bigqueryRewrites } from './rewrite/bigquery.ts'
import { negatedLikes } from './rewrite/negations.ts'
import { anyForAll } from './rewrite/quantifiers.ts'
import { type Rewrite, rewrittenBy } from './rewrite/rewrite.ts'
import { snowflakeRewrites } from './rewrite/snowflake.ts'
import { lexBigquery } from './text/lexer-bigquery.ts'
import { lexSnowflake } from './text/lexer-snowflake.ts'
import { GateRefusal, isField, isName, isWord, type Token, unlessRefused } from './text/token.ts'

/** One statement that every lexer reads alike, and the canonical text of it that the parsers are given. */
export interface GateStatement {
  readonly tokens: readonly Token[]
  readonly text: string
  /** As the agent wrote it: what people are shown, and what is run of it. */
  readonly written: readonly Token[]
}

type GateResult =
  | { readonly passed: true; readonly statements: readonly GateStatement[] }
  | { readonly passed: false; readonly cause: string; readonly ambiguous: boolean }

/** Beyond these a text is not judged: parsers run out of stack (chains, nesting) or of time (queries in calls, lists, length). */
export const gateLimits = {
  bytes: 200_000,
  nesting: 50,
  queries: 15,
  chain: 500,
  items: 5_000,
  statements: 200,
  name: 1_024,
  path: 30,
} as const

/** In the limit's own number, as every refusal for one says it. */
function moreThan(limit: keyof typeof gateLimits, what: string): GateRefusal {
  return new GateRefusal(`more than ${gateLimits[limit].toLocaleString('en-US')} ${what}`, false)
}

/**
 * Reads the agent's text strictly and splits it into statements. Every npm parser tried was fooled by some text that
 * two lexers read differently, so such text is refused here, and only what is left is parsed.
 */
export function gate(sql: string, dialect: Dialect): GateResult {
  try {
    return { passed: true, statements: statementsOf(sql, dialect).map(written => rewritten(written, dialect)) }
  } catch (error) {
    if (error instanceof GateRefusal) return { passed: false, cause: error.message, ambiguous: error.ambiguous }
    throw error
  }
}

/** The statements as they are written, of a text that passes the gate as far as that can be said without rewriting it. */
export function writtenStatements(sql: string, dialect: Dialect): readonly (readonly Token[])[] | undefined {
  return unlessRefused(() => statementsOf(sql, dialect))
}

/** Throws GateRefusal. */
function statementsOf(sql: string, dialect: Dialect): readonly (readonly Token[])[] {
  const statements = split(strictTokens(sql, dialect))
  if (statements.length === 0) throw new GateRefusal('there is no statement in the text', false)
  if (statements.length > gateLimits.statements) throw moreThan('statements', 'statements')
  for (const statement of statements) requireSize(statement)
  return statements
}

/** Of a text that every lexer reads alike. Throws GateRefusal for any other. */
export function strictTokens(sql: string, dialect: Dialect): readonly Token[] {
  if (Buffer.byteLength(sql) > gateLimits.bytes) throw moreThan('bytes', 'bytes of text')
  if (sql.includes('\0')) throw new GateRefusal('a NUL, which ends the text for some readers')
  if (!sql.isWellFormed()) throw new GateRefusal('text that is not well-formed Unicode')
  return dialect === 'snowflake' ? lexSnowflake(sql) : lexBigquery(sql)
}

/** Throws GateRefusal for what is beyond the limits. */
export function requireSize(statement: readonly Token[]): void {
  checkSize(statement)
  checkNames(statement)
}

const likes: readonly Rewrite[] = [
  [negatedLikes, 'LIKE', 'ILIKE'],
  [anyForAll, 'LIKE', 'ILIKE'],
]
export const rewrites: Readonly<Record<Dialect, readonly Rewrite[]>> = {
  snowflake: [...snowflakeRewrites, ...likes],
  bigquery: [...bigqueryRewrites, ...likes],
}

function rewritten(written: readonly Token[], dialect: Dialect): GateStatement {
  const tokens = rewrittenBy(rewrites[dialect], written)
  if (tokens.some((token, at) => token !== written[at])) checkSize(tokens)
  return { tokens, text: canonicalText(tokens), written }
}

/**
 * Comments gone, white space single, strings re-emitted. Adjacency is kept, because it can carry meaning, where the agent wrote it so: what
 * only stands side by side since something between was taken out would be read as one, as in `::ARRAY(INT)FROM t`.
 */
export function canonicalText(tokens: readonly Token[]): string {
  let text = ''
  let before: Token | undefined
  for (const token of tokens) {
    text += before === undefined || (!token.spaced && mayTouch(before, token)) ? token.text : ` ${token.text}`
    before = token
  }
  return text
}

function mayTouch(before: Token, token: Token): boolean {
  const isSymbol = token.kind === 'symbol'
  if (before.kind !== 'symbol' && !isSymbol) return isHexadecimal(before, token)
  if (standsAlone.has(before.text) || standsAlone.has(token.text)) return true
  if ((before.kind !== 'symbol' || !isSymbol) && ofPath.has(isSymbol ? token.text : before.text)) return true
  return before.at !== undefined && before.at + before.text.length === token.at
}

/** `X'41'` is one literal; any other two have a blank between, or are read as if they had. */
const isHexadecimal = (before: Token, token: Token): boolean =>
  before.value === 'X' && token.kind === 'string' && before.at !== undefined && before.at + 1 === token.at

/** Whatever stands beside them, they are read alike. */
const standsAlone = new Set(['(', ')', '[', ']', '{', '}', ',', ';'])
/** The same beside what is no symbol. */
const ofPath = new Set(['.', ':', '::'])

/** Every lexer reads them alike, and none of the warehouses takes them. */
const unmatched = () => new GateRefusal('brackets that do not match', false)

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

function split(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = []
  let current: Token[] = []
  const open: string[] = []
  for (const token of tokens) {
    const text = token.kind === 'symbol' ? token.text : ''
    if (closing[text] !== undefined) open.push(closing[text])
    else if (text === ')' || text === ']' || text === '}') {
      if (open.pop() !== text) throw unmatched()
    }
    // Each statement of a chain, `SHOW TABLES ->> DROP TABLE t`, does what it does alone.
    if (text === ';' || (text === '->>' && open.length === 0)) {
      if (open.length > 0) throw new GateRefusal('a semicolon inside brackets')
      if (current.length > 0) statements.push(current)
      current = []
    } else current.push(token)
  }
  if (open.length > 0) throw unmatched()
  if (current.length > 0) statements.push(current)
  return statements
}

const operators = new Set([
  'OR',
  'AND',
  'NOT',
  'UNION',
  'EXCEPT',
  'INTERSECT',
  'MINUS',
  'JOIN',
  'WHEN',
  'IS',
  'LIKE',
  'IN',
])

/** What opens a level, and what closes it. */
const closers = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
  ['CASE', 'END'],
])
const ending = new Set(closers.values())

interface Level {
  chain: number
  items: number
  readonly queries: number
  readonly end: string
}

/** Counts nesting, operators in one chain and items in one list; what is beyond would cost a parser its stack. */
function checkSize(tokens: readonly Token[]): void {
  const levels: Level[] = []
  let level: Level = { chain: 0, items: 0, queries: 0, end: '' }
  for (const [at, token] of tokens.entries()) {
    if (isField(tokens, at) || (token.kind !== 'symbol' && token.kind !== 'word')) continue
    const end = closers.get(token.value)
    if (end !== undefined) {
      const queries = level.queries + (isWord(tokens[at + 1], 'SELECT', 'WITH') ? 1 : 0)
      if (queries > gateLimits.queries) throw moreThan('queries', 'queries inside each other')
      levels.push(level)
      level = { chain: 0, items: 0, queries, end }
    } else if (ending.has(token.value)) {
      level = closed(levels, level, token.value)
      // `[0][0]…` and `f()()…` are chains too, though each bracket closes.
      if (token.kind === 'symbol') level.chain += 1
    } else if (token.value === ',') {
      level.items += 1
      level.chain = 0
    } else if (token.kind === 'symbol' ? token.value !== '.' : operators.has(token.value)) level.chain += 1
    if (levels.length >= gateLimits.nesting) throw moreThan('nesting', 'levels of nesting')
    if (level.items > gateLimits.items) throw moreThan('items', 'items in a list')
    if (level.chain > gateLimits.chain) throw moreThan('chain', 'operators in a row')
  }
}

/** The level that goes on after this end. A bracket ends each CASE inside of it, and END closes nothing else. */
function closed(levels: Level[], level: Level, end: string): Level {
  if (end === 'END' && level.end !== end) return level
  let last = level
  while (last.end !== end && levels.length > 0) last = levels.pop() ?? last
  return levels.pop() ?? last
}

/** No warehouse has a name that is longer than that of a BigQuery table, or of more parts than a field of fields there. */
function checkNames(tokens: readonly Token[]): void {
  let path = 0
  for (const [at, token] of tokens.entries()) {
    if (!isName(token)) continue
    // In back-ticks one token may be a whole path.
    const parts = token.kind === 'quoted' ? token.value.split('.') : [token.value]
    path = parts.length + (isWord(tokens[at - 1], '.', '..') && isName(tokens[at - 2]) ? path : 0)
    if (path > gateLimits.path) throw moreThan('path', 'parts in a name')
    if (parts.some(isLong)) throw moreThan('name', 'bytes in a name')
  }
}

/** Bytes are counted of few: a UTF-16 unit has three at most. */
const isLong = (part: string): boolean => part.length > gateLimits.name / 3 && Buffer.byteLength(part) > gateLimits.name
