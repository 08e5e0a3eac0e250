import type { ArrowField } from './arrow-schema.ts'
import { type ArrowBatch, ArrowWriter, readArrowStream } from './arrow-stream.ts'
import { readOffsets } from './offsets.ts'
import type { ArrowVector } from './record-batch.ts'
import { bytesOf, emptySlice, type Slice, sliceOf } from './slice.ts'
import { isNullAt } from './validity.ts'

/** The first `rows` rows of a stream, and no byte of the others. Rejects with `result_shape` as `readArrowStream` does. */
export function cutArrow(stream: Uint8Array, rows: number): Uint8Array {
  const { fields, batches } = readArrowStream([stream])
  return Buffer.concat(new ArrowWriter(fields).stream(firstBatches(fields, batches, rows)))
}

function* firstBatches(
  fields: readonly ArrowField[],
  batches: Iterable<ArrowBatch>,
  most: number,
): Generator<ArrowBatch> {
  let left = most
  for (const batch of batches) {
    if (left <= 0) return
    const rows = Math.min(left, batch.rows)
    const columns = batch.columns.map((vector, at) => cutVector(fields[at], vector, rows))
    yield { rows, columns }
    left -= rows
  }
}

function cutVector(field: ArrowField | undefined, vector: ArrowVector, length: number): ArrowVector {
  if (!field || length === vector.length) return vector
  const { form, bits, members } = field.type
  const { offsetWidth, layout } = form
  if (layout === 'none') return { ...vector, length, nullCount: length }
  const [validity = emptySlice, second = emptySlice, third = emptySlice] = vector.buffers
  const bitmap = firstBits(validity, length)
  const buffers = [bitmap]
  let inner = form.name === 'fixed_size_list' ? length * (members[0] ?? 0) : length
  if (offsetWidth) {
    const limit = layout === 'variable' ? third.length : (vector.children[0]?.length ?? 0)
    inner = readOffsets(second, vector.length, offsetWidth, limit)[length] ?? 0
    buffers.push(firstBits(second, 8 * (length + 1) * offsetWidth))
  }
  if (layout === 'variable') buffers.push(firstBits(third, 8 * inner))
  if (layout === 'fixed') buffers.push(firstBits(second, length * bits))
  const children = vector.children.map((child, at) => cutVector(field.children[at], child, inner))
  return { length, nullCount: countNulls(bitmap, length), buffers, children }
}

function firstBits(slice: Slice, bits: number): Slice {
  const cut = { ...slice, length: Math.min(slice.length, Math.ceil(bits / 8)) }
  const over = bits % 8
  if (over === 0 || cut.length * 8 < bits) return cut
  const own = bytesOf(cut).slice()
  own[own.length - 1] = (own.at(-1) ?? 0) & ((1 << over) - 1)
  return sliceOf(own)
}

function countNulls(validity: Slice, length: number): number {
  let nulls = 0
  for (let row = 0; row < length; row++) if (isNullAt(validity, row)) nulls++
  return nulls
}
