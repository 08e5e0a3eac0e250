import { pino } from 'pino'
import type { Log, LogFields } from '#src/ports.ts'

/** Whatever else is handed in (by a spread, which the compiler lets pass) stays out: an allow-list cannot forget a secret. */
const allowed: Readonly<Record<keyof LogFields, true>> = {
  session: true,
  hold: true,
  transaction: true,
  code: true,
  detail: true,
  method: true,
  route: true,
  person: true,
  team: true,
  user: true,
  by: true,
  reviewer: true,
  verdict: true,
  rebuilt: true,
  url: true,
  gateway: true,
  signal: true,
  problems: true,
  settings: true,
}

/** JSON lines on standard error. Never SQL, values, tokens or headers. */
export function createLog(level: string): Log {
  const logger = pino({ level, base: { process: 'gateway' } }, pino.destination({ fd: 2, sync: true }))
  const only = (fields: LogFields) =>
    Object.fromEntries(
      Object.entries(fields).filter(([name, value]) => Object.hasOwn(allowed, name) && value !== undefined),
    )
  return {
    info: (fields, message) => logger.info(only(fields), message),
    warn: (fields, message) => logger.warn(only(fields), message),
    error: (fields, message) => logger.error(only(fields), message),
  }
}
