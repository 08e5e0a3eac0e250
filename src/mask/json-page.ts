import { isUtf8 } from 'node:buffer'
import { decodeString, jsonBytes, malformed, quote, textEnd, valueEnd } from './json-bytes.ts'
import { PageRewriter } from './page-rewriter.ts'
import { traitsOfBytes } from './text-traits.ts'
import type { WireMask } from './wire-mask.ts'

const nothing = jsonBytes(null)
const emptyList = jsonBytes([])

/** The bytes of one page of a result while its columns are masked where they stand. */
export class JsonPage {
  readonly bytes: Uint8Array
  readonly #texts: Buffer
  readonly #rewriter: PageRewriter

  /** Rejects bytes that are not UTF-8: two decoders may repair them in different ways. */
  constructor(page: Uint8Array) {
    // Not a Buffer: arrays of one class only are what keeps the loops over them fast.
    this.bytes = new Uint8Array(page.buffer, page.byteOffset, page.byteLength)
    this.#texts = Buffer.from(page.buffer, page.byteOffset, page.byteLength)
    if (!isUtf8(this.bytes)) throw malformed('not UTF-8')
    this.#rewriter = new PageRewriter(this.bytes)
  }

  /** Masks a text or null that begins at `at`; the answer is where it ends. Anything else is refused. */
  text(at: number, mask: WireMask | null): number {
    const end = textEnd(this.bytes, at)
    if (mask && this.bytes[at] === quote) this.#string(at + 1, end - 1, mask)
    return end
  }

  /** Masks a value of any form: what is found inside of it, or else all of it. The answer is where it ends. */
  value(at: number, mask: WireMask | null): number {
    const { bytes } = this
    const code = bytes[at]
    if (code !== 0x5b && code !== 0x7b) return this.text(at, mask)
    if (mask?.kind === 'content') return valueEnd(bytes, at, (start, end) => this.#string(start, end, mask))
    const end = valueEnd(bytes, at)
    // BigQuery knows no null in place of an array.
    if (mask) this.#rewriter.replace(at, end, code === 0x5b ? emptyList : nothing)
    return end
  }

  finish(): Uint8Array {
    return this.#rewriter.finish()
  }

  #string(start: number, end: number, mask: WireMask): void {
    if (mask.kind === 'constant') {
      this.#rewriter.replace(start - 1, end + 1, mask.json)
      return
    }
    const traits = mask.kind === 'content' ? traitsOfBytes(this.bytes, start, end) : 0
    if (mask.kind === 'content' && traits === 0) return
    const text = decodeString(this.#texts, start, end)
    const masked = mask.hide(text, traits)
    if (mask.kind === 'value' || masked !== text) this.#rewriter.replace(start - 1, end + 1, jsonBytes(masked))
  }
}
