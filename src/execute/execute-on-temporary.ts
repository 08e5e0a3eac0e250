import { columnName } from '../classify/column-name.ts'
import { isVerified, withWarehouseReading } from '../decide/warehouse-reading.ts'
import { asGatewayError, GatewayError } from '../errors.ts'
import type { Authorized } from '../hold/authorized.ts'
import { keepTable } from '../pinned/pinned-sessions.ts'
import { createsTemporary } from '../pinned/temporary-tables.ts'
import type { Connection, Ports } from '../ports.ts'
import type { Column, Execution, InSession, PinnedSessions } from './warehouse.ts'

/**
 * Runs a statement in the session of its temporary tables, where it means what was judged: no permanent table has their names, and
 * what nobody looked at reads the tables that were seen. How a table that it creates is made is asked of the session before anybody
 * else may use it.
 */
export async function executeOnTemporary(
  ports: Ports,
  { warehouse, verify }: Connection,
  within: InSession,
  execute: () => Promise<Execution>,
): Promise<Execution> {
  const { authorized } = within
  const { temporary } = authorized.statement
  const { pinnedSessions } = warehouse
  if (!temporary || !pinnedSessions)
    throw new GatewayError('integrity', { detail: 'temporary tables where there are none' })
  const { id, creates, tables } = temporary
  try {
    const hidden = await warehouse.catalog.fresh(tables)
    if (hidden.size > 0) throw hides([...hidden.keys()])
    if (creates !== undefined && (await pinnedSessions.exists(within, creates))) throw hides([creates])
    if (!authorized.approved && isVerified(verify, authorized.classification, authorized.decision.sensitive))
      await requireSameReading(pinnedSessions, within)
  } catch (error) {
    if (creates !== undefined) await keepTable(ports, id, creates, undefined)
    throw error
  }
  if (creates === undefined) return execute()
  return created(ports, pinnedSessions, within, execute)
}

async function created(
  ports: Ports,
  pinnedSessions: PinnedSessions,
  within: InSession,
  execute: () => Promise<Execution>,
): Promise<Execution> {
  const { authorized } = within
  const { id = '', creates = '' } = authorized.statement.temporary ?? {}
  let execution: Execution
  try {
    execution = await execute()
  } catch (error) {
    // Surely not made. After anything else it may be there, and is used by nobody.
    if (asGatewayError(error).code === 'warehouse_error') await keepTable(ports, id, creates, undefined)
    throw error
  }
  const columns = await pinnedSessions.columns(within, creates).catch(() => undefined)
  if (columns && areAsJudged(authorized, creates, columns))
    await keepTable(
      ports,
      id,
      creates,
      Object.fromEntries(columns.map(({ name, warehouseType }) => [name, warehouseType])),
    )
  return execution
}

/** What is sensitive in there was said of columns by the names that were expected; BigQuery's are without regard to case. */
function areAsJudged(
  { statement, classification: { stores = [] } }: Authorized,
  table: string,
  columns: readonly Column[],
): boolean {
  const key = (name: string) => (statement.dialect === 'bigquery' ? name.toLowerCase() : name)
  const stored = new Set(stores.map(({ column }) => key(column)))
  if (stored.has(key(`${table}.*`)) || createsTemporary(statement)?.queryAt === undefined) return true
  return columns.length === stored.size && columns.every(({ name }) => stored.has(key(columnName(table, name))))
}

async function requireSameReading(pinnedSessions: PinnedSessions, within: InSession): Promise<void> {
  const { statement, classification } = within.authorized
  const creates = createsTemporary(statement)
  if (creates && creates.queryAt === undefined) return
  const sql = statement.sql.slice(creates?.queryAt ?? 0)
  // Values alone, perhaps very many.
  if (classification.kind === 'insert' && classification.reads.length === 0) return
  const tables = await pinnedSessions.reads(within, sql)
  if (withWarehouseReading(classification, tables) === classification) return
  throw new GatewayError('denied', {
    message: 'The warehouse reads other tables for this text than were seen in it, or does not say which. Nothing ran.',
    next: 'Name each table in the statement, by its full name.',
  })
}

function hides(names: readonly string[]): GatewayError {
  return new GatewayError('schema_changed', {
    message: `${names.join(', ')} is also a permanent one, which the temporary one hides. Nothing ran.`,
    next: 'Create it under another name.',
  })
}
