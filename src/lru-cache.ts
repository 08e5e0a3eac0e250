/** A map that forgets what was not used for longest. */
export class LruCache<T> {
  private readonly entries = new Map<string, T>()
  private readonly size: number
  constructor(size: number) {
    this.size = size
  }

  get(key: string): T | undefined {
    const value = this.entries.get(key)
    if (value === undefined) return undefined
    this.entries.delete(key)
    this.entries.set(key, value)
    return value
  }

  set(key: string, value: T): void {
    this.entries.delete(key)
    this.entries.set(key, value)
    const oldest = this.entries.keys().next()
    if (this.entries.size > this.size && !oldest.done) this.entries.delete(oldest.value)
  }

  /** Those not used for longest come first. Looking at them so is no use of them. */
  [Symbol.iterator](): Iterator<[key: string, value: T]> {
    return this.entries[Symbol.iterator]()
  }

  delete(key: string): void {
    this.entries.delete(key)
  }
}
