import { malformed, quote, spaceEnd } from './json-bytes.ts'

/*
 * Where rows begin and end in JSON that is looked at by its brackets and quotes alone: for cutting. Whether it is what it has
 * to be, masking says, which reads every byte of every page.
 */

const backslash = 0x5c
export const comma = 0x2c

/** Behind the list or object that begins at `start`; -1 where the bytes end (at `end`) before it does. */
export function rowEnd(bytes: Uint8Array, start: number, end: number): number {
  let depth = 0
  for (let at = start; at < end; at++) {
    const code = bytes[at] as number
    if (code === quote) {
      at = closingQuote(bytes, at + 1, end)
      if (at < 0) return -1
    } else if (code === 0x5b || code === 0x7b) depth++
    else if ((code === 0x5d || code === 0x7d) && --depth === 0) return at + 1
  }
  return -1
}

function closingQuote(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    const code = bytes[at] as number
    if (code === quote) return at
    at += code === backslash ? 2 : 1
  }
  return -1
}

/** Where each row of a list stands. The list is whole, and its brackets are the first and the last byte. */
export function* rowSpans(bytes: Uint8Array): Generator<RowSpan> {
  const last = bytes.length - 1
  for (let at = spaceEnd(bytes, 1); at < last; at = spaceEnd(bytes, at)) {
    const start = bytes[at] === comma ? spaceEnd(bytes, at + 1) : at
    const end = rowEnd(bytes, start, last)
    if (end < 0) throw malformed('a row that does not end')
    yield { start, end }
    at = end
  }
}

/** Of bytes; `end` is the first that no longer belongs to it. */
interface RowSpan {
  readonly start: number
  readonly end: number
}
