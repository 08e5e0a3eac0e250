import { createPublicKey } from 'node:crypto'

export const notOnePair = 'sign and verify are not the two halves of one key; no approval would count'

/** The private keys of a PEM file, each in its own text. */
export function privateKeysIn(text: string): string[] {
  return text.match(/-----BEGIN ((?:[A-Z]+ )*PRIVATE KEY)-----[\s\S]+?-----END \1-----/g) ?? []
}

/** Whether these are keys of one pair, each of them either half (PEM). */
export function isOnePair(one: string, other: string): boolean {
  return createPublicKey(one).equals(createPublicKey(other))
}
