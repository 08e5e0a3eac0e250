import type { DriverContext, DriverSession } from '#src/authenticate/driver-sessions.ts'

export type ResultFormat = NonNullable<DriverContext['resultFormat']>

/** Where nothing else was asked for: Arrow to drivers that hand out columns (pandas, Snowpark, Go's Arrow batches), as Snowflake does. */
export function usualFormat(clientId: unknown): ResultFormat {
  return typeof clientId === 'string' && /^(?:Python\w*|Go)$/.test(clientId) ? 'arrow' : 'json'
}

/** A parameter by which drivers choose: each has one of its own (`GO_QUERY_RESULT_FORMAT`), and there is one for all. */
export function choosesFormat(parameter: string): boolean {
  return /^(?:[A-Z_]{1,40}_)?QUERY_RESULT_FORMAT$/.test(parameter)
}

/** `undefined` for what names no format. */
export function formatOf(value: unknown): ResultFormat | undefined {
  switch (String(value).toUpperCase()) {
    case 'JSON':
      return 'json'
    case 'ARROW':
    case 'ARROW_FORCE':
      return 'arrow'
    default:
      return undefined
  }
}

/** The session as it is for one answer. */
export function inFormat<S extends DriverSession>(session: S, format: ResultFormat | undefined): S {
  return format === undefined ? session : { ...session, context: { ...session.context, resultFormat: format } }
}
