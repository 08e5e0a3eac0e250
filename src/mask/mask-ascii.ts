import type { MaskKind } from '../decide/decision.ts'

/**
 * Masks the text of ASCII that stands between `start` and `end`, without a string of it: writes what is left of it at `at`, and
 * answers with where that ends, or −1 where it leaves as null. The same letters as `maskText` has, and nothing is written further
 * than `maxAdded` bytes more than the text has.
 */
export type MaskAscii = (text: DataView, start: number, end: number, out: DataView, at: number) => number

export const maxAdded = 7

/** How each of the texts is masked that stand among these bytes. */
export type MaskAsciiAmong = (texts: Uint8Array) => MaskAscii

/** The other masks make many strings, or none. */
export const asciiMasks: Readonly<Partial<Record<MaskKind, MaskAsciiAmong>>> = {
  // Looking once for any sign takes a hundredth of what looking for it in each text does.
  partial: ({ buffer, byteOffset, length }) =>
    Buffer.from(buffer, byteOffset, length).includes(sign) ? partialAddress : partialWord,
  date: () => yearAscii,
}

const [zero, dash, point, sign] = [0x30, 0x2d, 0x2e, 0x40]
const threeStars = 0x2a2a2a
const fourSigns = 0x40404040
/** Of four bytes that are looked at together, which takes an eighth less time for a page with a column of addresses. */
const upperBits = 0x80808080
/** Which of four bytes is the last one whose upper bit is set. */
const lastOfFour = (bits: number): number => 3 - (Math.clz32(bits) >> 3)
const isDigit = (code: number): boolean => (code ^ zero) < 10
const isLetter = (code: number): boolean => ((code | 0x20) - 0x61) >>> 0 < 26

/** From its end, where an address has what is kept of it: looking at each byte once more for something else doubles the time. */
function partialAddress(text: DataView, start: number, end: number, out: DataView, at: number): number {
  const dot = lastButLetters(text, start, end)
  const signAt = lastSign(text, start, dot + 1)
  if (signAt <= start) return partialWord(text, start, end, out, at)
  let next = signAt - start >= 3 ? letterAndStars(out, at, text.getUint8(start)) : stars(out, at)
  next = letterAndStars(out, next, sign)
  const letters = end - dot - 1
  if (text.getUint8(dot) !== point || letters < 2 || letters > 24) return next
  return copy(text, dot, end, out, next)
}

/** Where the last byte stands that is no letter; `start` at most where none behind it is. */
function lastButLetters(text: DataView, start: number, end: number): number {
  let at = end - 4
  for (; at >= start; at -= 4) {
    const low = text.getInt32(at, true) | 0x20202020
    // From `a` on, and from behind `z` on, the sum reaches the upper bit of its own byte, and of ASCII none goes further.
    const others = ~((low + 0x1f1f1f1f) & ~(low + 0x05050505)) & upperBits
    if (others !== 0) return at + lastOfFour(others)
  }
  at += 3
  while (at > start && isLetter(text.getUint8(at))) at--
  return at
}

/** Where the last `@` stands; `start` at most where none is behind it. */
function lastSign(text: DataView, start: number, end: number): number {
  let at = end - 4
  for (; at >= start; at -= 4) {
    const signs = ~((text.getInt32(at, true) ^ fourSigns) + 0x7f7f7f7f) & upperBits
    if (signs !== 0) return at + lastOfFour(signs)
  }
  at += 3
  while (at > start && text.getUint8(at) !== sign) at--
  return at
}

function partialWord(text: DataView, start: number, end: number, out: DataView, at: number): number {
  if (end - start < 6) return stars(out, at)
  let first = start
  while (first < end && !isDigit(text.getUint8(first))) first++
  if (first === end) return letterAndStars(out, at, text.getUint8(start))
  const next = stars(out, at)
  out.setUint8(next, text.getUint8(end - 2))
  out.setUint8(next + 1, text.getUint8(end - 1))
  return next + 2
}

/** Four bytes at once, and the rest of them. */
function copy(text: DataView, start: number, end: number, out: DataView, at: number): number {
  let place = start
  let next = at
  for (; place <= end - 4; place += 4) {
    out.setInt32(next, text.getInt32(place))
    next += 4
  }
  for (; place < end; place++) out.setUint8(next++, text.getUint8(place))
  return next
}

/** Four bytes are written at once, the last of them for what follows to write over. */
function stars(out: DataView, at: number): number {
  out.setUint32(at, threeStars << 8)
  return at + 3
}

function letterAndStars(out: DataView, at: number, letter: number): number {
  out.setUint32(at, (letter << 24) | threeStars)
  return at + 4
}

/** `2024-03-17…` → `2024-01-01` */
function yearAscii(text: DataView, start: number, end: number, out: DataView, at: number): number {
  if (end - start < 10) return -1
  for (let nth = 0; nth < 10; nth++) {
    const code = text.getUint8(start + nth)
    if (nth === 4 || nth === 7 ? code !== dash : !isDigit(code)) return -1
  }
  for (let nth = 0; nth < 4; nth++) out.setUint8(at + nth, text.getUint8(start + nth))
  for (let nth = 4; nth < 10; nth++)
    out.setUint8(at + nth, nth === 4 || nth === 7 ? dash : zero + (nth === 6 || nth === 9 ? 1 : 0))
  return at + 10
}
