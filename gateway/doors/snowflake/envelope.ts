import { type ErrorCode, GatewayError, type WarehouseError } from '#src/errors.ts'
import type { SessionId } from '#src/statement.ts'
import { queryIdOf } from './query-id.ts'
import type { ResultFormat } from './result-format.ts'

/** The one form of every answer of Snowflake's protocol. `code` is digits or null: drivers read it as a number. */
export interface Envelope {
  readonly data: unknown
  readonly code: string | null
  readonly message: string | null
  readonly success: boolean
}

export function succeeded(data: unknown = null): Envelope {
  return { data, code: null, message: null, success: true }
}

/**
 * `333333`: this request waits for its statement. `333334`: it asked not to wait. Drivers ask again, at once and forever;
 * `format` where this statement's rows were asked for in another one than the session's.
 */
export function inProgress(queryId: string, code: '333333' | '333334', format?: ResultFormat): Envelope {
  const message = 'The statement waits or runs. Ask for its result again.'
  const getResultUrl = `/queries/${queryId}${format ? `/${format}` : ''}/result`
  const data = { getResultUrl, queryId, progressDesc: null, queryAbortsAfterSecs: 300 }
  return { data, code, message, success: true }
}

type SqlError = readonly [code: string, sqlState: string]
const refusedByPolicy: SqlError = ['003001', '42501']
const stopped: SqlError = ['000604', '57014']
const unsupported: SqlError = ['000002', '0A000']
const syntaxError: SqlError = ['001003', '42000']
const fault: SqlError = ['000603', 'XX000']

const sqlErrors: Partial<Record<ErrorCode, SqlError>> = {
  denied: refusedByPolicy,
  review_denied: refusedByPolicy,
  killed: refusedByPolicy,
  not_permitted: refusedByPolicy,
  integrity: refusedByPolicy,
  policy_failed: refusedByPolicy,
  transaction_over: ['000615', '40000'],
  temporary_lost: ['002003', '42S02'],
  hold_expired: stopped,
  cancelled: stopped,
  limit_exceeded: ['000630', '57014'],
  invalid_request: unsupported,
  invalid_utf8: unsupported,
  statement_too_large: unsupported,
  idempotency_mismatch: unsupported,
  unknown_connection: ['002043', '02000'],
  unknown_session: ['000709', '02000'],
  warehouse_error: syntaxError,
  syntax_error: syntaxError,
  not_compiled: syntaxError,
  // What waits for what else runs is Snowflake's 000625 too.
  session_busy: ['000625', '55006'],
  too_many: ['000625', '53000'],
}

/** What a person reads of a refusal. */
interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly next?: string | undefined
  readonly suggestedSql?: string | undefined
  readonly warehouse?: WarehouseError | undefined
}

/**
 * A refusal as an SQL error. It always carries an SQL state and a query id: without them drivers take it for a fault of the
 * line, and send the statement again.
 */
export function failed(refusal: Refusal, id?: SessionId): Envelope {
  return sqlError(sqlErrorOf(refusal), refusal, id)
}

/** `000007`, on which JDBC goes on without a description. */
export function notDescribed(refusal: Refusal): Envelope {
  return sqlError(['000007', '0A000'], refusal)
}

function sqlError([errorCode, sqlState]: SqlError, refusal: Omit<Refusal, 'code'>, id?: SessionId): Envelope {
  const data = { internalError: false, errorCode, age: 0, sqlState, queryId: id ? queryIdOf(id) : null }
  return { data, code: errorCode, message: wordsOf(refusal, id), success: false }
}

/** Snowflake's own numbers where it refused the statement, else what comes nearest. */
function sqlErrorOf({ code, warehouse }: Refusal): SqlError {
  if (warehouse && sqlErrors[code] === syntaxError) return [warehouse.code, warehouse.sqlState]
  return sqlErrors[code] ?? fault
}

/** A refusal in Snowflake's numbers, for answers of another form. */
export function errorOf(refusal: Refusal, id?: SessionId) {
  const [code, sqlState] = sqlErrorOf(refusal)
  return { code, sqlState, message: wordsOf(refusal, id) }
}

function wordsOf({ message, next, suggestedSql }: Omit<Refusal, 'code'>, id?: SessionId): string {
  return [
    message,
    ...(next ? [`What would pass: ${next}`] : []),
    ...(suggestedSql ? [`Suggested instead: ${suggestedSql}`] : []),
    ...(id ? [`(session ${id})`] : []),
  ].join(' ')
}

/** A login or a session that is refused, in the numbers that make drivers renew, log in again, or give up. */
export function sessionRefused(code: string, message: string): Envelope {
  return { data: { nextAction: 'RETRY_LOGIN', authnMethod: 'OAUTH', signInOptions: {} }, code, message, success: false }
}

export function unsupportedHere(message: string): GatewayError {
  return new GatewayError('invalid_request', { message })
}
