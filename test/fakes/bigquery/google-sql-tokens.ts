import { GoogleError } from '../google/google-error.ts'

/** `gap`: whether white space or a comment stood before it. `text` of a string is its value. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'bytes' | 'number' | 'parameter' | 'symbol'
  readonly text: string
  readonly gap: boolean
}

const space = /(?:\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)+/y
const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['string', /([rR]?)('''[\s\S]*?(?<!\\)'''|"""[\s\S]*?(?<!\\)"""|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")/y],
  ['bytes', /(?:[rR][bB]|[bB][rR]?)('''[\s\S]*?'''|"""[\s\S]*?"""|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")/y],
  ['quoted', /`(?:\\.|[^`\\\n])+`/y],
  ['parameter', /@[A-Za-z_]\w*|@`[A-Za-z_]\w*`|\?/y],
  ['number', /(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)/y],
  ['word', /[A-Za-z_]\w*/y],
  ['symbol', /<>|!=|>=|<=|\|\||<<|>>|=>|\+=|@@|[-+*/%&|^~=<>(),.;:[\]{}@!$]/y],
]

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' }

/** Splits GoogleSQL. https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  let gap = false
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at
    return pattern.exec(sql)
  }
  while (at < sql.length) {
    const blank = take(space)
    if (blank) {
      at += blank[0].length
      gap = true
      continue
    }
    let found: Token | undefined
    for (const [kind, pattern] of patterns) {
      const match = take(pattern)
      if (!match) continue
      found = { kind, gap, text: textOf(kind, match) }
      at += match[0].length
      break
    }
    if (!found) throw illegal(sql, at)
    tokens.push(found)
    gap = false
  }
  return tokens
}

function textOf(kind: Token['kind'], match: RegExpExecArray): string {
  if (kind === 'quoted') return match[0].slice(1, -1)
  if (kind !== 'string') return match[0]
  const [, raw = '', quoted = ''] = match
  const quotes = /^('''|""")/.test(quoted) ? 3 : 1
  const body = quoted.slice(quotes, -quotes)
  return raw ? body : unescaped(body)
}

function unescaped(body: string): string {
  return body.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[\s\S])/g, (_, code: string) => {
    if (/^[xuU]./.test(code)) return String.fromCodePoint(Number.parseInt(code.slice(1), 16))
    if (/^[0-7]{3}$/.test(code)) return String.fromCodePoint(Number.parseInt(code, 8))
    return escapes[code] ?? code
  })
}

function illegal(sql: string, at: number): GoogleError {
  const before = sql.slice(0, at).split('\n')
  const place = `[${before.length}:${(before.at(-1)?.length ?? 0) + 1}]`
  const what = /['"`]/.test(sql[at] ?? '') ? 'Unclosed string literal' : 'Illegal input character'
  return new GoogleError(400, `Syntax error: ${what} "${sql[at]}" at ${place}`, 'invalidQuery', 'q')
}

/** A GoogleSQL string literal of exactly this value. */
export function stringLiteral(value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  return `'${escaped}'`
}

/** The tokens as text again, without comments. */
export function textOfTokens(tokens: readonly Token[]): string {
  return tokens.map(token => (token.gap ? ' ' : '') + spelled(token)).join('')
}

function spelled({ kind, text }: Token): string {
  if (kind === 'string') return stringLiteral(text)
  return kind === 'quoted' ? `\`${text}\`` : text
}

export function isWord(token: Token, text: string): boolean {
  return token.kind === 'word' && token.text.toUpperCase() === text
}

/** BigQuery's refusal of a query text. */
export function invalidQuery(message: string): GoogleError {
  return new GoogleError(400, message, 'invalidQuery', 'q')
}
