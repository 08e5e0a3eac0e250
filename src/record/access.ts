import type { SessionId } from '../statement.ts'

const accessActions = [
  'find',
  'show',
  'read',
  'replay',
  'why',
  'pending',
  'reviews',
  'close',
  'home',
  'kill',
  'pause',
  'resume',
  'grants',
  'revoke',
  'link',
  'unlink',
] as const
export type AccessAction = (typeof accessActions)[number]

/** What one person of the on-call staff looked up or stopped: a record of its own, whatever came of it. */
export interface Access {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** `Person.id`. */
  readonly person: string
  readonly action: AccessAction
  /** The session that was asked for, seen or not. */
  readonly session?: SessionId
  /** What was asked for besides: the filters of a look-up, an agent's name, the reason of a stop. */
  readonly asked?: Readonly<Record<string, string | number>>
  /** How many sessions, rows or agents the answer shows; 0: nothing, or nothing this person may see. */
  readonly found: number
}

export interface AccessQuery {
  readonly person?: string
  /** Milliseconds since the epoch; inclusive. */
  readonly since?: number
  /** Default 50, at most 1,000. */
  readonly limit?: number
}
