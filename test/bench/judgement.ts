import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Catalog } from '#src/classify/catalog.ts'
import type { Classification, Classifier } from '#src/classify/classification.ts'
import { createClassifier } from '#src/classify/classify.ts'
import {
  type BypassLabelled,
  catalogOf,
  compareLineage,
  compareTables,
  type HandLabelled,
  isPlainQuery,
  type Labelled,
  type LineageLabelled,
  readCorpus,
  type Verdict,
} from '#test/classify/corpus.ts'
import { hostileTexts } from '#test/classify/hostile-texts.ts'
import { percentile } from './series.ts'
import { soak } from './soak.ts'

type Item = Labelled & Partial<HandLabelled & LineageLabelled & BypassLabelled>

/** What was seen of one corpus. Times are in milliseconds. */
interface Tally {
  /** Of judges that have only just started: the engine still compiles what they run. */
  readonly fresh: number[]
  readonly cold: number[]
  readonly cached: number[]
  /** Processor time of all threads for each new statement: what else the machine does is not in it. */
  processor: number
  understood: number
  harmless: number
  wrongly: number
  readonly tables: Verdict[]
  readonly lineage: Verdict[]
  respawns: number
}

const defaults = ['hand', 'lineage', 'bypass_bigquery'].map(name =>
  fileURLToPath(new URL(`../corpus/${name}.jsonl`, import.meta.url)),
)

/** Stands for the texts that are meant to kill a judge. */
const hostile = 'hostile texts'

const itemsOf = (file: string): readonly Item[] =>
  file === hostile
    ? hostileTexts.map((sql, at) => ({ id: `${at}`, dialect: at % 2 === 0 ? 'snowflake' : 'bigquery', sql }))
    : readCorpus<Item>(file)

/** Often enough that most of what the machine does besides falls on other rounds. */
const rounds = 6
/** New statements between the first round and those: the engine has compiled what judges run, as in a gateway that is up for a while. */
const warmUp = 2_000
/** For those, milliseconds at most. */
const warmUpMs = 10_000

/** Every statement is judged as a new one, by blanks at its end, and once more from memory, round by round. */
async function measure(file: string): Promise<Tally> {
  const tally: Tally = {
    ...{ fresh: [], cold: [], cached: [], tables: [], lineage: [] },
    ...{ understood: 0, harmless: 0, wrongly: 0, respawns: 0, processor: 0 },
  }
  const classifier = createClassifier()
  await classifier.classify('select 1', 'snowflake', {})
  const started = () => {
    tally.respawns += 1
  }
  process.on('worker', started)
  const items = itemsOf(file).map(item => ({ item, catalog: item.schema && catalogOf(item.dialect, item.schema) }))
  let blanks = 0
  const round = async (taken: number[], cached: number[], onFirst?: (item: Item, answer: Classification) => void) => {
    for (const known of items) {
      const sql = known.item.sql + ' '.repeat(blanks)
      const answer = await timed(classifier, known, sql, taken)
      await timed(classifier, known, sql, cached)
      onFirst?.(known.item, answer)
    }
    blanks += 1
  }
  await round(tally.fresh, [], (item, answer) => count(tally, item, answer))
  const warmBy = performance.now() + warmUpMs
  for (let judged = 0; judged < warmUp && performance.now() < warmBy; judged += items.length) await round([], [])
  const before = process.cpuUsage()
  for (let nth = 0; nth < rounds; nth += 1) await round(tally.cold, tally.cached)
  const { user, system } = process.cpuUsage(before)
  tally.processor = (user + system) / 1_000 / tally.cold.length
  process.off('worker', started)
  await classifier.close()
  return tally
}

/** Its tables' columns are what a gateway's catalog remembers of them. */
interface Known {
  readonly item: Item
  readonly catalog: Catalog | undefined
}

async function timed(classifier: Classifier, { item, catalog }: Known, sql: string, taken: number[]) {
  const since = performance.now()
  const answer = await classifier.classify(sql, item.dialect, {}, catalog)
  taken.push(performance.now() - since)
  return answer
}

function count(tally: Tally, item: Item, answer: Classification): void {
  if (answer.understood) tally.understood += 1
  if (answer.harmless) tally.harmless += 1
  if (item.outputs !== undefined) tally.lineage.push(compareLineage(item.outputs, answer))
  if (item.cls === undefined && item.googlesql === undefined) return
  const label = item as HandLabelled | BypassLabelled
  tally.tables.push(compareTables(label, answer))
  if (answer.harmless && !isPlainQuery(label)) tally.wrongly += 1
}

const heads = [
  'n',
  'understood',
  'harmless',
  'wrongly',
  '1st ms',
  'p50 ms',
  'p50 ms',
  'p99 ms',
  'cpu ms',
  'p50 µs',
  'p99 µs',
  'respawns',
]

function row(file: string, tally: Tally): string {
  const n = tally.fresh.length
  const share = (part: number) => `${((100 * part) / n).toFixed(1)} %`
  const ms = (at: number) => percentile(tally.cold, at).toFixed(2)
  const us = (at: number) => (1_000 * percentile(tally.cached, at)).toFixed(0)
  const labelled = tally.tables.length > 0 ? tally.wrongly : '–'
  return line(basename(file), [
    ...[n, share(tally.understood), share(tally.harmless), labelled],
    ...[(tally.fresh[0] ?? 0).toFixed(2), percentile(tally.fresh, 0.5).toFixed(2)],
    ...[ms(0.5), ms(0.99), tally.processor.toFixed(2), us(0.5), us(0.99), tally.respawns],
  ])
}

const line = (name: string, cells: readonly unknown[]): string =>
  `${name.padEnd(26)}${cells.map(cell => String(cell).padStart(11)).join('')}`

function verdicts(what: string, file: string, all: readonly Verdict[]): void {
  if (all.length === 0) return
  const of = (one: Verdict) => all.filter(verdict => verdict === one).length
  console.log(
    `${basename(file)}: ${what} missed ${of('lost')}, over ${of('over')}, exact ${of('exact')}, refused ${of('refused')}`,
  )
}

async function compare(files: readonly string[]): Promise<void> {
  const seen: (readonly [file: string, tally: Tally])[] = []
  console.log(line('', ['', '', '', 'called', 'fresh', 'fresh', 'new', 'new', 'new', 'cached', 'cached', 'worker']))
  console.log(line('', heads))
  for (const file of files) {
    const tally = await measure(file)
    seen.push([file, tally])
    console.log(row(file, tally))
  }
  console.log('')
  for (const [file, tally] of seen) {
    verdicts('tables', file, tally.tables)
    verdicts('lineage', file, tally.lineage)
  }
}

// `npm run bench:judgement -- FILE…`: figures of one run, to be compared with each other and not with another run's.
// `npm run bench:judgement -- --soak 1000000 FILE…`: that many different statements, and what memory they leave behind.
const [first, ...rest] = process.argv.slice(2)
if (first === '--soak') await soak(Number(rest[0] ?? 1_000_000), rest.slice(1))
else await compare(first === undefined ? [...defaults, hostile] : [first, ...rest])
