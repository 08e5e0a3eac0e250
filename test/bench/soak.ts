import type { Catalog } from '#src/classify/catalog.ts'
import type { NameContext } from '#src/classify/classification.ts'
import { createClassifier } from '#src/classify/classify.ts'
import type { Dialect } from '#src/statement.ts'
import { catalogOf, type Labelled, type LineageLabelled, readCorpus } from '#test/classify/corpus.ts'
import { Random } from '#test/fuzz/random.ts'
import { writeQuery, writtenCatalog, writtenContext } from '#test/fuzz/written-query.ts'

/** Statements judged at once: as many as there are judges. */
const atOnce = 2
const mebibyte = 1024 * 1024

interface Judged {
  readonly sql: string
  readonly dialect: Dialect
  readonly context: NameContext
  readonly catalog: Catalog | undefined
}

/**
 * Judges as many different statements as it is told to, each with its tables' columns, and says at each tenth what memory the
 * process holds and how many judges were replaced: a gateway runs for months. The statements are those of the files again and
 * again, with other values in them; without a file they are written by rule.
 */
export async function soak(statements: number, files: readonly string[]): Promise<void> {
  const nth = files.length > 0 ? repeated(files) : written()
  const classifier = createClassifier()
  /** Two judges and the third parser. */
  const started = 3
  let workers = 0
  process.on('worker', () => {
    workers += 1
  })
  console.log(
    `${'statements'.padStart(12)}${'harmless'.padStart(12)}${'a second'.padStart(12)}${'RSS MiB'.padStart(12)}${'replaced'.padStart(12)}`,
  )
  let [done, harmless] = [0, 0]
  const since = performance.now()
  const lane = async () => {
    while (done < statements) {
      done += 1
      const at = done
      const { sql, dialect, context, catalog } = nth(at)
      const answer = await classifier.classify(sql, dialect, context, catalog)
      if (answer.harmless) harmless += 1
      if (at % Math.ceil(statements / 10) === 0) print(at)
    }
  }
  const print = (at: number) => {
    const rate = Math.round(at / ((performance.now() - since) / 1_000))
    const cells = [at, harmless, rate, Math.round(process.memoryUsage.rss() / mebibyte), workers - started]
    console.log(cells.map(cell => String(cell).padStart(12)).join(''))
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  await classifier.close()
}

function written(): (at: number) => Judged {
  const random = new Random(1)
  const known = { snowflake: writtenCatalog('snowflake'), bigquery: writtenCatalog('bigquery') }
  return at => {
    const dialect = random.pick(['snowflake', 'bigquery'] as const)
    const sql = `${writeQuery(random, dialect).pieces.join(' ')} limit ${at}`
    const objects = async (names: readonly string[]) =>
      new Map([...known[dialect]].filter(([name]) => names.includes(name)))
    return { sql, dialect, context: writtenContext[dialect], catalog: { objects } }
  }
}

/** Each statement of the files in turn, its strings ending in a number that no other has, as does the text. */
function repeated(files: readonly string[]): (at: number) => Judged {
  const items = files.flatMap(file => readCorpus<Labelled & Partial<LineageLabelled>>(file))
  const known = items.map(({ dialect, schema }) => schema && catalogOf(dialect, schema))
  return at => {
    const turn = at % items.length
    const { sql, dialect } = items[turn] as Labelled
    const varied = sql.replaceAll(/'(\w+)'/g, `'$1 ${at}'`)
    return { sql: `${varied}\n-- ${at}`, dialect, context: {}, catalog: known[turn] }
  }
}
