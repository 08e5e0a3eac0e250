import { createPublicKey } from 'node:crypto'

export const notOnePair = 'sign and verify are not the two halves of one key; no approval would count'

/** Whether these are keys of one pair, each of them either half (PEM). */
export function isOnePair(one: string, other: string): boolean {
  return createPublicKey(one).equals(createPublicKey(other))
}
