import type { FastifyReply } from 'fastify'
import { type ErrorCode, errorTable, type GatewayError } from '#src/errors.ts'
import type { Refused } from '#src/outcome.ts'

/** `reason` as in https://cloud.google.com/bigquery/docs/error-messages: clients decide by it whether to try again. */
interface GoogleError {
  readonly status: number
  readonly reason: string
  readonly message: string
}

const shapes: Partial<Record<ErrorCode, readonly [status: number, reason: string]>> = {
  invalid_request: [400, 'invalid'],
  invalid_utf8: [400, 'invalid'],
  request_too_slow: [503, 'backendError'],
  unsupported_media_type: [400, 'parseError'],
  statement_too_large: [413, 'uploadTooLarge'],
  unknown_connection: [404, 'notFound'],
  unknown_session: [404, 'notFound'],
  recording_lost: [404, 'notFound'],
  no_such_path: [404, 'notFound'],
  method_not_allowed: [404, 'notFound'],
  idempotency_mismatch: [409, 'duplicate'],
  conflict: [409, 'duplicate'],
  // By 409 clients understand that their own job is there.
  session_busy: [400, 'invalid'],
  // Sent again, as clients do on 503, it would be a new statement.
  outcome_unknown: [403, 'blocked'],
  cancelled: [499, 'stopped'],
  warehouse_error: [400, 'invalidQuery'],
  syntax_error: [400, 'invalidQuery'],
  not_compiled: [400, 'invalidQuery'],
  limit_exceeded: [400, 'resourcesExceeded'],
  too_many: [403, 'quotaExceeded'],
  internal: [500, 'internalError'],
}

const statusWords: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  413: 'INVALID_ARGUMENT',
  499: 'CANCELLED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
}

/** A request that was refused, or that may be sent again: 503 where a part is missing for now. */
export function requestError(error: GatewayError): GoogleError {
  const { message, next } = error
  const [status, reason] = shapeOf(error)
  return { status, reason, message: unalarming([message, next].filter(Boolean).join(' ')) }
}

/** Clients go by `notFound` where they ask whether a table is there. */
function shapeOf({ code, warehouse }: GatewayError | Refused): readonly [number, string] {
  if (warehouse?.code === 'notFound') return [404, 'notFound']
  return shapes[code] ?? shapeByStatus(errorTable[code].status)
}

function shapeByStatus(status: number): readonly [number, string] {
  if (status === 401) return [401, 'authError']
  return status < 500 ? [403, 'accessDenied'] : [503, 'backendError']
}

/**
 * What became of a statement that will not run, or failed. Never of a kind that clients try again by themselves: as a new job
 * it would be a new statement, and ask people anew.
 */
export function jobError(refused: Refused): GoogleError {
  const { id, message, next } = refused
  const [http, reason] = shapeOf(refused)
  const text = [message, next && `What would pass: ${next}`, `(session ${id})`].filter(Boolean).join(' ')
  const final = http < 500
  return { status: final ? http : 403, reason: final ? reason : 'blocked', message: unalarming(text) }
}

/** Java's client takes any text with "exceed … rate … limit" for a rate limit, and tries again. */
function unalarming(text: string): string {
  const words = text.toLowerCase()
  const exceed = words.indexOf('exceed')
  const rate = exceed < 0 ? -1 : words.indexOf('rate', exceed)
  const alarming = rate >= 0 && words.includes('limit', rate)
  return alarming ? text.replaceAll(/exceed(?:s|ed|ing)?/gi, 'go over') : text
}

/** The envelope of Google's APIs: https://cloud.google.com/apis/design/errors */
export function errorBody({ status, reason, message }: GoogleError): object {
  const errors = [{ message, domain: 'global', reason }]
  return { error: { code: status, message, errors, status: statusWords[status] ?? 'UNKNOWN' } }
}

/** Answers with what became of a statement that will not run, or failed. */
export function sendRefusal(reply: FastifyReply, outcome: Refused): FastifyReply {
  const error = jobError(outcome)
  return reply.code(error.status).send(errorBody(error))
}

/** The same inside a job. */
export function errorProto({ reason, message }: GoogleError): object {
  return { reason, message }
}
