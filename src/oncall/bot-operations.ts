import Type from 'typebox'
import { id, maybe, moment, type Operations, ReleaseToTell, strict, word } from './internal-shapes.ts'

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

/** In the bot's own name: of accounts behind which there may be nobody yet, of what everybody is to hear, and of signed denials. */
export const botOperations = {
  links: {
    body: Type.Object({}, strict),
    answer: Type.Object({ links: Type.Array(Link) }, strict),
  },
  /** Where the person behind this account shows who they are. */
  invite: {
    body: Type.Object({ account: Account, name: word, workspace: word, email: maybe(word) }, strict),
    answer: Type.Object({ url: Type.String(), expiresAt: moment }, strict),
  },
  unlink: {
    body: Type.Object({ account: Account }, strict),
    answer: Type.Object({ ended: Type.Boolean() }, strict),
  },
  /** Somebody denied a statement: the review as the bot signed it. */
  denied: {
    body: Type.Object({ id, review: Type.String({ minLength: 1, maxLength: 60_000 }) }, strict),
    answer: Type.Object({}, strict),
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
