import Type from 'typebox'
import { durationPattern, sizePattern } from '../config/units.ts'
import { weekdays } from './vocabulary.ts'

/* What a policy file says of approvals: who, when, for how long, and what may be granted beside one. */

const closed = { additionalProperties: false } as const

export const duration = {
  pattern: durationPattern,
  patternErrorMessage: 'write a duration with its unit: s, m, h or d, such as 30m',
}

export const size = {
  pattern: sizePattern,
  patternErrorMessage: 'write a size with its unit: B, KiB, MiB, GiB or TiB, such as 50GiB',
}

/** Without blanks around it, which nobody's has. */
const trimmed = { pattern: '^\\S(.*\\S)?$', maxLength: 256 }
const group = { ...trimmed, patternErrorMessage: 'name a group of identity.people' }
const person = { ...trimmed, patternErrorMessage: 'write the id of one of identity.people' }

const asked = {
  group: Type.Optional(Type.String({ ...group, description: 'Group of `identity.people`.' })),
  named: Type.Optional(
    Type.Array(Type.String(person), {
      minItems: 1,
      description: 'Ids of `identity.people`, instead of a group or besides it.',
    }),
  ),
  people: Type.Integer({ minimum: 1, maximum: 10, default: 1, description: 'How many distinct people must agree.' }),
  escalate: Type.Optional(
    Type.Object(
      {
        group: Type.String({ ...group, description: 'Group of `identity.people` that may approve too, from then on.' }),
        after: Type.String({ ...duration, description: 'How long the hold has waited by then.' }),
      },
      { ...closed, description: 'A second group that is asked when the first does not answer.' },
    ),
  ),
} as const

export const approvers = Type.Object(asked, {
  ...closed,
  description: "Who has to agree. Never the agent's owner or the person it acts for.",
})

export const stages = Type.Array(Type.Object(asked, closed), {
  minItems: 1,
  description:
    'Instead of `approvers`: who has to agree, one after the other. Those of a stage are asked when the stage before is complete, a person counts in one stage only, and a denial in any stage ends it.',
})

export const expires = Type.String({ ...duration, description: 'How long a hold waits for people; at most 31d.' })

const clock = {
  pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
  patternErrorMessage: 'write a time of day from 00:00 to 23:59, in quotes',
}

export const approveWithin = Type.Object(
  {
    days: Type.Array(Type.Enum([...weekdays]), { minItems: 1, description: 'Days of the week, such as monday.' }),
    from: Type.String({ ...clock, description: 'From this time of day.' }),
    to: Type.String({ ...clock, description: 'Until this time of day; before `from`, it goes on past midnight.' }),
    zone: Type.String({ maxLength: 64, description: 'Time zone by its IANA name, such as Europe/Berlin.' }),
  },
  { ...closed, description: 'When approvals count. A denial always does.' },
)

export const grants = Type.Object(
  {
    for: Type.String({ ...duration, description: 'How long at most, from the last approval on; up to 7d.' }),
    uses: Type.Integer({ minimum: 1, maximum: 1_000, description: 'How many statements at most.' }),
    bytes: Type.Optional(
      Type.String({
        ...size,
        description: 'Most bytes that each of them may scan, by the estimate; none without one.',
      }),
    ),
    rows: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'Most rows that each of them may touch, by the estimate; none without one.',
      }),
    ),
  },
  {
    ...closed,
    description:
      'What approvers may grant beside an approval: statements of the same shape, which differ in nothing but the values they compare, set or insert, then run without asking, within `approve_within` where there is one. Needs the same of every rule that holds the statement. Left out: nothing.',
  },
)

export const breakGlass = Type.Object(
  {
    named: Type.Array(Type.String(person), {
      minItems: 1,
      description: 'Ids of `identity.people`.',
    }),
  },
  {
    ...closed,
    description:
      'Who may release a held statement alone, in an emergency; never one of an agent of their own. It takes a reason, is announced aloud, and stays open until somebody else, who could have approved it, has reviewed it. Windows of approval do not count for it; `step_up` does. Absent: nobody.',
  },
)
