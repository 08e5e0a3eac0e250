import { malformed } from '../json-bytes.ts'
import { bytesOf, type Slice, sliceOf } from './slice.ts'

export type Offsets = Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>

/**
 * Where each of `length` texts or lists begins, and where the last one ends: a copy, whose bytes may stand anywhere. No bytes are
 * as many zeros. Rejects with `result_shape` offsets that go back, or point beyond `limit`.
 */
export function readOffsets(slice: Slice, length: number, width: 4 | 8, limit: number): Offsets {
  if (slice.length === 0) return new Int32Array(length + 1)
  const own = bytesOf(slice).slice(0, (length + 1) * width).buffer
  const offsets = width === 4 ? new Int32Array(own) : Float64Array.from(new BigInt64Array(own), Number)
  const ordered =
    offsets instanceof Int32Array ? isOrdered(offsets) : offsets.every((each, at) => each >= (offsets[at - 1] ?? 0))
  const end = offsets[length] ?? 0
  if (!ordered || end > limit) throw malformed(`texts or lists that end at ${end} of ${limit}, or out of order`)
  return offsets
}

/**
 * Where the last of `length` texts or lists ends; the first begins no later. What is between nobody here reads, so it may say
 * anything: whoever reads it calls `readOffsets`. Rejects with `result_shape` an end that is beyond `limit`.
 */
export function lastOffset(slice: Slice, length: number, width: 4 | 8, limit: number): number {
  if (slice.length === 0) return 0
  const start = offsetAt(slice.bytes, slice.start, width)
  const end = offsetAt(slice.bytes, slice.start + length * width, width)
  if (start < 0 || end < start || end > limit) throw malformed(`texts or lists from ${start} to ${end} of ${limit}`)
  return end
}

/** Making a view of the bytes would take longer. */
function offsetAt(bytes: Uint8Array, at: number, width: 4 | 8): number {
  const low = wordAt(bytes, at)
  return width === 4 ? low : wordAt(bytes, at + 4) * 2 ** 32 + (low >>> 0)
}

function wordAt(bytes: Uint8Array, at: number): number {
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]] as [number, number, number, number]
  return a | (b << 8) | (c << 16) | (d << 24)
}

/**
 * Whether they begin at 0 or later and never fall, which the sign of what is gathered says: a loop without a branch takes less
 * than half the time. A difference may only wrap where one of both is negative, and that one's own sign tells.
 */
function isOrdered(offsets: Int32Array): boolean {
  const { length } = offsets
  let signs = 0
  let before = 0
  for (let nth = 0; nth < length; nth++) {
    const offset = offsets[nth] as number
    signs |= offset | (offset - before)
    before = offset
  }
  return signs >= 0
}

export function writeOffsets(offsets: Offsets, width: 4 | 8): Slice {
  const own = width === 8 ? BigInt64Array.from(offsets as Float64Array, BigInt) : offsets
  return sliceOf(new Uint8Array(own.buffer))
}
