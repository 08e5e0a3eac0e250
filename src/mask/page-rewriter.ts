/** Longer text is encoded faster by a call out of the engine. */
const longText = 256
/** Shorter spans are copied faster here than by a call out of the engine, in words of 32 bits. */
const shortSpan = 64

const [quote, backslash] = [0x22, 0x5c]
const encoder = new TextEncoder()

/** A page with some of its spans replaced: what is not is copied as it is, and a page without a replacement is the page. */
export class PageRewriter {
  readonly #page: Uint8Array
  readonly #pageWords: DataView
  #out: Uint8Array<ArrayBuffer> | undefined
  #outWords = new DataView(new ArrayBuffer(0))
  #length = 0
  #copied = 0

  constructor(page: Uint8Array) {
    this.#page = page
    this.#pageWords = new DataView(page.buffer, page.byteOffset, page.length)
  }

  /** Spans come in the order of the page. */
  replace(start: number, end: number, bytes: Uint8Array): void {
    const out = this.#room(start - this.#copied + bytes.length)
    this.#copyTo(start, out)
    this.#length = copy(bytes, out, this.#length)
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
    const before = this.#length
    this.#copyTo(start, out)
    let next = this.#length
    out[next++] = quote
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code < 0x20 || code > 0x7e || code === quote || code === backslash) {
        this.#length = before
        return false
      }
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
    this.#copyTo(length, out)
    return out.subarray(0, this.#length)
  }

  /** From the page what follows what was copied, up to `end`; up to three bytes behind it are written over next. */
  #copyTo(end: number, out: Uint8Array): void {
    const start = this.#copied
    const at = this.#length
    this.#length = at + end - start
    if (end - start > shortSpan || end + 4 > this.#page.length) {
      out.set(this.#page.subarray(start, end), at)
      return
    }
    const [from, to] = [this.#pageWords, this.#outWords]
    for (let next = start, place = at; next < end; next += 4, place += 4)
      to.setInt32(place, from.getInt32(next, true), true)
  }

  /** And for a word more than is asked for. */
  #room(more: number): Uint8Array {
    const needed = this.#length + more + 4
    if (this.#out && needed <= this.#out.length) return this.#out
    const length = this.#out ? 2 * needed : Math.max(needed, this.#page.length) + 4096
    // Not zeroed: all of it that leaves is written first.
    const larger = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
    if (this.#out) larger.set(this.#out.subarray(0, this.#length))
    this.#out = larger
    this.#outWords = new DataView(larger.buffer)
    return larger
  }
}

/** The answer is where the copy ends. */
function copy(from: Uint8Array, to: Uint8Array, at: number): number {
  const { length } = from
  if (length > shortSpan) to.set(from, at)
  else for (let next = 0; next < length; next++) to[at + next] = from[next] as number
  return at + length
}
