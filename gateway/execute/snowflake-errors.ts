import { GatewayError } from '#src/errors.ts'

/** The parts of a driver error that are kept. The rest (responses, causes) may hold tokens and values. */
interface DriverError {
  readonly name: string
  readonly code: string
  readonly message: string
  readonly queryId?: string
}

function driverError(error: unknown): DriverError {
  if (!(error instanceof Error)) return { name: 'unknown', code: '', message: '' }
  const { code, data } = error as Error & { code?: unknown; data?: { queryId?: unknown } }
  const queryId = typeof data?.queryId === 'string' ? data.queryId : undefined
  return { name: error.name, code: String(code ?? ''), message: error.message, ...(queryId ? { queryId } : {}) }
}

/** Snowflake read the statement and said no, as opposed to: nobody answered. */
export function isSqlError(error: unknown): boolean {
  return driverError(error).name === 'OperationFailedError'
}

export function sqlErrorCode(error: unknown): string {
  const { name, code } = driverError(error)
  return name === 'OperationFailedError' ? code.padStart(6, '0') : ''
}

/** Login failed: surely nothing was submitted. */
export function loginFailure(error: unknown): GatewayError {
  const { name, code, message } = driverError(error)
  if (name !== 'OperationFailedError') return new GatewayError('warehouse_unavailable', { detail: `${name} ${code}` })
  return new GatewayError('warehouse_unavailable', {
    message: "The warehouse refused the gateway's credential; nothing ran.",
    detail: `Snowflake ${code}: ${message.slice(0, 500)}`,
  })
}

/** What became of a submitted statement. Only an answer in Snowflake's own words is a definite failure. */
export function statementFailure(error: unknown, cancelledByUs: boolean): GatewayError {
  const { name, code, message, queryId } = driverError(error)
  if (name !== 'OperationFailedError')
    return new GatewayError('outcome_unknown', { detail: `no answer from Snowflake: ${name} ${code}` })
  const detail = `Snowflake ${code}${queryId ? `, query ${queryId}` : ''}`
  switch (code.padStart(6, '0')) {
    case '000604':
      return cancelledByUs
        ? new GatewayError('cancelled', { detail })
        : new GatewayError('warehouse_error', { message: 'The statement was cancelled in Snowflake.', detail })
    case '000630':
      return new GatewayError('limit_exceeded', { message: 'The statement ran longer than its time limit.', detail })
    default:
      return new GatewayError('warehouse_error', { message: message.slice(0, 2000), detail })
  }
}
