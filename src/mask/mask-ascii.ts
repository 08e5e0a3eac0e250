import type { MaskKind } from '../decide/decision.ts'

/**
 * Masks the text of ASCII that stands between `start` and `end`, without a string of it: writes what is left of it at `at`, and
 * answers with where that ends, or −1 where it leaves as null. The same letters as `maskText` has, and never more than `mostAdded`
 * above those of the text.
 */
export type MaskAscii = (text: Uint8Array, start: number, end: number, out: Uint8Array, at: number) => number

export const mostAdded = 7

/** How each of the texts is masked that stand among these bytes. */
export type MaskAsciiAmong = (texts: Uint8Array) => MaskAscii

/** The other masks make many strings, or none. */
export const asciiMasks: Readonly<Partial<Record<MaskKind, MaskAsciiAmong>>> = {
  // Looking once for any sign takes a hundredth of what looking for it in each text does.
  partial: ({ buffer, byteOffset, length }) =>
    Buffer.from(buffer, byteOffset, length).includes(sign) ? partialAddress : partialWord,
  date: () => yearAscii,
}

const [zero, dash, point, sign, star] = [0x30, 0x2d, 0x2e, 0x40, 0x2a]
const isDigit = (code: number): boolean => (code ^ zero) < 10
const isLetter = (code: number): boolean => ((code | 0x20) - 0x61) >>> 0 < 26

/** From its end, where an address has what is kept of it: looking at each byte once more for something else doubles the time. */
function partialAddress(text: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  let dot = end - 1
  while (dot > start && isLetter(text[dot] as number)) dot--
  let signAt = dot
  while (signAt > start && text[signAt] !== sign) signAt--
  if (signAt <= start) return partialWord(text, start, end, out, at)
  let next = at
  if (signAt - start >= 3) out[next++] = text[start] as number
  next = stars(out, next)
  out[next] = sign
  next = stars(out, next + 1)
  const letters = end - dot - 1
  if (text[dot] !== point || letters < 2 || letters > 24) return next
  for (let place = dot; place < end; place++) out[next++] = text[place] as number
  return next
}

function partialWord(text: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  if (end - start < 6) return stars(out, at)
  let first = start
  while (first < end && !isDigit(text[first] as number)) first++
  if (first === end) {
    out[at] = text[start] as number
    return stars(out, at + 1)
  }
  const next = stars(out, at)
  out[next] = text[end - 2] as number
  out[next + 1] = text[end - 1] as number
  return next + 2
}

function stars(out: Uint8Array, at: number): number {
  out[at] = star
  out[at + 1] = star
  out[at + 2] = star
  return at + 3
}

/** `2024-03-17…` → `2024-01-01` */
function yearAscii(text: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  if (end - start < 10) return -1
  for (let nth = 0; nth < 10; nth++) {
    const code = text[start + nth] as number
    if (nth === 4 || nth === 7 ? code !== dash : !isDigit(code)) return -1
  }
  for (let nth = 0; nth < 4; nth++) out[at + nth] = text[start + nth] as number
  for (let nth = 4; nth < 10; nth++)
    out[at + nth] = nth === 4 || nth === 7 ? dash : zero + (nth === 6 || nth === 9 ? 1 : 0)
  return at + 10
}
