import type { Hold } from '#src/hold/hold.ts'
import { statementDigest } from '#src/statement.ts'

/**
 * Whether a hold is what its digest says. The hold store is not trusted and the bot cannot check the gateway's MAC, but it
 * shows and signs nothing whose statement is not the one its digest names.
 */
export function isIntact({ id, terms }: Hold): boolean {
  try {
    return terms.statement.id === id && statementDigest(terms.statement, terms.decision.role) === terms.digest
  } catch {
    return false
  }
}
