import type { Span } from './span.ts'

/** What a text has to hold for a detector to be worth asking; `foreign`: for `plainText` to be. */
export const traits = { at: 4, foreign: 8, digits: 16, run: 32 } as const

/**
 * No detector answers to fewer digits, or to fewer with nothing else beside them, or to a secret whose unbroken run is
 * shorter.
 */
const fewestDigits = 6
const fewestBareDigits = 14
const shortestRun = 16

const digit = 1
const token = 2

/** First bytes of the symbols that `foreign` knows. Latin, Greek and Cyrillic letters begin with others, and so do most of China's. */
const foreignLeads = [0xc2, 0xd6, 0xd9, 0xdb, 0xdf, 0xe0, 0xe1, 0xe2, 0xe3, 0xea, 0xef]

/** By byte of UTF-8: what a secret is made of (digits, letters, `_-.+/=`); else the trait of a text that has it. */
const classes = Uint8Array.from({ length: 256 }, (_, byte) => classOf(byte))

function classOf(byte: number): number {
  const symbol = String.fromCharCode(byte)
  if (/[0-9]/.test(symbol)) return digit | token
  if (/[A-Za-z_.+/=-]/.test(symbol)) return token
  if (foreignLeads.includes(byte)) return traits.foreign
  return symbol === '@' ? traits.at : 0
}

/** By its first byte in UTF-8. */
function classOfCode(code: number): number {
  return classes[code < 0x80 ? code : code < 0x800 ? 0xc0 | (code >> 6) : 0xe0 | (code >> 12)] ?? 0
}

/** One pass over a text: most cells hold nothing that any detector could answer to, and cost no more than this. */
export function traitsOf(text: string): number {
  let digits = 0
  let run = 0
  let longest = 0
  let found = 0
  for (let index = 0; index < text.length; index++) {
    const kind = classOfCode(text.charCodeAt(index))
    digits += kind & digit
    if ((kind & token) === 0) {
      if (run > longest) longest = run
      run = 0
      found |= kind
    } else run++
  }
  return traitsFrom(found, digits, text.length, Math.max(run, longest))
}

/** The same over the UTF-8 bytes of a JSON string from `start` to `end`, escapes and all. An escape sets every trait. */
export function traitsOfBytes(bytes: Uint8Array, start: number, end: number): number {
  let digits = 0
  let run = 0
  let longest = 0
  let found = 0
  for (let index = start; index < end; index++) {
    const code = bytes[index] ?? 0
    if (code === backslash) return traits.at | traits.foreign | traits.digits | traits.run
    const kind = classes[code] ?? 0
    digits += kind & digit
    if ((kind & token) === 0) {
      if (run > longest) longest = run
      run = 0
      found |= kind
    } else run++
  }
  return traitsFrom(found, digits, end - start, Math.max(run, longest))
}

const backslash = 0x5c

function traitsFrom(found: number, digits: number, length: number, run: number): number {
  const enough = digits >= (digits < length ? fewestDigits : fewestBareDigits)
  return found | (enough ? traits.digits : 0) | (run >= shortestRun ? traits.run : 0)
}

/** Blanks, dashes and digits beside those of ASCII, and the wide forms of all of ASCII; those of one code unit. */
const foreign = /[[\p{Zs}\p{Pd}\p{Nd}\u2212\uff01-\uff5e]--[\p{ASCII}\u{10000}-\u{10ffff}]]/gv

/** The text with those in ASCII, each where it stood: people write numbers with them, and detectors do not know them. */
export function plainText(text: string, found: number): string {
  return (found & traits.foreign) === 0 ? text : text.replace(foreign, inAscii)
}

const unseen = /\p{Default_Ignorable_Code_Point}/u

/** The text without soft hyphens, zero-width blanks and the like, and where a part of it stands in the whole; nothing where it has none. */
export function seenText(text: string): { readonly text: string; readonly placed: (span: Span) => Span } | undefined {
  if (!unseen.test(text)) return undefined
  const places: number[] = []
  let seen = ''
  let at = 0
  for (const symbol of text) {
    if (!unseen.test(symbol)) {
      seen += symbol
      for (let unit = 0; unit < symbol.length; unit++) places.push(at + unit)
    }
    at += symbol.length
  }
  const placed = ({ start, end }: Span) => ({ start: places[start] ?? at, end: (places[end - 1] ?? at - 1) + 1 })
  return { text: seen, placed }
}

function inAscii(symbol: string): string {
  const code = symbol.charCodeAt(0)
  if (code > 0xff00 && code < 0xff5f) return String.fromCharCode(code - 0xfee0)
  if (/\p{Zs}/u.test(symbol)) return ' '
  return isDigit(symbol) ? String(digitOf(code)) : '-'
}

const isDigit = (symbol: string): boolean => /\p{Nd}/u.test(symbol)

/** Ten digits stand in a row, and the first of them at a code that ends in 0 or in 6. */
function digitOf(code: number): number {
  const last = code & 15
  return last < 6 || isDigit(String.fromCharCode(code - last)) ? last : last - 6
}
