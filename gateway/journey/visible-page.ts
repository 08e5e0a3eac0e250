import { GatewayError } from '#src/errors.ts'

/** A name that was seen, and how many were passed over behind it. That is not for who asked: it would tell that they are there. */
export interface PageEnd {
  readonly name: string
  readonly passed: number
}

interface VisiblePage<Item> {
  readonly found: readonly Item[]
  /** Absent where none is left. A page may have few or none, and others come after it. */
  readonly end?: PageEnd
}

interface Tried {
  /** At most so many names. */
  readonly limit: number
  /** Where the page before it ended. Absent: from the first name on. */
  readonly after?: PageEnd | undefined
  /** So many at most are looked at for one page. */
  readonly tries: number
  /** So many as long as none was seen; behind them the list has none. Absent: as many as for any page, and others may come. */
  readonly triesUnseen?: number
  readonly signal: AbortSignal
}

const atOnce = 50

/** Of `items` in order of their names those that may be seen: asked in batches, until there are enough or enough were tried. */
export async function pageOfVisible<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  { limit, after = { name: '', passed: 0 }, tries, triesUnseen, signal }: Tried,
  visible: (batch: readonly Item[]) => Promise<readonly boolean[]>,
): Promise<VisiblePage<Item>> {
  const behind = items.filter(item => nameOf(item) > after.name).slice(after.passed)
  const found: Item[] = []
  let end = after
  let tried = 0
  const most = () => Math.min(behind.length, end.name === '' ? (triesUnseen ?? tries) : tries)
  for (let size = limit; tried < most() && found.length < limit; size *= 2) {
    if (signal.aborted) throw new GatewayError('cancelled', { detail: 'who looked around has left' })
    const batch = behind.slice(tried, Math.min(tried + Math.min(size, atOnce), most()))
    const seen = await visible(batch)
    for (const [at, item] of batch.entries()) {
      if (found.length === limit) break
      tried++
      if (seen[at]) found.push(item)
      end = seen[at] ? { name: nameOf(item), passed: 0 } : { ...end, passed: end.passed + 1 }
    }
  }
  const isUnseen = triesUnseen !== undefined && end.name === ''
  return { found, ...(tried > 0 && tried < behind.length && !isUnseen ? { end } : {}) }
}
