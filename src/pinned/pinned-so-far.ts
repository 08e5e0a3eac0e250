import type { SessionState } from '../record/event.ts'
import type { SessionId, Statement } from '../statement.ts'

/** The pinned session that a statement runs in, as it stood when the statement came. */
export interface PinnedSoFar {
  /** A UUID. */
  readonly id: string
  /** When its first statement came; milliseconds since the epoch. */
  readonly openedAt: number
  /** The one role that all of it runs under; absent while nothing of it has reached the warehouse. */
  readonly role?: string
  /** How many statements came before, whatever became of them. */
  readonly count: number
  /** The last `maxShown` of them, in order. */
  readonly latest: readonly EarlierStatement[]
}

interface EarlierStatement {
  readonly id: SessionId
  readonly summary: string
  /** Absent while it waits or runs. */
  readonly became?: SessionState
}

export const maxShown = 10

/** The one session that a statement may run in: its transaction's, or its temporary tables'. Absent: any will do. */
export function pinnedTo({
  transaction,
  temporary,
}: Pick<Statement, 'transaction' | 'temporary'>): PinnedSoFar | undefined {
  return transaction ?? temporary
}
