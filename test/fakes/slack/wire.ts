/** What travels in a Web API call or an interaction payload: JSON objects nobody has checked yet. */
export type Fields = Record<string, unknown>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const asFields = (value: unknown): Fields => (isFields(value) ? value : {})

export const asText = (value: unknown): string => (typeof value === 'string' ? value : '')

export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

export const isTrue = (value: unknown): boolean => value === true || value === 'true' || value === '1'

/** A Web API call that Slack answers with `ok: false`; `extra` joins the answer. */
export class SlackFailure extends Error {
  readonly code: string
  readonly extra: Fields

  constructor(code: string, extra: Fields = {}) {
    super(code)
    this.code = code
    this.extra = extra
  }
}

/** Form posts carry objects as JSON text, JSON posts carry them as they are. */
export function jsonArgument(args: Fields, name: string, failure: string): unknown {
  const value = args[name]
  if (typeof value !== 'string' || value === '') return value === '' ? undefined : value
  try {
    return JSON.parse(value)
  } catch {
    throw new SlackFailure(failure)
  }
}
