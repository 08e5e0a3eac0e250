import { GatewayError } from '../errors.ts'
import type { Authorized } from '../hold/authorized.ts'
import type { Ports } from '../ports.ts'
import { principalKey } from '../principal.ts'
import { isUnderWay, type SessionRecord } from '../record/event.ts'
import { canonicalJson, type Statement } from '../statement.ts'
import { addOpen } from './open-sessions.ts'
import { maxShown, type PinnedSoFar, pinnedTo } from './pinned-so-far.ts'
import { maxColumns, type TemporaryTables } from './temporary-tables.ts'
import { type TransactionEnd, transactionEnd, transactionOver } from './transaction.ts'

/** How it ended. `lost`: by nobody's COMMIT or ROLLBACK, and its client has not heard of it yet. */
export type Ended = 'committed' | 'rolled back' | 'lost'

/**
 * What keeps statements in one session of the warehouse: a transaction, temporary tables, or a session that a client opened by
 * itself. As the record store has it, it is the authority on what may run in there, and changes by compare-and-swap: its last
 * statement alone may, until that has ended.
 */
export interface PinnedSession extends PinnedSoFar {
  /** `ownerOf`. */
  readonly owner: string
  readonly connection: string
  /** The warehouse's session, sealed by the warehouse; absent while nothing has run in one. */
  readonly session?: string
  /** The one that has ended: of what ran in it the warehouse is still asked. */
  readonly former?: string
  /** When a statement came last; milliseconds since the epoch. */
  readonly usedAt: number
  /** What its last statement would make of it. */
  readonly ending?: TransactionEnd
  readonly ended?: Ended
  /** Of a session that holds them; such a one is no transaction, and what runs in it is committed by itself. */
  readonly tables?: TemporaryTables
  /** Of a session that its client opened by itself: what names without one resolve in, as long as it lasts. */
  readonly schema?: string
  /** Of such a session: its latest transaction, which may be over. */
  readonly within?: string
}

export type PinnedPorts = Pick<Ports, 'records' | 'clock' | 'limits'>

/** A statement that came so long ago and is not on record never will be. */
const openingMilliseconds = 30_000
const attempts = 20

/** What the last statement's record says of it: a COMMIT that is on record has ended it, whoever has heard of that. */
export interface FoundSession {
  readonly pinned: PinnedSession
  readonly ended?: Ended
  /** The statement that waits or runs. */
  readonly busy?: string
  /** The last statement's record, where there is one. */
  readonly last?: SessionRecord
}

/** Whose it is: nobody else's statement gets into it, nor one that is asked for on another person's behalf. */
export function ownerOf({ principal, connection }: Pick<Statement, 'principal' | 'connection'>): string {
  return canonicalJson([principalKey(principal), connection])
}

export async function findPinned(ports: PinnedPorts, id: string): Promise<FoundSession | undefined> {
  const text = await ports.records.setting(settingOf(id))
  return text === undefined ? undefined : look(ports, JSON.parse(text))
}

async function look(ports: PinnedPorts, pinned: PinnedSession): Promise<FoundSession> {
  const { ended, ending, latest, usedAt } = pinned
  const last = latest.at(-1)
  if (ended || !last) return { pinned, ...(ended ? { ended } : {}) }
  const record = await ports.records.session(last.id)
  const found = { pinned, ...(record ? { last: record } : {}) }
  if (!record) return ports.clock.now() - usedAt < openingMilliseconds ? { ...found, busy: last.id } : found
  if (ending && record.state === 'completed')
    return { ...found, ended: ending === 'commit' ? 'committed' : 'rolled back' }
  return isUnderWay(record.state) ? { ...found, busy: last.id } : found
}

/**
 * As it is before this statement. Rejects with `transaction_over`, or with `session_busy` while another one of it waits or runs; what
 * `readsTheSame` does not wait for the first one, and comes as well after its client has ended it, as if there were none.
 */
export async function transactionBefore(
  ports: PinnedPorts,
  id: string,
  statement: Statement,
  readsTheSame: boolean,
): Promise<FoundSession | undefined> {
  const found = await findPinned(ports, id)
  if (readsTheSame && found?.ended && found.ended !== 'lost') return undefined
  if (found && (found.ended || found.pinned.owner !== ownerOf(statement))) throw transactionOver()
  const outside = readsTheSame && found?.pinned.session === undefined
  if (found?.busy && found.busy !== statement.id && !outside) throw waits(found.busy)
  return found
}

/** What the statement and its card say of it. */
export function soFar(id: string, { receivedAt }: Statement, found: FoundSession | undefined): PinnedSoFar {
  if (!found) return { id, openedAt: receivedAt, count: 0, latest: [] }
  const { openedAt, role, session, count, latest } = found.pinned
  const [last] = latest.slice(-1)
  const became = found.last?.state ?? 'failed'
  return {
    ...{ id, openedAt, count },
    ...(session !== undefined && role !== undefined ? { role } : {}),
    latest: [...latest.slice(0, -1), ...(last ? [{ ...last, became }] : [])],
  }
}

/**
 * Gives the statement its place: after what its card shows, and nothing besides. From here on it alone may run in there, until it
 * has ended. Rejects with `session_busy` where another one came first, with `transaction_over`, and with `too_many`.
 */
export async function joinPinned(
  ports: PinnedPorts,
  {
    statement,
    decision: { role, hidesLiterals },
    classification: { kind, summary },
  }: Pick<Authorized, 'statement' | 'decision' | 'classification'>,
): Promise<void> {
  const { temporary, id, connection } = statement
  const before = pinnedTo(statement)
  if (!before) return
  const name = settingOf(before.id)
  const stored = await ports.records.setting(name)
  const found = stored === undefined ? undefined : await look(ports, JSON.parse(stored))
  if (found?.pinned.latest.at(-1)?.id === id) return
  if (found?.ended) throw transactionOver()
  if ((found?.pinned.count ?? 0) !== before.count) throw new GatewayError('session_busy')
  const ending = temporary ? undefined : transactionEnd(statement)
  const { ending: _, ...kept }: Partial<PinnedSession> = found?.pinned ?? {}
  const next: PinnedSession = {
    ...kept,
    ...{ id: before.id, openedAt: before.openedAt, owner: ownerOf(statement), connection, role },
    count: before.count + 1,
    // A later statement's card may show more than its own did.
    latest: [...before.latest, { id, summary: hidesLiterals ? kind : summary }].slice(-maxShown),
    usedAt: ports.clock.now(),
    ...(ending ? { ending } : {}),
    // Before it is there: what a gateway that dies meanwhile has created is known to be there, if not how it is made.
    ...(temporary ? { tables: { ...kept.tables, ...(temporary.creates ? { [temporary.creates]: {} } : {}) } } : {}),
  }
  const joined =
    stored === undefined
      ? await createPinned(ports, next, principalKey(statement.principal))
      : await ports.records.putSetting(name, stored, JSON.stringify(next))
  // Where it came twice at the same moment, the other one has joined.
  const latest = () => findPinned(ports, before.id).then(now => now?.pinned.latest.at(-1))
  if (!joined && (await latest())?.id !== id) throw new GatewayError('session_busy')
}

/** Puts one on record; false where there is one of this id. Rejects with `too_many`. */
export async function createPinned(ports: PinnedPorts, next: PinnedSession, principal: string): Promise<boolean> {
  await addOpen(ports, { id: next.id, principal, openedAt: next.usedAt })
  return ports.records.putSetting(settingOf(next.id), undefined, JSON.stringify(next))
}

/** Ends one of which nothing is on record, so that what is on its way into it hears of that. False where something came first. */
export function endUnbegun(ports: PinnedPorts, id: string, ended: Ended): Promise<boolean> {
  const at = ports.clock.now()
  const unbegun: PinnedSession = {
    id,
    openedAt: at,
    usedAt: at,
    owner: '',
    connection: '',
    count: 0,
    latest: [],
    ended,
  }
  return ports.records.putSetting(settingOf(id), undefined, JSON.stringify(unbegun))
}

/** The one in which this statement is the one that may run now. Rejects with `transaction_over`. */
export async function enteredPinned(ports: PinnedPorts, statement: Statement): Promise<PinnedSession> {
  const place = pinnedTo(statement)
  const found = place && (await findPinned(ports, place.id))
  if (!found || found.ended || found.pinned.owner !== ownerOf(statement)) throw transactionOver()
  // Not the last one any more, or settled by another gateway while this one stood still. One that is resumed may be unknown.
  const { id, state } = found.last ?? {}
  if (id !== statement.id || !(state === 'claimed' || state === 'unknown'))
    throw transactionOver('it went on without this statement')
  return found.pinned
}

/**
 * Remembers the warehouse's session, or what became of it, in place of `instead`. Rejects with `transaction_over` where it ended
 * meanwhile, and with `interrupted` where another gateway, which took the statement over, goes on in a session of its own.
 */
export async function keepSession(
  ports: PinnedPorts,
  id: string,
  session: string,
  instead: string | undefined,
): Promise<void> {
  const kept = await changePinned(ports, id, before =>
    before.ended || before.session !== instead ? before : { ...before, session },
  )
  if (!kept || kept.ended) throw transactionOver()
  if (kept.session !== session) throw new GatewayError('interrupted', { detail: 'it goes on in another session' })
}

/** Remembers how a temporary table is made; without columns, that it was not made. */
export async function keepTable(
  ports: PinnedPorts,
  id: string,
  name: string,
  columns: Readonly<Record<string, string>> | undefined,
): Promise<void> {
  if (columns && Object.keys(columns).length > maxColumns) return
  await changePinned(ports, id, before => {
    const { [name]: _, ...others } = before.tables ?? {}
    return { ...before, tables: { ...others, ...(columns ? { [name]: { columns } } : {}) } }
  })
}

/**
 * Ends it on record; from then on no statement gets into it. One that has ended stays as it is, but for a lost one that its client has
 * heard of; so does one of more statements than `count`.
 */
export function endPinned(
  ports: PinnedPorts,
  id: string,
  ended: Ended,
  count?: number,
): Promise<PinnedSession | undefined> {
  return changePinned(ports, id, before => {
    const heard = before.ended === 'lost' && ended === 'rolled back'
    if ((before.ended && !heard) || (count !== undefined && before.count !== count)) return before
    return { ...before, ended }
  })
}

/** The warehouse's session has ended. */
export async function forgetSession(ports: PinnedPorts, id: string): Promise<void> {
  await changePinned(ports, id, ({ session, ...rest }) => ({ ...rest, ...(session ? { former: session } : {}) }))
}

/** As it is from now on; undefined where there is none. */
export async function changePinned(
  ports: PinnedPorts,
  id: string,
  to: (before: PinnedSession) => PinnedSession,
): Promise<PinnedSession | undefined> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const text = await ports.records.setting(settingOf(id))
    if (text === undefined) return undefined
    const after = to(JSON.parse(text))
    if (await ports.records.putSetting(settingOf(id), text, JSON.stringify(after))) return after
  }
  throw new GatewayError('session_busy')
}

export function waits(busy: string): GatewayError {
  return new GatewayError('session_busy', {
    message: `A statement of this transaction, or on these temporary tables, still waits or runs: ${busy}. They run one after the other.`,
    next: 'Wait for it, or cancel it.',
  })
}

function settingOf(id: string): string {
  // Older than temporary tables here: as it stands on record.
  return `transaction:${id}`
}
