import type { Dialect } from '../../statement.ts'
import { spentMs } from './spent-ms.ts'
import { warmUpQueries } from './warm-up-queries.ts'

/**
 * Judges queries like an agent's until that took so many milliseconds of processor time, that the engine has compiled what they
 * run through: the first agent's statement shall take no longer than the next one's.
 */
export function warmUp(ms: number, run: (sql: string, dialect: Dialect) => unknown): void {
  const until = spentMs() + ms
  for (let round = 0; ; round += 1) {
    for (const [dialect, sql] of warmUpQueries) {
      if (spentMs() >= until) return
      // A new text each time, so that nothing is answered from memory.
      run(`${sql} offset ${round}`, dialect)
    }
  }
}
