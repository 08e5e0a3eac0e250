import { bytesOf, type Slice, sliceOf } from './slice.ts'

/** Whether the row is null in a validity bitmap; an empty bitmap says that none is. */
export function isNullAt({ bytes, start, length }: Slice, row: number): boolean {
  return length > 0 && ((bytes[start + (row >> 3)] ?? 0) & (1 << (row & 7))) === 0
}

/** A validity bitmap to which nulls are added. The one it began with is not written to. */
export class Validity {
  readonly #rows: number
  #bitmap: Slice
  #own: Uint8Array | undefined
  #count: number

  constructor(bitmap: Slice, rows: number, nullCount: number) {
    this.#bitmap = bitmap
    this.#rows = rows
    this.#count = nullCount
  }

  get bitmap(): Slice {
    return this.#bitmap
  }

  get count(): number {
    return this.#count
  }

  add(row: number): void {
    this.#own ??= this.#copy()
    const at = row >> 3
    this.#own[at] = (this.#own[at] ?? 0) & ~(1 << (row & 7))
    this.#count++
  }

  #copy(): Uint8Array {
    const own =
      this.#bitmap.length > 0 ? bytesOf(this.#bitmap).slice() : new Uint8Array(Math.ceil(this.#rows / 8)).fill(255)
    this.#bitmap = sliceOf(own)
    return own
  }
}
