const mebibyte = 1024 * 1024
/** Of the places that are kept: how many, for as many pages at a time, and in bytes each at most. */
const most = 2
const largest = 16 * mebibyte

/**
 * Places that pieces are put together in, and that are used again: taking memory anew takes longer than filling it, and the engine
 * gives back late what is dropped.
 */
export class SparePlaces {
  #spare: Uint8Array[] = []

  /** `work` may use the bytes until it has resolved. Where it rejects, nobody knows who still reads the place: it is not used again. */
  async joined<T>(pieces: readonly Uint8Array[], work: (bytes: Uint8Array) => Promise<T>): Promise<T> {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    const place = this.#take(length)
    let at = 0
    for (const piece of pieces) {
      place.set(piece, at)
      at += piece.length
    }
    const done = await work(place.subarray(0, length))
    this.#keep(place)
    return done
  }

  #take(length: number): Uint8Array {
    const place = this.#spare.find(each => each.length >= length)
    if (!place) return Buffer.allocUnsafeSlow(Math.ceil(length / mebibyte) * mebibyte)
    this.#spare = this.#spare.filter(each => each !== place)
    return place
  }

  #keep(place: Uint8Array): void {
    if (place.length > largest) return
    const spare = [...this.#spare, place].sort((one, other) => one.length - other.length)
    this.#spare = spare.slice(-most)
  }
}
