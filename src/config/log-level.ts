import { ConfigProblems } from './problem.ts'
import type { Environment } from './secret-reader.ts'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** The least grave lines that either process logs, as `QUERYWARDEN_LOG_LEVEL` says. Throws `ConfigProblems`. */
export function logLevel({ QUERYWARDEN_LOG_LEVEL: level = 'info' }: Environment): string {
  if (levels.includes(level)) return level
  const message = `write one of ${levels.join(', ')}`
  throw new ConfigProblems([{ file: 'QUERYWARDEN_LOG_LEVEL', line: 0, column: 0, path: '', message }])
}
