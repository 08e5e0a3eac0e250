import { decodeEscape, emitString, Scanner } from './scanner.ts'
import { GateRefusal, isWord, type Token } from './token.ts'

/**
 * Tokens of a Snowflake text. Strict: refuses (GateRefusal) whatever is undocumented or read differently by different
 * lexers. https://docs.snowflake.com/en/sql-reference/identifiers-syntax, …/data-types-text#string-constants
 */
export function lexSnowflake(text: string): readonly Token[] {
  const scanner = new Scanner(text)
  while (!scanner.done) {
    // Words first, because most tokens are words and nothing else begins with a letter.
    if (scanner.skipWhiteSpace() || fileUrl(scanner) || word(scanner) || skipComment(scanner)) continue
    if (string(scanner) || dollar(scanner) || quotedName(scanner) || stage(scanner)) continue
    if (scanner.number() || symbol(scanner)) continue
    throw new GateRefusal(`an unusual character, U+${text.codePointAt(scanner.at)?.toString(16).padStart(4, '0')}`)
  }
  return scanner.tokens
}

/** `PUT file:///tmp/a.csv @stage`: what would begin a comment elsewhere is the path. */
function fileUrl(scanner: Scanner): boolean {
  const url = scanner.match(/file:\/\/[^\s;\p{C}]*/iuy)
  if (url === undefined) return false
  const start = scanner.tokens.findLastIndex(({ text }) => text === ';' || text === '->>') + 1
  if (!isWord(scanner.tokens[start], 'PUT', 'GET')) return false
  scanner.push('string', url.length, emitString(url), url)
  return true
}

function skipComment(scanner: Scanner): boolean {
  const start = scanner.peek(2)
  if (start === '--' || start === '//') scanner.skipLineComment()
  else if (start === '/*') scanner.skipBlockComment()
  else return false
  return true
}

function string(scanner: Scanner): boolean {
  if (scanner.peek() !== "'") return false
  if (scanner.tokens.at(-1)?.kind === 'string') throw new GateRefusal('two strings in a row')
  const before = scanner.adjacent
  if (before?.kind === 'word') {
    // `x'41'` is one literal; other letters before a quote are a prefix for some lexers and a name for others.
    if (before.text.length === 1 && (before.value !== 'X' || scanner.match(/'[0-9A-Fa-f]*'(?!')/y) === undefined))
      throw new GateRefusal('a letter right before a string')
    if (before.text.length > 1) scanner.spaced = true
  }
  const { text } = scanner
  let value = ''
  let at = scanner.at + 1
  for (;;) {
    const char = text[at]
    if (char === undefined) throw new GateRefusal('a string that is not closed')
    if (char === '\\') {
      const decoded = decodeEscape(text, at)
      value += decoded.value
      at += decoded.length
    } else if (char === "'") {
      if (text[at + 1] !== "'") break
      value += "'"
      at += 2
    } else {
      value += char
      at += 1
    }
  }
  const plain = text.slice(scanner.at + 1, at) === value
  scanner.push('string', at + 1 - scanner.at, emitString(value), value, plain)
  return true
}

/** `$$ … $$` strings, `$1` columns, `$name` session variables. */
function dollar(scanner: Scanner): boolean {
  if (scanner.peek(2) === '$$') {
    const end = scanner.text.indexOf('$$', scanner.at + 2)
    if (end < 0) throw new GateRefusal('a $$ string that is not closed')
    if (scanner.tokens.at(-1)?.kind === 'string') throw new GateRefusal('two strings in a row')
    // `a$$b` is one name for a lexer that lets `$` into names.
    const before = scanner.adjacent
    if (before !== undefined && before.kind !== 'symbol') throw new GateRefusal('$$ right after a name')
    if (/[\w$]/.test(scanner.text[end + 2] ?? '')) throw new GateRefusal('$$ right before a name')
    const value = scanner.text.slice(scanner.at + 2, end)
    scanner.push('string', end + 2 - scanner.at, emitString(value), value)
    return true
  }
  const variable = scanner.match(/\$(?:\d+|[A-Za-z_][A-Za-z0-9_]*)/y)
  if (variable === undefined) return false
  scanner.push('variable', variable.length, variable, variable.toUpperCase())
  return true
}

/** Names in double quotes: no backslash (an escape for some lexers), no control, invisible or bidirectional characters. */
function quotedName(scanner: Scanner): boolean {
  if (scanner.peek() !== '"') return false
  const name = scanner.match(/"(?:[^"]|"")*"/y)
  if (name === undefined) throw new GateRefusal('a quoted name that is not closed')
  const value = name.slice(1, -1).replaceAll('""', '"')
  if (value === '' || scanner.adjacent?.kind === 'quoted') throw new GateRefusal('an odd quoted name')
  if (/[\\`\p{C}\p{Zl}\p{Zp}]|[^\S ]/u.test(value)) throw new GateRefusal('an unusual character in a quoted name')
  scanner.push('quoted', name.length, name, value)
  return true
}

/** `@stage/path`, `@~`, `@%table`, `@"My Stage"/x`: one token, because a path may hold what looks like operators. */
function stage(scanner: Scanner): boolean {
  if (scanner.peek() !== '@') return false
  const path = scanner.match(
    /@(?:~|%?(?:"[^"\\]+"|\w[\w$]*)(?:\.{1,2}%?(?:"[^"\\]+"|\w[\w$]*)){0,2})(?:\/[\w.~%=$+:-]*)*/y,
  )
  if (path === undefined) throw new GateRefusal('an unusual stage name')
  if (/\/\/|--/.test(path) || /[*"'\\]/.test(scanner.text[scanner.at + path.length] ?? ''))
    throw new GateRefusal('a stage path that looks like a comment or a string')
  scanner.push('stage', path.length, path, path.startsWith('@"') ? path : path.toUpperCase())
  return true
}

function word(scanner: Scanner): boolean {
  const name = scanner.match(/[A-Za-z_][A-Za-z0-9_$]*/y)
  if (name === undefined) return false
  if (name.includes('$$')) throw new GateRefusal('$$ inside a name')
  scanner.push('word', name.length, name, name.toUpperCase())
  return true
}

function symbol(scanner: Scanner): boolean {
  const text = scanner.match(/->>|->|=>|:=|::|\|\||<>|!=|<=|>=|\.\.|[-+*/%=<>(),.;:?![\]{}^~|&#]|\$(?=[ \t\r\n]*[)|])/y)
  if (text === undefined) return false
  if (text === '&' || text === '#') throw new GateRefusal(`the character ${text} outside of a string`)
  scanner.push('symbol', text.length, text)
  return true
}
