import { padded } from '../../execute/arrow/arrow-messages.ts'
import { type Slice, sliceOf } from '../../execute/arrow/slice.ts'

const encoder = new TextEncoder()
const widest = 2 ** 27

interface ConstantText {
  readonly rows: number
  /** Of the text itself. */
  readonly bytes: number
  /** The offsets, and from `valuesAt` on the values. */
  readonly place: Uint8Array
  readonly valuesAt: number
}

/**
 * What masked columns are filled with, made once for all of a result: a column of fewer rows is the beginning of one of
 * more. These bytes are shared by all who are given them, and written by none.
 */
export class Constants {
  readonly #texts = new Map<string, ConstantText>()
  #zeros = new Uint8Array(0)

  zeros(length: number): Slice {
    if (length > widest) return sliceOf(new Uint8Array(length))
    if (length > this.#zeros.length) this.#zeros = new Uint8Array(length)
    return { bytes: this.#zeros, start: 0, length }
  }

  /** The offsets, each of `offsetWidth` bytes, and the values of a column in which every text is the same one. */
  texts(text: string, rows: number, offsetWidth: 4 | 8): readonly [Slice, Slice] {
    const key = `${offsetWidth} ${text}`
    let known = this.#texts.get(key)
    if (!known || known.rows < rows) {
      known = repeated(encoder.encode(text), rows, offsetWidth)
      this.#texts.set(key, known)
    }
    return [
      { bytes: known.place, start: 0, length: (rows + 1) * offsetWidth },
      { bytes: known.place, start: known.valuesAt, length: rows * known.bytes },
    ]
  }
}

/** Both one behind the other, as a batch has them: of as many rows they leave as one piece. */
function repeated(bytes: Uint8Array, rows: number, offsetWidth: 4 | 8): ConstantText {
  const valuesAt = padded((rows + 1) * offsetWidth)
  const place = new Uint8Array(valuesAt + rows * bytes.length)
  const offsets =
    offsetWidth === 4 ? new Int32Array(place.buffer, 0, rows + 1) : new BigInt64Array(place.buffer, 0, rows + 1)
  for (let row = 0; row <= rows; row++) {
    const offset = row * bytes.length
    offsets[row] = offsetWidth === 4 ? offset : BigInt(offset)
  }
  if (bytes.length > 0) Buffer.from(place.buffer).fill(bytes, valuesAt)
  return { rows, bytes: bytes.length, place, valuesAt }
}
