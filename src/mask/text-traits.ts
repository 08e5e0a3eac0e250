/** What a text has to hold for a detector to be worth asking. */
export const traits = { at: 1, digits: 2, run: 4 } as const

/**
 * No detector answers to fewer digits, or to fewer with nothing else beside them, or to a secret whose unbroken run is
 * shorter.
 */
const fewestDigits = 6
const fewestBareDigits = 14
const shortestRun = 16

const digit = 1
const token = 2
const at = 4

/** By character code: what a secret is made of (digits, letters, `_-.+/=`), and `@`. */
const classes = Uint8Array.from({ length: 256 }, (_, code) => classOf(String.fromCharCode(code)))

function classOf(symbol: string): number {
  if (/[0-9]/.test(symbol)) return digit | token
  if (/[A-Za-z_.+/=-]/.test(symbol)) return token
  return symbol === '@' ? at : 0
}

/** One pass over a text: most cells hold nothing that any detector could answer to, and cost no more than this. */
export function traitsOf(text: string): number {
  let digits = 0
  let run = 0
  let longest = 0
  let found = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    const kind = code < 256 ? (classes[code] ?? 0) : 0
    digits += kind & digit
    if ((kind & token) === 0) {
      if (run > longest) longest = run
      run = 0
      if (kind === at) found = traits.at
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
    if (code === backslash) return traits.at | traits.digits | traits.run
    const kind = code < 128 ? (classes[code] ?? 0) : 0
    digits += kind & digit
    if ((kind & token) === 0) {
      if (run > longest) longest = run
      run = 0
      if (kind === at) found = traits.at
    } else run++
  }
  return traitsFrom(found, digits, end - start, Math.max(run, longest))
}

const backslash = 0x5c

function traitsFrom(found: number, digits: number, length: number, run: number): number {
  const enough = digits >= (digits < length ? fewestDigits : fewestBareDigits)
  return found | (enough ? traits.digits : 0) | (run >= shortestRun ? traits.run : 0)
}
