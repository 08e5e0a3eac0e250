import { type Static, type TSchema, Type } from 'typebox'
import { count } from '#src/show/facts.ts'
import {
  anyRefusal,
  bodyRefusal,
  CompletedAnswer,
  Connections,
  ExplainAnswer,
  PendingAnswer,
  Problem,
  RefusedAnswer,
  refusals,
} from './answer-schema.ts'

const strict = { additionalProperties: false } as const
const maxWaitSeconds = 55
/** Rows of one answer where nobody says how many. */
export const defaultRows = 1_000

const mostRows = `Most rows in this answer; default ${count(defaultRows)}. Fewer where they are longer than 8 MiB: \`next_offset\` says where to go on.`

const statement = {
  connection: Type.String({ minLength: 1, maxLength: 64, description: 'Name of a configured connection.' }),
  sql: Type.String({ minLength: 1, description: 'The statement. Runs exactly as it is written here, or not at all.' }),
  binds: Type.Optional(
    Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]), {
      maxItems: 10_000,
      description: 'Values for positional placeholders.',
    }),
  ),
  database: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  schema: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  purpose: Type.Optional(
    Type.String({ maxLength: 500, description: 'Why, in the words of the agent; approvers see it as unchecked.' }),
  ),
}

export const Submit = Type.Object(
  {
    ...statement,
    max_rows: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: mostRows })),
  },
  strict,
)
export const Explain = Type.Object(statement, strict)

// Query parameters are texts; turning them into numbers would also turn `"1"` in a body into one.
const wait = Type.Optional(
  Type.String({
    pattern: '^([0-9]|[1-4][0-9]|5[0-5])$',
    description: `Seconds to wait, 0 to ${maxWaitSeconds}; default 0. A new statement that runs is waited for in any case, up to 50.`,
  }),
)
const offset = Type.Optional(Type.String({ pattern: '^[0-9]{1,9}$', description: 'First row of this answer.' }))
const maxRows = Type.Optional(Type.String({ pattern: '^([1-9][0-9]{0,3}|10000)$', description: mostRows }))
const Wait = Type.Object({ wait }, strict)
export const Window = Type.Object({ wait, offset, max_rows: maxRows }, strict)
const Id = Type.Object({ id: Type.String({ maxLength: 20, description: 'A `request_id`.' }) }, strict)
const Key = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ minLength: 8, maxLength: 128, description: 'The same key names the same statement.' }),
  ),
})

const json = (description: string, schema: TSchema) => ({ description, content: { 'application/json': { schema } } })
const withProblem = Type.Intersect([Problem, Type.Partial(Type.Omit(RefusedAnswer, ['code', 'message']))])

/** What each route answers; documented in `/openapi.json`, held to the truth by tests. */
export const answers = {
  statement: {
    ...anyRefusal,
    ...bodyRefusal,
    200: json('It ran.', CompletedAnswer),
    202: json(
      'It waits for people, or still runs. `Location` and `Retry-After` say where and when to ask.',
      PendingAnswer,
    ),
    403: refusals('Refused by policy, denied by a person, or expired.', withProblem),
    404: refusals('There is no such connection, or no such session of this principal.'),
    409: refusals(
      'Withdrawn; or what it rests on was changed, or is gone; or the same request is being handled already.',
      withProblem,
    ),
    410: refusals('It ran, but what was recorded of its result is lost.', withProblem),
    422: refusals('The warehouse refused it, a limit was exceeded, or an idempotency key was reused.', withProblem),
    429: refusals(
      'Too many statements of this principal wait for people, too many of its requests are being answered, of its statements under way or of its transactions open; or others used up what this one needed.',
      withProblem,
    ),
    502: refusals('The warehouse or a credential could not be had.', withProblem),
  },
  withdrawn: {
    ...anyRefusal,
    200: json('It was withdrawn, or had run before.', Type.Union([RefusedAnswer, CompletedAnswer])),
    202: json('It runs; its cancellation was asked for.', PendingAnswer),
    403: refusals('It had been refused, denied or expired before.', withProblem),
    404: refusals('There is no such session of this principal.'),
    409: refusals('It had failed before: what it rests on was changed, or is gone.', withProblem),
    410: refusals('It ran, but what was recorded of its result is lost.', withProblem),
    422: refusals('It had failed before.', withProblem),
    429: refusals(
      'Too many requests of this principal are being answered already; or others had used up what it needed.',
      withProblem,
    ),
    502: refusals('It had failed before.', withProblem),
  },
  explained: {
    ...anyRefusal,
    ...bodyRefusal,
    200: json('What would become of it.', ExplainAnswer),
    404: refusals('There is no such connection.'),
    502: refusals('The warehouse or a credential could not be had.'),
  },
  connections: { ...anyRefusal, 200: json('All of them.', Connections) },
} as const

/** What fastify checks of each route, and `/openapi.json` says of it. */
export const routes = {
  submit: {
    summary: 'Submit a statement',
    ...{ body: Submit, querystring: Wait, headers: Key },
    response: answers.statement,
  },
  outcome: {
    summary: 'What became of a statement, and its rows',
    ...{ params: Id, querystring: Window },
    response: answers.statement,
  },
  withdraw: {
    summary: 'Withdraw a statement that waits, or cancel one that runs',
    params: Id,
    response: answers.withdrawn,
  },
  explain: {
    summary: 'What would become of a statement; nothing is shown to people or run, or recorded but a mistake',
    body: Explain,
    response: answers.explained,
  },
  connections: { summary: 'The connections there are', response: answers.connections },
} as const

/** What each route was sent. */
export interface Submitted {
  Body: Static<typeof Submit>
  Querystring: Static<typeof Wait>
  Headers: Static<typeof Key>
}
export interface Asked {
  Params: Static<typeof Id>
  Querystring: Static<typeof Window>
}
export interface Withdrawn {
  Params: Static<typeof Id>
}
export interface Explained {
  Body: Static<typeof Explain>
}
