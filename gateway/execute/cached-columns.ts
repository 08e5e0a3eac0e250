import type { Catalog } from '#src/classify/classification.ts'
import { type Clock, systemClock } from '#src/clock.ts'

type Columns = Readonly<Record<string, string>>

const keptMilliseconds = 5 * 60_000
const maxTables = 10_000

/** Looks a table up once in five minutes. What is not found or fails is not known, and asked again the next time. */
export class CachedColumns implements Catalog {
  readonly #lookUp: (table: string) => Promise<readonly (readonly [string, string])[] | undefined>
  readonly #clock: Clock
  readonly #kept = new Map<string, { readonly at: number; readonly columns: Promise<Columns | undefined> }>()

  constructor(
    lookUp: (table: string) => Promise<readonly (readonly [string, string])[] | undefined>,
    clock: Clock = systemClock,
  ) {
    this.#lookUp = lookUp
    this.#clock = clock
  }

  async columns(table: string): Promise<Columns | undefined> {
    const now = this.#clock.now()
    const kept = this.#kept.get(table)
    if (kept && now - kept.at < keptMilliseconds) return kept.columns
    const columns = this.#find(table)
    this.#kept.delete(table)
    this.#kept.set(table, { at: now, columns })
    const oldest = this.#kept.keys().next().value
    if (this.#kept.size > maxTables && oldest !== undefined) this.#kept.delete(oldest)
    const found = await columns
    if (!found) this.#kept.delete(table)
    return found
  }

  async #find(table: string): Promise<Columns | undefined> {
    try {
      const found = await this.#lookUp(table)
      return found && found.length > 0 ? Object.fromEntries(found) : undefined
    } catch {
      return undefined
    }
  }
}
