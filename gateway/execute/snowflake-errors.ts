import { GatewayError, type WarehouseError } from '#src/errors.ts'
import { Refusal } from './snowflake-wire/wire-errors.ts'
import { Unanswered } from './until-answered.ts'

const cancelled = '000604'
const tookTooLong = '000630'
/** Codes that say nothing of the statement but that it did not get to its end. */
export const cutOff: ReadonlySet<string> = new Set([cancelled, tookTooLong])

/** Of Snowflake's own refusal; empty for any other error. */
export function sqlErrorCode(error: unknown): string {
  return error instanceof Refusal ? error.code : ''
}

/**
 * What Snowflake calls it, for drivers that go by that. Not what means more to them than an error of the statement: a session that is to be
 * renewed or logged in anew, a statement that is still on its way.
 */
export function warehouseError(error: unknown): { readonly warehouse?: WarehouseError } {
  if (!(error instanceof Refusal)) return {}
  const { code, sqlState } = error
  const plain = /^(?!39|33333)\d{6}$/.test(code) && /^[0-9A-Z]{5}$/.test(sqlState)
  return plain ? { warehouse: { code, sqlState } } : {}
}

/** Login failed: surely nothing was submitted. */
export function loginFailure(error: unknown): GatewayError {
  if (!(error instanceof Refusal)) return new GatewayError('warehouse_unavailable', { detail: detailOf(error) })
  return new GatewayError('warehouse_unavailable', {
    message: "The warehouse refused the gateway's credential; nothing ran.",
    detail: `Snowflake ${error.code}: ${error.message.slice(0, 500)}`,
  })
}

interface Circumstances {
  readonly cancelledByUs: boolean
  /** Then an answer that is no result leaves open what was written. */
  readonly mayWrite: boolean
}

/** What became of a submitted statement. Only an answer in Snowflake's own words is a definite failure. */
export function statementFailure(error: unknown, { cancelledByUs, mayWrite }: Circumstances): GatewayError {
  if (error instanceof GatewayError)
    return mayWrite && error.code === 'result_shape' ? new GatewayError('outcome_unknown', { cause: error }) : error
  if (error instanceof Unanswered && !error.mayHaveArrived)
    return new GatewayError(cancelledByUs ? 'cancelled' : 'warehouse_unavailable', { detail: error.message })
  if (!(error instanceof Refusal))
    return new GatewayError('outcome_unknown', { detail: `no answer from Snowflake: ${detailOf(error)}` })
  const { code, message, queryId } = error
  const detail = `Snowflake ${code}${queryId ? `, query ${queryId}` : ''}`
  switch (code) {
    case cancelled:
      return cancelledByUs
        ? new GatewayError('cancelled', { detail })
        : new GatewayError('warehouse_error', {
            ...{ message: 'The statement was cancelled in Snowflake.', detail },
            ...warehouseError(error),
          })
    case tookTooLong:
      return new GatewayError('limit_exceeded', { message: 'The statement ran longer than its time limit.', detail })
    default:
      return new GatewayError('warehouse_error', { message: message.slice(0, 2000), detail, ...warehouseError(error) })
  }
}

function detailOf(error: unknown): string {
  return error instanceof Unanswered ? error.message : error instanceof Error ? error.name : 'unknown'
}
