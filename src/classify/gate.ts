import type { Dialect } from '../statement.ts'
import { lexBigquery } from './lexer-bigquery.ts'
import { lexSnowflake } from './lexer-snowflake.ts'
import { rewriteBigquery } from './rewrite-bigquery.ts'
import { negatedLikes } from './rewrite-negations.ts'
import { anyForAll } from './rewrite-quantifiers.ts'
import { rewriteSnowflake } from './rewrite-snowflake.ts'
import { GateRefusal, isName, isWord, type Token } from './token.ts'

/** One statement that every lexer reads alike, and the canonical text of it that the parsers are given. */
export interface GateStatement {
  readonly tokens: readonly Token[]
  readonly text: string
  /** As the agent wrote it: what people are shown, and what is run of it. */
  readonly written: readonly Token[]
}

export type GateResult =
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
    if (Buffer.byteLength(sql) > gateLimits.bytes) throw moreThan('bytes', 'bytes of text')
    if (sql.includes('\0')) throw new GateRefusal('a NUL, which ends the text for some readers')
    if (!sql.isWellFormed()) throw new GateRefusal('text that is not well-formed Unicode')
    const statements = split(dialect === 'snowflake' ? lexSnowflake(sql) : lexBigquery(sql))
    if (statements.length === 0) throw new GateRefusal('there is no statement in the text', false)
    if (statements.length > gateLimits.statements) throw moreThan('statements', 'statements')
    for (const statement of statements) {
      checkSize(statement)
      checkNames(statement)
    }
    return { passed: true, statements: statements.map(written => rewritten(written, dialect)) }
  } catch (error) {
    if (error instanceof GateRefusal) return { passed: false, cause: error.message, ambiguous: error.ambiguous }
    throw error
  }
}

function rewritten(written: readonly Token[], dialect: Dialect): GateStatement {
  const tokens = anyForAll(negatedLikes(dialect === 'snowflake' ? rewriteSnowflake(written) : rewriteBigquery(written)))
  if (tokens.some((token, at) => token !== written[at])) checkSize(tokens)
  return { tokens, text: canonicalText(tokens), written }
}

/** Comments gone, white space single, strings re-emitted; adjacency is kept because it can carry meaning. */
export function canonicalText(tokens: readonly Token[]): string {
  let text = ''
  for (const token of tokens) text += token.spaced && text !== '' ? ` ${token.text}` : token.text
  return text
}

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

function split(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = []
  let current: Token[] = []
  const open: string[] = []
  for (const token of tokens) {
    const text = token.kind === 'symbol' ? token.text : ''
    if (closing[text] !== undefined) open.push(closing[text])
    else if (text === ')' || text === ']' || text === '}') {
      if (open.pop() !== text) throw new GateRefusal('brackets that do not match')
    }
    if (text === ';') {
      if (open.length > 0) throw new GateRefusal('a semicolon inside brackets')
      if (current.length > 0) statements.push(current)
      current = []
    } else current.push(token)
  }
  if (open.length > 0) throw new GateRefusal('brackets that do not match')
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

const opening = new Set(['(', '[', '{', 'CASE'])
const ending = new Set([')', ']', '}', 'END'])

/** Counts nesting, operators in one chain and items in one list; what is beyond would cost a parser its stack. */
function checkSize(tokens: readonly Token[]): void {
  const levels: { chain: number; items: number; readonly queries: number }[] = [{ chain: 0, items: 0, queries: 0 }]
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'symbol' && token.kind !== 'word') continue
    const level = levels.at(-1)
    if (level === undefined) return
    if (opening.has(token.value)) {
      const queries = level.queries + (isWord(tokens[at + 1], 'SELECT', 'WITH') ? 1 : 0)
      if (queries > gateLimits.queries) throw moreThan('queries', 'queries inside each other')
      levels.push({ chain: 0, items: 0, queries })
    } else if (levels.length > 1 && ending.has(token.value)) {
      levels.pop()
      // `[0][0]…` and `f()()…` are chains too, though each bracket closes.
      const outer = levels.at(-1)
      if (outer !== undefined && token.kind === 'symbol') outer.chain += 1
    } else if (token.value === ',') {
      level.items += 1
      level.chain = 0
    } else if (token.kind === 'symbol' ? token.value !== '.' : operators.has(token.value)) level.chain += 1
    if (levels.length > gateLimits.nesting) throw moreThan('nesting', 'levels of nesting')
    if (level.items > gateLimits.items) throw moreThan('items', 'items in a list')
    if (level.chain > gateLimits.chain) throw moreThan('chain', 'operators in a row')
  }
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
