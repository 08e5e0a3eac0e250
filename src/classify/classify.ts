import { type Dialect, sha256 } from '../statement.ts'
import type { Catalog, Classification, Classifier, NameContext } from './classification.ts'
import { shorten } from './describe.ts'
import { JudgeLost, JudgePool } from './judge-pool.ts'
import { type Columns, KnownTables, sameColumns } from './known-tables.ts'
import { LruCache } from './lru-cache.ts'
import { longestAsked, noOpinion, type Opinion, objection } from './veto.ts'

export interface ClassifierOptions {
  /** Threads that judge; each holds 100 to 200 MB. */
  readonly workers?: number
  /** For one judgement, milliseconds. */
  readonly deadlineMs?: number
  /** Judgements remembered. */
  readonly cached?: number
}

/** Tables whose columns are asked for one statement; beyond it the others stay unknown, so their lineage does. */
const maxTables = 100
/** How much longer than for the judgement the third parser is waited for, milliseconds; after that it counts for nothing. */
const vetoMs = 60
const mebibyte = 1024 * 1024

/**
 * The second stage's Classifier: a strict gate, two parsers that must agree, one that may object, in worker threads
 * with a deadline. Total: whatever the input, it answers; a judge that is late or dead is `understood: false`.
 */
export function createClassifier(options: ClassifierOptions = {}): Classifier {
  const judges = new JudgePool({
    file: new URL('./worker.ts', import.meta.url),
    workers: options.workers ?? 2,
    deadlineMs: options.deadlineMs ?? 2_000,
    maxBytes: 256 * mebibyte,
    maxWaiting: 1_000,
  })
  const vetoers = new JudgePool({
    file: new URL('./veto-worker.ts', import.meta.url),
    workers: 1,
    // Replaced later than given up: starting anew costs more than most of what is late.
    deadlineMs: 500,
    maxBytes: 256 * mebibyte,
    maxWaiting: 1_000,
  })
  return new PooledClassifier(judges, vetoers, options.cached ?? 500)
}

/** What is asked of a pool. */
type Judges = Pick<JudgePool, 'run' | 'close'>

/** Asks the judges, and beside them the third parser, which can only object; remembers both. */
export class PooledClassifier implements Classifier {
  private readonly judges: Judges
  private readonly vetoers: Judges
  private readonly judgements: LruCache<Classification>
  private readonly opinions: LruCache<Opinion>
  private readonly tables = new KnownTables()
  constructor(judges: Judges, vetoers: Judges, cached: number) {
    this.judges = judges
    this.vetoers = vetoers
    this.judgements = new LruCache(cached)
    this.opinions = new LruCache(cached)
  }

  async classify(sql: string, dialect: Dialect, context: NameContext, catalog?: Catalog): Promise<Classification> {
    const text: Text = { sql, dialect, context, key: sha256(JSON.stringify([dialect, sql])) }
    const opinion = this.opinions.get(text.key) ?? this.opinion(text)
    const judgement = catalog === undefined ? await this.judged(text, unknownColumns) : await this.within(text, catalog)
    if (!judgement.harmless) return judgement
    return withVeto(judgement, opinion instanceof Promise ? await inTime(opinion) : opinion)
  }

  async close(): Promise<void> {
    await Promise.all([this.judges.close(), this.vetoers.close()])
  }

  /**
   * Which tables a text means is known only when it was judged, and their columns decide what it means: so it is judged with
   * the columns that tables it seems to name had the last time, and anew where that was not what the catalog says now.
   */
  private async within(text: Text, catalog: Catalog): Promise<Classification> {
    const guess = this.tables.namedIn(text.sql)
    const first = await this.judged(text, guess)
    const touched = [...first.reads, ...first.writes]
    const columns = await lookUp(catalog, touched)
    this.tables.remember(columns)
    if (sameColumns(guess, columns, touched)) return first
    const blind = guess.size === 0 ? first : await this.judged(text, unknownColumns)
    const known = guess.size === 0 ? columns : await lookUp(catalog, [...blind.reads, ...blind.writes])
    this.tables.remember(known)
    return known.size === 0 ? blind : this.judged(text, known)
  }

  private async judged(text: Text, columns: Columns): Promise<Classification> {
    const { sql, dialect, context } = text
    // The order of the columns is part of what is judged: `*` means them in this order.
    const within = JSON.stringify([context.database ?? null, context.schema ?? null, ...columns])
    const key = columns.size === 0 ? text.key + within : sha256(text.key + within)
    const known = this.judgements.get(key)
    if (known !== undefined) return known
    try {
      const judgement = (await this.judges.run({ sql, dialect, context, catalog: columns })) as Classification
      this.judgements.set(key, judgement)
      return judgement
    } catch (error) {
      return lost(dialect, error instanceof JudgeLost ? error.message : 'The judge failed on this text.')
    }
  }

  /** The third parser's opinion on a short text; none where it is late or cannot read it. */
  private async opinion({ sql, dialect, key }: Text): Promise<Opinion> {
    if (sql.length > longestAsked) return noOpinion
    const opinion = await this.vetoers.run({ sql, dialect }).then(
      answer => answer as Opinion,
      () => noOpinion,
    )
    this.opinions.set(key, opinion)
    return opinion
  }
}

/** What is judged, and a key of its exact characters and dialect. */
interface Text {
  readonly sql: string
  readonly dialect: Dialect
  readonly context: NameContext
  readonly key: string
}

const unknownColumns: Columns = new Map()

/** The opinion, or none where it is not there in time. */
async function inTime(opinion: Promise<Opinion>): Promise<Opinion> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Opinion>(resolve => {
    timer = setTimeout(() => resolve(noOpinion), vetoMs)
  })
  const first = await Promise.race([opinion, late])
  clearTimeout(timer)
  return first
}

function withVeto(judgement: Classification, opinion: Opinion): Classification {
  const cause = objection(judgement, opinion)
  if (cause === undefined) return judgement
  return {
    ...judgement,
    understood: false,
    harmless: false,
    cause: `Not sure: ${cause}.`,
    hazards: [...judgement.hazards, 'not_understood'],
  }
}

/** The columns of the tables that the catalog knows; one that it cannot be asked about is not known. */
async function lookUp(catalog: Catalog, tables: readonly string[]): Promise<Columns> {
  const wanted = [...new Set(tables)].filter(table => !table.startsWith('@')).slice(0, maxTables)
  const found = await Promise.all(
    wanted.map(async table => {
      try {
        return [table, await catalog.columns(table)] as const
      } catch {
        return [table, undefined] as const
      }
    }),
  )
  const columns: Columns = new Map()
  for (const [table, known] of found) if (known !== undefined) columns.set(table, known)
  return columns
}

function lost(dialect: Dialect, cause: string): Classification {
  return {
    dialect,
    understood: false,
    cause,
    statements: 0,
    kind: 'other',
    kinds: [],
    reads: [],
    writes: [],
    outputs: null,
    filters: [],
    hazards: ['not_understood'],
    harmless: false,
    gate: { ambiguous: false },
    summary: shorten(`could not be judged: ${cause}`),
  }
}
