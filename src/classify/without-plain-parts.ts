import { isWord, type Token } from './token.ts'

/** What is being read inside one bracket, or outside of all. */
interface Level {
  /** A list of values; a list after FROM is one of tables. */
  listing: boolean
  /** Since BETWEEN, until the AND that belongs to it. */
  between?: boolean
  /** That AND: no condition begins after it. */
  bound?: Token
}

/**
 * The tokens without most select items, groupings and conditions that are only simple names and literals and what operators, brackets
 * and functions make of them: no query and no table can stand there, no lexer reads them in another way, and a parser that
 * is asked for tables spends more than half of its time on them. The last of each list stays, so that the rest still parses.
 */
export function withoutPlainParts(tokens: readonly Token[]): readonly Token[] {
  const kept: Token[] = []
  const levels: Level[] = [{ listing: false }]
  let at = 0
  let cut = false
  while (at < tokens.length) {
    const token = tokens[at] as Token
    const before = kept.at(-1)
    const level = levels.at(-1)
    const end = level?.listing ? itemEnd(tokens, at, before) : conditionEnd(tokens, at, before, level?.bound)
    if (end === undefined) {
      note(levels, token, before)
      kept.push(cut ? { ...token, spaced: true } : token)
      at += 1
    } else at = end
    cut = end !== undefined
  }
  return kept
}

function note(levels: Level[], token: Token, before: Token | undefined): void {
  const level = levels.at(-1)
  if (isWord(token, '(', '[', '{')) levels.push({ listing: false })
  else if (isWord(token, ')', ']', '}')) levels.pop()
  else if (token.kind !== 'word' || level === undefined) return
  // After a dot or AS it is a name: `FROM d.by, t` is no list of values.
  else if (clauses.has(token.value)) level.listing = isWord(token, 'SELECT', 'BY') && !isWord(before, '.', 'AS')
  else if (token.value === 'BETWEEN') level.between = true
  else if (token.value === 'AND' && level.between) {
    level.between = false
    level.bound = token
  }
}

const clauses = new Set(
  'SELECT BY FROM INTO TABLE JOIN ON USING WHERE HAVING QUALIFY WINDOW LIMIT UNION EXCEPT INTERSECT'.split(' '),
)

/** After `a.b,` or `sum(a) AS b,` in a list, where it begins an item and another follows. */
function itemEnd(tokens: readonly Token[], at: number, before: Token | undefined): number | undefined {
  // `AS STRUCT` says what the whole list becomes.
  if (!isWord(before, 'SELECT', 'BY', 'DISTINCT', ',') || isWord(tokens[at], 'AS')) return undefined
  const end = plainEnd(tokens, at, comma)
  return end !== undefined && !isWord(tokens[end + 1], 'FROM') ? end + 1 : undefined
}

/** After `a.b = 1 AND`, where it begins a condition. */
function conditionEnd(tokens: readonly Token[], at: number, before?: Token, bound?: Token): number | undefined {
  if (!isWord(before, 'WHERE', 'ON', 'HAVING', 'QUALIFY', 'AND', 'OR', '(') || before === bound) return undefined
  const end = plainEnd(tokens, at, conjunctions)
  return end === undefined ? undefined : end + 1
}

const comma = new Set([','])
const conjunctions = new Set(['AND', 'OR'])

/** Where one of `ends` stands, outside of brackets, CASE and BETWEEN, with plain tokens before it and nothing else. */
function plainEnd(tokens: readonly Token[], start: number, ends: ReadonlySet<string>): number | undefined {
  let depth = 0
  let between = false
  for (let at = start; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const outside = depth === 0 && !(between && token.value === 'AND')
    if (outside && token.kind !== 'string' && ends.has(token.value)) return at > start ? at : undefined
    if (depth === 0 && token.kind === 'word') between = token.value === 'BETWEEN' || (between && token.value !== 'AND')
    if (isWord(token, '(', 'CASE')) depth += 1
    else if (isWord(token, ')', 'END')) depth -= 1
    else if (!isPlain(token) && !(depth > 0 && isWord(token, ...inside))) return undefined
    if (depth < 0) return undefined
  }
  return undefined
}

function isPlain({ kind, text, value }: Token): boolean {
  if (kind === 'word') return !clauses.has(value) && !others.has(value)
  if (kind === 'number') return /^\d+(?:\.\d+)?$/.test(text)
  if (kind === 'quoted') return /^(["`])[\w ]+\1$/.test(text)
  if (kind === 'string') return /^'(?:[\w .,:%]|[-/](?![-/]))*'$/.test(text)
  return kind === 'symbol' && operators.has(text)
}

/** Beside the clauses, words that begin a query, a statement, a table, a type with commas or a part of CASE. */
const others = new Set(
  'WITH VALUES MINUS SET WHEN THEN ELSE LATERAL UNNEST STRUCT INSERT UPDATE DELETE MERGE CALL EXECUTE'.split(' '),
)

const operators = new Set('. + - * / % = < > <= >= <> != || ::'.split(' '))

/** Plain inside of brackets or CASE. */
const inside = [',', 'BY', 'WHEN', 'THEN', 'ELSE']
