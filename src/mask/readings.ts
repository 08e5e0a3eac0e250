import type { Span } from './span.ts'
import { traits, traitsOf } from './text-traits.ts'

/** How a text reads to people or to a program, and where a part of that stands in the text. */
interface Reading {
  readonly text: string
  readonly placed: (span: Span) => Span
}

/**
 * The text as it stands and, where it is escaped, as that says; of both, where they hold foreign symbols, also as they read in ASCII and
 * without what nobody sees. A dash that was none, a blank, a soft hyphen or `%40` may hide in one what is found in another. `found`: its
 * traits.
 */
export function readingsOf(text: string, found: number): readonly Reading[] {
  const itself: Reading = { text, placed: ({ start, end }) => ({ start, end }) }
  const told = (found & traits.escaped) === 0 ? undefined : rewritten(text, escapes, unescaped)
  return told ? [...allOf(itself, found), ...allOf(told, traitsOf(told.text))] : allOf(itself, found)
}

function allOf(read: Reading, found: number): readonly Reading[] {
  if ((found & (traits.foreign | traits.run)) === 0) return [read]
  return [read, ...plainReadings(read, found), ...((found & traits.run) === 0 ? [] : packedReadings(read))]
}

const ascii = '[CDI-Za-f][\\w+/-]{3}'
/** A byte order mark, or the first or second byte of a letter of Latin, or of a sign that is typeset. */
const beyond = '[g-x47][\\w+/-]{3}'
/**
 * Base64 (RFC 4648) of what begins as a text of ASCII does, but for one letter, which of digests few do; whole: not a part of a path,
 * a UUID or a token that is more than that. In lines, all but the last are as long as mail and keys have them.
 */
const head = `(?<![\\w+/-])(?:${ascii}(?:${ascii}(?:${ascii}(?:${ascii}|${beyond})|${beyond}${ascii})|${beyond}${ascii}${ascii})|${beyond}(?:${ascii}){3})`
const base64 = new RegExp(`${head}[\\w+/-]*={0,2}(?![\\w+/=-])`, 'g')
const base64Lines = new RegExp(
  `${head}[\\w+/-]{24,}(?:\\s{1,8}[\\w+/-]{40,})*\\s{1,8}[\\w+/-]*={0,2}(?![\\w+/=-])`,
  'g',
)
/** The same in hexadecimal digits. */
const hex =
  /(?<![\w+/-])(?:0x|(?<=\\)x)?(?<digits>(?:[2-7][\da-f]){8}(?:\s{0,8}(?:[2-7][\da-f]|0[9ad]|c[23][89ab][\da-f]))*)(?![\w+/=-])/gi
const unprintable = /\ufffd|(?![\t\n\r])\p{Cc}/u

/**
 * Of texts that programs have packed, of which all is hidden where anything is found in it. A picture shows by its first bytes that
 * it is none.
 */
function packedReadings({ text, placed }: Reading): readonly Reading[] {
  const lines = text.includes('\n') ? allMatches(text, base64Lines) : []
  return [...allMatches(text, base64), ...lines, ...allMatches(text, hex)].flatMap(({ 0: packed, index, groups }) => {
    const { digits } = groups ?? {}
    const read = digits ? Buffer.from(digits.replaceAll(/\s/g, ''), 'hex').toString() : base64Text(packed)
    if (read === undefined) return []
    const whole = placed({ start: index, end: index + packed.length })
    return readingsOf(read, traitsOf(read)).map(({ text }) => ({ text, placed: () => whole }))
  })
}

/** What `matchAll` gives, which makes the pattern anew for each text. */
function allMatches(text: string, form: RegExp): readonly RegExpExecArray[] {
  const all: RegExpExecArray[] = []
  form.lastIndex = 0
  for (let match = form.exec(text); match; match = form.exec(text)) all.push(match)
  return all
}

function base64Text(packed: string): string | undefined {
  return textOf(packed.slice(0, 64)) === undefined ? undefined : textOf(packed)
}

function textOf(packed: string): string | undefined {
  const text = Buffer.from(packed, 'base64')
    .toString()
    .replace(/\ufffd{1,3}$/, '')
  return unprintable.test(text) ? undefined : text
}

function plainReadings({ text, placed }: Reading, found: number): readonly Reading[] {
  if ((found & traits.foreign) === 0) return []
  const plain = text.replace(foreign, inAscii)
  const seen = rewritten(plain, unseen, () => '')
  return [
    ...(plain === text ? [] : [{ text: plain, placed }]),
    ...(seen ? [{ text: seen.text, placed: (span: Span) => placed(seen.placed(span)) }] : []),
  ]
}

/**
 * Blanks, dashes and digits beside those of ASCII, the wide forms of all of ASCII, small ones, and China's full stops; those of one
 * code unit.
 */
const foreign =
  /[[\p{Zs}\p{Pd}\p{Nd}\u2212\u2024\u3002\ufe52\ufe6b\uff61\uff01-\uff5e]--[\p{ASCII}\u{10000}-\u{10ffff}]]/gv

/** Each where it stood: people write numbers and addresses with them, and detectors do not know them. */
function inAscii(symbol: string): string {
  const code = symbol.charCodeAt(0)
  if (code > 0xff00 && code < 0xff5f) return String.fromCharCode(code - 0xfee0)
  if (code === 0xfe6b) return '@'
  if ('\u2024\u3002\ufe52\uff61'.includes(symbol)) return '.'
  if (/\p{Zs}/u.test(symbol)) return ' '
  return isDigit(symbol) ? String(digitOf(code)) : '-'
}

const isDigit = (symbol: string): boolean => /\p{Nd}/u.test(symbol)

/** Ten digits stand in a row, and the first of them at a code that ends in 0 or in 6. */
function digitOf(code: number): number {
  const last = code & 15
  return last < 6 || isDigit(String.fromCharCode(code - last)) ? last : last - 6
}

/** Soft hyphens, zero-width blanks and the like; control characters, as texts of two bytes a symbol have them. */
const unseen = /(?![\t\n\r])[\p{Default_Ignorable_Code_Point}\p{Cc}]+/gu

/**
 * How a symbol is written in HTML, also where JSON has escaped its `&`; in URLs, ASCII however often it was escaped there; in the text of
 * JSON, also within JSON, and of scripts; in mail; by people who hide an address from collectors: those of one code unit.
 */
const escapes = new RegExp(
  [
    '(?:&|\\\\{1,4}u0026)(?:amp;){0,4}(?:#x0{0,8}[\\da-f]{2,4};|#0{0,8}\\d{2,4};?|(?:commat|period|nbsp|e[nm]sp|thinsp|zwn?j|shy|lpar|rpar|plus|hyphen|dash|sol|colon|equals|quot|lt|gt);)',
    '%(?:25)*[2-7][\\da-f]|%[cd][\\da-f]%[89ab][\\da-f]|%e[\\da-f](?:%[89ab][\\da-f]){2}',
    '(?:\\\\{1,4}|%)u[\\da-f]{4}|\\\\{1,4}u\\{0{0,4}[\\da-f]{2,4}\\}|\\\\{1,4}x[2-7][\\da-f]|\\\\{1,4}["/nrt]',
    '=(?:(?:40|2E)(?=[a-z])|(?<=\\d=)(?:20|2D)(?=\\d)|\\r?\\n)',
    ' ?(?:\\( ?(?:at|dot|@|\\.) ?\\)|\\[ ?(?:at|dot|@|\\.) ?\\]) ?',
  ].join('|'),
  'gi',
)

const entities: Readonly<Record<string, string>> = {
  ...{ commat: '@', period: '.', nbsp: ' ', shy: '\u00ad', zwj: '\u00ad', zwnj: '\u00ad' },
  ...{ lpar: '(', rpar: ')', plus: '+', hyphen: '-', dash: '-' },
  ...{ sol: '/', colon: ':', equals: '=', quot: '"', lt: '<', gt: '>' },
}

function ofHtml(symbol: string): string {
  const name = symbol
    .replace(/^(?:&|\\+u0026)(?:amp;)*/i, '')
    .replace(';', '')
    .toLowerCase()
  const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
  return name.startsWith('#') ? String.fromCharCode(code) : (entities[name] ?? ' ')
}

function unescaped(symbol: string): string {
  if (/^(?:&|\\+u0026.)/i.test(symbol)) return ofHtml(symbol)
  if (/[)\] ]$/.test(symbol)) return /at|@/i.test(symbol) ? '@' : '.'
  if (/^\\+["/]/.test(symbol)) return symbol.slice(-1)
  if (/^\\+[nrt]$/i.test(symbol)) return '\n'
  if (symbol.endsWith('\n')) return ''
  if (/^[\\%]+[ux]/i.test(symbol)) return String.fromCharCode(Number.parseInt(symbol.replace(/^.+[ux{]/i, ''), 16))
  if (/^%[c-e]/i.test(symbol)) return Buffer.from(symbol.replaceAll('%', ''), 'hex').toString()[0] ?? ''
  return String.fromCharCode(Number.parseInt(symbol.slice(-2), 16))
}

/** With one symbol or none in place of each that the pattern matches; nothing where there is no such. */
function rewritten(text: string, pattern: RegExp, write: (symbol: string) => string): Reading | undefined {
  if (text.search(pattern) < 0) return undefined
  /** Where in the reading each of them stands, and by how much it is shorter before them and behind them. */
  const starts: number[] = []
  const lost = [0]
  let read = ''
  let copied = 0
  let width = 0
  for (const { 0: symbol, index } of text.matchAll(pattern)) {
    const written = write(symbol)
    read += text.slice(copied, index)
    starts.push(read.length)
    read += written
    width = written.length
    copied = index + symbol.length
    lost.push(copied - read.length)
  }
  const lostAt = (place: number) => lost[firstFrom(starts, place)] ?? 0
  const placed = ({ start, end }: Span) => ({ start: start + lostAt(start - width + 1), end: end + lostAt(end) })
  return { text: read + text.slice(copied), placed }
}

/** How many of these ascending numbers are smaller than that. */
function firstFrom(numbers: readonly number[], bound: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) < bound) low = middle + 1
    else high = middle
  }
  return low
}
