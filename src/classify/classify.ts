import { canonicalJson, type Dialect, sha256 } from '../statement.ts'
import type { Catalog, Classification, Classifier, NameContext } from './classification.ts'
import { shorten } from './describe.ts'
import { type GateStatement, gate } from './gate.ts'
import { JudgeLost, JudgePool } from './judge-pool.ts'
import { LruCache } from './lru-cache.ts'
import { isWorthAsking, type Opinion, objection } from './veto.ts'

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
/** For the third parser, milliseconds; after that it counts for nothing. */
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
    deadlineMs: vetoMs,
    maxBytes: 256 * mebibyte,
    maxWaiting: 8,
  })
  return new PooledClassifier(judges, vetoers, new LruCache(options.cached ?? 500))
}

class PooledClassifier implements Classifier {
  private readonly judges: JudgePool
  private readonly vetoers: JudgePool
  private readonly cache: LruCache<Classification>
  constructor(judges: JudgePool, vetoers: JudgePool, cache: LruCache<Classification>) {
    this.judges = judges
    this.vetoers = vetoers
    this.cache = cache
  }

  async classify(sql: string, dialect: Dialect, context: NameContext, catalog?: Catalog): Promise<Classification> {
    const blind = await this.judged(sql, dialect, context, new Map())
    if (catalog === undefined) return blind
    const columns = await lookUp(catalog, [...blind.reads, ...blind.writes])
    return columns.size === 0 ? blind : this.judged(sql, dialect, context, columns)
  }

  async close(): Promise<void> {
    await Promise.all([this.judges.close(), this.vetoers.close()])
  }

  private async judged(sql: string, dialect: Dialect, context: NameContext, columns: Columns): Promise<Classification> {
    const key = sha256(canonicalJson([dialect, context.database ?? null, context.schema ?? null, sql, [...columns]]))
    const known = this.cache.get(key)
    if (known !== undefined) return known
    try {
      const [judgement, veto] = await Promise.all([
        this.judges.run({ sql, dialect, context, catalog: columns }) as Promise<Classification>,
        columns.size === 0 ? this.opinion(sql, dialect) : undefined,
      ])
      const classification = veto === undefined ? judgement : withVeto(judgement, veto)
      this.cache.set(key, classification)
      return classification
    } catch (error) {
      return lost(dialect, error instanceof JudgeLost ? error.message : 'The judge failed on this text.')
    }
  }

  /** The third parser's opinion on one short statement; nothing where it is busy, late or cannot read it. */
  private async opinion(sql: string, dialect: Dialect): Promise<Veto | undefined> {
    if (sql.length > 8_000 || !this.vetoers.idle) return undefined
    const passage = gate(sql, dialect)
    const statement = passage.passed && passage.statements.length === 1 ? passage.statements[0] : undefined
    if (statement === undefined || !isWorthAsking(statement)) return undefined
    try {
      return { statement, opinion: (await this.vetoers.run({ text: statement.text, dialect })) as Opinion }
    } catch {
      return undefined
    }
  }
}

type Columns = Map<string, Readonly<Record<string, string>>>

interface Veto {
  readonly statement: GateStatement
  readonly opinion: Opinion
}

function withVeto(judgement: Classification, veto: Veto): Classification {
  if (!judgement.harmless) return judgement
  const cause = objection(judgement, veto.statement, veto.opinion)
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
