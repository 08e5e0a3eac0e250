import type { Ports } from '../ports.ts'
import type { SessionId, Statement } from '../statement.ts'
import { leavePinned } from './leave-session.ts'
import { type FoundSession, findPinned } from './pinned-sessions.ts'

/** What is there in the warehouse still when the statement that it belongs to has ended. */
type StaysOpen = 'transaction' | 'temporary tables'

type Asked = Pick<Statement, 'id' | 'transaction' | 'temporary' | 'session'>
interface Open {
  readonly what: StaysOpen
  readonly id: string
  readonly count: number
}

/** What a kill of the statement ends besides: open, while nothing but the statement itself waits or runs in it. */
export async function staysOpen(ports: Ports, statement: Asked): Promise<readonly StaysOpen[]> {
  return (await openOf(ports, statement, statement.id)).map(({ what }) => what)
}

/**
 * Somebody on call wants ended what a statement left open and nothing waits or runs in: what was not committed is rolled back,
 * temporary tables are gone. Answers with what was ended.
 */
export async function endWhatStays(ports: Ports, statement: Asked): Promise<readonly StaysOpen[]> {
  const ended: StaysOpen[] = []
  for (const { what, id, count } of await openOf(ports, statement)) {
    await leavePinned(ports, id, 'lost', count)
    if ((await findPinned(ports, id))?.ended === 'lost') ended.push(what)
  }
  return ended
}

/** With the session of temporary tables goes the transaction that is open in it, before it: nobody could end that any more. */
async function openOf(ports: Ports, statement: Asked, by?: SessionId): Promise<readonly Open[]> {
  const { transaction, temporary, session } = statement
  const tables = await find(ports, temporary?.id ?? session)
  const within = tables?.pinned.within
  const inside = await find(ports, within)
  const holds = tables?.pinned.session !== undefined && isFree(tables, by) && (inside?.ended || isFree(inside, by))
  const own = within === transaction?.id ? inside : await find(ports, transaction?.id)
  const transactions = new Set(holds ? [inside, own] : [own])
  return [
    ...[...transactions].flatMap(each => asOpen('transaction', each, by)),
    ...(holds ? asOpen('temporary tables', tables, by) : []),
  ]
}

const find = async (ports: Ports, id: string | undefined) => (id === undefined ? undefined : findPinned(ports, id))

/** Nothing of it waits or runs, but for that statement. */
const isFree = (found: FoundSession | undefined, by?: SessionId) => found?.busy === undefined || found.busy === by

function asOpen(what: StaysOpen, found: FoundSession | undefined, by?: SessionId): Open[] {
  if (!found || found.ended || !isFree(found, by)) return []
  const { id, count } = found.pinned
  return [{ what, id, count }]
}
