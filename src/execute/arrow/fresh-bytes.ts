import type { Slice } from './slice.ts'

const maxAtOnce = 64 * 1024

/**
 * Memory for what pages are given in place of their own bytes, in parts of larger pieces: asking for each part alone takes three
 * times as long. Of a page that nobody reads any more it is used again, for taking it anew takes longer than filling it.
 */
export class FreshBytes {
  #spare: ArrayBuffer[] = []
  #taken: ArrayBuffer[] = []
  #piece = new Uint8Array(0)
  #used = 0

  /** Not zeroed: whoever takes them writes all of them. They begin at a multiple of 8. */
  bytes(length: number): Slice {
    if (length > this.#piece.length - this.#used) this.#next(length)
    const start = this.#used
    this.#used += Math.ceil(length / 8) * 8
    return { bytes: this.#piece, start, length }
  }

  /** The page is made: its memory is used again once the answer was called. Where it never is, the engine sees to it. */
  endPage(): () => void {
    const taken = this.#taken
    this.#taken = []
    this.#piece = new Uint8Array(0)
    this.#used = 0
    return () => {
      this.#spare = taken
    }
  }

  #next(length: number): void {
    const at = this.#spare.findIndex(({ byteLength }) => byteLength >= length)
    const [spare] = at < 0 ? [] : this.#spare.splice(at, 1)
    const buffer = spare ?? Buffer.allocUnsafeSlow(Math.max(Math.ceil(length / 8) * 8, maxAtOnce)).buffer
    this.#piece = new Uint8Array(buffer)
    this.#used = 0
    this.#taken.push(buffer)
  }
}
