import type { Readable } from 'node:stream'
import { createGzip, type Gzip } from 'node:zlib'
import { GatewayError } from '#src/errors.ts'
import { parsedRows } from '#src/execute/page-cells.ts'
import { arrowTexts } from '#src/execute/snowflake-arrow/arrow-texts.ts'
import { wireOf } from '#src/execute/wire-codecs.ts'
import type { MaskedPage, RecordedPages } from '#src/mask/masked.ts'
import type { Completed } from '#src/outcome.ts'
import { wholeBytes } from '#src/whole-bytes.ts'
import { arrowRowset } from './arrow/arrow-rowset.ts'
import type { ResultFormat } from './result-format.ts'
import { type RowtypeEntry, rowtypeOf } from './rowtype.ts'

type Form = NonNullable<RecordedPages['form']>

/** Pages that come with the answer itself, and those of one chunk after it. In the stream of the next one numbers may be of another width. */
const layouts: Readonly<Record<Form, { readonly inline: number; readonly chunk: number }>> = {
  'snowflake-rowset': { inline: 1, chunk: 4 },
  'snowflake-arrow': { inline: 1, chunk: 1 },
  'bigquery-rows': { inline: 1, chunk: 4 },
}
const layoutOf = ({ form = 'snowflake-rowset' }: RecordedPages) => layouts[form]

/** Text or null, row by row. */
export type Rowset = readonly (readonly (string | null)[])[]

/** The rows that come with the answer itself. */
export async function inlineRows({ recorded, result }: Completed): Promise<Rowset> {
  if (recorded.rows.length === 0) return []
  const pages = firstPages(result.pages, layoutOf(recorded).inline)
  return (await Array.fromAsync(pages, page => textRows(page, result))).flat()
}

/** The same as a stream of Arrow, where that is how they were recorded. */
export async function inlineStream({ recorded, result }: Completed): Promise<MaskedPage | undefined> {
  if (recorded.form !== 'snowflake-arrow') return undefined
  for await (const page of result.pages) return page
  return undefined
}

/** Rows in each chunk after the answer; no chunk where all of it came. */
export function chunkSizes({ recorded }: Completed): number[] {
  const { inline, chunk } = layoutOf(recorded)
  const sizes: number[] = []
  for (let page = inline; page < recorded.rows.length; page += chunk)
    sizes.push(recorded.rows.slice(page, page + chunk).reduce((sum, rows) => sum + rows, 0))
  return sizes
}

/** One chunk as drivers read it, gzip. */
export function chunkStream(outcome: Completed, chunk: number, format: ResultFormat): Readable {
  const { result, recorded } = outcome
  if (format === 'json') return packed(jsonRows(chunkPages(outcome, chunk), result))
  if (recorded.form === 'snowflake-arrow') return packed(streams(chunkPages(outcome, chunk)))
  return packed(arrowStream(rowtypeOf(result.columns), chunkRows(outcome, chunk)))
}

/** The rows of one chunk, page by page. */
export async function* chunkRows(outcome: Completed, chunk: number): AsyncGenerator<Rowset> {
  for await (const page of chunkPages(outcome, chunk)) yield textRows(page, outcome.result)
}

function chunkPages({ recorded }: Completed, chunk: number): AsyncGenerator<MaskedPage> {
  const layout = layoutOf(recorded)
  return firstPages(recorded.from(layout.inline + chunk * layout.chunk), layout.chunk)
}

/** Of what is packed: each further piece is another way to the other thread and back. */
const pieceBytes = 64 * 1024

/** Gzip of what comes. A part is asked for when the one before it was read to its end: then its memory may be another's. */
export function packed(parts: AsyncIterable<string | Uint8Array>): Readable {
  const gzip = createGzip({ level: 1, chunkSize: pieceBytes })
  void pack(parts, gzip).catch((error: unknown) => gzip.destroy(error instanceof Error ? error : undefined))
  return gzip
}

/** Ends early where nobody reads any more. */
async function pack(parts: AsyncIterable<string | Uint8Array>, gzip: Gzip): Promise<void> {
  const closed = Promise.withResolvers<void>()
  gzip.once('close', () => closed.resolve())
  for await (const part of parts) {
    const read = Promise.withResolvers<void>()
    gzip.write(part, () => read.resolve())
    await Promise.race([read.promise, closed.promise])
    // Another thread may be reading the part still: asking for the next one would give its memory back.
    if (gzip.destroyed) return
  }
  gzip.end()
}

/** Rows with commas between them and no brackets around, page by page: the bytes that were recorded. */
async function* jsonRows(pages: AsyncIterable<MaskedPage>, result: Columns): AsyncGenerator<Uint8Array> {
  let first = true
  for await (const page of pages) {
    if (!first) yield comma
    const isRowset = page.form === 'snowflake-rowset'
    yield (isRowset ? wholeBytes(page.pieces) : Buffer.from(JSON.stringify(textRows(page, result)))).subarray(1, -1)
    page.free?.()
    first = false
  }
}
const comma = Buffer.from(',')

async function* streams(pages: AsyncIterable<MaskedPage>): AsyncGenerator<Uint8Array> {
  for await (const { pieces, free } of pages) {
    yield* pieces
    free?.()
  }
}

/** One batch: which type holds a column's numbers is known when all of them are. */
async function* arrowStream(
  rowtype: readonly RowtypeEntry[],
  pages: AsyncIterable<Rowset>,
): AsyncGenerator<Uint8Array> {
  yield arrowRowset(rowtype, (await Array.fromAsync(pages)).flat())
}

async function* firstPages(pages: AsyncIterable<MaskedPage>, most: number): AsyncGenerator<MaskedPage> {
  let left = most
  for await (const page of pages) {
    yield page
    left -= 1
    if (left === 0) return
  }
}

type Columns = Pick<Completed['result'], 'columns'>

/** Rows of another warehouse are read at its own door. */
function textRows(page: MaskedPage, { columns }: Columns): Rowset {
  switch (page.form) {
    case 'snowflake-rowset':
      return parsedRows(wholeBytes(page.pieces)) as Rowset
    case 'snowflake-arrow':
      return [...arrowTexts(wholeBytes(page.pieces), columns.map(wireOf))].flat()
    case 'bigquery-rows':
      throw new GatewayError('unknown_session')
  }
}
