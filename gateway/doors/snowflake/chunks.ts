import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Completed } from '#src/outcome.ts'
import { arrowRowset } from './arrow/arrow-rowset.ts'
import type { ResultFormat } from './result-format.ts'
import { type RowtypeEntry, rowtypeOf } from './rowtype.ts'
import { wireText } from './wire-text.ts'

/** Pages, at most about 1 MiB each, that come with the answer itself, and those of one chunk after it. */
const inlinePages = 4
const chunkPages = 8

/** Text or null, row by row. */
export type Rowset = readonly (readonly (string | null)[])[]

/** The rows that come with the answer itself. */
export async function inlineRows({ recorded, result }: Completed): Promise<Rowset> {
  const rows: Rowset[number][] = []
  if (recorded.rows.length === 0) return rows
  for await (const page of textPages(rowtypeOf(result.columns), result.pages, inlinePages)) rows.push(...page)
  return rows
}

/** Rows in each chunk after the answer; no chunk where all of it came. */
export function chunkSizes({ recorded }: Completed): number[] {
  const sizes: number[] = []
  for (let page = inlinePages; page < recorded.rows.length; page += chunkPages)
    sizes.push(recorded.rows.slice(page, page + chunkPages).reduce((sum, rows) => sum + rows, 0))
  return sizes
}

/** One chunk as drivers read it, gzip. */
export function chunkStream(outcome: Completed, chunk: number, format: ResultFormat): Readable {
  const pages = chunkRows(outcome, chunk)
  return packed(format === 'arrow' ? arrowStream(rowtypeOf(outcome.result.columns), pages) : jsonRows(pages))
}

/** The rows of one chunk, page by page. */
export function chunkRows({ result, recorded }: Completed, chunk: number): AsyncGenerator<Rowset> {
  return textPages(rowtypeOf(result.columns), recorded.from(inlinePages + chunk * chunkPages), chunkPages)
}

/** Gzip of what comes. */
export function packed(parts: AsyncIterable<string | Uint8Array>): Readable {
  const gzip = createGzip({ level: 1 })
  const bytes = Readable.from(parts)
  bytes.on('error', error => gzip.destroy(error))
  gzip.on('close', () => bytes.destroy())
  return bytes.pipe(gzip)
}

/** Rows with commas between them and no brackets around, page by page. */
async function* jsonRows(pages: AsyncIterable<Rowset>): AsyncGenerator<string> {
  let comma = ''
  for await (const rows of pages) {
    yield comma + JSON.stringify(rows).slice(1, -1)
    comma = ','
  }
}

/** One batch: which type holds a column's numbers is known when all of them are. */
async function* arrowStream(
  rowtype: readonly RowtypeEntry[],
  pages: AsyncIterable<Rowset>,
): AsyncGenerator<Uint8Array> {
  const rows: Rowset[number][] = []
  for await (const page of pages) rows.push(...page)
  yield arrowRowset(rowtype, rows)
}

async function* textPages(
  rowtype: readonly RowtypeEntry[],
  pages: Completed['result']['pages'],
  most: number,
): AsyncGenerator<Rowset> {
  const types = rowtype.map(({ type }) => type)
  let left = most
  for await (const { rows } of pages) {
    yield rows.map(row => row.map((cell, at) => wireText(cell, types[at] ?? 'text')))
    left -= 1
    if (left === 0) return
  }
}
