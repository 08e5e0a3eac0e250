import { isField, isWord, type Token } from './token.ts'

/** What is being read inside one bracket, or outside of all. */
interface Level {
  /** A list of values; a list after FROM is one of tables. */
  listing: boolean
  /** Between the angle brackets of a type: `STRUCT<a STRING, b STRING>` is one item. */
  type?: true
  /** Since BETWEEN, until the AND that belongs to it. */
  between?: boolean
  /** That AND: no condition begins after it. */
  bound?: Token
}

/**
 * The tokens without most select items, groupings and conditions that are only simple names and literals and what operators, brackets
 * and functions make of them: no query and no table can stand there, no lexer reads them in another way, and a parser that
 * is asked for tables spends more than half of its time on them. Of the last of each list a number stays, so that the rest still parses.
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
    const end = level?.listing ? itemEnd(tokens, at, kept) : conditionEnd(tokens, at, before, level?.bound)
    if (end === undefined) {
      note(levels, tokens, at, before)
      kept.push(cut ? { ...token, spaced: true } : token)
      at += 1
    } else if (isWord(tokens[end], ',', 'AND', 'OR') && !isWord(tokens[end + 1], 'FROM')) at = end + 1
    else {
      kept.push(anything)
      at = end
    }
    cut = end !== undefined
  }
  return kept
}

/** Stands for the last of a list. */
const anything: Token = { kind: 'number', text: '1', value: '1', spaced: true }

function note(levels: Level[], tokens: readonly Token[], at: number, before: Token | undefined): void {
  const token = tokens[at] as Token
  const level = levels.at(-1)
  if (isWord(token, '(', '[', '{')) levels.push({ listing: false })
  else if (isWord(token, ')', ']', '}')) levels.pop()
  else if (isWord(token, '<') && isWord(before, 'STRUCT', 'ARRAY', 'RANGE', 'MAP', 'TABLE') && !isField(tokens, at - 1))
    levels.push({ listing: false, type: true })
  // `>>` closes two.
  else if (level?.type && isWord(token, '>', '>>')) levels.splice(levels.at(-2)?.type ? -token.text.length : -1)
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

/** Where `a.b` or `sum(a) AS b` ends, where it is an item of a list. */
function itemEnd(tokens: readonly Token[], at: number, kept: readonly Token[]): number | undefined {
  const before = kept.at(-1)
  // `AS STRUCT` says what the whole list becomes.
  if (!isWord(before, 'SELECT', 'BY', 'DISTINCT', ',') || isWord(tokens[at], 'AS')) return undefined
  const ofTable = isWord(before, 'BY') && !isWord(kept.at(-2), 'GROUP', 'ORDER', 'PARTITION')
  return plainEnd(tokens, at, comma, ofTable ? noWords : listEnds)
}

/** Where `a.b = 1` ends, where it is a condition. */
function conditionEnd(tokens: readonly Token[], at: number, before?: Token, bound?: Token): number | undefined {
  if (!isWord(before, 'WHERE', 'ON', 'HAVING', 'QUALIFY', 'AND', 'OR', '(') || before === bound) return undefined
  // What is alone in brackets, or after ON or HAVING, may be no condition: `(a)`, `GRANT … ON a`, `HAVING MAX a`.
  return plainEnd(tokens, at, conjunctions, isWord(before, 'WHERE', 'QUALIFY', 'AND', 'OR') ? conditionEnds : noWords)
}

const comma = new Set([','])
const conjunctions = new Set(['AND', 'OR'])

const noWords: ReadonlySet<string> = new Set()
/** Where the clause ends. `* EXCEPT (a)` does not end it, and after a table's condition another table may follow. */
const conditionEnds = new Set([')', 'HAVING', 'QUALIFY', 'LIMIT', 'UNION', 'GROUP', 'ORDER'])
const listEnds = new Set([...conditionEnds, 'FROM', 'WHERE'])

/** Where one of `ends`, or what ends the clause, stands outside of brackets, CASE and BETWEEN, after nothing but plain tokens. */
function plainEnd(
  tokens: readonly Token[],
  start: number,
  ends: ReadonlySet<string>,
  clauseEnds: ReadonlySet<string>,
): number | undefined {
  let depth = 0
  let between = false
  for (let at = start; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    // `t.end` is a field, and closes nothing.
    const isName = isField(tokens, at)
    if (depth === 0 && !isName && (token.kind === 'word' || token.kind === 'symbol')) {
      const isEnd = ends.has(token.value) && !(between && token.value === 'AND')
      if (isEnd || (clauseEnds.has(token.value) && endsClause(tokens, at))) return at > start ? at : undefined
      if (token.kind === 'word') between = token.value === 'BETWEEN' || (between && token.value !== 'AND')
    }
    if (!isName && isWord(token, '(', 'CASE')) depth += 1
    else if (!isName && isWord(token, ')', 'END')) depth -= 1
    else if (!isPlain(token) && !(depth > 0 && isWord(token, ...inside))) return undefined
    if (depth < 0) return undefined
  }
  return clauseEnds !== noWords && depth === 0 ? tokens.length : undefined
}

/** `WITHIN GROUP`, `IS DISTINCT FROM` and `FROM LAST` end none. */
const endsClause = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], 'GROUP', 'ORDER')
    ? isWord(tokens[at + 1], 'BY')
    : !isWord(tokens[at - 1], 'DISTINCT') && !isWord(tokens[at + 1], 'FIRST', 'LAST')

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
