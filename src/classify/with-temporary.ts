import { GatewayError } from '../errors.ts'
import { type FoundSession, findPinned, ownerOf, soFar, waits } from '../pinned/pinned-sessions.ts'
import {
  createsTemporary,
  type Refusal,
  refusedForm,
  refusedNames,
  refusedSurroundings,
  type TemporaryTables,
  temporaryLost,
} from '../pinned/temporary-tables.ts'
import type { Ports } from '../ports.ts'
import type { Statement, Submission } from '../statement.ts'
import type { Catalog } from './catalog.ts'
import type { Classification } from './classification.ts'

/** The session of temporary tables that may be meant, as it is now. */
export interface TemporarySession {
  readonly id: string
  readonly found: FoundSession | undefined
  readonly tables: TemporaryTables
}

/** Undefined where the driver's session has none, or they are somebody else's. */
export async function temporarySession(
  ports: Ports,
  statement: Statement,
  { temporary: id }: Submission,
): Promise<TemporarySession | undefined> {
  if (id === undefined) return undefined
  const found = await findPinned(ports, id)
  if (found && found.pinned.owner !== ownerOf(statement)) throw new GatewayError('temporary_lost')
  return { id, found, tables: found?.pinned.tables ?? {} }
}

/** A statement with its temporary tables, and why it is refused with them, where it is. */
export interface Placed {
  readonly statement: Statement
  readonly refusal?: Refusal
}

/**
 * Whether the statement runs in the session of the temporary tables: where it creates or touches one. All others go on as if there
 * were none, in sessions that see none. Rejects with `temporary_lost`, with `session_busy` while another one waits or runs there, and
 * where the catalog cannot be asked.
 */
export async function withTemporaryTables(
  statement: Statement,
  classification: Classification,
  { session, catalog, within }: { session: TemporarySession; catalog: Catalog; within: Submission['transaction'] },
): Promise<Placed> {
  const { id, found, tables } = session
  const names = [...new Set([...classification.reads, ...classification.writes])]
  const touched = names.filter(name => Object.hasOwn(tables, name))
  const creates = createsTemporary(statement)
  if (touched.length === 0 && !creates) return { statement }
  if (found?.ended) throw temporaryLost(touched.length > 0 ? touched : Object.keys(tables))
  if (found?.busy && found.busy !== statement.id) throw waits(found.busy)
  const form =
    within === undefined
      ? (refusedForm({ dialect: statement.dialect, classification, tables, touched, creates }) ??
        refusedNames(statement, touched))
      : inTransaction
  const created = creates && !form ? classification.writes : []
  const own = [...new Set([...touched, ...created])]
  const refusal = form ?? (await refusedSurroundings(catalog, classification, own))
  const [name] = created
  const temporary = { ...soFar(id, statement, found), tables: own, ...(name === undefined ? {} : { creates: name }) }
  return { statement: Object.freeze({ ...statement, temporary }), ...(refusal ? { refusal } : {}) }
}

const inTransaction: Refusal = {
  because: 'Temporary tables have a session of their own in the warehouse, and a transaction has another.',
  instead: 'Commit or roll back first; AUTOCOMMIT has to be on where there is one.',
}
