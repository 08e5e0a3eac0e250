import type { Classification } from '#src/classify/classification.ts'
import { type Clock, systemClock } from '#src/clock.ts'
import type { Estimate } from '#src/decide/decision.ts'
import { LruCache } from '#src/lru-cache.ts'
import { canonicalJson, type Statement, sha256 } from '#src/statement.ts'

type Estimates = (statement: Statement, classification: Classification) => Promise<Estimate>

const keptMilliseconds = 5 * 60_000
const maxKept = 2_000

/**
 * Which tables the warehouse reads for a statement, asked once in five minutes for the same text, values and names, over
 * objects that are still the same. Values count: the optimizer leaves a table out where they make its condition false.
 */
export class KnownReadings {
  readonly #estimate: Estimates
  readonly #clock: Clock
  readonly #kept = new LruCache<{ readonly at: number; readonly tables: Promise<Estimate['tables']> }>(maxKept)

  constructor(estimate: Estimates, clock: Clock = systemClock) {
    this.#estimate = estimate
    this.#clock = clock
  }

  tables(statement: Statement, classification: Classification): Promise<Estimate['tables']> {
    const { sql, binds, database = null, schema = null, parameters } = statement
    const key = sha256(canonicalJson([sql, binds, database, schema, parameters, classification.schema ?? null]))
    const at = this.#clock.now()
    const kept = this.#kept.get(key)
    if (kept && at - kept.at < keptMilliseconds) return kept.tables
    const tables = this.#estimate(statement, classification).then(estimate => estimate.tables)
    const forget = () => this.#kept.delete(key)
    tables.then(known => known ?? forget(), forget)
    this.#kept.set(key, { at, tables })
    return tables
  }
}
