import { pino } from 'pino'
import { onlyFields } from '#src/only-fields.ts'
import type { Log, LogFields } from '#src/ports.ts'

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
  const formatters = { log: onlyFields(allowed) }
  return pino({ level, base: { process: 'gateway' }, formatters }, pino.destination({ fd: 2, sync: true }))
}
