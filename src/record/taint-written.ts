import { tableOf, writtenSensitive } from '../decide/taint.ts'
import type { Authorized } from '../hold/authorized.ts'
import type { Ports } from '../ports.ts'

/**
 * Columns that the statement is about to write from sensitive ones are sensitive from here on, for every gateway: durable before
 * the credential exists. A statement that then fails may have written all the same. Rejects with `record_unavailable`.
 */
export async function taintWritten(ports: Ports, { statement, classification, decision }: Authorized): Promise<void> {
  const written = writtenSensitive(classification, decision.sensitive)
  if (written.length === 0) return
  const { id: session, connection } = statement
  const at = ports.clock.now()
  await ports.records.taint(
    written.map(({ pattern: column, class: name, mask }) => {
      return { connection, table: tableOf(column), column, class: name, mask, session, at }
    }),
  )
}
