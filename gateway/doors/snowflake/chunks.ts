import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Completed } from '#src/outcome.ts'
import { rowtypeOf } from './rowtype.ts'
import { wireText } from './wire-text.ts'

/** Pages, at most about 1 MiB each, that come with the answer itself, and those of one chunk after it. */
const inlinePages = 4
const chunkPages = 8

/** The rows that come with the answer itself. */
export async function inlineRows(outcome: Completed): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = []
  if (outcome.recorded.rows.length === 0) return rows
  let left = inlinePages
  const types = typesOf(outcome)
  for await (const page of outcome.result.pages) {
    for (const row of page.rows) rows.push(row.map((cell, at) => wireText(cell, types[at] ?? 'text')))
    left -= 1
    if (left === 0) break
  }
  return rows
}

/** Rows in each chunk after the answer; no chunk where all of it came. */
export function chunkSizes({ recorded }: Completed): number[] {
  const sizes: number[] = []
  for (let page = inlinePages; page < recorded.rows.length; page += chunkPages)
    sizes.push(recorded.rows.slice(page, page + chunkPages).reduce((sum, rows) => sum + rows, 0))
  return sizes
}

/** One chunk as drivers read it: rows with commas between them and no brackets around, gzip. Begins with the first page read. */
export function chunkStream(outcome: Completed, chunk: number): Readable {
  const gzip = createGzip({ level: 1 })
  const text = Readable.from(chunkText(outcome, chunk))
  text.on('error', error => gzip.destroy(error))
  gzip.on('close', () => text.destroy())
  return text.pipe(gzip)
}

async function* chunkText(outcome: Completed, chunk: number): AsyncGenerator<string> {
  const types = typesOf(outcome)
  let left = chunkPages
  let comma = ''
  for await (const { rows } of outcome.recorded.from(inlinePages + chunk * chunkPages)) {
    const texts = rows.map(row => row.map((cell, at) => wireText(cell, types[at] ?? 'text')))
    yield comma + JSON.stringify(texts).slice(1, -1)
    comma = ','
    left -= 1
    if (left === 0) return
  }
}

function typesOf({ result }: Completed): string[] {
  return rowtypeOf(result.columns).map(({ type }) => type)
}
