import { expectByte, listEnd, malformed, quote, skipSpace, valueEnd } from '../execute/json-bytes.ts'
import type { FieldMask, NestedMask } from './field-mask.ts'

export const brace = 0x7b
export const braceEnd = 0x7d
export const bracket = 0x5b
export const bracketEnd = 0x5d
const colon = 0x3a
const letterN = 0x6e

export const fName = 0x66
export const vName = 0x76

/** `at` is the brace of an object of one member; the answer is where its value begins. */
export function memberStart(bytes: Uint8Array, at: number, name: number): number {
  const next = expectByte(bytes, at, brace)
  if (bytes[next] !== quote || bytes[next + 1] !== name || bytes[next + 2] !== quote)
    throw malformed(`no member ${String.fromCharCode(name)} at byte ${next}`)
  return expectByte(bytes, skipSpace(bytes, next + 3), colon)
}

/** Told of each part that has a mask: where it stands. */
type OnPart = (start: number, end: number, mask: FieldMask) => void

/**
 * Goes through a nested value that begins at `at`: `[{"v":…},…]` or `{"f":[{"v":…},…]}`. What is neither that nor null, or has
 * more or fewer fields, is refused: a value in it would leave unmasked.
 */
export function partsOf(bytes: Uint8Array, at: number, mask: NestedMask, onPart: OnPart): void {
  if (bytes[at] === letterN) return
  const parts = mask.kind === 'each' ? undefined : mask.parts
  const list = parts ? memberStart(bytes, at, fName) : at
  if (bytes[list] !== bracket) throw malformed(`no list at byte ${list}`)
  let nth = 0
  listEnd(bytes, list, bracketEnd, cell => {
    const start = memberStart(bytes, cell, vName)
    const end = valueEnd(bytes, start)
    const part = mask.kind === 'each' ? mask.part : (parts?.[nth] ?? null)
    nth += 1
    if (part) onPart(start, end, part)
    return expectByte(bytes, skipSpace(bytes, end), braceEnd)
  })
  if (parts && nth !== parts.length) throw malformed(`${nth} fields in a record of ${parts.length}`)
  mask.done()
}
