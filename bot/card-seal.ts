import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from '#src/config/secret.ts'
import type { CardRef, Hold } from '#src/hold/hold.ts'
import type { HoldStore } from '#src/hold/hold-store.ts'
import { fetchHold } from '#src/hold/review-hold.ts'
import type { SessionId } from '#src/statement.ts'
import { derivedKey } from './derived-key.ts'

export type CardPlace = Pick<CardRef, 'team' | 'channel' | 'ts'>

/**
 * Vouches for where the cards of a hold are. Who writes to the hold store could otherwise name any message of the bot's, and have it
 * overwritten (the alert of a release, another card), or any channel, and have a statement's text put there.
 */
export interface CardSeal {
  proof(hold: SessionId, place: CardPlace): string
  /** The hold with those of its cards alone that a bot of this installation put there. */
  own(hold: Hold): Hold
}

/** Under a key derived from that of reviews, which every bot of the installation has. */
export function cardSeal(reviewKeyPem: Secret): CardSeal {
  const key = derivedKey(reviewKeyPem, 'querywarden-card')
  const macOf = (hold: SessionId, { team, channel, ts }: CardPlace) =>
    createHmac('sha256', key)
      .update(JSON.stringify([hold, team, channel, ts]))
      .digest()
  return {
    proof: (hold, place) => macOf(hold, place).toString('base64url'),
    own: hold => ({ ...hold, cards: hold.cards.filter(card => isProof(card?.proof, macOf, hold.id, card)) }),
  }
}

/** As `fetchHold`, with its own cards alone. */
export async function fetchOwn(holds: HoldStore, seal: CardSeal, id: string): ReturnType<typeof fetchHold> {
  const hold = await fetchHold(holds, id)
  return typeof hold === 'object' ? seal.own(hold) : hold
}

function isProof(
  proof: unknown,
  macOf: (hold: SessionId, place: CardPlace) => Buffer,
  hold: SessionId,
  place: CardPlace,
): boolean {
  if (typeof proof !== 'string') return false
  const [given, expected] = [Buffer.from(proof, 'base64url'), macOf(hold, place)]
  return given.length === expected.length && timingSafeEqual(given, expected)
}
