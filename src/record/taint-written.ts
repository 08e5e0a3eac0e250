import { tableOf } from '../classify/column-name.ts'
import { taintsOn } from '../decide/judge.ts'
import { asSensitive, writtenSensitive } from '../decide/taint.ts'
import type { Authorized } from '../hold/authorized.ts'
import { taintScope } from '../pinned/temporary-tables.ts'
import type { Ports } from '../ports.ts'

/**
 * Columns that the statement writes from sensitive ones are sensitive from here on, for every gateway: durable before the credential
 * exists. A statement that then fails may have written all the same. Said again once it ended: what it read may have become
 * sensitive while it waited in the warehouse. Rejects with `record_unavailable`.
 */
export async function taintWritten(ports: Ports, { statement, classification, decision }: Authorized): Promise<void> {
  if (!classification.stores?.length) return
  const { id: session, connection, temporary } = statement
  const since = await taintsOn(ports, statement, classification)
  const others = since.filter(taint => taint.session !== session).map(asSensitive)
  const written = writtenSensitive(classification, [...decision.sensitive, ...others])
  if (written.length === 0) return
  const at = ports.clock.now()
  await ports.records.taint(
    written.map(({ pattern: column, class: name, mask }) => {
      const table = tableOf(column)
      const where = temporary?.tables.includes(table) ? taintScope(statement, temporary) : connection
      return { connection: where, table, column, class: name, mask, session, at }
    }),
  )
}
