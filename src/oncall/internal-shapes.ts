import Type, { type Static, type TSchema } from 'typebox'
import { sessionStates } from '../record/event.ts'

/* What the answers of the internal API are made of. */

export const strict = { additionalProperties: false } as const
export const id = Type.String({ pattern: '^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$' })
export const word = Type.String({ minLength: 1, maxLength: 256 })
export const words = Type.String({ minLength: 3, maxLength: 500 })
export const moment = Type.Integer({ minimum: 0 })
export const count = Type.Integer({ minimum: 0 })
export const maybe = Type.Optional
export const texts = Type.Array(Type.String())

export type Operations = Readonly<Record<string, { readonly body: TSchema; readonly answer: TSchema }>>

/** What a kill of a statement ends besides the statement; see `StaysOpen`. */
export const StaysOpen = Type.Array(Type.Enum(['transaction', 'temporary tables']), { maxItems: 2 })

export const SessionLine = Type.Object(
  {
    id,
    state: Type.Enum([...sessionStates]),
    receivedAt: moment,
    agent: Type.String(),
    connection: Type.String(),
    kind: Type.String(),
    tables: texts,
    rule: Type.String(),
    sql: Type.String(),
    rows: maybe(count),
    cost: maybe(Type.Number()),
  },
  strict,
)
export type SessionLine = Static<typeof SessionLine>

export const Step = Type.Object({ at: moment, title: Type.String(), lines: texts }, strict)
export type Step = Static<typeof Step>

export const Hold = Type.Object(
  {
    id,
    agent: Type.String(),
    kind: Type.String(),
    tables: texts,
    groups: texts,
    expiresAt: moment,
  },
  strict,
)
export type WaitingHold = Static<typeof Hold>

export const Release = Type.Object(
  {
    by: Type.String(),
    reason: Type.String(),
    at: moment,
    reviewed: maybe(Type.Object({ by: Type.String(), comment: Type.String(), at: moment }, strict)),
  },
  strict,
)
export type ReleaseWords = Static<typeof Release>

/** Released by one person alone, and nobody else has reviewed it since. */
export const OpenReview = Type.Object({ session: SessionLine, release: Release, mayClose: Type.Boolean() }, strict)
export type OpenReviewLine = Static<typeof OpenReview>

export const Message = { channel: Type.String(), ts: Type.String() }
export const ReleaseToTell = Type.Object(
  {
    session: SessionLine,
    release: Release,
    summary: Type.String(),
    /** Who would have had to agree. */
    needed: Type.String(),
    /** Where it was said before. */
    told: maybe(Type.Object({ ...Message, at: moment }, strict)),
  },
  strict,
)
export type ReleaseToTell = Static<typeof ReleaseToTell>

export const Pause = Type.Object(
  { agent: Type.String(), by: Type.String(), reason: Type.String(), at: moment, until: maybe(moment) },
  strict,
)

export const Grant = Type.Object(
  {
    /** Of the session that it was given with. */
    id,
    agent: Type.String(),
    kind: Type.String(),
    tables: texts,
    shape: Type.String(),
    by: texts,
    until: moment,
    uses: count,
    used: count,
    mayRevoke: Type.Boolean(),
  },
  strict,
)

export const Column = Type.Object({ name: Type.String(), masked: Type.Boolean() }, strict)
const Clause = Type.Object({ text: Type.String(), answer: Type.String(), found: texts }, strict)
export const Rule = Type.Object(
  {
    name: Type.String(),
    effect: Type.Enum(['deny', 'hold', 'allow']),
    result: Type.Enum(['matched', 'not_matched', 'unknown', 'not_understood', 'error']),
    takesEffect: Type.Boolean(),
    clauses: Type.Array(Clause),
  },
  strict,
)
export const Reason = Type.Object(
  { because: Type.String(), rule: maybe(Type.String()), instead: maybe(Type.String()) },
  strict,
)
