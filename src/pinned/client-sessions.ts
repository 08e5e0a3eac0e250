import { GatewayError } from '../errors.ts'
import type { Principal } from '../principal.ts'
import { principalKey } from '../principal.ts'
import {
  changePinned,
  createPinned,
  findPinned,
  ownerOf,
  type PinnedPorts,
  type PinnedSession,
} from './pinned-sessions.ts'

/*
 * Sessions that clients open by themselves and name in their requests, as BigQuery's do. One is on record before anything of it
 * reaches a warehouse, as what holds its temporary tables: with the same owner, bound, end and order of statements.
 */

/** Which session, of whom. */
interface NamedSession {
  /** A UUID. */
  readonly id: string
  readonly principal: Principal
  readonly connection: string
}

export interface ClientSession {
  readonly id: string
  /** What names without one resolve in; absent: they are names of temporary tables, or of nothing. */
  readonly schema?: string
  /** The transaction that is open in it, or was lost and is still to be rolled back. */
  readonly within?: { readonly id: string; readonly lost: boolean }
}

/** The same again is the same session. Rejects with `invalid_request` where that has ended, and with `too_many`. */
export async function openSession(
  ports: PinnedPorts,
  { id, principal, connection }: NamedSession,
  schema: string | undefined,
): Promise<ClientSession> {
  const usedAt = ports.clock.now()
  const owner = ownerOf({ principal, connection })
  const session = { id, openedAt: usedAt, owner, connection, usedAt, count: 0, latest: [], tables: {} }
  // False where the same request came twice at the same moment.
  if (!(await findPinned(ports, id)))
    await createPinned(ports, { ...session, ...(schema === undefined ? {} : { schema }) }, principalKey(principal))
  return useSession(ports, { id, principal, connection })
}

/**
 * For one more statement of its owner, from which on it is idle. Rejects with `invalid_request` where it is somebody else's, of
 * another connection, not there, or not any more: in the same words, so that nobody learns which are there.
 */
export async function useSession(ports: PinnedPorts, asked: NamedSession): Promise<ClientSession> {
  const { id, schema, within: transaction } = await used(ports, asked)
  const within = transaction === undefined ? undefined : await openWithin(ports, transaction)
  return { id, ...(schema === undefined ? {} : { schema }), ...(within ? { within } : {}) }
}

async function used(ports: PinnedPorts, asked: NamedSession): Promise<PinnedSession> {
  const { id } = asked
  const found = await findPinned(ports, id)
  if (!found || found.ended || !found.pinned.tables || found.pinned.owner !== ownerOf(asked)) throw sessionOver(id)
  const now = ports.clock.now()
  // Half a minute more or less is nothing to who waits for its end, and a write of the record less for each statement.
  if (now - found.pinned.usedAt > Math.min(30_000, ports.limits().transactionIdleMilliseconds / 10)) {
    const used = await changePinned(ports, id, before => (before.ended ? before : { ...before, usedAt: now }))
    if (!used || used.ended) throw sessionOver(id)
  }
  return found.pinned
}

/** Undefined where it was committed or rolled back. Before its first statement there is nothing of it. */
async function openWithin(ports: PinnedPorts, id: string): Promise<ClientSession['within']> {
  const ended = (await findPinned(ports, id))?.ended
  return ended === 'committed' || ended === 'rolled back' ? undefined : { id, lost: ended === 'lost' }
}

/**
 * From its next statement on, all of the session is part of this transaction; the same again is the same: its first answer may
 * be lost. Rejects with `invalid_request` where another one is open, or began meanwhile.
 */
export async function beginWithin(ports: PinnedPorts, asked: NamedSession, transaction: string): Promise<void> {
  const { within: latest } = await used(ports, asked)
  if (latest !== undefined && latest !== transaction && (await openWithin(ports, latest))) throw openAlready()
  const after = await changePinned(ports, asked.id, before =>
    before.ended || before.within !== latest ? before : { ...before, within: transaction },
  )
  if (!after || after.ended) throw sessionOver(asked.id)
  if (after.within !== transaction) throw openAlready()
}

/** Of a session whose `transaction` came to its end with nothing of it in the warehouse: another one may have begun by now. */
export async function leaveWithin(ports: PinnedPorts, { id }: NamedSession, transaction: string): Promise<void> {
  await changePinned(ports, id, before => {
    const { within, ...rest } = before
    return within === transaction ? rest : before
  })
}

function openAlready(): GatewayError {
  return new GatewayError('invalid_request', {
    message: 'A transaction is open in this session already.',
    next: 'Commit or roll it back first.',
  })
}

function sessionOver(id: string): GatewayError {
  return new GatewayError('invalid_request', {
    message: `Session ${id.slice(0, 64)} is none of this agent's here, or has ended, and what was in it is gone.`,
    next: 'Open another (createSession).',
  })
}
