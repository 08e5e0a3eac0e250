import { availableParallelism } from 'node:os'
import { LruCache } from '../lru-cache.ts'
import { type Dialect, sha256 } from '../statement.ts'
import type { Classification, Classifier } from './classification.ts'
import { createClassifier } from './classify.ts'
import { GivenCatalog, type TableColumns } from './given-catalog.ts'
import { warmUpQueries } from './judge/warm-up-queries.ts'

/** One line of the input: a statement and, where lineage is asked for, its tables' columns by name and type. */
interface BatchItem {
  readonly id: unknown
  readonly dialect: Dialect
  readonly sql: string
  readonly schema: TableColumns
}

/**
 * Statements judged at once: each keeps two threads busy, and there are two judges. More would only wait for one
 * another, and their wait would look like time that judging takes.
 */
const atOnce = Math.min(2, Math.max(1, Math.floor(availableParallelism() / 2)))

/** Many statements follow, and each shall take no longer than the others. */
const warmUpMs = 2_500

/**
 * Judges JSON Lines `{id, dialect, sql, schema?}` and writes one JSON line for each, in the same order. Names resolve
 * without a session context; Snowflake's unquoted names are upper case, those of the schema as well, so its sources read
 * `CUSTOMERS.SSN`. `ms` is how long the judgement took as its caller sees it, with judges that are up: no line waits for them to
 * start, or for another line.
 */
export async function explainBatch(
  input: AsyncIterable<string>,
  write: (line: string) => Promise<void> | void,
): Promise<void> {
  const classifier = createClassifier({ warmUpMs, workers: atOnce })
  const catalogs = new GivenCatalogs()
  const running: Promise<string>[] = []
  try {
    await classifier.ready()
    await warmUpCaller(classifier)
    for await (const line of input) {
      if (line.trim() === '') continue
      running.push(judgedLine(classifier, catalogs, line))
      if (running.length >= atOnce) await writeNext(running, write)
    }
    while (running.length > 0) await writeNext(running, write)
  } finally {
    await classifier.close()
  }
}

/** What this thread does of a judgement is compiled before the first line as well. */
async function warmUpCaller(classifier: Classifier): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    for (const [dialect, sql] of warmUpQueries)
      await classifier.classify(`${sql} offset ${round}`, dialect, {}, new GivenCatalog(dialect, {}))
  }
}

async function writeNext(running: Promise<string>[], write: (line: string) => Promise<void> | void): Promise<void> {
  const line = await running.shift()
  if (line !== undefined) await write(line)
}

/** Schemas are remembered as a gateway's catalog remembers its tables: many lines are about the same ones. */
class GivenCatalogs {
  private readonly known = new LruCache<GivenCatalog>(100)

  of({ dialect, schema }: BatchItem): GivenCatalog {
    const key = sha256(JSON.stringify([dialect, schema]))
    const catalog = this.known.get(key) ?? new GivenCatalog(dialect, schema)
    this.known.set(key, catalog)
    return catalog
  }
}

async function judgedLine(classifier: Classifier, catalogs: GivenCatalogs, line: string): Promise<string> {
  const item = parseItem(line)
  if (!('sql' in item))
    return JSON.stringify({ ...item, understood: false, cause: 'The line is no {id, dialect, sql}.', harmless: false })
  const catalog = catalogs.of(item)
  const started = performance.now()
  const judgement = await classifier.classify(item.sql, item.dialect, {}, catalog)
  const ms = Math.round((performance.now() - started) * 1000) / 1000
  return JSON.stringify(answer(item.id, judgement, ms))
}

function answer(id: unknown, judgement: Classification, ms: number): object {
  const { understood, cause, statements, kind, kinds, reads, writes, outputs, filters, hazards, harmless, gate } =
    judgement
  return {
    id,
    understood,
    ...(cause === undefined ? {} : { cause }),
    statements,
    kind,
    kinds,
    reads,
    writes,
    outputs: outputs?.map(({ name, sources, indirect }) => ({ name, sources, indirect })) ?? null,
    filters,
    hazards,
    harmless,
    gate,
    ms,
  }
}

/** What is no statement is answered under its id, where it has one. */
function parseItem(line: string): BatchItem | Pick<BatchItem, 'id'> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { id: null }
  }
  if (typeof value !== 'object' || value === null) return { id: null }
  const { id = null, dialect, sql, schema } = value as Record<string, unknown>
  if (typeof sql !== 'string' || (dialect !== 'snowflake' && dialect !== 'bigquery')) return { id }
  const tables = typeof schema === 'object' && schema !== null ? (schema as BatchItem['schema']) : {}
  return { id, dialect, sql, schema: tables }
}
