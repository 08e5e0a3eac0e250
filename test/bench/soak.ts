import { createClassifier } from '#src/classify/classify.ts'
import { Random } from '#test/fuzz/random.ts'
import { writeQuery, writtenCatalog, writtenContext } from '#test/fuzz/written-query.ts'

/** Statements judged at once: as many as there are judges. */
const atOnce = 2
const mebibyte = 1024 * 1024

/**
 * Judges as many different statements as it is told to, each with its tables' columns, and says at each tenth what memory the
 * process holds and how many judges were replaced: a gateway runs for months.
 */
export async function soak(statements: number): Promise<void> {
  const random = new Random(1)
  const classifier = createClassifier()
  const catalogs = { snowflake: writtenCatalog('snowflake'), bigquery: writtenCatalog('bigquery') }
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
      const dialect = random.pick(['snowflake', 'bigquery'] as const)
      const sql = `${writeQuery(random, dialect).pieces.join(' ')} limit ${at}`
      const known = catalogs[dialect]
      const catalog = {
        objects: async (names: readonly string[]) => new Map([...known].filter(([name]) => names.includes(name))),
      }
      const answer = await classifier.classify(sql, dialect, writtenContext[dialect], catalog)
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
