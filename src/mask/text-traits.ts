/**
 * What a text has to hold for a detector to be worth asking; `foreign`, `escaped`: for `readingsOf` to be; `eleven`: digits, and
 * nothing else; `option`: a dash before a letter or another one, and behind a blank or another one.
 */
export const traits = {
  at: 4,
  foreign: 8,
  digits: 16,
  run: 32,
  setting: 64,
  escaped: 128,
  eleven: 256,
  option: 512,
} as const
const everyTrait = Object.values(traits).reduce((all, one) => all | one, 0)

/**
 * No detector answers to fewer digits, or to fewer with nothing else beside them, or to a secret whose unbroken run is
 * shorter.
 */
const fewestDigits = 6
const fewestBareDigits = 14
const shortestRun = 16

const digit = 1
const token = 2
const dash = 1024
const blank = 2048
const letter = 4096
/** Of single symbols alone. */
const withoutTraits = digit | token | dash | blank | letter

/** First bytes of the symbols that `foreign` knows. Latin, Greek and Cyrillic letters begin with others, and so do most of China's. */
const foreignLeads = [0xc2, 0xd6, 0xd9, 0xdb, 0xdf, 0xe0, 0xe1, 0xe2, 0xe3, 0xea, 0xef]

const traitOf: Readonly<Record<string, number>> = {
  '-': token | dash,
  ' ': blank,
  '\n': blank,
  '@': traits.at,
  '=': traits.setting | traits.escaped,
  ':': traits.setting,
  '>': traits.setting,
  '"': traits.setting,
  "'": traits.setting,
  '%': traits.escaped,
  '\\': traits.escaped,
  '&': traits.escaped,
  '(': traits.escaped,
  '[': traits.escaped,
}

/** By byte of UTF-8: what a secret is made of (digits, letters, `_-.+/`); else the trait of a text that has it. */
const classes = Uint16Array.from({ length: 256 }, (_, byte) => classOf(byte))

function classOf(byte: number): number {
  const symbol = String.fromCharCode(byte)
  if (/[0-9]/.test(symbol)) return digit | token
  if (/[A-Za-z]/.test(symbol)) return token | letter
  if (/[_.+/]/.test(symbol)) return token
  if (/(?![\t\n\r])\p{Cc}/u.test(symbol) && byte < 0x80) return traits.foreign
  if (foreignLeads.includes(byte)) return traits.foreign
  return traitOf[symbol] ?? 0
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
    } else run++
    found |= kind
  }
  const option = mayHaveOptions(found) && /[\s-]-[A-Za-z-]/.test(text) ? traits.option : 0
  return option | traitsFrom(found, digits, text.length, Math.max(run, longest))
}

/** The same over the UTF-8 bytes of a JSON string from `start` to `end`, escapes and all. An escape sets every trait. */
export function traitsOfBytes(bytes: Uint8Array, start: number, end: number): number {
  let digits = 0
  let run = 0
  let longest = 0
  let found = 0
  for (let index = start; index < end; index++) {
    const code = bytes[index] ?? 0
    if (code === backslash) return everyTrait
    const kind = classes[code] ?? 0
    digits += kind & digit
    if ((kind & token) === 0) {
      if (run > longest) longest = run
      run = 0
    } else run++
    found |= kind
  }
  const option = mayHaveOptions(found) && hasOption(bytes, start, end) ? traits.option : 0
  return option | traitsFrom(found, digits, end - start, Math.max(run, longest))
}

const backslash = 0x5c

const mayHaveOptions = (found: number): boolean => (found & dash) !== 0 && (found & blank) !== 0

function hasOption(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start + 1; at < end - 1; at++) {
    if (bytes[at] !== hyphen) continue
    const before = classes[bytes[at - 1] ?? 0] ?? 0
    if ((before & (blank | dash)) !== 0 && ((classes[bytes[at + 1] ?? 0] ?? 0) & (letter | dash)) !== 0) return true
  }
  return false
}

const hyphen = 0x2d

function traitsFrom(found: number, digits: number, length: number, run: number): number {
  if (digits === 11 && length === 11) return traits.eleven
  const enough = digits >= (digits < length ? fewestDigits : fewestBareDigits)
  return (found & ~withoutTraits) | (enough ? traits.digits : 0) | (run >= shortestRun ? traits.run : 0)
}
