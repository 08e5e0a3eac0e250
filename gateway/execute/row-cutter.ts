import { GatewayError } from '#src/errors.ts'
import { spaceEnd } from '#src/execute/json-bytes.ts'
import { comma, rowEnd } from '#src/execute/json-rows.ts'
import type { RawPage } from '#src/execute/warehouse.ts'
import type { JsonForm } from '#src/execute/wire-page.ts'
import { freeBytes } from '#src/free-bytes.ts'
import { room } from './room.ts'

/** As many as pay: what is done once for each page costs more than the rows of a small one. */
const maxRows = 4_000
const maxBytes = 1024 * 1024
/** Looking for rows pays once so many bytes came. */
const lookBytes = 64 * 1024
/** A row with a few cells of the most that a warehouse holds in one (128 MiB). */
const maxRowBytes = 512 * 1024 * 1024

const [bracket, bracketEnd] = [0x5b, 0x5d]
const rowOpens: Readonly<Record<JsonForm, number>> = { 'snowflake-rowset': bracket, 'bigquery-rows': 0x7b }

/**
 * Cuts rows into pages of at most 4,000 rows or about 1 MiB while their bytes arrive: lists of rows with commas between them
 * and no brackets around, one after the other. Nothing is parsed; never more than a page, or one row, is kept. Throws
 * `result_shape` where the bytes are not that.
 */
export class RowCutter {
  readonly #form: JsonForm
  #bytes = room(2 * lookBytes)
  /** Of the bytes in use, and of those that are whole rows. */
  #length = 1
  #whole = 1
  #rows = 0
  /** Where the first of them begins. */
  #first = 1
  /** Rows are looked for when so many bytes are there. */
  #enough = lookBytes
  /** Rows of this list, read so far; those to be left out, because they came before; those that were taken. */
  #read = 0
  #skip = 0
  #taken = 0

  constructor(form: JsonForm) {
    this.#form = form
  }

  /** A list begins: the next one, or the last one once more from its beginning, where its reading was interrupted. */
  begin(again = false): void {
    this.#length = this.#whole
    this.#read = 0
    this.#skip = again ? this.#taken : 0
    if (!again) this.#taken = 0
    if (this.#rows > 0) this.#append(Uint8Array.of(comma))
  }

  *add(bytes: Uint8Array): Generator<RawPage> {
    for (let at = 0; at < bytes.length; at += lookBytes) {
      this.#append(bytes.subarray(at, at + lookBytes))
      if (this.#length >= this.#enough) yield* this.#cut()
    }
  }

  /** The list ends; answers with how many rows it had. */
  *end(): Generator<RawPage, number> {
    yield* this.#cut()
    const separated = this.#read === 0 && this.#rows > 0 ? 1 : 0
    if (spaceEnd(this.#bytes, this.#whole + separated) < this.#length) throw notRows()
    this.#length = this.#whole
    return this.#taken
  }

  /** What is left when the last list has ended. */
  *rest(): Generator<RawPage> {
    if (this.#rows > 0) yield this.#take()
  }

  *#cut(): Generator<RawPage> {
    for (let start = this.#rowStart(); start < this.#length; start = this.#rowStart()) {
      const end = rowEnd(this.#bytes, start, this.#length)
      if (end < 0) break
      this.#read += 1
      if (this.#skip > 0) {
        this.#skip -= 1
        this.#drop(end)
        continue
      }
      this.#taken += 1
      if (this.#rows === 0) this.#first = start
      this.#rows += 1
      this.#whole = end
      if (this.#rows === maxRows || end - this.#first >= maxBytes) yield this.#take()
    }
    const left = this.#length - this.#whole
    if (left > maxRowBytes) throw notRows()
    this.#enough = this.#length + Math.max(lookBytes, left)
  }

  /** Behind white space, and a comma where a row came before. What is behind the bytes in use may be anything. */
  #rowStart(): number {
    const bytes = this.#bytes
    let at = spaceEnd(bytes, this.#whole)
    if (this.#read > 0 || this.#rows > 0) {
      if (at < this.#length && bytes[at] !== comma) throw notRows()
      at = spaceEnd(bytes, at + 1)
    }
    if (at < this.#length && bytes[at] !== rowOpens[this.#form]) throw notRows()
    return at
  }

  /** The brackets take the place of what stands before the first row and behind the last one. */
  #take(): RawPage {
    const [bytes, first, whole] = [this.#bytes, this.#first, this.#whole]
    const left = bytes.subarray(whole, this.#length)
    this.#bytes = room(Math.max(whole - first, left.length) + 2 * lookBytes)
    this.#bytes.set(left, 1)
    const pieces = [bytes.subarray(first - 1, whole + 1)]
    const page = { form: this.#form, rows: this.#rows, pieces, free: () => freeBytes(bytes) }
    bytes[first - 1] = bracket
    bytes[whole] = bracketEnd
    this.#length = 1 + left.length
    this.#whole = 1
    this.#rows = 0
    return page
  }

  #drop(end: number): void {
    this.#bytes.copyWithin(this.#whole, end, this.#length)
    this.#length -= end - this.#whole
  }

  /** One byte always stays free, for the bracket. */
  #append(part: Uint8Array): void {
    const needed = this.#length + part.length + 1
    if (needed > this.#bytes.length) {
      const larger = room(2 * needed)
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(part, this.#length)
    this.#length += part.length
  }
}

function notRows(): GatewayError {
  return new GatewayError('result_shape', { detail: 'a part of the result is not rows of JSON' })
}
