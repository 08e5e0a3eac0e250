import * as arrow from 'apache-arrow'
import { detectorNames } from '#src/decide/decision.ts'
import type { Column } from '#src/execute/warehouse.ts'
import { type ArrowColumn, ArrowMasker } from '#src/mask/arrow/arrow-masker.ts'
import { contentMask } from '#src/mask/content-mask.ts'
import { maskRowset } from '#src/mask/mask-rowset.ts'
import { type WireMask, wireContentMask, wireMask } from '#src/mask/wire-mask.ts'
import { allSteps } from '#test/mask/all-steps.ts'
import { withProgress } from './progress.ts'
import { percentile, type Series, sample } from './series.ts'

const rows = 40_000
const rounds = 20
/** A page of columns takes less than a millisecond: as many rounds as it takes to be compiled. */
const columnarRounds = 600
/** The same page again and again, which stays in the processor's caches; and as many of them as none holds, as from the network. */
const rings = [1, 8] as const
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

interface ColumnarType {
  readonly type: arrow.DataType
  readonly mask: Column['type']
  readonly of: (text: string) => unknown
}

const number: ColumnarType = { type: new arrow.Float64(), mask: 'number', of: Number }
const date: ColumnarType = { type: new arrow.DateDay(), mask: 'date', of: text => new Date(text) }
const text: ColumnarType = { type: new arrow.Utf8(), mask: 'string', of: value => value }
/** The columns that a warehouse sends as something else than text, by position. */
const columnarTypes: Readonly<Record<number, ColumnarType>> = {
  0: { type: new arrow.Int64(), mask: 'number', of: BigInt },
  3: { type: new arrow.TimestampMillisecond(), mask: 'timestamp', of: value => Date.parse(`${value}Z`) },
  7: number,
  8: number,
  9: { type: new arrow.Bool(), mask: 'boolean', of: value => value === 'true' },
  13: number,
  15: date,
}
const columnarType = (at: number) => columnarTypes[at] ?? text

/** The same rows as an Arrow stream of one batch. */
function columnar(): Uint8Array {
  const fields = columns.map((_, at) => new arrow.Field(`c${at}`, columnarType(at).type, true))
  const children = columns.map((cell, at) => {
    const { type, of } = columnarType(at)
    const builder = arrow.makeBuilder({ type, nullValues: [null] })
    for (let row = 0; row < rows; row++) {
      const value = cell(row)
      builder.append((value === null ? null : of(value)) as never)
    }
    return builder.finish().flush()
  })
  const struct = arrow.makeData({ type: new arrow.Struct(fields), length: rows, nullCount: 0, children })
  const writer = new arrow.RecordBatchStreamWriter()
  writer.write(new arrow.RecordBatch(new arrow.Schema(fields), struct))
  return writer.finish().toUint8Array(true)
}

const isMasked = (at: number, wanted: number) =>
  Math.floor((at * wanted) / columns.length) < Math.floor(((at + 1) * wanted) / columns.length)

function masks(wanted: number, typeOf: (at: number) => Column['type']): (WireMask | null)[] {
  const codec = { read: (each: string) => each, write: String }
  return columns.map((_, at) => (isMasked(at, wanted) ? wireMask('redact', typeOf(at), key, codec) : null))
}

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
      const masked = masks(wanted, () => 'string')
      return one(`JSON, ${wanted} of 20 columns masked`, () => maskRowset(page, masked))
    }),
    one('JSON, detectors on all 20 columns', () => maskRowset(page, detecting())),
  ]
  await withProgress('masking, a JSON page', () => sample(series, rounds))
  report('masking, a JSON page', page.length, series)
}

/** Every series ends with all bytes of the page in one place, as memcpy does. */
export async function columnarMaskingThroughput(): Promise<void> {
  const page = columnar()
  for (const pages of rings) {
    const ring = Array.from({ length: pages }, () => Uint8Array.from(page))
    const [detected, ...series] = columnarWays(page.length).map(
      ([name, run]): Series => ({ name, taken: [], run: async round => void run(ring[round % pages] ?? page) }),
    )
    if (!detected) throw new Error('no ways')
    await withProgress('masking, an Arrow page', () => sample(series, columnarRounds))
    await withProgress(detected.name, () => sample([detected], rounds))
    report(`masking, an Arrow page ${pages === 1 ? 'in' : 'not in'} the cache`, page.length, [...series, detected])
  }
}

type Way = readonly [name: string, run: (page: Uint8Array) => unknown]

/** The slowest first. */
function columnarWays(bytes: number): readonly Way[] {
  const copy = new Uint8Array(2 * bytes)
  const masked = (name: string, columnMasks: readonly (WireMask | null)[]): Way => {
    const masker = new ArrowMasker(columnMasks.map((mask, nth): ArrowColumn => ({ name: `c${nth}`, mask })))
    const gather = (page: Uint8Array) => {
      let at = 0
      const { pieces, free } = allSteps(masker.mask([page]))
      for (const piece of pieces) {
        copy.set(piece, at)
        at += piece.length
      }
      free()
    }
    return [name, gather]
  }
  return [
    masked('Arrow, detectors on all columns of text', detecting()),
    ['memcpy of the page', page => copy.set(page)],
    ...[0, 1, 10].map(wanted => {
      const columnMasks = masks(wanted, at => columnarType(at).mask)
      return masked(`Arrow, ${wanted} of 20 columns masked`, columnMasks)
    }),
  ]
}

function one(name: string, run: () => unknown): Series {
  return { name, run: async () => void run(), taken: [] }
}

/** The first series is one yardstick, copying; where parsing is one too, it comes second. */
function report(title: string, bytes: number, series: readonly Series[]): void {
  const best = ({ taken }: Series) => percentile(taken, 0.1)
  const [copied] = series
  const parsed = series.find(({ name }) => name.startsWith('JSON.parse'))
  if (!copied) throw new Error('no yardstick')
  console.log(
    `\n${title} (${(bytes / 1e6).toFixed(1)} MB, ${rows} rows of ${columns.length} cells, best tenth of all rounds)`,
  )
  console.log(line('', ['M rows/s', 'M cells/s', 'MB/s', '× parse', '% memcpy']))
  for (const each of series) {
    const seconds = best(each) / 1000
    const figures = [rows / 1e6 / seconds, (rows * columns.length) / 1e6 / seconds, bytes / 1e6 / seconds]
    const ratios = [parsed ? best(parsed) / best(each) : Number.NaN, (100 * best(copied)) / best(each)]
    console.log(
      line(
        each.name,
        [...figures, ...ratios].map(figure => (Number.isNaN(figure) ? '' : figure.toFixed(figure < 10 ? 2 : 0))),
      ),
    )
  }
}

const line = (name: string, cells: readonly string[]): string =>
  `${name.padEnd(42)}${cells.map(cell => cell.padStart(11)).join('')}`
