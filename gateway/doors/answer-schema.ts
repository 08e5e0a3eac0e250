import { type TSchema, Type } from 'typebox'
import { detectorNames, reasonCodes } from '#src/decide/decision.ts'
import { errorTable } from '#src/errors.ts'
import { columnTypes } from '#src/execute/warehouse.ts'

/*
 * What the doors answer, as JSON Schema: REST documents it in /openapi.json, MCP announces it as output schema. The answers
 * themselves are made in `answer.ts`; tests hold the two together.
 */

const strict = { additionalProperties: false } as const
const text = (description: string) => Type.String({ description })
const whole = (description: string) => Type.Integer({ minimum: 0, description })
const maybe = <S extends TSchema>(schema: S) => Type.Optional(schema)
const code = Type.Enum(Object.keys(errorTable), { description: 'Closed list; never reworded.' })

const reasons = Type.Array(
  Type.Object({ code: Type.Enum([...reasonCodes]), rule: maybe(Type.String()), because: Type.String() }, strict),
  { description: 'Why the decision came out as it did.' },
)
const estimate = Type.Object(
  {
    rows: maybe(Type.Number()),
    bytes: maybe(Type.Number()),
    cost: maybe(Type.Number()),
    tableRows: maybe(Type.Number()),
    counted: maybe(Type.Boolean({ description: 'The rows were counted, not guessed.' })),
    tables: maybe(Type.Array(Type.String())),
  },
  {
    ...strict,
    description:
      'What it would touch. Left out where sensitive columns are touched, and by `explain` where people would be asked: numbers tell about rows. Where people are asked, rows are for agents that may read the tables without them, and the rest also for those that may look at them.',
  },
)
const grant = Type.Object(
  {
    id: text('The session of the statement that it was given with.'),
    by: Type.Array(Type.String(), { description: 'Who gave it.' }),
    until: Type.String({ format: 'date-time' }),
  },
  {
    ...strict,
    description: 'Of people who approved a statement of the same shape before: what would be held runs under it.',
  },
)
const context = {
  request_id: text('Names the statement for good; also the id of its session.'),
  rule: text('The rule that decided; `default` where none matched.'),
  reasons,
  grant: maybe(grant),
  summary: text('What the statement does, in plain words.'),
}
const asked = {
  group: maybe(Type.String()),
  named: maybe(Type.Array(Type.String(), { description: 'People who are asked by name.' })),
  escalate: maybe(
    Type.Object(
      { group: Type.String(), afterSeconds: whole('How long the hold has waited by then.') },
      {
        ...strict,
        description: 'A group that may approve too, later.',
      },
    ),
  ),
  stage: maybe(whole('They are asked when the stages before have agreed; absent for the first.')),
}
const approval = Type.Object(
  {
    expires_at: Type.String({ format: 'date-time' }),
    waiting_for: Type.Array(
      Type.Object({ ...asked, people: whole('How many have to agree.'), given: whole('How many have.') }, strict),
      { description: 'Who has not agreed yet; all of them have to, stage by stage.' },
    ),
  },
  strict,
)

/** A statement that waits for people, or runs. */
export const PendingAnswer = Type.Object(
  {
    status: Type.Enum(['pending_approval', 'running']),
    ...context,
    approval: maybe(approval),
    estimate: maybe(estimate),
    poll_after_seconds: whole('Ask again after this time.'),
    next_step: text('What to do, for agents.'),
  },
  strict,
)

const column = Type.Object(
  {
    name: Type.String(),
    type: Type.Enum([...columnTypes]),
    warehouse_type: text('The warehouse’s own word.'),
    masked: maybe(text('How the values of this column are masked.')),
  },
  strict,
)

const detected = Type.Object(
  { column: Type.String(), detector: Type.Enum([...detectorNames]), cells: whole('Cells in which it was masked.') },
  { ...strict, description: 'What was found, and masked, in values of columns that leave otherwise as they are.' },
)

/** A statement that ran, with one window of its masked rows. */
export const CompletedAnswer = Type.Object(
  {
    status: Type.Literal('succeeded'),
    ...context,
    columns: Type.Array(column),
    rows: Type.Array(Type.Array(Type.Unknown()), { description: 'Integers beyond 2^53 and decimals are texts.' }),
    row_count: whole('Rows of the whole result.'),
    next_offset: maybe(whole('Where the next window begins; absent at the end.')),
    truncated: Type.Boolean({ description: 'The rule’s row limit cut the result.' }),
    masked_columns: Type.Array(Type.String()),
    detected: maybe(Type.Array(detected)),
    affected_rows: maybe(whole('Rows written.')),
    role: text('The role it ran as.'),
    milliseconds: Type.Number(),
    credential_milliseconds: maybe(Type.Number({ description: 'How long its own credential was in use.' })),
    approved_by: maybe(
      Type.Array(
        Type.Object(
          {
            reviewer: Type.String(),
            reason: maybe(Type.String()),
            alone: maybe(Type.Literal(true, { description: 'Break-glass: without the others it would have needed.' })),
          },
          strict,
        ),
      ),
    ),
    way_back: maybe(text('How to undo it, in the warehouse’s own SQL.')),
  },
  strict,
)

/** A statement that will not run, or did not come to its end. */
export const RefusedAnswer = Type.Object(
  {
    status: Type.Enum(['denied', 'expired', 'cancelled', 'failed']),
    ...context,
    summary: maybe(text('What the statement does, in plain words; not of one that policy refuses.')),
    code,
    message: Type.String(),
    what_would_pass: maybe(Type.String()),
    denied_by: maybe(text('The person who denied.')),
    reason: maybe(text('The person’s words.')),
    suggested_sql: maybe(
      text(
        'A statement that this person suggests instead. It does not run by itself: read it, and submit it if it serves.',
      ),
    ),
  },
  strict,
)

/** What would become of a statement. Nothing was shown to people or run, and nothing recorded but a `fail`. */
export const ExplainAnswer = Type.Object(
  {
    verdict: Type.Enum(['allow', 'deny', 'hold', 'fail'], {
      description: '`fail`: it does not compile, which would be answered at once and ask nobody.',
    }),
    code: maybe(text('Of `fail`: `syntax_error` or `not_compiled`.')),
    message: maybe(text('What is wrong, in the words of the warehouse where they may be heard.')),
    rule: context.rule,
    reasons,
    grant: maybe(grant),
    summary: context.summary,
    what_would_pass: maybe(Type.String()),
    understood: Type.Boolean(),
    cause: maybe(text('Why it was not understood.')),
    kind: Type.String(),
    reads: Type.Array(Type.String()),
    writes: Type.Array(Type.String()),
    hazards: Type.Array(Type.String()),
    columns: Type.Union([
      Type.Null(),
      Type.Array(Type.Object({ name: Type.String(), sources: Type.Array(Type.String()) }, strict)),
    ]),
    role: maybe(text('The role it would run as.')),
    approvers: maybe(Type.Array(Type.Object({ ...asked, people: whole('How many.') }, strict))),
    limits: Type.Object({ rows: Type.Number(), bytes: Type.Number(), seconds: Type.Number() }, strict),
    estimate: maybe(estimate),
  },
  strict,
)

/** RFC 9457. A refusal of a statement carries its `RefusedAnswer` too. */
export const Problem = Type.Object({
  type: text('`urn:querywarden:` and the code.'),
  title: text('What the code means.'),
  http_status: Type.Integer(),
  code,
  message: text('What happened here.'),
  retry: Type.Boolean({ description: 'The same request may pass later without a change.' }),
  what_would_pass: maybe(Type.String()),
})

export const refusals = (description: string, schema: TSchema = Problem) => ({
  description,
  content: { 'application/problem+json': { schema } },
})

/** What every door of agents may answer. */
export const anyRefusal = {
  401: refusals('No valid token of a trusted issuer; `WWW-Authenticate` says where to get one.'),
  429: refusals('Too many requests of this principal are being answered already.'),
  500: refusals('Something failed inside the gateway.'),
  503: refusals(
    'A part that is needed cannot be reached, or this gateway is shutting down. Nothing ran, unless its words say that it did.',
  ),
}

/** What every door may answer to a body. */
export const bodyRefusal = {
  400: refusals('The request does not have the documented form.'),
  413: refusals('The statement is too long.'),
  415: refusals('Not JSON.'),
}

export const Connections = Type.Object(
  {
    connections: Type.Array(
      Type.Object({ name: Type.String(), dialect: Type.Enum(['snowflake', 'bigquery']) }, strict),
    ),
  },
  strict,
)
