import { type TSchema, Type } from 'typebox'
import { CompletedAnswer, Connections, ExplainAnswer, PendingAnswer, RefusedAnswer } from './answer-schema.ts'

/** Fits into the 60 s that common clients allow a call. */
const maxWaitSeconds = 50

const strict = { additionalProperties: false } as const
const waitSeconds = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: maxWaitSeconds,
    description:
      'How long to wait in this call; default 25. A new statement that runs is waited for in any case, up to 50.',
  }),
)
const maxRows = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 1_000,
    description:
      'Most rows in this answer; default 100. Fewer where they are longer than 16 MiB: next_offset says where to go on.',
  }),
)
const requestId = Type.String({ maxLength: 20, description: 'The request_id that execute_sql answered with.' })
const sql = Type.String({ minLength: 1, description: 'One SQL statement in the dialect of the connection.' })
const connection = Type.Optional(
  Type.String({ description: 'Name as in list_connections; may be left out where there is one.' }),
)

const purpose = Type.String({
  minLength: 1,
  maxLength: 500,
  description: 'Why you need it, in one sentence; people will read it.',
})

export const ExecuteSql = Type.Object(
  {
    sql,
    connection,
    purpose,
    wait_seconds: waitSeconds,
    max_rows: maxRows,
    idempotency_key: Type.Optional(Type.String({ minLength: 8, maxLength: 128 })),
  },
  strict,
)
export const ExplainSql = Type.Object({ sql, connection, purpose: Type.Optional(purpose) }, strict)
export const QueryStatus = Type.Object({ request_id: requestId, wait_seconds: waitSeconds, max_rows: maxRows }, strict)
export const QueryResults = Type.Object(
  { request_id: requestId, offset: Type.Integer({ minimum: 0 }), max_rows: maxRows },
  strict,
)
export const CancelQuery = Type.Object({ request_id: requestId }, strict)
export const Nothing = Type.Object({}, strict)

/** A call that could not be made sense of, or failed: the only answers with `isError`. */
const Mistake = Type.Object(
  {
    status: Type.Literal('error'),
    code: Type.String(),
    message: Type.String(),
    what_would_pass: Type.Optional(Type.String()),
  },
  strict,
)
/** Clients of 2025 take output schemas of objects only, so the choice stands inside of one. */
const oneOf = (...choices: TSchema[]) => ({ type: 'object', anyOf: [...choices, Mistake] }) as const

export const outputs = {
  statement: oneOf(PendingAnswer, CompletedAnswer, RefusedAnswer),
  explained: oneOf(ExplainAnswer),
  connections: oneOf(Connections),
}

export const hints = {
  writing: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
  reading: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  withdrawing: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
}
