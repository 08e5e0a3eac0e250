import { GatewayError } from '../errors.ts'
import type { SessionState } from './event.ts'

/** A session becomes `held` by being opened and `claimed` by winning its claim; no other way leads there. */
export function assertConclusion(to: SessionState): void {
  if (to !== 'held' && to !== 'claimed') return
  throw new GatewayError('internal', { detail: `a session cannot be concluded as ${to}` })
}
