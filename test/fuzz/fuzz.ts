import type { Classification } from '#src/classify/classification.ts'
import { JudgeLost, JudgePool } from '#src/classify/judge/judge-pool.ts'
import type { JudgeInput } from '#src/classify/judge/statement-verdict.ts'
import { bigqueryTexts } from '#test/attacks/texts.ts'
import { corpus, type Labelled } from '#test/classify/corpus.ts'
import { type Comparison, compared } from './differences.ts'
import { googleLineage } from './google-lineage.ts'
import { GoogleSql } from './google-sql.ts'
import { mutated } from './lexical-tricks.ts'
import { lineageDifference } from './lineage-differences.ts'
import { pipedQuery } from './piped-query.ts'
import { Random } from './random.ts'
import { relationsOf } from './relations.ts'
import { shrunk } from './shrink.ts'
import { tangledQuery } from './tangled-query.ts'
import { tangledCatalog, tangledCatalogs, tangledContext, tangledForGoogle } from './tangled-tables.ts'
import { writeQuery, writtenCatalog, writtenContext } from './written-query.ts'

/** Texts under way at once: enough to keep a judge and the server busy. */
const atOnce = 32
/** How long to go on: whichever comes first. The same seed makes the same texts in the same order. */
interface Bounds {
  readonly seed: number
  readonly seconds: number
  readonly texts: number
}

/** Counterexamples of one cause look alike; more of them only take time to shrink. */
const enough = 20

interface Tally {
  texts: number
  harmless: number
  /** Those that GoogleSQL reads, and of these the ones called harmless. */
  valid: number
  compared: number
  lost: number
  counterexamples: number
  seconds: number
}

/** Mutated texts, judged without a context, against GoogleSQL. Answers how many counterexamples were found. */
export async function fuzzGoogleSql(bounds: Bounds): Promise<number> {
  const google = await GoogleSql.start()
  const judges = newJudges()
  const random = new Random(bounds.seed)
  const tally = newTally()
  const seeds = bigquerySeeds()
  const write = () => {
    const base = random.chance(40) ? writeQuery(random, 'bigquery').pieces.join(' ') : random.pick(seeds)
    return random.chance(5) ? base : mutated(random, base, random.pick(seeds))
  }
  await hunt(bounds, tally, write, async sql => {
    const answer = await judged(judges, tally, { sql, dialect: 'bigquery', context: {}, catalog: new Map() })
    return answer === undefined ? {} : { answer, ...(await compared(google, sql, answer)) }
  })
  console.log(`GoogleSQL: ${summary(tally)}; its server was started anew ${google.restarts} times`)
  google.stop()
  await judges.close()
  return tally.counterexamples
}

/** Queries with tangled names, and what GoogleSQL says that they rest on, whichever tables are known. Answers how many counterexamples were found. */
export async function fuzzLineage(bounds: Bounds): Promise<number> {
  const google = await GoogleSql.start(tangledForGoogle())
  const judges = newJudges()
  const random = new Random(bounds.seed)
  const tally = newTally()
  const resolvedAlike = async (sql: string): Promise<Look> => {
    const tree = await google.resolve(sql)
    const lineage = typeof tree === 'string' ? undefined : googleLineage(tree)
    if (lineage === undefined) return { valid: false }
    const looks: Look[] = []
    for (const catalog of tangledCatalogs) {
      const answer = await judged(judges, tally, { sql, dialect: 'bigquery', context: tangledContext, catalog })
      const difference = answer?.understood ? lineageDifference(lineage, answer) : undefined
      looks.push({ valid: true, ...(answer && { answer }), ...(difference !== undefined && { difference }) })
    }
    return looks.find(({ difference }) => difference !== undefined) ?? looks[0] ?? { valid: true }
  }
  await hunt(bounds, tally, () => tangledQuery(random), resolvedAlike)
  console.log(`Lineage: ${summary(tally)}; GoogleSQL's server was started anew ${google.restarts} times`)
  google.stop()
  await judges.close()
  return tally.counterexamples
}

/**
 * Queries of pipes, which that GoogleSQL does not read, and what it says that a plain one of the same meaning rests on. Answers how
 * many counterexamples were found.
 */
export async function fuzzPipes(bounds: Bounds): Promise<number> {
  const google = await GoogleSql.start(tangledForGoogle())
  const judges = newJudges()
  const random = new Random(bounds.seed)
  const tally = newTally()
  await repeat(bounds, tally, async () => {
    const { sql, plain } = pipedQuery(random)
    const tree = await google.resolve(plain)
    const lineage = typeof tree === 'string' ? undefined : googleLineage(tree)
    const answer = await judged(judges, tally, {
      sql,
      dialect: 'bigquery',
      context: tangledContext,
      catalog: tangledCatalog,
    })
    count(tally, answer)
    if (lineage === undefined) return
    tally.valid += 1
    if (answer?.harmless) tally.compared += 1
    const what = answer?.understood ? lineageDifference(lineage, answer) : undefined
    if (what !== undefined) report(tally, 'bigquery', sql, what)
  })
  console.log(`Pipes: ${summary(tally)}; GoogleSQL's server was started anew ${google.restarts} times`)
  google.stop()
  await judges.close()
  return tally.counterexamples
}

/** Made-up queries of both dialects against what they were made of. Answers how many counterexamples were found. */
export async function fuzzRelations(bounds: Bounds): Promise<number> {
  const judges = newJudges()
  const random = new Random(bounds.seed)
  const tally = newTally()
  const catalogs = { snowflake: writtenCatalog('snowflake'), bigquery: writtenCatalog('bigquery') }
  await repeat(bounds, tally, async () => {
    const dialect = random.pick(['snowflake', 'snowflake', 'bigquery'] as const)
    const catalog = random.chance(80) ? catalogs[dialect] : new Map()
    for (const { name, sql, wrong } of relationsOf(random, writeQuery(random, dialect))) {
      const answer = await judged(judges, tally, { sql, dialect, context: writtenContext[dialect], catalog })
      count(tally, answer)
      const what = answer && wrong(answer)
      if (what !== undefined) report(tally, dialect, sql, `${name}: ${what}`)
    }
  })
  console.log(`Relations: ${summary(tally)}`)
  await judges.close()
  return tally.counterexamples
}

const newTally = (): Tally => ({
  texts: 0,
  harmless: 0,
  valid: 0,
  compared: 0,
  lost: 0,
  counterexamples: 0,
  seconds: 0,
})

const newJudges = () =>
  new JudgePool({
    file: new URL('../../src/classify/judge/worker.ts', import.meta.url),
    workers: 1,
    deadlineMs: 10_000,
    stuckMs: 60_000,
    maxBytes: 256 * 1024 * 1024,
    maxWaiting: 1_000,
  })

/** Nothing where the judge is lost: then the text is held, whatever it is. */
async function judged(judges: JudgePool, tally: Tally, input: JudgeInput): Promise<Classification | undefined> {
  try {
    return (await judges.run(input)) as Classification
  } catch (error) {
    if (!(error instanceof JudgeLost)) throw error
    tally.lost += 1
    return undefined
  }
}

type Look = Partial<Comparison> & { readonly answer?: Classification }

/** Looks at made-up texts, and at shorter and shorter ones that differ as one of them does. */
async function hunt(
  bounds: Bounds,
  tally: Tally,
  write: () => string,
  look: (sql: string) => Promise<Look>,
): Promise<void> {
  /** Of one kind one is shrunk at a time; meanwhile the others are most likely the same. */
  const shrinking = new Set<string>()
  await repeat(bounds, tally, async () => {
    const sql = write()
    const found = await look(sql)
    count(tally, found.answer)
    if (found.valid) tally.valid += 1
    if (found.valid && found.answer?.harmless) tally.compared += 1
    const what = found.difference
    if (what === undefined || shrinking.has(kindOf(what))) return
    shrinking.add(kindOf(what))
    const short = await shrunk(sql, async text => kindOf((await look(text)).difference) === kindOf(what))
    shrinking.delete(kindOf(what))
    report(tally, 'bigquery', short, (await look(short)).difference ?? what)
  })
}

async function repeat({ seconds, texts }: Bounds, tally: Tally, once: () => Promise<void>): Promise<void> {
  const started = performance.now()
  const elapsed = () => (performance.now() - started) / 1_000
  const lane = async () => {
    while (elapsed() < seconds && tally.texts < texts && tally.counterexamples < enough) await once()
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  tally.seconds = elapsed()
}

function count(tally: Tally, answer?: Classification): void {
  tally.texts += 1
  if (answer?.harmless) tally.harmless += 1
}

function bigquerySeeds(): readonly string[] {
  const labelled = [...corpus<Labelled>('hand'), ...corpus<Labelled>('bypass_bigquery'), ...corpus<Labelled>('lineage')]
  return [
    ...labelled.filter(({ dialect }) => dialect === 'bigquery').map(({ sql }) => sql),
    ...bigqueryTexts.attacks.map(([, sql]) => sql),
  ]
}

/** The difference without the names in it. */
const kindOf = (what = ''): string => what.split(' ').slice(0, 4).join(' ')

/** A counterexample in the form of a row of `test/corpus`, and what is wrong with it. */
function report(tally: Tally, dialect: string, sql: string, what: string): void {
  tally.counterexamples += 1
  console.log(`${what}\n${JSON.stringify({ id: `fuzz-${tally.counterexamples}`, dialect, sql })}`)
}

function summary({ texts, harmless, valid, compared, lost, counterexamples, seconds }: Tally): string {
  const read = valid > 0 ? `${valid} read by GoogleSQL, ${compared} of these harmless, ` : ''
  return (
    `${texts} texts (${Math.round(texts / seconds)} a second), ${harmless} called harmless, ${read}` +
    `${lost} without an answer, ${counterexamples} counterexamples`
  )
}
