import type { Cell, RawPage } from '#src/execute/warehouse.ts'

const maxRows = 1000
const maxCharacters = 1024 * 1024

/** Groups rows into pages of at most 1,000 rows or about 1 MiB. Leaving early closes the source. */
export async function* inPages(rows: AsyncIterable<readonly Cell[]>): AsyncGenerator<RawPage> {
  let page: (readonly Cell[])[] = []
  let characters = 0
  for await (const row of rows) {
    page.push(row)
    characters += sizeOf(row)
    if (page.length < maxRows && characters < maxCharacters) continue
    yield { rows: page }
    page = []
    characters = 0
  }
  if (page.length > 0) yield { rows: page }
}

function sizeOf(cell: Cell): number {
  if (cell === null || typeof cell === 'boolean' || typeof cell === 'number') return 8
  if (typeof cell === 'string') return cell.length + 2
  let size = 2
  for (const inner of Array.isArray(cell) ? cell : Object.values(cell)) size += sizeOf(inner as Cell)
  return size
}

/** The rows of a statement that returns none. */
export async function* noPages(): AsyncGenerator<RawPage> {}
