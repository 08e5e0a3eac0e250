const mostAtOnce = 64 * 1024

/** Memory to be written once, in parts of larger pieces: asking for each part alone takes three times as long. */
export class FreshBytes {
  #piece: ArrayBufferLike = new ArrayBuffer(0)
  #taken = 0

  /** So many numbers of 64 bits. Not zeroed: whoever takes them writes all of them. */
  longs(count: number): BigInt64Array {
    const length = 8 * count
    if (length > this.#piece.byteLength - this.#taken) {
      this.#piece = Buffer.allocUnsafeSlow(Math.max(length, mostAtOnce)).buffer
      this.#taken = 0
    }
    const longs = new BigInt64Array(this.#piece, this.#taken, count)
    this.#taken += length
    return longs
  }
}
