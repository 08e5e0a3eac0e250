import { GatewayError } from '#src/errors.ts'

export interface PageAsked {
  /** At most so many names. */
  readonly limit: number
  /** Where the page before it ended. Absent: from the first name on. */
  readonly after?: PageEnd | undefined
}

/** A name that was seen, and how many were passed over behind it: the name of one of those would tell that it is there. */
export interface PageEnd {
  readonly name: string
  readonly passed: number
}

export interface NamePage<Item> {
  readonly found: readonly Item[]
  /** Absent where none is left. A page may have few or none, and others come after it. */
  readonly end?: PageEnd
}

interface Tried extends PageAsked {
  /** So many at most are looked at for one page. */
  readonly tries: number
  readonly signal: AbortSignal
}

const atOnce = 50

/**
 * Of `items` in order of their names those that may be seen: asked in batches, until there are enough or enough were tried. Rejects
 * with `invalid_request` where the page before it can have ended at no such name: behind any other, whether something is found there
 * would tell hidden names letter by letter.
 */
export async function pageOfVisible<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  { limit, after = { name: '', passed: 0 }, tries, signal }: Tried,
  visible: (batch: readonly Item[]) => Promise<readonly boolean[]>,
): Promise<NamePage<Item>> {
  const last = items.find(item => nameOf(item) === after.name)
  if (after.name !== '' && !(last && (await visible([last]))[0])) throw noSuchPage()
  const behind = items.filter(item => nameOf(item) > after.name).slice(after.passed)
  const found: Item[] = []
  let end = after
  let tried = 0
  for (let size = limit; tried < Math.min(tries, behind.length) && found.length < limit; size *= 2) {
    if (signal.aborted) throw new GatewayError('cancelled', { detail: 'who looked around has left' })
    const batch = behind.slice(tried, Math.min(tried + Math.min(size, atOnce), tries))
    const seen = await visible(batch)
    for (const [at, item] of batch.entries()) {
      if (found.length === limit) break
      tried++
      if (seen[at]) found.push(item)
      end = seen[at] ? { name: nameOf(item), passed: 0 } : { ...end, passed: end.passed + 1 }
    }
  }
  return { found, ...(tried > 0 && tried < behind.length ? { end } : {}) }
}

export function noSuchPage(): GatewayError {
  return new GatewayError('invalid_request', { message: 'The page token is none of this list.' })
}
