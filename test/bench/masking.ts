import { detectorNames } from '#src/decide/decision.ts'
import { contentMask } from '#src/mask/content-mask.ts'
import { maskRowset } from '#src/mask/mask-rowset.ts'
import { type WireMask, wireContentMask, wireMask } from '#src/mask/wire-mask.ts'
import { percentile, type Series, sample } from './series.ts'

const rows = 40_000
const rounds = 20
const key = 'k'.repeat(32)

/** Twenty columns as warehouses have them: ids, times, words, money, a few personal ones, a note. */
const columns: readonly ((row: number) => string | null)[] = [
  row => `${1_000_000 + row * 7919}`,
  row => `c${row}.pine@mail.example`,
  row => `+1-${200 + (row % 700)}-555-01${10 + (row % 90)}`,
  row => `${2024 - (row % 3)}-0${1 + (row % 9)}-1${row % 10} 0${row % 10}:15:00.000`,
  row => ['paid', 'shipped', 'returned', 'open'][row % 4] ?? null,
  row => ['Lisbon', 'Hamburg', 'Austin', 'Osaka', 'Bergen'][row % 5] ?? null,
  row => ['PT', 'DE', 'US', 'JP', 'NO'][row % 5] ?? null,
  row => `${(row * 37) % 25_000}.${10 + (row % 90)}`,
  row => (row % 3 === 0 ? null : `${row % 100}`),
  row => (row % 2 === 0 ? 'true' : 'false'),
  row => `Customer ${row}`,
  row => (row % 4 === 0 ? null : `${row % 977} birch street`),
  row => `SKU-${row % 5000}-B`,
  row => `${row % 5}.${row % 10}`,
  row => ['web', 'app', 'store'][row % 3] ?? null,
  row => `2024-0${1 + (row % 9)}-2${row % 9}`,
  row => `${(row * 2_654_435_761) % 4_294_967_291}`,
  row => (row % 7 === 0 ? 'left with the neighbours, call before the second try' : null),
  row => ['EUR', 'USD', 'JPY'][row % 3] ?? null,
  row => `batch ${row % 64}`,
]

function rowset(): Uint8Array {
  return Buffer.from(JSON.stringify(Array.from({ length: rows }, (_, row) => columns.map(cell => cell(row)))))
}

const redact = wireMask('redact', 'string', key, { read: text => text, write: String })
const masked = (wanted: number): (WireMask | null)[] =>
  columns.map((_, at) =>
    Math.floor((at * wanted) / columns.length) < Math.floor(((at + 1) * wanted) / columns.length) ? redact : null,
  )

function detecting(): WireMask[] {
  const content = contentMask(
    detectorNames.map(detector => ({ detector, mask: 'redact', except: [] })),
    key,
  )
  if (!content) throw new Error('no detectors')
  return columns.map(() => wireContentMask(content, 'string', () => undefined))
}

/** Pages as Snowflake sends them, beside what any way of masking costs at least: parsing them, or copying them. */
export async function maskingThroughput(): Promise<void> {
  const page = rowset()
  const copy = new Uint8Array(page.length)
  const series = [
    one('memcpy of the page', () => copy.set(page)),
    one('JSON.parse alone', () => JSON.parse(Buffer.from(page.buffer, page.byteOffset, page.length).toString())),
    ...[0, 1, 10].map(wanted => {
      const masks = masked(wanted)
      return one(`JSON, ${wanted} of 20 columns masked`, () => maskRowset(page, masks))
    }),
    one('JSON, detectors on all 20 columns', () => maskRowset(page, detecting())),
  ]
  await sample(series, rounds)
  report('masking, a JSON page', page.length, series)
}

function one(name: string, run: () => unknown): Series {
  return { name, run: async () => void run(), taken: [] }
}

/** The first two series are the yardsticks: copying and parsing. */
function report(title: string, bytes: number, series: readonly Series[]): void {
  const best = ({ taken }: Series) => percentile(taken, 0.1)
  const [copied, parsed] = series
  if (!copied || !parsed) throw new Error('two yardsticks')
  console.log(
    `\n${title} (${(bytes / 1e6).toFixed(1)} MB, ${rows} rows of ${columns.length} cells, best tenth of ${rounds} rounds)`,
  )
  console.log(line('', ['M rows/s', 'M cells/s', 'MB/s', '× parse', '% memcpy']))
  for (const each of series) {
    const seconds = best(each) / 1000
    const figures = [rows / 1e6 / seconds, (rows * columns.length) / 1e6 / seconds, bytes / 1e6 / seconds]
    const ratios = [best(parsed) / best(each), (100 * best(copied)) / best(each)]
    console.log(
      line(
        each.name,
        [...figures, ...ratios].map(figure => figure.toFixed(figure < 10 ? 2 : 0)),
      ),
    )
  }
}

const line = (name: string, cells: readonly string[]): string =>
  `${name.padEnd(42)}${cells.map(cell => cell.padStart(11)).join('')}`
