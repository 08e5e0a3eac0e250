import { type SessionState, sessionStates } from '../record/event.ts'

/** What people call a session's state where they look for one. */
const stateWords: Readonly<Record<string, SessionState>> = {
  ran: 'completed',
  denied: 'denied',
  failed: 'failed',
  expired: 'expired',
  withdrawn: 'cancelled',
  held: 'held',
  running: 'claimed',
  unknown: 'unknown',
}

export const stateNames = Object.keys(stateWords).join(', ')

/** In people's words or in the record's own. */
export function stateNamed(text: string): SessionState | undefined {
  const word = text.toLowerCase()
  if (Object.hasOwn(stateWords, word)) return stateWords[word]
  return sessionStates.find(state => state === word)
}
