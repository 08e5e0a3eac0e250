import { objectVersion } from '../classify/catalog.ts'
import { isVerified } from '../decide/warehouse-reading.ts'
import { GatewayError } from '../errors.ts'
import type { Authorized } from '../hold/authorized.ts'
import type { Connection } from '../ports.ts'

/**
 * Asks the warehouse anew what the objects are that the judgement rests on: columns that moved, a view that was replaced, a table
 * in another's place make the judged text mean something else. Rejects with `schema_changed`, and with what the catalog
 * rejects with where nobody can be asked.
 */
export async function requireSameSchema(
  { warehouse, verify }: Connection,
  { classification, decision }: Authorized,
): Promise<void> {
  const judged = Object.entries(classification.schema ?? {})
  if (judged.length === 0 || !isVerified(verify, classification, decision.sensitive)) return
  const now = await warehouse.catalog.fresh(judged.map(([name]) => name))
  const changed = judged.filter(([name, version]) => {
    const object = now.get(name)
    return object === undefined || objectVersion(object) !== version
  })
  if (changed.length === 0) return
  const names = changed.slice(0, 5).map(([name]) => name)
  throw new GatewayError('schema_changed', {
    message: `${names.join(', ')} changed since the statement was judged; no row leaves.`,
    next: 'Submit the statement again: it is judged as things are now.',
  })
}
