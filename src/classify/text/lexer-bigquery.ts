import { decodeEscape, emitString, Scanner } from './scanner.ts'
import { GateRefusal, isWord, type Token } from './token.ts'
import { isOfValue } from './token-lists.ts'

/**
 * Tokens of a GoogleSQL text. Strict: refuses (GateRefusal) whatever different lexers read differently.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical
 */
export function lexBigquery(text: string): readonly Token[] {
  const scanner = new Scanner(text)
  while (!scanner.done) {
    // Words early, because most tokens are words; only a string's prefix begins with a letter as well.
    if (scanner.skipWhiteSpace() || string(scanner) || project(scanner) || word(scanner) || skipComment(scanner))
      continue
    if (quotedName(scanner) || parameter(scanner) || scanner.number(hexadecimal)) continue
    if (scanner.number() || symbol(scanner)) continue
    throw new GateRefusal(`an unusual character, U+${text.codePointAt(scanner.at)?.toString(16).padStart(4, '0')}`)
  }
  return scanner.tokens
}

/** An integer has no more digits than these. */
const hexadecimal = /0[xX][0-9a-fA-F]{1,16}(?![0-9a-fA-F])/y

function skipComment(scanner: Scanner): boolean {
  const start = scanner.peek(2)
  // In the first line it switches the whole language; `#standardSQL` says what is read here.
  if (scanner.match(/#\s*legacysql/iy)) throw new GateRefusal('a dialect directive in a comment')
  if (start === '--' || start.startsWith('#')) scanner.skipLineComment()
  else if (start === '/*') scanner.skipBlockComment()
  else return false
  return true
}

/** Quoted forms with `r` and `b` prefixes; a backslash takes the next character along in all of them, raw or not. */
function string(scanner: Scanner): boolean {
  const opening = scanner.match(/(?:[rR][bB]?|[bB][rR]?)?(?:'''|"""|'|")/y)
  if (opening === undefined) return false
  const prefix = /^[a-z]*/i.exec(opening)?.[0].toLowerCase() ?? ''
  const before = scanner.tokens.at(-1)
  if (before?.kind === 'string') throw new GateRefusal('two strings in a row')
  if (isWord(scanner.adjacent, ...beforeString)) scanner.spaced = true
  if (scanner.adjacent !== undefined && ['word', 'number', 'quoted', 'variable'].includes(scanner.adjacent.kind))
    throw new GateRefusal('a string right after a name')
  const quote = opening.slice(prefix.length)
  const { value, end } = stringBody(scanner.text, scanner.at + opening.length, quote, prefix.includes('r'))
  const text = prefix.includes('b') ? emitString(asBytes(value), 'b') : emitString(value)
  scanner.push('string', end - scanner.at, text, value)
  return true
}

/** `DATE'2026-01-01'`, `WHEN'x'`: no lexer takes such a word for the prefix of a string. */
const beforeString =
  'DATE DATETIME TIME TIMESTAMP NUMERIC BIGNUMERIC JSON AND OR NOT LIKE IN BETWEEN WHEN THEN ELSE'.split(' ')

/** Reserved, so that none is an alias. */
const afterString: ReadonlySet<string> = new Set('AND OR AS IN IS LIKE NOT BETWEEN WHEN THEN ELSE END FROM'.split(' '))

/** One character for each byte: a bytes literal knows no other escapes, and those it holds are bytes already. */
const asBytes = (value: string): string =>
  value.replace(/[^\0-\xff]+/gu, characters => Buffer.from(characters).toString('latin1'))

function stringBody(text: string, start: number, quote: string, raw: boolean): { value: string; end: number } {
  let value = ''
  let at = start
  while (!text.startsWith(quote, at)) {
    const char = text[at]
    if (char === undefined) throw new GateRefusal('a string that is not closed')
    if (char === '\\') {
      const decoded = raw ? { value: text.slice(at, at + 2), length: 2 } : decodeEscape(text, at)
      if (at + 1 >= text.length) throw new GateRefusal('a string that is not closed')
      value += decoded.value
      at += decoded.length
    } else {
      if (quote.length === 1 && (char === '\n' || char === '\r')) throw new GateRefusal('a line break inside a string')
      if (char === '\r' && text[at + 1] !== '\n') throw new GateRefusal('a carriage return without a line feed')
      // GoogleSQL reads both as a line feed.
      if (char !== '\r') value += char
      at += 1
    }
  }
  const end = at + quote.length
  // `''''` after a triple quote: where the string ends depends on the lexer.
  if (text[end] === quote[0]) throw new GateRefusal('a quote right after a string')
  return { value, end }
}

/**
 * Back-ticked names: letters, digits and the few signs that a table's path or a column may hold.
 * https://cloud.google.com/bigquery/docs/schemas#flexible-column-names
 */
function quotedName(scanner: Scanner): boolean {
  if (scanner.peek() !== '`') return false
  const name = scanner.match(/`[^`\n\r]*`/y)
  if (name === undefined) throw new GateRefusal('a quoted name that is not closed')
  const value = name.slice(1, -1)
  if (
    !/^[\p{L}\p{N}_<>'#|&%=+][\p{L}\p{N}\p{M}_.:@$ /*&%=+<>'#|-]*$/u.test(value) ||
    scanner.adjacent?.kind === 'quoted'
  )
    throw new GateRefusal('an unusual character in a quoted name')
  scanner.push('quoted', name.length, name, value)
  return true
}

/** ``@`name` `` is `@name`: so Google's DB-API for Python, and with it SQLAlchemy, writes every parameter. */
function parameter(scanner: Scanner): boolean {
  if (scanner.peek() !== '@') return false
  const written = scanner.match(/@@?[A-Za-z_][A-Za-z0-9_]*|@`[A-Za-z_][A-Za-z0-9_]*`/y)
  if (written === undefined) throw new GateRefusal('a hint or an unusual parameter')
  const name = written.replaceAll('`', '')
  scanner.push('variable', written.length, name, name)
  // Without its back-ticks a name that touches the last of them would go on.
  scanner.spaced = written.endsWith('`')
  return true
}

/**
 * `FROM my-project-12a.d.t`: after words that only a table follows, what elsewhere is a number that runs into a name, and refused,
 * is a part of a project's name. Read as if it stood in back-ticks.
 */
function project(scanner: Scanner): boolean {
  if (!isWord(scanner.tokens.at(-1), 'FROM', 'JOIN', 'INTO', 'UPDATE', 'MERGE') || !scanner.spaced) return false
  const name = scanner.match(/[A-Za-z_]\w*(?:-\w+)*-\d\w*(?:-\w+)*(?=\.[A-Za-z_])/y)
  if (name === undefined || isOfValue(scanner.tokens, scanner.tokens.length - 1)) return false
  scanner.push('quoted', name.length, `\`${name}\``, name)
  return true
}

function word(scanner: Scanner): boolean {
  const name = scanner.match(/[A-Za-z_][A-Za-z0-9_]*/y)
  if (name === undefined) return false
  const value = name.toUpperCase()
  if (scanner.adjacent?.kind === 'string') {
    if (!afterString.has(value)) throw new GateRefusal('a name right after a string')
    scanner.spaced = true
  }
  scanner.push('word', name.length, name, value)
  return true
}

function symbol(scanner: Scanner): boolean {
  const text = scanner.match(/\|>|->|=>|\|\||<<|>>|<>|!=|<=|>=|\+=|-=|[-+*/%=<>(),.;:?![\]^~|&]/y)
  if (text === undefined) return false
  scanner.push('symbol', text.length, text)
  return true
}
