import { type Clock, systemClock } from '#src/clock.ts'
import { asGatewayError } from '#src/errors.ts'
import type { WarehouseCatalog } from '#src/execute/warehouse.ts'

/** One object of the warehouse, as the reader role sees it. */
export interface TableFacts {
  /** False for views of every kind, external tables and whatever else is not a table of its own. */
  readonly base: boolean
  readonly columns: readonly (readonly [name: string, type: string])[]
}

const keptMilliseconds = 5 * 60_000
const maxTables = 10_000

/** Looks an object up once in five minutes. What is not found or fails is not known, and asked again the next time. */
export class CachedTables implements WarehouseCatalog {
  readonly #lookUp: (table: string) => Promise<TableFacts | undefined>
  readonly #clock: Clock
  readonly #kept = new Map<string, { readonly at: number; readonly facts: Promise<TableFacts | undefined> }>()

  constructor(lookUp: (table: string) => Promise<TableFacts | undefined>, clock: Clock = systemClock) {
    this.#lookUp = lookUp
    this.#clock = clock
  }

  async columns(table: string): Promise<Readonly<Record<string, string>> | undefined> {
    const facts = await this.#facts(table).catch(() => undefined)
    return facts && Object.fromEntries(facts.columns)
  }

  async isBaseTable(table: string): Promise<boolean> {
    return (await this.#facts(table))?.base ?? false
  }

  async #facts(table: string): Promise<TableFacts | undefined> {
    const now = this.#clock.now()
    const kept = this.#kept.get(table)
    if (kept && now - kept.at < keptMilliseconds) return kept.facts
    const facts = this.#find(table)
    this.#keep(table, { at: now, facts })
    const found = await facts.catch((error: unknown) => {
      this.#kept.delete(table)
      throw error
    })
    if (!found) this.#kept.delete(table)
    return found
  }

  #keep(table: string, entry: { readonly at: number; readonly facts: Promise<TableFacts | undefined> }): void {
    this.#kept.delete(table)
    this.#kept.set(table, entry)
    const oldest = this.#kept.keys().next().value
    if (this.#kept.size > maxTables && oldest !== undefined) this.#kept.delete(oldest)
  }

  /** What the reader may not see, or is not there, is not known; a warehouse that cannot be asked is an error. */
  async #find(table: string): Promise<TableFacts | undefined> {
    try {
      const found = await this.#lookUp(table)
      return found && found.columns.length > 0 ? found : undefined
    } catch (error) {
      const { code } = asGatewayError(error)
      if (code === 'warehouse_unavailable' || code === 'mint_failed') throw error
      return undefined
    }
  }
}
