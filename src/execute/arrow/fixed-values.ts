import type { ArrowVector } from './record-batch.ts'
import { dataViewOf, emptySlice, sliceOf } from './slice.ts'
import { Validity } from './validity.ts'

/** Over the values of a vector of fixed width. */
export function viewOf({ buffers: [, values = emptySlice] }: ArrowVector): DataView {
  return dataViewOf(values)
}

/** `width` bytes for each text, which `put` writes. It answers `false` for what it cannot write: that becomes null, as null. */
export function fixedVector(
  texts: readonly (string | null)[],
  width: number,
  put: (view: DataView, at: number, text: string) => boolean,
): ArrowVector {
  const values = new Uint8Array(texts.length * width)
  const view = new DataView(values.buffer)
  const nulls = new Validity(emptySlice, texts.length, 0)
  for (const [row, text] of texts.entries()) {
    if (text === null || !put(view, row * width, text)) nulls.add(row)
  }
  return { length: texts.length, nullCount: nulls.count, buffers: [nulls.bitmap, sliceOf(values)], children: [] }
}

/** A little-endian integer of `width` bytes. */
export function bigAt(view: DataView, at: number, width: number, signed: boolean): bigint {
  if (width === 8) return signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true)
  let value = 0n
  for (let next = width - 1; next >= 0; next--) value = (value << 8n) | BigInt(view.getUint8(at + next))
  return signed ? BigInt.asIntN(8 * width, value) : value
}

/** Answers whether the value is one, and fits. */
export function putBig(view: DataView, at: number, width: number, value: bigint | undefined): boolean {
  if (value === undefined || BigInt.asIntN(8 * width, value) !== value) return false
  for (let next = 0; next < width; next++) view.setUint8(at + next, Number((value >> BigInt(8 * next)) & 255n))
  return true
}
