import type { Shape } from '../classify/shape.ts'
import type { Ports } from '../ports.ts'
import { principalKey } from '../principal.ts'
import type { SessionState } from '../record/event.ts'
import { canonicalJson, type Statement, sha256 } from '../statement.ts'

/** What became of the statements of the same shape that the same principal had asked people for on the same connection. */
export interface History {
  /** How far back was looked. */
  readonly days: number
  /** No more than `maxCounted`. */
  readonly times: number
  readonly ran: number
  readonly denied: number
  /** Absent where there was none. `at`: milliseconds since the epoch. */
  readonly last?: { readonly at: number; readonly state: SessionState }
}

export const maxCounted = 100
const days = 30

/** Equal for statements that differ in values alone; where it is not known which texts are values, for equal texts. */
export function shapeKey({ principal, connection, sql }: Statement, shape: Shape | undefined): string {
  return sha256(canonicalJson([principalKey(principal), connection, shape?.fingerprint ?? [sql]]))
}

export async function historyOf(ports: Pick<Ports, 'records'>, shape: string, now: number): Promise<History> {
  const earlier = await ports.records.find({ shape, since: now - days * 86_400_000, limit: maxCounted })
  const [last] = earlier
  return {
    days,
    times: earlier.length,
    ran: earlier.filter(({ state }) => state === 'completed').length,
    denied: earlier.filter(({ state }) => state === 'denied').length,
    ...(last ? { last: { at: last.receivedAt, state: last.state } } : {}),
  }
}
