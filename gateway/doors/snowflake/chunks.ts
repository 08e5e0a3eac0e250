import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { GatewayError } from '#src/errors.ts'
import type { MaskedPage } from '#src/mask/masked.ts'
import type { Completed } from '#src/outcome.ts'
import { arrowRowset } from './arrow/arrow-rowset.ts'
import type { ResultFormat } from './result-format.ts'
import { type RowtypeEntry, rowtypeOf } from './rowtype.ts'

/** Pages, at most about 1 MiB each, that come with the answer itself, and those of one chunk after it. */
const inlinePages = 1
const pagesOfChunk = 4

/** Text or null, row by row. */
export type Rowset = readonly (readonly (string | null)[])[]

/** The rows that come with the answer itself. */
export async function inlineRows({ recorded, result }: Completed): Promise<Rowset> {
  const rows: Rowset[number][] = []
  if (recorded.rows.length === 0) return rows
  for await (const page of firstPages(result.pages, inlinePages)) rows.push(...textRows(page))
  return rows
}

/** Rows in each chunk after the answer; no chunk where all of it came. */
export function chunkSizes({ recorded }: Completed): number[] {
  const sizes: number[] = []
  for (let page = inlinePages; page < recorded.rows.length; page += pagesOfChunk)
    sizes.push(recorded.rows.slice(page, page + pagesOfChunk).reduce((sum, rows) => sum + rows, 0))
  return sizes
}

/** One chunk as drivers read it, gzip. */
export function chunkStream(outcome: Completed, chunk: number, format: ResultFormat): Readable {
  const { columns } = outcome.result
  return packed(
    format === 'arrow'
      ? arrowStream(rowtypeOf(columns), chunkRows(outcome, chunk))
      : jsonRows(chunkPages(outcome, chunk)),
  )
}

/** The rows of one chunk, page by page. */
export async function* chunkRows(outcome: Completed, chunk: number): AsyncGenerator<Rowset> {
  for await (const page of chunkPages(outcome, chunk)) yield textRows(page)
}

function chunkPages({ recorded }: Completed, chunk: number): AsyncGenerator<MaskedPage> {
  return firstPages(recorded.from(inlinePages + chunk * pagesOfChunk), pagesOfChunk)
}

/** Gzip of what comes. */
export function packed(parts: AsyncIterable<string | Uint8Array>): Readable {
  const gzip = createGzip({ level: 1 })
  const bytes = Readable.from(parts)
  bytes.on('error', error => gzip.destroy(error))
  gzip.on('close', () => bytes.destroy())
  return bytes.pipe(gzip)
}

/** Rows with commas between them and no brackets around, page by page: the bytes that were recorded. */
async function* jsonRows(pages: AsyncIterable<MaskedPage>): AsyncGenerator<Uint8Array> {
  let first = true
  for await (const page of pages) {
    if (!first) yield comma
    yield rowsetOf(page).subarray(1, -1)
    first = false
  }
}
const comma = Buffer.from(',')

/** One batch: which type holds a column's numbers is known when all of them are. */
async function* arrowStream(
  rowtype: readonly RowtypeEntry[],
  pages: AsyncIterable<Rowset>,
): AsyncGenerator<Uint8Array> {
  const rows: Rowset[number][] = []
  for await (const page of pages) rows.push(...page)
  yield arrowRowset(rowtype, rows)
}

async function* firstPages(pages: AsyncIterable<MaskedPage>, most: number): AsyncGenerator<MaskedPage> {
  let left = most
  for await (const page of pages) {
    yield page
    left -= 1
    if (left === 0) return
  }
}

function textRows(page: MaskedPage): Rowset {
  const bytes = rowsetOf(page)
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString())
}

/** A connection of this door is one to Snowflake. */
function rowsetOf({ form, bytes }: MaskedPage): Uint8Array {
  if (form === 'snowflake-rowset') return bytes
  throw new GatewayError('result_shape', { detail: `a result in the form ${form}` })
}
