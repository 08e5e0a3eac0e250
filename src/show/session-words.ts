import type { SessionState, SessionSummary } from '../record/event.ts'
import { rowsText, subject } from './facts.ts'
import { shortLine } from './visible-text.ts'

type Found = Pick<SessionSummary, 'agent' | 'state' | 'kind' | 'tables' | 'rule' | 'rows' | 'cost'>

/** `DELETE · shop.orders` */
export function subjectOf({ kind, tables }: Pick<Found, 'kind' | 'tables'>): string {
  return subject({ kind, reads: tables, writes: [] })
}

/** What came of it, in a few words. */
export function ending({ state, rows, rule, cost }: Pick<Found, 'state' | 'rows' | 'rule' | 'cost'>): string {
  const price = cost === undefined || cost < 0.005 ? '' : `, $${cost.toFixed(2)}`
  const by = shortLine(rule, 60)
  const words: Readonly<Record<SessionState, string>> = {
    completed: `${rowsText(rows ?? 0)}${price}`,
    held: `waits: ${by}`,
    claimed: 'runs',
    unknown: 'answer lost',
    failed: 'failed',
    denied: `refused: ${by}`,
    expired: 'expired',
    cancelled: 'withdrawn',
  }
  return words[state]
}

/** `3 sessions · 1 agent · 1 denied` */
export function foundText(sessions: readonly Pick<Found, 'agent' | 'state'>[]): string {
  const agents = new Set(sessions.map(({ agent }) => agent)).size
  const denied = sessions.filter(({ state }) => state === 'denied').length
  return `${counted(sessions.length, 'session')} · ${counted(agents, 'agent')} · ${denied} denied`
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
