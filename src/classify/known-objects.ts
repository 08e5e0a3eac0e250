import { LruCache } from '../lru-cache.ts'
import { type CatalogObject, type CatalogObjects, objectVersion } from './catalog.ts'

const maxObjects = 200

/** Objects as they were when they were last looked up: a guess at what the next text needs, never a fact. */
export class KnownObjects {
  readonly #objects = new LruCache<{ readonly word: string; readonly object: CatalogObject }>(maxObjects)

  remember(objects: CatalogObjects): void {
    for (const [name, object] of objects) {
      const known = this.#objects.get(name)
      const word = known?.word ?? name.slice(name.lastIndexOf('.') + 1).toLowerCase()
      this.#objects.set(name, known?.object === object ? known : { word, object })
    }
  }

  /** Those of these names. */
  of(names: readonly string[]): CatalogObjects {
    return new Map(
      names.flatMap(name => {
        const known = this.#objects.get(name)
        return known === undefined ? [] : [[name, known.object] as const]
      }),
    )
  }

  /** Those whose last part stands somewhere in the text, in whatever sense, or in the definition of such a view. */
  namedIn(sql: string): CatalogObjects {
    const named = new Map<string, CatalogObject>()
    const texts = [sql.toLowerCase()]
    for (const text of texts) {
      for (const [name, { word, object }] of this.#objects) {
        if (named.has(name) || !text.includes(word)) continue
        named.set(name, object)
        if (object.definition !== undefined) texts.push(object.definition.toLowerCase())
      }
    }
    return named
  }
}

/** Whether the guess was right for every object that was touched: as the catalog says, or unknown to both. */
export function sameObjects(guess: CatalogObjects, objects: CatalogObjects, touched: readonly string[]): boolean {
  return touched.every(name => {
    const [guessed, known] = [guess.get(name), objects.get(name)]
    return (
      guessed === known ||
      (guessed !== undefined && known !== undefined && objectVersion(guessed) === objectVersion(known))
    )
  })
}
