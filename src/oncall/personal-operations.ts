import Type from 'typebox'
import { sessionStates } from '../record/event.ts'
import {
  Column,
  count,
  Grant,
  Hold,
  id,
  Message,
  maybe,
  moment,
  OpenReview,
  type Operations,
  Pause,
  Reason,
  Release,
  Rule,
  SessionLine,
  StaysOpen,
  Step,
  strict,
  texts,
  word,
  words,
} from './internal-shapes.ts'

/** Rows of a recorded result in one answer. */
export const rowsAtOnce = 10
/** Grants in one answer. */
export const grantsAtOnce = 15
/** Sessions in one answer. */
export const sessionsAtOnce = 200

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
        /** What a kill ends besides. */
        staysOpen: StaysOpen,
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
        /** Whether more wait than these. */
        more: Type.Boolean(),
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
    /** `ended`: what this kill ended besides. */
    answer: Type.Object(
      {
        reach: Type.Enum(['waiting', 'running', 'ended']),
        session: SessionLine,
        ended: StaysOpen,
      },
      strict,
    ),
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
