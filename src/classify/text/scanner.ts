import { GateRefusal, type Token, type TokenKind } from './token.ts'

const decimal = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y

/** What the lexers of both dialects share: a cursor over the text that refuses what is not plainly one thing. */
export class Scanner {
  readonly text: string
  at = 0
  spaced = false
  readonly tokens: Token[] = []
  constructor(text: string) {
    this.text = text
  }

  get done(): boolean {
    return this.at >= this.text.length
  }

  /** The characters from the cursor on, `length` of them. */
  peek(length = 1): string {
    return this.text.slice(this.at, this.at + length)
  }

  /** What the sticky expression matches at the cursor, without moving. */
  match(expression: RegExp): string | undefined {
    expression.lastIndex = this.at
    return expression.exec(this.text)?.[0]
  }

  push(kind: TokenKind, length: number, text: string, value = text, plain = false): void {
    const before = this.adjacent?.kind
    // A quoted name that touches another name is a token of its own; only a blank says so to every lexer.
    const touches = (kind === 'quoted' && before !== 'symbol') || (before === 'quoted' && kind !== 'symbol')
    const spaced = this.spaced || (touches && before !== undefined)
    this.tokens.push({ kind, text, value, spaced, at: this.at, ...(plain ? { plain } : {}) })
    this.spaced = false
    this.at += length
  }

  /** The token before, where nothing stands between it and the cursor. */
  get adjacent(): Token | undefined {
    return this.spaced ? undefined : this.tokens.at(-1)
  }

  skipWhiteSpace(): boolean {
    if (this.text.charCodeAt(this.at) > 0x20) return false
    const blank = this.match(/[ \t\n]+|\r+\n/y)
    if (blank === undefined) {
      // Without a line feed it ends a comment for some lexers and is white space for others.
      if (this.peek() === '\r') throw new GateRefusal('a carriage return without a line feed')
      return false
    }
    this.at += blank.length
    this.spaced = true
    return true
  }

  skipLineComment(): void {
    const body = this.match(/[^\n]*/y) ?? ''
    // Whether the first of them ends the line, or the line feed behind: nothing stands between. At the text's end nothing follows.
    const line = body.replace(/\r+$/, '')
    // Every one of these ends a line for some lexer, so what follows might be live SQL.
    if (/[\r\v\f\u0085\u2028\u2029]/.test(line)) throw new GateRefusal('an unusual line break inside a comment')
    this.at += body.length
    this.spaced = true
  }

  skipBlockComment(): void {
    const end = this.text.indexOf('*/', this.at + 2)
    if (end < 0) throw new GateRefusal('a comment that is not closed')
    if (this.text.slice(this.at + 2, end).includes('/*')) throw new GateRefusal('a comment inside a comment')
    this.at = end + 2
    this.spaced = true
  }

  /** Decimal and exponent forms, and others where told; refuses digits that run into a name or into a second point. */
  number(form = decimal): boolean {
    const digits = this.match(form)
    if (digits === undefined) return false
    const before = this.adjacent
    const followsName = before !== undefined && (before.kind === 'word' || before.kind === 'quoted')
    if (
      digits.startsWith('.') &&
      before !== undefined &&
      (followsName || before.kind === 'number' || /^[\])]$/.test(before.text))
    )
      throw new GateRefusal('a name part that starts with a digit; put it in quotes')
    const next = this.text.slice(this.at + digits.length, this.at + digits.length + 1)
    if (/[A-Za-z_$.\u0080-\uffff]/.test(next)) throw new GateRefusal('a number that runs into a name')
    if (before?.kind === 'symbol' && before.text === '.')
      throw new GateRefusal('a name part that starts with a digit; put it in quotes')
    this.push('number', digits.length, form === decimal ? digits : `${BigInt(digits)}`)
    return true
  }
}

/** Simple escapes both dialects know; the rest is numeric. */
const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '0': '\0',
}

/** Decodes one backslash sequence whose backslash stands at `at`: what it means and how long it is. */
export function decodeEscape(text: string, at: number): { value: string; length: number } {
  const hex = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))/y
  hex.lastIndex = at
  const match = hex.exec(text)
  if (match !== null) {
    const digits = match[1] ?? match[2] ?? match[3]
    const code = digits === undefined ? Number.parseInt(match[4] ?? '0', 8) : Number.parseInt(digits, 16)
    if (code > 0x10ffff) throw new GateRefusal('an escape that is no character')
    return { value: String.fromCodePoint(code), length: match[0].length }
  }
  const next = text[at + 1]
  if (next === undefined) throw new GateRefusal('a string that is not closed')
  return { value: simpleEscapes[next] ?? next, length: 2 }
}

/**
 * A string literal that every lexer ends at the same place, with or without backslash escapes, raw or triple-quoted
 * forms: quotes, backslashes, control and non-ASCII characters become `\xHH` or `\uHHHH`.
 */
export function emitString(value: string, prefix = ''): string {
  const safe = value.replace(/[^\x20-\x7e]|['"`\\$]/g, char => {
    const code = char.charCodeAt(0)
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
  return `${prefix}'${safe}'`
}
