import { pino } from 'pino'
import type { Log } from '#src/ports.ts'

/** Fields that may be logged at all. Whatever else is handed in stays out: an allow-list cannot forget a secret. */
const allowed = new Set([
  'session',
  'code',
  'detail',
  'method',
  'route',
  'status',
  'rebuilt',
  'url',
  'file',
  'problems',
  'warnings',
  'gateway',
  'signal',
])

/** JSON lines on standard error. Never SQL, values, tokens or headers. */
export function createLog(level: string): Log {
  const logger = pino({ level, base: { process: 'gateway' } }, pino.destination({ fd: 2, sync: true }))
  const only = (fields: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(fields).filter(([name, value]) => allowed.has(name) && value !== undefined))
  return {
    info: (fields, message) => logger.info(only(fields), message),
    warn: (fields, message) => logger.warn(only(fields), message),
    error: (fields, message) => logger.error(only(fields), message),
  }
}
