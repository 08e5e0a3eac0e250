import { malformed } from '../json-bytes.ts'

export type Offsets = Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>

/** Where each of `length` texts or lists begins, and where the last one ends. A copy; no bytes are as many zeros. */
export function readOffsets(bytes: Uint8Array, length: number, width: 4 | 8): Offsets {
  const own = bytes.slice(0, (length + 1) * width).buffer
  if (bytes.length === 0) return new Int32Array(length + 1)
  return width === 4 ? new Int32Array(own) : Float64Array.from(new BigInt64Array(own), Number)
}

/** Where the last of `length` texts or lists ends. Rejects with `result_shape` offsets that go back, or point beyond `limit`. */
export function lastOffset(bytes: Uint8Array, length: number, width: 4 | 8, limit: number): number {
  const isView = width === 4 && bytes.byteOffset % 4 === 0 && bytes.length > 0
  const offsets = isView
    ? new Int32Array(bytes.buffer, bytes.byteOffset, length + 1)
    : readOffsets(bytes, length, width)
  const end = offsets[length] ?? 0
  const ordered =
    offsets instanceof Int32Array ? isOrdered(offsets) : offsets.every((each, at) => each >= (offsets[at - 1] ?? 0))
  if (!ordered || end > limit) throw malformed(`texts or lists that end at ${end} of ${limit}, or out of order`)
  return end
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

export function writeOffsets(offsets: Offsets, width: 4 | 8): Uint8Array {
  if (width === 8) return new Uint8Array(BigInt64Array.from(offsets as Float64Array, BigInt).buffer)
  return new Uint8Array(offsets.buffer)
}
