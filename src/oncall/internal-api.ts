import type { Static } from 'typebox'
import { botOperations } from './bot-operations.ts'
import { personalOperations } from './personal-operations.ts'

/*
 * What the bot may ask the gateway, and what it hears: `POST /internal/NAME`, JSON both ways. Both processes hold the other
 * to these schemas.
 */

export const internalOperations = { ...personalOperations, ...botOperations } as const

export type PersonalOperation = keyof typeof personalOperations
export type BotOperation = keyof typeof botOperations
export type Operation = keyof typeof internalOperations
export type BodyOf<O extends Operation> = Static<(typeof internalOperations)[O]['body']>
export type AnswerOf<O extends Operation> = Static<(typeof internalOperations)[O]['answer']>

export function internalPath(operation: Operation): string {
  return `/internal/${operation}`
}
