import { type Logger, LogLevel } from '@slack/bolt'
import { pino } from 'pino'
import { onlyFields } from '#src/only-fields.ts'

/** All that a log line may hold. Nothing of a statement: not its SQL, its binds, nor an agent's or a reviewer's words. */
export interface LogFields {
  readonly hold?: string
  readonly reviewer?: string
  readonly verdict?: string
  readonly state?: string
  readonly refusal?: string
  /** Error code of ours, of Slack's Web API or of Node. */
  readonly code?: string
  readonly channel?: string
  readonly mode?: string
  readonly milliseconds?: number
  /** By their paths in the configuration. */
  readonly settings?: readonly string[]
}

export interface BotLog {
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

const allowed: Readonly<Record<keyof LogFields, true>> = {
  hold: true,
  reviewer: true,
  verdict: true,
  state: true,
  refusal: true,
  code: true,
  channel: true,
  mode: true,
  milliseconds: true,
  settings: true,
}

/** JSON lines on standard output, only with the fields above. */
export function botLog(level: string): BotLog {
  return pino({
    level,
    base: { part: 'bot' },
    formatters: { log: onlyFields(allowed) },
  })
}

/**
 * What Slack's packages say, without what they say it about: their texts may quote payloads, and payloads hold SQL and
 * reasons. Only that a warning came, and the first words of it up to the first thing that could be a value.
 */
export function slackLogger(log: BotLog): Logger {
  const words = (messages: unknown[]) =>
    /^[\p{L} ,.']*/u
      .exec(String(messages[0] ?? ''))?.[0]
      .trim()
      .slice(0, 100)
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...messages: unknown[]) => log.warn({}, `slack: ${words(messages)}`),
    error: (...messages: unknown[]) => log.error({}, `slack: ${words(messages)}`),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  }
}

/** What Slack's client makes of an answer that is no JSON: the whole text of it, as if that were a code. */
export const unreadableAnswer = 'unreadable_answer'

/** The code of any thrown thing, for the log. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { code, data } = error as { code?: unknown; data?: { error?: unknown } }
  if (typeof data?.error === 'string') return /^\w{1,80}$/.test(data.error) ? data.error : unreadableAnswer
  return typeof code === 'string' ? code : error.name
}
