import type { SessionState } from '../record/event.ts'

/** A session's state in one character, in lists. */
export const stateMarks: Readonly<Record<SessionState, string>> = {
  held: '…',
  claimed: '▶',
  unknown: '?',
  completed: '✔',
  failed: '✖',
  denied: '✖',
  expired: '✖',
  cancelled: '–',
}
