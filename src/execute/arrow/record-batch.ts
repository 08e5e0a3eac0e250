import { malformed } from '../json-bytes.ts'
import { type ArrowMessage, messageKind } from './arrow-messages.ts'
import type { ArrowField } from './arrow-schema.ts'
import type { Longs } from './flat-table.ts'
import { lastOffset } from './offsets.ts'
import { emptySlice, type Slice } from './slice.ts'

/** The values of one field in one batch. */
export interface ArrowVector {
  readonly length: number
  readonly nullCount: number
  /** In the order of the layout: validity first, where there is any. */
  readonly buffers: readonly Slice[]
  readonly children: readonly ArrowVector[]
}

/** No warehouse sends larger ones; what is written for a column of nulls is bounded by this. */
const maxValues = 2 ** 27
const maxRows = 2 ** 24

/**
 * The columns of a record batch: where they stand in its body, not what they hold. Rejects with `result_shape` what is
 * compressed, what has more or less than these fields need, buffers that overlap (bytes of a masked column would leave as another's)
 * or are shorter than their values, and texts or lists that end beyond them.
 */
export class BatchReader {
  readonly rows: number
  readonly #body: Uint8Array
  /** Of each vector its length, and how many of its values are null; of each buffer where it begins in the body, and its length. */
  readonly #nodes: Longs
  readonly #places: Longs
  #node = 0
  #place = 0
  /** Where the last buffer begins, and where it ends. */
  #start = 0
  #taken = 0

  constructor(message: ArrowMessage) {
    const { header, body } = message
    this.rows = batchRows(message)
    this.#nodes = header.longs(1, 2)
    this.#places = header.longs(2, 2)
    this.#body = body
    if (header.has(3)) throw malformed('a compressed body')
  }

  columns(fields: readonly ArrowField[]): ArrowVector[] {
    const columns = fields.map(field => this.#vector(field, this.rows))
    if (this.#node !== this.#nodes.count || this.#place !== this.#places.count)
      throw malformed('more values than columns')
    return columns
  }

  /** `expected`: how many values there have to be; of a list's items, nobody knows before its offsets are read. */
  #vector(field: ArrowField, expected: number | undefined): ArrowVector {
    const { layout, offsetWidth } = field.type.form
    const length = this.#nodes.at(this.#node++)
    const nullCount = this.#nodes.at(this.#node++)
    if (length !== (expected ?? length) || length < 0 || length > maxValues || nullCount < 0 || nullCount > length)
      throw malformed(`a column of ${length} values, ${nullCount} of them null`)
    if (layout === 'none') return { length, nullCount, buffers: bufferless, children: this.#children(field, length) }
    const validity = this.#validity(length, nullCount)
    if (layout === 'fixed') {
      const values = this.#buffer(Math.ceil((length * field.type.bits) / 8))
      return { length, nullCount, buffers: [validity, values], children: childless }
    }
    if (!offsetWidth) return { length, nullCount, buffers: [validity], children: this.#children(field, length) }
    const offsets = this.#buffer(length === 0 ? 0 : (length + 1) * offsetWidth)
    if (layout === 'variable') {
      const values = this.#first(lastOffset(offsets, length, offsetWidth, this.#next()))
      return { length, nullCount, buffers: [validity, offsets, values], children: childless }
    }
    const children = this.#children(field, length)
    lastOffset(offsets, length, offsetWidth, children[0]?.length ?? 0)
    return { length, nullCount, buffers: [validity, offsets], children }
  }

  #children(field: ArrowField, length: number): readonly ArrowVector[] {
    if (field.children.length === 0) return childless
    return field.children.map(child => this.#vector(child, childLength(field, length)))
  }

  #validity(length: number, nullCount: number): Slice {
    const needed = Math.ceil(length / 8)
    const given = this.#next()
    if (given < needed && (nullCount > 0 || given > 0)) throw malformed('a validity bitmap that is too short')
    return this.#first(Math.min(given, needed))
  }

  #buffer(needed: number): Slice {
    const given = this.#next()
    if (given < needed) throw malformed(`a buffer of ${given} bytes, ${needed} are needed`)
    return this.#first(needed)
  }

  /** Goes to the next buffer, and answers with its length. */
  #next(): number {
    const offset = this.#places.at(this.#place++)
    const length = this.#places.at(this.#place++)
    if (length === 0) return 0
    if (offset < this.#taken || length < 0 || length > this.#body.length - offset)
      throw malformed(`a buffer of ${length} bytes at ${offset} of a body of ${this.#body.length}`)
    this.#start = offset
    this.#taken = offset + length
    return length
  }

  /** Of its bytes no more than are needed: what follows may be anything. */
  #first(length: number): Slice {
    return length === 0 ? emptySlice : { bytes: this.#body, start: this.#start, length }
  }
}

const childless: readonly ArrowVector[] = []
const bufferless: readonly Slice[] = []

/** Of a message with a record batch. Rejects with `result_shape` any other one. */
export function batchRows({ kind, header }: ArrowMessage): number {
  if (kind !== messageKind.recordBatch) throw malformed(`a message of kind ${kind}`)
  const rows = header.long(0)
  if (rows < 0 || rows > maxRows) throw malformed(`a batch of ${rows} rows`)
  return rows
}

/** `undefined` for the items of a list. */
export function childLength({ type: { form, members } }: ArrowField, length: number): number | undefined {
  if (form.name === 'fixed_size_list') return length * (members[0] ?? 0)
  return form.layout === 'list' ? undefined : length
}
