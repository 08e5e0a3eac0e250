import { isUtf8 } from 'node:buffer'
import { decodeString, jsonBytes, malformed, quote, valueEnd } from '../execute/json-bytes.ts'
import { partsOf } from './bigquery-parts.ts'
import type { FieldMask } from './field-mask.ts'
import { PageRewriter } from './page-rewriter.ts'
import { traitsOfBytes } from './text-traits.ts'
import type { WireMask } from './wire-mask.ts'

const bracket = 0x5b
const brace = 0x7b
const backslash = 0x5c
const nothing = jsonBytes(null)
const emptyList = jsonBytes([])

/** The bytes of one page of a result while its columns are masked where they stand, row by row. */
export class JsonPage {
  readonly bytes: Uint8Array
  /** Where the cells of one row stand: for each in turn where it begins, and where it ends. */
  readonly cells: Int32Array
  readonly #masked: readonly { readonly mask: FieldMask; readonly cell: number }[]
  readonly #texts: Buffer
  #latin1: string | undefined
  readonly #rewriter: PageRewriter

  /** `masks` by position. Rejects bytes that are not UTF-8: two decoders may repair them in different ways. */
  constructor(page: Uint8Array, masks: readonly (FieldMask | null)[]) {
    // Not a Buffer: arrays of one class only are what keeps the loops over them fast.
    this.bytes = new Uint8Array(page.buffer, page.byteOffset, page.byteLength)
    this.cells = new Int32Array(2 * masks.length)
    this.#masked = masks.flatMap((mask, column) => (mask ? [{ mask, cell: 2 * column }] : []))
    this.#texts = Buffer.from(page.buffer, page.byteOffset, page.byteLength)
    if (!isUtf8(this.bytes)) throw malformed('not UTF-8')
    this.#rewriter = new PageRewriter(this.bytes)
  }

  /** Masks the row that `cells` tells of. Rows come in the order of the page. */
  maskRow(): void {
    const { cells } = this
    for (const { mask, cell } of this.#masked) this.#value(cells[cell] as number, cells[cell + 1] as number, mask)
  }

  finish(): Uint8Array {
    return this.#rewriter.finish()
  }

  /** Masks the value of any form that stands between `start` and `end`: what is found inside of it, or else all of it. */
  #value(start: number, end: number, mask: FieldMask): void {
    const { bytes } = this
    const code = bytes[start]
    if (mask.kind === 'each' || mask.kind === 'fields') partsOf(bytes, start, mask, this.#part)
    else if (code === quote) this.#string(start + 1, end - 1, mask)
    else if (code !== bracket && code !== brace) return
    else if (mask.kind === 'content') valueEnd(bytes, start, { onString: (from, to) => this.#string(from, to, mask) })
    // BigQuery knows no null in place of an array.
    else this.#rewriter.replace(start, end, code === bracket ? emptyList : nothing)
  }

  readonly #part = (start: number, end: number, mask: FieldMask) => this.#value(start, end, mask)

  /** Parts of a text that is there cost a fifth of what decoding each of them does; most are plain ASCII. */
  #text(start: number, end: number): string {
    this.#latin1 ??= this.#texts.toString('latin1')
    for (let at = start; at < end; at++) {
      const code = this.bytes[at] as number
      if (code > 0x7e || code === backslash) return decodeString(this.#texts, start, end)
    }
    return this.#latin1.substring(start, end)
  }

  #string(start: number, end: number, mask: WireMask): void {
    if (mask.kind === 'constant') {
      this.#rewriter.replace(start - 1, end + 1, mask.json)
      return
    }
    const traits = mask.kind === 'content' ? traitsOfBytes(this.bytes, start, end) : 0
    if (mask.kind === 'content' && traits === 0 && !mask.always) return
    const text = this.#text(start, end)
    const masked = mask.hide(text, traits)
    if (mask.kind === 'value' || masked !== text) this.#rewriter.replaceString(start - 1, end + 1, masked)
  }
}
