/** Longer text is encoded faster by a call out of the engine. */
const longText = 256
/** Shorter spans are copied faster here than by a call out of the engine. */
const shortSpan = 24

const [quote, backslash] = [0x22, 0x5c]
const encoder = new TextEncoder()

/** A page with some of its spans replaced: what is not is copied as it is, and a page without a replacement is the page. */
export class PageRewriter {
  readonly #page: Uint8Array
  #out: Uint8Array<ArrayBuffer> | undefined
  #length = 0
  #copied = 0

  constructor(page: Uint8Array) {
    this.#page = page
  }

  /** Spans come in the order of the page. */
  replace(start: number, end: number, bytes: Uint8Array): void {
    const out = this.#room(start - this.#copied + bytes.length)
    const length = copy(this.#page, this.#copied, start, out, this.#length)
    this.#length = copy(bytes, 0, bytes.length, out, length)
    this.#copied = end
  }

  /** The same for a string of JSON, or null: what is short and plain, as nearly every masked value, is written here. */
  replaceString(start: number, end: number, text: string | null): void {
    if (text === null || text.length > longText || !this.#writePlain(start, text))
      this.replace(start, end, encoder.encode(JSON.stringify(text)))
    else this.#copied = end
  }

  /** False, and nothing is written, where the text has symbols that are not their own byte in JSON. */
  #writePlain(start: number, text: string): boolean {
    const out = this.#room(start - this.#copied + text.length + 2)
    let next = copy(this.#page, this.#copied, start, out, this.#length)
    out[next++] = quote
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code < 0x20 || code > 0x7e || code === quote || code === backslash) return false
      out[next++] = code
    }
    out[next++] = quote
    this.#length = next
    return true
  }

  finish(): Uint8Array {
    const { length } = this.#page
    if (!this.#out) return this.#page
    const out = this.#room(length - this.#copied)
    this.#length = copy(this.#page, this.#copied, length, out, this.#length)
    return out.subarray(0, this.#length)
  }

  #room(more: number): Uint8Array {
    const needed = this.#length + more
    if (this.#out && needed <= this.#out.length) return this.#out
    const length = this.#out ? 2 * needed : Math.max(needed, this.#page.length) + 4096
    // Not zeroed: all of it that leaves is written first.
    const larger = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
    if (this.#out) larger.set(this.#out.subarray(0, this.#length))
    this.#out = larger
    return larger
  }
}

/** The answer is where the copy ends. */
function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  if (end - start > shortSpan) to.set(from.subarray(start, end), at)
  else for (let next = start, target = at; next < end; next++, target++) to[target] = from[next] as number
  return at + end - start
}
