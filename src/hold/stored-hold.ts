import { parseInTurn } from '../parse-in-turn.ts'
import { type Hold, holdStates } from './hold.ts'

/**
 * A hold as a store gave it back, or undefined where it is not one: who can write to the store can put anything there.
 * Only the frame is looked at here; the terms are worth what their MAC is worth.
 */
export async function parseStoredHold(id: string, text: string | null | undefined): Promise<Hold | undefined> {
  if (!text) return undefined
  const hold = (await parseInTurn(text).catch(() => undefined)) as Partial<Hold> | undefined
  const whole =
    hold?.id === id &&
    Number.isSafeInteger(hold.version) &&
    holdStates.some(state => state === hold.state) &&
    typeof hold.mac === 'string' &&
    Array.isArray(hold.reviews) &&
    Array.isArray(hold.cards) &&
    typeof hold.terms?.digest === 'string' &&
    typeof hold.terms.statement?.principal?.subject === 'string' &&
    typeof hold.terms.statement.principal.issuer === 'string' &&
    Number.isSafeInteger(hold.terms.createdAt) &&
    Number.isSafeInteger(hold.terms.expiresAt)
  return whole ? (hold as Hold) : undefined
}
