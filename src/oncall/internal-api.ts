import Type, { type Static, type TSchema } from 'typebox'
import { sessionStates } from '../record/event.ts'

/*
 * What the bot may ask the gateway, and what it hears: `POST /internal/NAME`, JSON both ways. Both processes hold the other
 * to these schemas.
 */

const strict = { additionalProperties: false } as const
const id = Type.String({ pattern: '^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$' })
const word = Type.String({ minLength: 1, maxLength: 256 })
const words = Type.String({ minLength: 3, maxLength: 500 })
const moment = Type.Integer({ minimum: 0 })
const count = Type.Integer({ minimum: 0 })
const maybe = Type.Optional
const texts = Type.Array(Type.String())

type Operations = Readonly<Record<string, { readonly body: TSchema; readonly answer: TSchema }>>

/** Rows of a recorded result in one answer. */
export const rowsAtOnce = 10
/** Grants in one answer. */
export const grantsAtOnce = 15
/** Sessions in one answer. */
export const sessionsAtOnce = 200

const SessionLine = Type.Object(
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

const Step = Type.Object({ at: moment, title: Type.String(), lines: texts }, strict)
export type Step = Static<typeof Step>

const Hold = Type.Object(
  {
    id,
    agent: Type.String(),
    kind: Type.String(),
    tables: texts,
    summary: Type.String(),
    groups: texts,
    expiresAt: moment,
    rule: Type.String(),
    card: maybe(Type.Object({ channel: Type.String(), ts: Type.String() }, strict)),
  },
  strict,
)
export type WaitingHold = Static<typeof Hold>

const Release = Type.Object(
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
const OpenReview = Type.Object({ session: SessionLine, release: Release, mayClose: Type.Boolean() }, strict)
export type OpenReviewLine = Static<typeof OpenReview>

const Message = { channel: Type.String(), ts: Type.String() }
const ReleaseToTell = Type.Object(
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

const Pause = Type.Object(
  { agent: Type.String(), by: Type.String(), reason: Type.String(), at: moment, until: maybe(moment) },
  strict,
)

const Grant = Type.Object(
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

const Column = Type.Object({ name: Type.String(), masked: Type.Boolean() }, strict)
const Clause = Type.Object({ text: Type.String(), answer: Type.String(), found: texts }, strict)
const Rule = Type.Object(
  {
    name: Type.String(),
    effect: Type.Enum(['deny', 'hold', 'allow']),
    result: Type.Enum(['matched', 'not_matched', 'unknown', 'not_understood', 'error']),
    takesEffect: Type.Boolean(),
    clauses: Type.Array(Clause),
  },
  strict,
)
const Reason = Type.Object(
  { because: Type.String(), rule: maybe(Type.String()), instead: maybe(Type.String()) },
  strict,
)

/** A Slack account, and the person it was shown to belong to. */
const Account = Type.Object(
  { team: Type.String({ pattern: '^[TE][A-Z0-9]{1,30}$' }), user: Type.String({ pattern: '^[UW][A-Z0-9]{1,30}$' }) },
  strict,
)
const linkId = Type.String({ minLength: 1, maxLength: 64 })
const Link = Type.Object(
  { id: linkId, team: Type.String(), user: Type.String(), person: Type.String(), at: moment, toldAt: maybe(moment) },
  strict,
)

const FindBody = Type.Object(
  {
    agent: maybe(word),
    person: maybe(word),
    table: maybe(word),
    rule: maybe(word),
    state: maybe(Type.Enum([...sessionStates])),
    text: maybe(Type.String({ minLength: 1, maxLength: 200 })),
    since: maybe(moment),
    until: maybe(moment),
    costOver: maybe(Type.Number({ minimum: 0 })),
    before: maybe(id),
    limit: Type.Integer({ minimum: 1, maximum: sessionsAtOnce }),
  },
  strict,
)

/** In the name of a person of the on-call staff. */
export const personalOperations = {
  find: {
    body: FindBody,
    answer: Type.Object({ sessions: Type.Array(SessionLine), more: Type.Boolean() }, strict),
  },
  show: {
    body: Type.Object({ id }, strict),
    answer: Type.Object(
      {
        session: SessionLine,
        owner: maybe(Type.String()),
        onBehalfOf: maybe(Type.String()),
        steps: Type.Array(Step),
        /** Rows of the recorded result; 0 where there is none. */
        rows: count,
        mayKill: Type.Boolean(),
        /** Where one person alone let it run. */
        release: maybe(Release),
        mayClose: maybe(Type.Boolean()),
      },
      strict,
    ),
  },
  /** Puts on record that the person reads all of a statement whose values others do not see. */
  read: {
    body: Type.Object({ id }, strict),
    answer: Type.Object({}, strict),
  },
  rows: {
    body: Type.Object({ id, offset: Type.Integer({ minimum: 0, maximum: 1_000_000_000 }) }, strict),
    answer: Type.Object({ columns: Type.Array(Column), rows: Type.Array(texts), total: count }, strict),
  },
  why: {
    body: Type.Object({ id }, strict),
    answer: Type.Object(
      {
        session: SessionLine,
        verdict: Type.Enum(['allow', 'deny', 'hold']),
        reasons: Type.Array(Reason),
        summary: Type.String(),
        release: maybe(Release),
        /** In file order; absent where the policy is not the one that decided any more. */
        rules: maybe(Type.Array(Rule)),
      },
      strict,
    ),
  },
  pending: {
    body: Type.Object({}, strict),
    answer: Type.Object({ holds: Type.Array(Hold), more: Type.Boolean(), pauses: Type.Array(Pause) }, strict),
  },
  home: {
    body: Type.Object({}, strict),
    answer: Type.Object(
      {
        waiting: Type.Array(Hold),
        decided: Type.Array(SessionLine),
        pauses: Type.Array(Pause),
        reviews: Type.Array(OpenReview),
      },
      strict,
    ),
  },
  /** What was released alone and waits to be reviewed by somebody else. */
  reviews: {
    body: Type.Object({}, strict),
    answer: Type.Object({ reviews: Type.Array(OpenReview), more: Type.Boolean() }, strict),
  },
  close: {
    body: Type.Object({ id, comment: words }, strict),
    /** `closed`: by this very call. `told`: the message that announced the release. */
    answer: Type.Object(
      {
        closed: Type.Boolean(),
        session: SessionLine,
        release: maybe(Release),
        told: maybe(Type.Object(Message, strict)),
      },
      strict,
    ),
  },
  kill: {
    body: Type.Object({ id, reason: words }, strict),
    answer: Type.Object({ reach: Type.Enum(['waiting', 'running', 'ended']), session: SessionLine }, strict),
  },
  pause: {
    body: Type.Object(
      { agent: word, reason: words, minutes: maybe(Type.Integer({ minimum: 1, maximum: 43_200 })) },
      strict,
    ),
    /** `known`: a statement of such an agent is on record. */
    answer: Type.Object({ pause: Pause, known: Type.Boolean() }, strict),
  },
  resume: {
    body: Type.Object({ agent: word }, strict),
    answer: Type.Object({ resumed: Type.Boolean() }, strict),
  },
  grants: {
    body: Type.Object({}, strict),
    answer: Type.Object({ grants: Type.Array(Grant), more: Type.Boolean() }, strict),
  },
  revoke: {
    body: Type.Object({ id, reason: maybe(words) }, strict),
    answer: Type.Object({ revoked: Type.Boolean() }, strict),
  },
} as const satisfies Operations

/** In the bot's own name: of accounts behind which there may be nobody yet, and of what everybody is to hear. */
export const botOperations = {
  links: {
    body: Type.Object({}, strict),
    answer: Type.Object({ links: Type.Array(Link) }, strict),
  },
  /** Where the person behind this account shows who they are. */
  invite: {
    body: Type.Object({ account: Account, name: word, workspace: word }, strict),
    answer: Type.Object({ url: Type.String(), expiresAt: moment }, strict),
  },
  unlink: {
    body: Type.Object({ account: Account }, strict),
    answer: Type.Object({ ended: Type.Boolean() }, strict),
  },
  /** What is to be said aloud now. */
  releases: {
    body: Type.Object({}, strict),
    answer: Type.Object({ releases: Type.Array(ReleaseToTell) }, strict),
  },
  /** It was, in this message or in its thread. */
  announced: {
    body: Type.Object({ id, channel: word, ts: word }, strict),
    answer: Type.Object({}, strict),
  },
  /** The account has heard of its link. */
  told: {
    body: Type.Object({ link: linkId }, strict),
    answer: Type.Object({}, strict),
  },
} as const satisfies Operations

export const internalOperations = { ...personalOperations, ...botOperations } as const

export type PersonalOperation = keyof typeof personalOperations
export type BotOperation = keyof typeof botOperations
export type Operation = keyof typeof internalOperations
export type BodyOf<O extends Operation> = Static<(typeof internalOperations)[O]['body']>
export type AnswerOf<O extends Operation> = Static<(typeof internalOperations)[O]['answer']>

export function internalPath(operation: Operation): string {
  return `/internal/${operation}`
}
