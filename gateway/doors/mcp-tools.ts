import { type TSchema, Type } from 'typebox'
import { CompletedAnswer, Connections, ExplainAnswer, PendingAnswer, RefusedAnswer } from './answer-schema.ts'

/** Fits into the 60 s that common clients allow a call. */
const maxWaitSeconds = 50

/** Where nobody says how long, or how many. */
export const defaults = { waitSeconds: 25, rows: 100 }

const strict = { additionalProperties: false } as const
const waitSeconds = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: maxWaitSeconds,
    description: `How long to wait in this call; default ${defaults.waitSeconds}. A new statement that runs is waited for in any case, up to 50.`,
  }),
)
const maxRows = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 1_000,
    description: `Most rows in this answer; default ${defaults.rows}. Fewer where they are longer than 4 MiB: next_offset says where to go on.`,
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

const ExecuteSql = Type.Object(
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
const ExplainSql = Type.Object({ sql, connection, purpose: Type.Optional(purpose) }, strict)
const QueryStatus = Type.Object({ request_id: requestId, wait_seconds: waitSeconds, max_rows: maxRows }, strict)
const QueryResults = Type.Object(
  { request_id: requestId, offset: Type.Integer({ minimum: 0 }), max_rows: maxRows },
  strict,
)
const CancelQuery = Type.Object({ request_id: requestId }, strict)
const Nothing = Type.Object({}, strict)

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

const outputs = {
  statement: oneOf(PendingAnswer, CompletedAnswer, RefusedAnswer),
  explained: oneOf(ExplainAnswer),
  connections: oneOf(Connections),
}

const hints = {
  writing: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
  reading: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  withdrawing: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
}

/** What agents are told of each tool. */
export const tools = {
  execute_sql: {
    description:
      'Runs one SQL statement, or holds it until people approve it, or refuses it with the reason. One that runs for long is answered as running: ask get_query_status.',
    ...{ input: ExecuteSql, output: outputs.statement, hints: hints.writing },
  },
  get_query_status: {
    description: 'Says where a statement stands that is held or runs; waits a while; brings the rows when it has run.',
    ...{ input: QueryStatus, output: outputs.statement, hints: hints.reading },
  },
  get_query_results: {
    description: 'Brings further rows of a statement that has run.',
    ...{ input: QueryResults, output: outputs.statement, hints: hints.reading },
  },
  cancel_query: {
    description: 'Withdraws a statement that waits, or cancels one that runs.',
    ...{ input: CancelQuery, output: outputs.statement, hints: hints.withdrawing },
  },
  explain_sql: {
    description:
      'Says what would become of a statement (run, held for whom, refused or failed and why) without running it or asking anybody.',
    ...{ input: ExplainSql, output: outputs.explained, hints: hints.reading },
  },
  list_connections: {
    description: 'Lists the warehouse connections and their SQL dialects.',
    ...{ input: Nothing, output: outputs.connections, hints: hints.reading },
  },
}
