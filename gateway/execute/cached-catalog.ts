import type { CatalogObject, CatalogObjects } from '#src/classify/catalog.ts'
import { type Clock, systemClock } from '#src/clock.ts'
import type { WarehouseCatalog } from '#src/execute/warehouse.ts'
import { LruCache } from '#src/lru-cache.ts'

/** Asks the warehouse, as the reader role. What it may not see, or is not there, is left out; rejects where nobody could be asked. */
type LookUp = (names: readonly string[]) => Promise<CatalogObjects>

interface Kept {
  readonly at: number
  readonly object: Promise<CatalogObject | undefined>
}

const keptMilliseconds = 5 * 60_000
const maxObjects = 10_000

/** Looks an object up once in five minutes. What is not found or fails is not known, and asked again the next time. */
export class CachedCatalog implements WarehouseCatalog {
  readonly #lookUp: LookUp
  readonly #clock: Clock
  readonly #kept = new LruCache<Kept>(maxObjects)

  constructor(lookUp: LookUp, clock: Clock = systemClock) {
    this.#lookUp = lookUp
    this.#clock = clock
  }

  async objects(names: readonly string[]): Promise<CatalogObjects> {
    const since = this.#clock.now() - keptMilliseconds
    const missing = names.filter(name => (this.#kept.get(name)?.at ?? Number.NEGATIVE_INFINITY) <= since)
    if (missing.length > 0) this.#ask(missing)
    const found = await Promise.all(names.map(async name => [name, await this.#kept.get(name)?.object] as const))
    return new Map(found.flatMap(([name, object]) => (object === undefined ? [] : [[name, object] as const])))
  }

  async fresh(names: readonly string[]): Promise<CatalogObjects> {
    if (names.length > 0) this.#ask(names)
    return this.objects(names)
  }

  forget(names: readonly string[]): void {
    const beginnings = names.filter(name => name.endsWith('*')).map(name => name.replace(/[.*]+$/, ''))
    for (const [kept] of [...this.#kept])
      if (names.includes(kept) || beginnings.some(beginning => kept.startsWith(beginning))) this.#kept.delete(kept)
  }

  #ask(names: readonly string[]): void {
    const at = this.#clock.now()
    const answer = this.#lookUp(names)
    for (const name of names) {
      const object = answer.then(objects => objects.get(name))
      const kept = { at, object }
      const forget = () => {
        if (this.#kept.get(name) === kept) this.#kept.delete(name)
      }
      object.then(found => found ?? forget(), forget)
      this.#kept.set(name, kept)
    }
  }
}
