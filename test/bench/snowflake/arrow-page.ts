import { snowflakeColumn } from '#gateway/execute/snowflake-column.ts'
import type { MaskKind } from '#src/decide/decision.ts'
import type { Column } from '#src/execute/warehouse.ts'
import { DetectionTally } from '#src/mask/detection-tally.ts'
import { type ColumnPlan, pageMaskers } from '#src/mask/page-masker.ts'
import { arrowStream } from '#test/fakes/snowflake/arrow.ts'
import { columnType, rowsOf } from '#test/fakes/snowflake/cells.ts'
import type { Database } from '#test/fakes/snowflake/database.ts'
import { allSteps } from '#test/mask/all-steps.ts'
import { withProgress } from '../progress.ts'
import { percentile, type Series, sample } from '../series.ts'

/** A page takes less than a millisecond: as many rounds as it takes to be compiled. */
const rounds = 600
/** The same page again and again, which stays in the processor's caches; and as many of them as none holds, as from the network. */
const rings = [1, 24] as const
/** Vectors of rows in one part of a result, as the stand-in cuts it. */
const vectors = 10

/** Masking one part of a result in Arrow, as the door does before it is recorded, beside copying its bytes. */
export async function arrowPage({ admin }: Database, table: string): Promise<void> {
  const { page, columns, rows } = await pageOf(admin, table)
  for (const pages of rings) {
    const ring = Array.from({ length: pages }, () => Uint8Array.from(page))
    const series = waysOf(columns, page.length).map(
      ([name, run]): Leaving => ({
        ...{ name, leaves: run(page), taken: [] },
        run: async round => void run(ring[round % pages] ?? page),
      }),
    )
    await withProgress('a part of a result in Arrow, masked', () => sample(series, rounds))
    report({ bytes: page.length, rows, pages }, series)
  }
  console.log(
    `memcpy: the bytes of the page as they came, one copy into a place that is used again, or into new memory
each way: the bytes that leave (their number differs: masks are shorter, numbers wider) copied into the same place, as for the
  record; in pieces: the same bytes without that copy; MB/s and % of memcpy by the bytes that came
target: with one masked column of ten at least 60 % of a memcpy`,
  )
}

/** Answers with how many bytes leave. */
type Way = readonly [name: string, run: (page: Uint8Array) => number]

interface Leaving extends Series {
  readonly leaves: number
}

function waysOf(columns: readonly Column[], bytes: number): readonly Way[] {
  const place = new Uint8Array(2 * bytes)
  const gather = (pieces: readonly Uint8Array[]) => {
    let at = 0
    for (const piece of pieces) {
      place.set(piece, at)
      at += piece.length
    }
    return at
  }
  const masked = (name: string, count: number, kind: MaskKind, inPieces?: 'in pieces'): Way => {
    const plan = columns.map((column, at): ColumnPlan => {
      const because = { class: 'contact', because: 'name' } as const
      // The second column is the one that is masked alone.
      const isMasked = (at + columns.length - 1) % columns.length < count
      return { column, content: [], names: [], mask: isMasked ? { column: column.name, mask: kind, ...because } : null }
    })
    const mask = pageMaskers['snowflake-arrow'](plan, 'k'.repeat(32), new DetectionTally(columns))
    const run = (page: Uint8Array) => {
      const { pieces, free } = allSteps(mask([page]))
      const leaves = inPieces ? pieces.reduce((sum, piece) => sum + piece.length, 0) : gather(pieces)
      free?.()
      return leaves
    }
    return [name, run]
  }
  return [
    ['memcpy of the page', page => gather([page])],
    ['memcpy of the page into new memory', page => Buffer.from(page).length],
    masked('no column masked', 0, 'redact'),
    masked('1 column of 10 masked: redact', 1, 'redact'),
    masked('1 column of 10 masked: redact, in pieces', 1, 'redact', 'in pieces'),
    masked('1 column of 10 masked: partial', 1, 'partial'),
    masked('1 column of 10 masked: partial, in pieces', 1, 'partial', 'in pieces'),
    masked('10 columns of 10 masked: redact', 10, 'redact'),
  ]
}

async function pageOf(admin: Database['admin'], table: string) {
  const data = await admin.run(`from ${table} limit ${vectors * 2048}`)
  const names = data.columnNames()
  const types = data.columnTypes().map((type, at) => ({ ...columnType(type), name: names[at] ?? '' }))
  const parts = Array.from({ length: data.chunkCount }, (_, vector) =>
    rowsOf(data, { vector, limit: Number.POSITIVE_INFINITY, zoned: false }),
  )
  const columns = types.map(({ name, type, scale }): Column => {
    return snowflakeColumn({ name, nullable: true, wire: { type, scale: scale ?? 0 } })
  })
  return { page: arrowStream(types, parts), columns, rows: data.rowCount }
}

function report(page: { bytes: number; rows: number; pages: number }, series: readonly Leaving[]): void {
  const { bytes, rows, pages } = page
  const best = ({ taken }: Series) => percentile(taken, 0.1)
  const [copied] = series
  if (!copied) throw new Error('no yardstick')
  const where = pages === 1 ? 'in the cache' : `one of ${pages}, not in the cache`
  const size = `${(bytes / 1e6).toFixed(1)} MB, ${where}, ${rows} rows of 10 cells`
  console.log(`\na part of a result in Arrow, masked (${size}, best tenth of ${rounds} rounds)`)
  console.log(line('', ['M rows/s', 'MB/s', 'MB leave', '% memcpy']))
  for (const each of series) {
    const seconds = best(each) / 1_000
    const figures = [rows / 1e6 / seconds, bytes / 1e6 / seconds, each.leaves / 1e6]
    const ratio = (100 * best(copied)) / best(each)
    console.log(line(each.name, [...figures.map(figure => figure.toFixed(1)), ratio.toFixed(0)]))
  }
}

const line = (name: string, cells: readonly string[]): string =>
  `${name.padEnd(54)}${cells.map(cell => cell.padStart(14)).join('')}`
