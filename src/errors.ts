/**
 * Every way in which Querywarden says no, or fails. A code is part of the public contract (pinned by
 * `test/pins.test.ts`): `status` is the HTTP status of the REST door, `retry` says whether the same request may pass
 * later without a change, `sentence` is what a person or an agent reads when nothing more specific is known.
 */
export const errorTable = {
  unauthenticated: { status: 401, retry: false, sentence: 'Present a valid token of a trusted issuer.' },
  token_malformed: { status: 401, retry: false, sentence: 'The token is not a well-formed signed JWT.' },
  token_algorithm: {
    status: 401,
    retry: false,
    sentence: 'The token is signed with an algorithm that is not allowed.',
  },
  token_issuer: { status: 401, retry: false, sentence: 'The token comes from an issuer that is not trusted here.' },
  token_audience: { status: 401, retry: false, sentence: 'The token is meant for another audience.' },
  token_signature: { status: 401, retry: false, sentence: 'The signature of the token does not verify.' },
  token_expired: { status: 401, retry: false, sentence: 'The token has expired. Fetch a new one.' },
  token_not_yet_valid: { status: 401, retry: true, sentence: 'The token is not valid yet. Check the clocks.' },
  token_claims: { status: 401, retry: false, sentence: 'The token lacks a claim that names the principal.' },
  session_expired: { status: 401, retry: true, sentence: 'The token of this driver session has expired. Renew it.' },
  session_ended: { status: 401, retry: false, sentence: 'This driver session has ended, or never was. Log in again.' },
  issuer_unreachable: { status: 503, retry: true, sentence: 'The identity provider cannot be asked right now.' },
  not_permitted: { status: 403, retry: false, sentence: 'This principal may not do that.' },
  denied: { status: 403, retry: false, sentence: 'The statement is refused by policy.' },
  review_denied: { status: 403, retry: false, sentence: 'A reviewer denied the statement.' },
  killed: { status: 403, retry: false, sentence: 'On-call staff killed the statement.' },
  transaction_over: {
    status: 409,
    retry: false,
    sentence:
      'The transaction is over, and nothing of it that was not committed is there any more. Roll back, and begin again.',
  },
  temporary_lost: {
    status: 409,
    retry: false,
    sentence:
      'The temporary tables of this session are gone. Log in again, or open another session, and create them anew.',
  },
  hold_expired: {
    status: 403,
    retry: true,
    sentence: 'Its time to be approved and run was over; nothing ran. Submit it again when somebody can decide.',
  },
  cancelled: { status: 409, retry: true, sentence: 'The statement was withdrawn.' },
  invalid_request: { status: 400, retry: false, sentence: 'The request does not have the documented form.' },
  invalid_utf8: { status: 400, retry: false, sentence: 'The request is not valid UTF-8.' },
  request_too_slow: {
    status: 408,
    retry: true,
    sentence: 'The request did not arrive in time; nothing of it was read.',
  },
  headers_too_large: {
    status: 431,
    retry: false,
    sentence: 'The headers of the request are longer than this gateway accepts.',
  },
  unsupported_media_type: { status: 415, retry: false, sentence: 'Send JSON: `Content-Type: application/json`.' },
  no_such_path: { status: 404, retry: false, sentence: 'There is nothing at this path.' },
  method_not_allowed: { status: 405, retry: false, sentence: 'This path does not take this method.' },
  statement_too_large: {
    status: 413,
    retry: false,
    sentence: 'The statement is longer than this gateway accepts. Send it in parts.',
  },
  unknown_connection: { status: 404, retry: false, sentence: 'There is no connection of that name.' },
  unknown_session: { status: 404, retry: false, sentence: 'There is no session of that id for this principal.' },
  idempotency_mismatch: {
    status: 422,
    retry: false,
    sentence: 'The idempotency key was used for another statement. Each statement needs its own.',
  },
  conflict: { status: 409, retry: true, sentence: 'The same request is being handled already. Ask again.' },
  session_busy: {
    status: 409,
    retry: true,
    sentence: 'Other statements came first. Those of one transaction or session run one after the other: ask again.',
  },
  too_many: { status: 429, retry: true, sentence: 'Too much of this principal waits or is under way already.' },
  integrity: {
    status: 403,
    retry: false,
    sentence: 'The approval does not match what was recorded; nothing ran. Tell who runs this gateway.',
  },
  policy_failed: {
    status: 403,
    retry: false,
    sentence: 'The policy could not be evaluated; nothing ran. Tell who runs this gateway.',
  },
  record_unavailable: { status: 503, retry: true, sentence: 'The record cannot be written or read right now.' },
  recording_lost: {
    status: 410,
    retry: false,
    sentence: 'The statement ran, but its result is lost; it is not run again.',
  },
  holds_unavailable: { status: 503, retry: true, sentence: 'The hold store cannot be reached right now.' },
  mint_failed: { status: 502, retry: true, sentence: 'No credential could be minted; nothing ran.' },
  warehouse_unavailable: { status: 502, retry: true, sentence: 'The warehouse cannot be reached.' },
  warehouse_error: { status: 422, retry: false, sentence: 'The warehouse refused the statement.' },
  syntax_error: { status: 422, retry: false, sentence: 'The statement has a syntax error; nothing ran.' },
  not_compiled: { status: 422, retry: false, sentence: 'The warehouse does not compile the statement; nothing ran.' },
  result_shape: { status: 502, retry: false, sentence: 'The result does not have the predicted shape; no row leaves.' },
  schema_changed: {
    status: 409,
    retry: true,
    sentence: 'What the statement reads or writes was changed since it was judged; no row leaves.',
  },
  limit_exceeded: {
    status: 422,
    retry: false,
    sentence: 'The statement exceeded a limit of its decision. Ask for less at a time.',
  },
  outcome_unknown: {
    status: 502,
    retry: false,
    sentence: 'The answer was lost, and the statement may have run. Do not submit it again: ask what became of it.',
  },
  interrupted: { status: 503, retry: true, sentence: 'Another gateway goes on with the statement.' },
  draining: { status: 503, retry: true, sentence: 'This gateway is shutting down.' },
  internal: { status: 500, retry: true, sentence: 'Something failed inside the gateway.' },
} as const satisfies Record<string, { status: number; retry: boolean; sentence: string }>

export type ErrorCode = keyof typeof errorTable

/**
 * What a warehouse calls an error, where its clients go by that: numbers and states. They hold no value of a table, but a statement can
 * choose them by one: they are withheld with the warehouse's words.
 */
export interface WarehouseError {
  readonly code: string
  readonly sqlState: string
}

/**
 * A refusal or a failure with a closed code.
 * - `message`: the sentence for the person or agent; never holds a secret or a value from a table.
 * - `detail`: for the log only. `next`: what to do about it, where we know. `warehouse`: of an error of the warehouse's, what it is there.
 */
export class GatewayError extends Error {
  readonly code: ErrorCode
  readonly detail: string | undefined
  readonly next: string | undefined
  readonly warehouse: WarehouseError | undefined
  constructor(
    code: ErrorCode,
    options: {
      message?: string
      detail?: string | undefined
      next?: string | undefined
      warehouse?: WarehouseError | undefined
      cause?: unknown
    } = {},
  ) {
    super(options.message ?? errorTable[code].sentence, {
      cause: options.cause,
    })
    this.name = 'GatewayError'
    this.code = code
    this.detail = options.detail
    this.next = options.next
    this.warehouse = options.warehouse
  }
  get table(): (typeof errorTable)[ErrorCode] {
    return errorTable[this.code]
  }
}

/** Any thrown thing as a GatewayError: what is not one becomes `internal`, its text kept for the log only. */
export function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new GatewayError('internal', { detail, cause: error })
}

export function assertNever(value: never): never {
  throw new GatewayError('internal', {
    detail: `unhandled case ${JSON.stringify(value)}`,
  })
}
