/**
 * Makes what clients need one after the other, from now on: the next is installed and built while one that is there is played.
 * What is asked for twice is made once.
 */
export class PrepareAhead {
  readonly #made = new Map<() => Promise<unknown>, Promise<unknown>>()
  #last: Promise<unknown> = Promise.resolve()

  add<T>(make: () => Promise<T>): Promise<T> {
    // The same function promises the same.
    if (this.#made.has(make)) return this.#made.get(make) as Promise<T>
    const made = this.#last.then(make)
    this.#made.set(make, made)
    // Whoever waits for it hears why it failed.
    this.#last = made.catch(() => {})
    return made
  }
}
