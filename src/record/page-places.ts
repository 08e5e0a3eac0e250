import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../config/secret.ts'
import { type Principal, principalKey } from '../principal.ts'
import { canonicalJson, type SessionId } from '../statement.ts'

/**
 * A row of a recorded result as its principal names it again to go on from there. A token that was made up, changed, or is of
 * another result or principal names none. It gives no right: whose the result is, is asked anew.
 */
export interface PagePlaces {
  token(principal: Principal, id: SessionId, row: number): string
  row(principal: Principal, id: SessionId, token: string): number | undefined
}

export function pagePlaces(key: () => Secret): PagePlaces {
  // In a list that begins with another word than those of holds and grants: none passes for the other.
  const macOf = (principal: Principal, id: SessionId, row: number): string =>
    createHmac('sha256', key().reveal())
      .update(canonicalJson(['page', principalKey(principal), id, row]))
      .digest('base64url')
  return {
    token: (principal, id, row) => `${row}.${macOf(principal, id, row)}`,
    row(principal, id, token) {
      const [, digits, mac] = /^(\d{1,15})\.([\w-]{43})$/.exec(token) ?? []
      if (digits === undefined || mac === undefined) return undefined
      const row = Number(digits)
      return timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(principal, id, row))) ? row : undefined
    },
  }
}
