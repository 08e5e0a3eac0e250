/** Whether the row is null in a validity bitmap; an empty bitmap says that none is. */
export function isNullAt(bitmap: Uint8Array, row: number): boolean {
  return bitmap.length > 0 && ((bitmap[row >> 3] ?? 0) & (1 << (row & 7))) === 0
}

/** A validity bitmap to which nulls are added. The one it began with is not written to. */
export class Validity {
  readonly #rows: number
  #bitmap: Uint8Array
  #own = false
  #count: number

  constructor(bitmap: Uint8Array, rows: number, nullCount: number) {
    this.#bitmap = bitmap
    this.#rows = rows
    this.#count = nullCount
  }

  get bitmap(): Uint8Array {
    return this.#bitmap
  }

  get count(): number {
    return this.#count
  }

  add(row: number): void {
    if (!this.#own) {
      this.#bitmap =
        this.#bitmap.length > 0 ? this.#bitmap.slice() : new Uint8Array(Math.ceil(this.#rows / 8)).fill(255)
      this.#own = true
    }
    const at = row >> 3
    this.#bitmap[at] = (this.#bitmap[at] ?? 0) & ~(1 << (row & 7))
    this.#count++
  }
}
