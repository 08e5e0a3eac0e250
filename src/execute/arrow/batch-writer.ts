import type { Builder } from 'flatbuffers'
import { messageHead, messageKind, padded } from './arrow-messages.ts'
import type { FreshBytes } from './fresh-bytes.ts'
import type { ArrowVector } from './record-batch.ts'
import { bytesOf, emptySlice, type Slice } from './slice.ts'

/** Where the numbers stand in the metadata of a batch of so many vectors with so many buffers; they are zeros there. */
interface Layout {
  readonly head: Int32Array<ArrayBuffer>
  readonly vectors: number
  readonly buffers: number
  readonly rowsAt: number
  readonly nodesAt: number
  readonly placesAt: number
  readonly lengthAt: number
}

/** Record batch messages. Those of one schema differ in their numbers alone, so their metadata is laid out once. */
export class BatchWriter {
  readonly #fresh: FreshBytes
  #layout: Layout | undefined

  /** The metadata stands in bytes of `fresh`. */
  constructor(fresh: FreshBytes) {
    this.#fresh = fresh
  }

  /** To the pieces of a stream; those that hold values are the vectors' own buffers. What is between them is zero. */
  addMessage(rows: number, columns: readonly ArrowVector[], pieces: Uint8Array[]): void {
    const vectors: ArrowVector[] = []
    const buffers: Slice[] = []
    for (const column of columns) gather(column, vectors, buffers)
    const layout = this.#layoutOf(vectors.length, buffers.length)
    const head = this.#fresh.bytes(layout.head.byteLength)
    const words = new Int32Array(head.bytes.buffer, head.bytes.byteOffset + head.start, layout.head.length)
    words.set(layout.head)
    let at = layout.nodesAt
    for (const { length, nullCount } of vectors) {
      putLong(words, at, length)
      putLong(words, at + 8, nullCount)
      at += 16
    }
    let length = 0
    at = layout.placesAt
    for (const buffer of buffers) {
      putLong(words, at, length)
      putLong(words, at + 8, buffer.length)
      length += padded(buffer.length)
      at += 16
    }
    putLong(words, layout.rowsAt, rows)
    putLong(words, layout.lengthAt, length)
    pieces.push(bytesOf(head))
    addBody(buffers, pieces)
  }

  #layoutOf(vectors: number, buffers: number): Layout {
    if (this.#layout?.vectors !== vectors || this.#layout.buffers !== buffers) this.#layout = layOut(vectors, buffers)
    return this.#layout
  }
}

function layOut(vectors: number, buffers: number): Layout {
  let [rowsAt, nodesAt, placesAt] = [0, 0, 0]
  const { head, lengthAt } = messageHead(messageKind.recordBatch, builder => {
    nodesAt = writePairs(builder, vectors)
    placesAt = writePairs(builder, buffers)
    builder.startObject(5)
    builder.addFieldInt64(0, 0n, null)
    rowsAt = builder.offset()
    builder.addFieldOffset(1, nodesAt, 0)
    builder.addFieldOffset(2, placesAt, 0)
    return builder.endObject()
  })
  const { length } = head
  // The builder counts from the end; in front of the numbers of a vector stands how many they are.
  const at = { rowsAt: length - rowsAt, nodesAt: length - nodesAt + 4, placesAt: length - placesAt + 4 }
  return { head: new Int32Array(head.buffer), vectors, buffers, lengthAt, ...at }
}

/** So many structs of two 64-bit integers each. */
function writePairs(builder: Builder, count: number): number {
  builder.startVector(16, count, 8)
  builder.pad(16 * count)
  return builder.endVector()
}

function putLong(words: Int32Array, at: number, value: number): void {
  words[at >> 2] = value
  // Dividing for each of them would take longer than all else that is written here.
  if (value >= 2 ** 32) words[(at >> 2) + 1] = value / 2 ** 32
}

const zeros = new Uint8Array(8)

/** Each buffer begins at a multiple of 8. Those that stand so already, as in a batch that nobody touched, are one piece. */
function addBody(slices: readonly Slice[], pieces: Uint8Array[]): void {
  let { bytes, start, length } = emptySlice
  for (const slice of slices) {
    if (slice.length === 0) continue
    const next = start + padded(length)
    if (slice.bytes === bytes && slice.start === next && areZeros(bytes, start + length, next)) {
      length = next - start + slice.length
    } else {
      addPadded(bytes, start, length, pieces)
      bytes = slice.bytes
      start = slice.start
      length = slice.length
    }
  }
  addPadded(bytes, start, length, pieces)
}

function addPadded(bytes: Uint8Array, start: number, length: number, pieces: Uint8Array[]): void {
  if (length > 0) pieces.push(bytes.subarray(start, start + length))
  if (length % 8 !== 0) pieces.push(zeros.subarray(length % 8))
}

function areZeros(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false
  return true
}

/** In the order of the specification: pre-order, depth first. */
function gather(vector: ArrowVector, vectors: ArrowVector[], buffers: Slice[]): void {
  vectors.push(vector)
  for (const buffer of vector.buffers) buffers.push(buffer)
  for (const child of vector.children) gather(child, vectors, buffers)
}
