import { objectVersion } from '../classify/catalog.ts'
import { taintsOn } from '../decide/judge.ts'
import { asSensitive } from '../decide/taint.ts'
import { isVerified } from '../decide/warehouse-reading.ts'
import { GatewayError } from '../errors.ts'
import type { Authorized } from '../hold/authorized.ts'
import type { Connection, Ports } from '../ports.ts'
import { canonicalJson } from '../statement.ts'

/**
 * Asks the warehouse anew what the objects are that the judgement rests on, but for temporary tables, which no other session changes:
 * columns that moved, a view that was replaced, a table in another's place make the judged text mean something else. Always of what
 * waited for people, which may have been for days. Rejects with `schema_changed`, and with what the catalog rejects with where
 * nobody can be asked.
 */
export async function requireSameSchema(
  { warehouse, verify }: Connection,
  { statement, classification, decision, approved }: Authorized,
): Promise<void> {
  const judged = Object.entries(classification.schema ?? {}).filter(
    ([name]) => !statement.temporary?.tables.includes(name),
  )
  if (judged.length === 0 || !(approved || isVerified(verify, classification, decision.sensitive))) return
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

/** Rejects with `schema_changed` where a column was written from a sensitive one since the statement was decided, or is to be masked more. */
export async function requireNoNewTaint(
  ports: Ports,
  { statement, classification, decision }: Authorized,
): Promise<void> {
  const known = new Set(decision.sensitive.map(entry => canonicalJson(entry)))
  const taints = await taintsOn(ports, statement, classification)
  const found = taints.find(taint => taint.session !== statement.id && !known.has(canonicalJson(asSensitive(taint))))
  if (found === undefined) return
  throw new GatewayError('schema_changed', {
    message: `${found.column} was written from a sensitive column since the statement was judged; no row leaves.`,
    next: 'Submit the statement again: it is judged as things are now.',
  })
}
