import type { RawPage } from './warehouse.ts'

/** As that of `AbortSignal.timeout`, which goes off for statements that ended long ago too, and makes a reason with a stack for each. */
const overdue = new DOMException('The time limit is over.', 'TimeoutError')

interface TimeLimit {
  readonly signal: AbortSignal
  /** What it limits has ended. */
  clear(): void
}

export function timeLimit(milliseconds: number): TimeLimit {
  const end = new AbortController()
  const timer = setTimeout(() => end.abort(overdue), milliseconds).unref()
  return { signal: end.signal, clear: () => clearTimeout(timer) }
}

/** The pages; the limit ends with them. */
export async function* pagesWithin(pages: AsyncIterable<RawPage>, limit: TimeLimit): AsyncGenerator<RawPage> {
  try {
    yield* pages
  } finally {
    limit.clear()
  }
}
