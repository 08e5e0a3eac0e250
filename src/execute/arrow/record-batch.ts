import type { Builder } from 'flatbuffers'
import { malformed } from '../json-bytes.ts'
import { type ArrowMessage, messageHead, messageKind, padded } from './arrow-messages.ts'
import type { ArrowField } from './arrow-schema.ts'
import { lastOffset } from './offsets.ts'

/** The values of one field in one batch. */
export interface ArrowVector {
  readonly length: number
  readonly nullCount: number
  /** In the order of the layout: validity first, where there is any. */
  readonly buffers: readonly Uint8Array[]
  readonly children: readonly ArrowVector[]
}

/** No warehouse sends larger ones; what is written for a column of nulls is bounded by this. */
const mostValues = 2 ** 27
const mostRows = 2 ** 24

/**
 * The columns of a record batch: where they stand in its body, not what they hold. Rejects with `result_shape` what is
 * compressed, what has more or less than these fields need, buffers that overlap (bytes of a masked column would leave as another's)
 * or are shorter than their values, and texts or lists that end beyond them.
 */
export class BatchReader {
  readonly rows: number
  readonly #body: Uint8Array
  readonly #nodes: Iterator<readonly [number, number]>
  readonly #buffers: Iterator<readonly [number, number]>
  #taken = 0

  constructor(message: ArrowMessage) {
    const { header, body } = message
    this.rows = batchRows(message)
    this.#nodes = header.pairs(1).values()
    this.#buffers = header.pairs(2).values()
    this.#body = body
    if (header.has(3)) throw malformed('a compressed body')
  }

  columns(fields: readonly ArrowField[]): ArrowVector[] {
    const columns = fields.map(field => this.#vector(field, this.rows))
    if (!this.#nodes.next().done || !this.#buffers.next().done) throw malformed('more values than columns')
    return columns
  }

  /** `expected`: how many values there have to be; of a list's items, nobody knows before its offsets are read. */
  #vector(field: ArrowField, expected: number | undefined): ArrowVector {
    const { form, bits } = field.type
    const [length, nullCount] = this.#nodes.next().value ?? [-1, 0]
    if (length !== (expected ?? length) || length < 0 || length > mostValues || nullCount < 0 || nullCount > length)
      throw malformed(`a column of ${length} values, ${nullCount} of them null`)
    const buffers: Uint8Array[] = []
    if (form.layout !== 'none') buffers.push(this.#validity(length, nullCount))
    if (form.offsetWidth) buffers.push(this.#buffer(length === 0 ? 0 : (length + 1) * form.offsetWidth))
    if (form.layout === 'fixed') buffers.push(this.#buffer(Math.ceil((length * bits) / 8)))
    const values = form.layout === 'variable' ? this.#rest() : undefined
    const children = field.children.map(child => this.#vector(child, childLength(field, length)))
    const [, offsets] = buffers
    if (form.offsetWidth && offsets) {
      const end = lastOffset(offsets, length, form.offsetWidth, values?.length ?? children[0]?.length ?? 0)
      if (values) buffers.push(values.subarray(0, end))
    }
    return { length, nullCount, buffers, children }
  }

  #validity(length: number, nullCount: number): Uint8Array {
    const needed = Math.ceil(length / 8)
    const bitmap = this.#rest()
    if (bitmap.length < needed && (nullCount > 0 || bitmap.length > 0))
      throw malformed('a validity bitmap that is too short')
    return bitmap.subarray(0, needed)
  }

  /** No longer than it has to be: what follows may be anything. */
  #buffer(needed: number): Uint8Array {
    const bytes = this.#rest()
    if (bytes.length < needed) throw malformed(`a buffer of ${bytes.length} bytes, ${needed} are needed`)
    return bytes.subarray(0, needed)
  }

  #rest(): Uint8Array {
    const [offset, length] = this.#buffers.next().value ?? [-1, -1]
    if (length === 0) return this.#body.subarray(0, 0)
    if (offset < this.#taken || length < 0 || length > this.#body.length - offset)
      throw malformed(`a buffer of ${length} bytes at ${offset} of a body of ${this.#body.length}`)
    this.#taken = offset + length
    return this.#body.subarray(offset, offset + length)
  }
}

/** Of a message with a record batch. Rejects with `result_shape` any other one. */
export function batchRows({ kind, header }: ArrowMessage): number {
  if (kind !== messageKind.recordBatch) throw malformed(`a message of kind ${kind}`)
  const rows = header.long(0)
  if (rows < 0 || rows > mostRows) throw malformed(`a batch of ${rows} rows`)
  return rows
}

/** `undefined` for the items of a list. */
export function childLength({ type: { form, members } }: ArrowField, length: number): number | undefined {
  if (form.name === 'fixed_size_list') return length * (members[0] ?? 0)
  return form.layout === 'list' ? undefined : length
}

const zeros = new Uint8Array(8)

/** A record batch message in pieces; those that hold values are the vectors' own buffers. What is between them is zero. */
export function batchMessage(rows: number, columns: readonly ArrowVector[]): Uint8Array[] {
  const vectors = columns.flatMap(withDescendants)
  const buffers = vectors.flatMap(vector => vector.buffers)
  const body: Uint8Array[] = []
  const places: [number, number][] = []
  let at = 0
  for (const buffer of buffers) {
    places.push([at, buffer.length])
    at += padded(buffer.length)
    if (buffer.length > 0) body.push(buffer)
    if (buffer.length % 8 !== 0) body.push(zeros.subarray(buffer.length % 8))
  }
  const head = messageHead(messageKind.recordBatch, at, builder => {
    const nodes = writePairs(
      builder,
      vectors.map(({ length, nullCount }) => [length, nullCount]),
    )
    const written = writePairs(builder, places)
    builder.startObject(5)
    builder.addFieldInt64(0, BigInt(rows), 0n)
    builder.addFieldOffset(1, nodes, 0)
    builder.addFieldOffset(2, written, 0)
    return builder.endObject()
  })
  return [head, ...body]
}

/** In the order of the specification: pre-order, depth first. */
function withDescendants(vector: ArrowVector): ArrowVector[] {
  return vector.children.length === 0 ? [vector] : [vector, ...vector.children.flatMap(withDescendants)]
}

function writePairs(builder: Builder, pairs: readonly (readonly [number, number])[]): number {
  builder.startVector(16, pairs.length, 8)
  for (const [first, second] of pairs.toReversed()) {
    builder.prep(8, 16)
    writeLong(builder, second)
    writeLong(builder, first)
  }
  return builder.endVector()
}

/** As two halves: a detour by way of BigInt takes longer than all the rest. */
function writeLong(builder: Builder, value: number): void {
  builder.writeInt32(Math.floor(value / 2 ** 32))
  builder.writeInt32(value | 0)
}
