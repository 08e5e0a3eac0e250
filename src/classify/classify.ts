import { LruCache } from '../lru-cache.ts'
import { type Dialect, sha256 } from '../statement.ts'
import { type Catalog, type CatalogObjects, objectVersion } from './catalog.ts'
import type { Classification, Classifier, NameContext } from './classification.ts'
import { columnName, isContainer } from './column-name.ts'
import { fieldPaths } from './field-paths.ts'
import { JudgeLost, JudgePool } from './judge/judge-pool.ts'
import { notJudged } from './judge/not-judged.ts'
import { longestAsked, noOpinion, type Opinion, objection } from './judge/veto.ts'
import { KnownObjects, sameObjects } from './known-objects.ts'
import { isWildcardTable } from './walk/wildcard-table.ts'

interface ClassifierOptions {
  /** Threads that judge; each holds 100 to 200 MB. */
  readonly workers?: number
  /** For one judgement, milliseconds of processor time. */
  readonly deadlineMs?: number
  /** Judgements remembered. */
  readonly cached?: number
  /** Processor time of each thread, milliseconds, before it takes its first statement: so much more of what they run is compiled by then. */
  readonly warmUpMs?: number
}

/** Objects that are looked up for one statement; beyond it the others stay unknown, so their lineage does. */
const maxObjects = 100
/** Look-ups for one statement: a view's definition tells what to look up next. Views deeper than this are not seen through. */
const maxLookUps = 10
/** For the third parser, milliseconds of its own processor time; after that it counts for nothing. */
const vetoMs = 250
/** For either, milliseconds of any time. */
const stuckMs = 15_000
const mebibyte = 1024 * 1024

/**
 * The second stage's Classifier: a strict gate, two parsers that must agree, one that may object, in worker threads
 * with a deadline. Total: whatever the input, it answers; a judge that is late or dead is `understood: false`.
 */
export function createClassifier(options: ClassifierOptions = {}): PooledClassifier {
  const warmUpMs = options.warmUpMs ?? 150
  const judges = new JudgePool({
    file: new URL('./judge/worker.ts', import.meta.url),
    warmUpMs,
    workers: options.workers ?? 2,
    deadlineMs: options.deadlineMs ?? 1_500,
    stuckMs,
    maxBytes: 256 * mebibyte,
    maxWaiting: 1_000,
  })
  const vetoers = new JudgePool({
    file: new URL('./judge/veto-worker.ts', import.meta.url),
    warmUpMs,
    workers: 1,
    deadlineMs: vetoMs,
    stuckMs,
    maxBytes: 256 * mebibyte,
    maxWaiting: 1_000,
  })
  return new PooledClassifier(judges, vetoers, options.cached ?? 500)
}

/** What is asked of a pool. */
type Judges = Pick<JudgePool, 'run' | 'ready' | 'close'>

/** Asks the judges, and beside them the third parser, which can only object; remembers both. */
export class PooledClassifier implements Classifier {
  private readonly judges: Judges
  private readonly vetoers: Judges
  private readonly judgements: LruCache<Classification>
  private readonly opinions: LruCache<Opinion>
  /** Names of the objects that texts touched. */
  private readonly meant: LruCache<readonly string[]>
  private readonly met = new KnownObjects()
  constructor(judges: Judges, vetoers: Judges, cached: number) {
    this.judges = judges
    this.vetoers = vetoers
    this.judgements = new LruCache(cached)
    this.opinions = new LruCache(cached)
    this.meant = new LruCache(cached)
  }

  async classify(sql: string, dialect: Dialect, context: NameContext, catalog?: Catalog): Promise<Classification> {
    const within = JSON.stringify([dialect, context.database ?? null, context.schema ?? null])
    const text: Text = { sql, dialect, context, key: sha256(`${within}\n${sql}`) }
    const judging = catalog === undefined ? this.judged(text, nothingKnown) : this.within(text, catalog)
    // Both threads begin before this one waits; a judge takes the longer of the two.
    const opinion = this.opinions.get(text.key) ?? this.opinion(text)
    const judgement = await judging
    if (!judgement.harmless) return judgement
    return withVeto(judgement, await opinion)
  }

  /** Resolves when its threads are started and warm: what is asked before waits for that. */
  async ready(): Promise<void> {
    await Promise.all([this.judges.ready(), this.vetoers.ready()])
  }

  async close(): Promise<void> {
    await Promise.all([this.judges.close(), this.vetoers.close()])
  }

  /**
   * Which objects a text means is known only when it was judged, and what they are decides what it means: so it is judged with
   * what those that it seems to name, or meant the last time, were then, and anew where that was not what the catalog says now.
   */
  private async within(text: Text, catalog: Catalog): Promise<Classification> {
    const meant = this.meant.get(text.key)
    const guess = meant === undefined ? this.met.namedIn(text.sql) : this.met.of(meant)
    const first = await this.judged(text, guess)
    const now = await lookUp(catalog, first)
    this.met.remember(now)
    if (sameObjects(guess, now, touched(first))) {
      if (meant === undefined) this.remember(text, first, now)
      return withSchema(first, now)
    }
    const blind = guess.size === 0 ? first : await this.judged(text, nothingKnown)
    return this.step(text, catalog, blind, nothingKnown, maxLookUps)
  }

  /** Looks up what the judgement touches, and judges again with that, until nothing new turns up. */
  private async step(
    text: Text,
    catalog: Catalog,
    judgement: Classification,
    known: CatalogObjects,
    steps: number,
  ): Promise<Classification> {
    const found = new Map([...known, ...(await lookUp(catalog, judgement))])
    this.met.remember(found)
    if (found.size === known.size || steps === 0) {
      this.remember(text, judgement, known)
      return withSchema(judgement, known)
    }
    return this.step(text, catalog, await this.judged(text, found), found, steps - 1)
  }

  private async judged(text: Text, catalog: CatalogObjects): Promise<Classification> {
    const { sql, dialect, context } = text
    const key = keyOf(text, catalog)
    const known = this.judgements.get(key)
    if (known !== undefined) return known
    try {
      const judgement = (await this.judges.run({ sql, dialect, context, catalog })) as Classification
      this.judgements.set(key, judgement)
      return judgement
    } catch (error) {
      const cause = error instanceof JudgeLost ? error.message : 'The judge failed on this text.'
      return notJudged(dialect, cause, `could not be judged: ${cause}`)
    }
  }

  /** So that the next time it is judged with what it means, and nothing besides. */
  private remember(text: Text, judgement: Classification, known: CatalogObjects): void {
    this.meant.set(text.key, touched(judgement))
    this.judgements.set(keyOf(text, known), judgement)
  }

  /** The third parser's opinion on a short text; none where it is late or cannot read it. Not heard, it is asked again next time. */
  private async opinion({ sql, dialect, key }: Text): Promise<Opinion> {
    if (sql.length > longestAsked) return noOpinion
    try {
      const opinion = (await this.vetoers.run({ sql, dialect })) as Opinion
      this.opinions.set(key, opinion)
      return opinion
    } catch (error) {
      if (error instanceof JudgeLost && error.slow) this.opinions.set(key, noOpinion)
      return noOpinion
    }
  }
}

/** What is judged, and a key of its exact characters, dialect and context. */
interface Text {
  readonly sql: string
  readonly dialect: Dialect
  readonly context: NameContext
  readonly key: string
}

const nothingKnown: CatalogObjects = new Map()

/** Of a text as it is judged with these objects: their versions change with all that a judgement rests on. */
function keyOf({ key }: Text, catalog: CatalogObjects): string {
  if (catalog.size === 0) return key
  return key + JSON.stringify([...catalog].map(([name, object]) => [name, objectVersion(object)]))
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

const touched = ({ reads, writes }: Pick<Classification, 'reads' | 'writes'>): readonly string[] => [
  ...new Set([...reads, ...writes]),
]

/** What the catalog knows of what is touched; nothing where it cannot be asked. */
async function lookUp(catalog: Catalog, judgement: Classification): Promise<CatalogObjects> {
  const writes = judgement.writes.filter(name => !isContainer(name))
  const wanted = touched({ reads: judgement.reads, writes }).filter(name => !name.startsWith('@'))
  return catalog.objects(wanted.slice(0, maxObjects)).catch(() => nothingKnown)
}

const told = new WeakMap<Classification, { readonly known: CatalogObjects; readonly answer: Classification }>()

/** The same as long as both are: half of what it takes to answer from memory. */
function withSchema(judgement: Classification, known: CatalogObjects): Classification {
  const last = told.get(judgement)
  if (last?.known.size === known.size && [...known].every(([name, object]) => last.known.get(name) === object)) {
    return last.answer
  }
  const answer = addSchema(judgement, known)
  told.set(judgement, { known, answer })
  return answer
}

function addSchema(judgement: Classification, known: CatalogObjects): Classification {
  const versions = touched(judgement).flatMap(name => {
    const object = known.get(name)
    return object === undefined ? [] : [[name, objectVersion(object)] as const]
  })
  const tableRows = largestTable(judgement, known)
  const fields = fieldPaths(judgement, known)
  return {
    ...judgement,
    schema: Object.fromEntries(versions),
    tags: tagsOf(touched(judgement), known),
    ...(fields ? { fields } : {}),
    ...(tableRows === undefined ? {} : { tableRows }),
  }
}

/** What a view stands for is touched as well, unless it was not seen through. Of a wildcard, the catalog tells of one table. */
function largestTable(judgement: Classification, known: CatalogObjects): number | undefined {
  if (!judgement.understood || judgement.hazards.includes('view')) return undefined
  const tables = touched(judgement).filter(name => !name.startsWith('@') && known.get(name)?.kind !== 'view')
  const counts = tables.flatMap(name => (isWildcardTable(name) ? [] : (known.get(name)?.rows ?? [])))
  return counts.length === tables.length ? Math.max(0, ...counts) : undefined
}

function tagsOf(names: readonly string[], known: CatalogObjects): NonNullable<Classification['tags']> {
  const tables = names.filter(name => !name.startsWith('@'))
  return Object.fromEntries(
    tables.flatMap((name): (readonly [string, readonly string[] | null])[] => {
      const tags = known.get(name)?.tags
      if (tags === undefined) return [[`${name}.*`, null]]
      return Object.entries(tags).map(([column, list]) => [columnName(name, column), list])
    }),
  )
}
