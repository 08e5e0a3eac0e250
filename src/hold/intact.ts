import { statementDigest } from '../statement.ts'
import type { Hold } from './hold.ts'

/**
 * Whether a hold is what its digest says. The hold store is not trusted and the bot cannot check the gateway's MAC, but
 * nobody shows or signs anything whose statement is not the one its digest names.
 */
export function isIntact({ id, terms }: Hold): boolean {
  try {
    return terms.statement.id === id && statementDigest(terms.statement, terms.decision.role) === terms.digest
  } catch {
    return false
  }
}
