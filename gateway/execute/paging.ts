import { GatewayError } from '#src/errors.ts'
import type { Cell, RawPage } from '#src/execute/warehouse.ts'

const maxRows = 1000
const maxCharacters = 1024 * 1024

/**
 * Groups rows, however many come at once, into pages of at most 1,000 rows or about 1 MiB. Leaving early closes the source; so does `signal`, with
 * `cancelled`, or `limit_exceeded` where it was a timeout.
 */
export async function* inPages(
  batches: AsyncIterable<readonly (readonly Cell[])[]>,
  signal: AbortSignal,
): AsyncGenerator<RawPage> {
  let page: (readonly Cell[])[] = []
  let characters = 0
  for await (const batch of batches) {
    for (const row of batch) {
      if (signal.aborted) throw stopped(signal)
      page.push(row)
      characters += sizeOf(row)
      if (page.length < maxRows && characters < maxCharacters) continue
      yield { rows: page }
      page = []
      characters = 0
    }
  }
  if (page.length > 0) yield { rows: page }
}

function stopped({ reason }: AbortSignal): GatewayError {
  return reason instanceof DOMException && reason.name === 'TimeoutError'
    ? new GatewayError('limit_exceeded', { message: 'The result was not read within the time limit.' })
    : new GatewayError('cancelled')
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
