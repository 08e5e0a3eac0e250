import Type, { type Static } from 'typebox'
import { aggregates } from '../classify/classification.ts'
import { durationPattern, sizePattern } from '../config/units.ts'
import { detectorNames, maskKinds } from './decision.ts'
import { weekdays } from './vocabulary.ts'

const closed = { additionalProperties: false } as const

const size = {
  pattern: sizePattern,
  patternErrorMessage: 'write a size with its unit: B, KiB, MiB, GiB or TiB, such as 50GiB',
}

const limits = Type.Object(
  {
    rows: Type.Optional(Type.Integer({ minimum: 1, description: 'Most rows that leave.' })),
    bytes: Type.Optional(Type.String({ ...size, description: 'Most bytes the warehouse may scan.' })),
    seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400, description: 'Longest run in the warehouse.' })),
  },
  { ...closed, description: 'Where several deciding rules name a limit, the strictest wins.' },
)

const duration = {
  pattern: durationPattern,
  patternErrorMessage: 'write a duration with its unit: s, m, h or d, such as 30m',
}

const asked = {
  group: Type.Optional(
    Type.String({
      minLength: 1,
      pattern: '\\S',
      patternErrorMessage: 'name a group of identity.people',
      description: 'Group of `identity.people`.',
    }),
  ),
  named: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
      minItems: 1,
      description: 'Ids of `identity.people`, instead of a group or besides it.',
    }),
  ),
  people: Type.Integer({ minimum: 1, maximum: 10, default: 1, description: 'How many distinct people must agree.' }),
  escalate: Type.Optional(
    Type.Object(
      {
        group: Type.String({
          minLength: 1,
          description: 'Group of `identity.people` that may approve too, from then on.',
        }),
        after: Type.String({ ...duration, description: 'How long the hold has waited by then.' }),
      },
      { ...closed, description: 'A second group that is asked when the first does not answer.' },
    ),
  ),
} as const

const approvers = Type.Object(asked, {
  ...closed,
  description: "Who has to agree. Never the agent's owner or the person it acts for.",
})

const stages = Type.Array(Type.Object(asked, closed), {
  minItems: 1,
  description:
    'Instead of `approvers`: who has to agree, one after the other. Those of a stage are asked when the stage before is complete, a person counts in one stage only, and a denial in any stage ends it.',
})

const expires = Type.String({ ...duration, description: 'How long a hold waits for people.' })

const clock = {
  pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
  patternErrorMessage: 'write a time of day from 00:00 to 23:59, in quotes',
}

const approveWithin = Type.Object(
  {
    days: Type.Array(Type.Enum([...weekdays]), { minItems: 1, description: 'Days of the week, such as monday.' }),
    from: Type.String({ ...clock, description: 'From this time of day.' }),
    to: Type.String({ ...clock, description: 'Until this time of day; before `from`, it goes on past midnight.' }),
    zone: Type.String({ maxLength: 64, description: 'Time zone by its IANA name, such as Europe/Berlin.' }),
  },
  { ...closed, description: 'When approvals count. A denial always does.' },
)

const grants = Type.Object(
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

const role = Type.String({
  pattern: '^[A-Za-z_][A-Za-z0-9_$-]{0,254}$',
  patternErrorMessage: 'write a role name: letters, digits, _, $ or -',
  description: 'Role to mint: a Snowflake role, or a key of `serviceAccounts` of a BigQuery connection.',
})

const aggregateChoice = Type.Enum(['clear', 'mask'])

const columnPattern = Type.String({
  pattern: '^[^\\s"`,]{1,512}$',
  patternErrorMessage: 'write DATABASE.SCHEMA.TABLE.COLUMN with * where anything may stand, without quotes or spaces',
})

const sensitive = Type.Object(
  {
    columns: Type.Optional(
      Type.Array(columnPattern, {
        minItems: 1,
        description:
          'Globs over DATABASE.SCHEMA.TABLE.COLUMN (project.dataset.table.column); case does not matter, `*` also crosses dots.',
      }),
    ),
    tags: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
        minItems: 1,
        description:
          'Tags in the warehouse’s own catalog, `name=value` or a name alone, as globs without regard to case: Snowflake tags (`connections.NAME.tags`), BigQuery policy tags by resource name and labels of tables. Where tags are not known, every column counts as tagged.',
      }),
    ),
    class: Type.String({
      pattern: '^[a-z][a-z0-9_-]{0,62}$',
      patternErrorMessage: 'write a short lower-case word such as contact',
      description: 'What kind of data it is; rules compare it with `.class`.',
    }),
    mask: Type.Enum([...maskKinds], { description: 'How its values leave.' }),
    aggregates: Type.Optional(
      Type.Object(Object.fromEntries(aggregates.map(name => [name, Type.Optional(aggregateChoice)])), {
        ...closed,
        description:
          'What an aggregate of one such column leaves as: `clear` or `mask`. Only `count` is clear where nothing is said: over one row an average is the value itself, and so is a minimum over any.',
      }),
    ),
  },
  closed,
)

const detect = Type.Object(
  {
    content: Type.Array(Type.Enum([...detectorNames]), { minItems: 1, description: 'What is looked for.' }),
    mask: Type.Enum(
      maskKinds.filter(kind => kind !== 'date'),
      { description: 'How what is found leaves; the rest of the value stays. `null` empties the whole value.' },
    ),
    except: Type.Array(columnPattern, {
      default: [],
      description: 'Columns it is not looked for in, such as a public contact address; patterns as in `sensitive`.',
    }),
  },
  closed,
)

const rule = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
      patternErrorMessage: 'write lower-case letters, digits and dashes, such as no-unload',
      description: 'Unique; agents, approvers and the record see it.',
    }),
    when: Type.String({
      maxLength: 4000,
      description: 'CEL expression (https://cel.dev) that says whether the rule matches.',
    }),
    // biome-ignore lint/suspicious/noThenProperty: a word of the policy language; the schema is never awaited
    then: Type.Enum(['deny', 'hold', 'allow'], { description: 'deny wins over hold, hold over allow.' }),
    as: Type.Optional(role),
    because: Type.Optional(
      Type.String({ maxLength: 300, description: 'Why, in a sentence; agents and approvers read it.' }),
    ),
    instead: Type.Optional(Type.String({ maxLength: 300, description: 'What would pass; agents read it.' })),
    approvers: Type.Optional(approvers),
    stages: Type.Optional(stages),
    approval_reason: Type.Optional(
      Type.Literal('required', { description: 'Approvers have to say why, as for a denial.' }),
    ),
    justification: Type.Optional(
      Type.Literal('required', {
        description:
          'The agent has to say why it asks (its `purpose`, 3 characters or more); refused where it does not.',
      }),
    ),
    expires: Type.Optional(expires),
    approval_expires: Type.Optional(
      Type.String({
        ...duration,
        description:
          'How long an approval that was not used yet counts, such as of a read whose client went away; at most `expires`.',
      }),
    ),
    approve_within: Type.Optional(approveWithin),
    remind: Type.Optional(
      Type.Array(Type.String({ ...duration, description: 'How long the hold has waited by then.' }), {
        minItems: 1,
        maxItems: 2,
        description:
          'When who is asked is reminded in the thread of the card; at most twice, each of them once a time.',
      }),
    ),
    step_up: Type.Optional(
      Type.Boolean({
        description: 'Whether approvers sign in again, in the console, before their approval counts.',
      }),
    ),
    grants: Type.Optional(grants),
    break_glass: Type.Optional(
      Type.Literal(false, { description: 'Nobody may release alone what this rule holds, whatever the policy says.' }),
    ),
    limits: Type.Optional(limits),
  },
  closed,
)

const breakGlass = Type.Object(
  {
    named: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
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

/** The form of a policy file. What its expressions may say is in `vocabulary.ts`. */
export const policySchema = Type.Object(
  {
    defaults: Type.Optional(
      Type.Object(
        {
          as: Type.Optional(role),
          approvers: Type.Optional(approvers),
          expires: Type.Optional(expires),
          limits: Type.Optional(limits),
        },
        { ...closed, description: 'For what a rule leaves out, and for the hold of a statement that no rule matches.' },
      ),
    ),
    sensitive: Type.Array(sensitive, {
      default: [],
      description: 'Which columns are sensitive, and how their values leave.',
    }),
    detect: Type.Array(detect, {
      default: [{ content: [...detectorNames], mask: 'redact', except: [] }],
      description:
        'What is looked for in texts (also inside of JSON, structs and arrays) of columns that nothing above masks: the net for what nobody declared. Not in numbers. Where several entries name the same content, the strictest mask counts; `[]` looks for nothing.',
    }),
    break_glass: Type.Optional(breakGlass),
    card: Type.Optional(
      Type.Object(
        {
          literals: Type.Enum(['shown', 'redacted'], {
            description:
              '`redacted`: strings, numbers, binds, comments and what the warehouse answers stay out of the channel. Reviewers read all of a statement in a modal or the console before they approve it; that they did so is on record.',
          }),
        },
        { ...closed, description: 'What the card in Slack shows, which everybody in the channel sees.' },
      ),
    ),
    rules: Type.Array(rule, {
      minItems: 1,
      description:
        'The rules, in any order. Where several match with the same effect, the first one names the decision.',
    }),
  },
  { ...closed, title: 'Querywarden policy', $schema: 'https://json-schema.org/draft/2020-12/schema' },
)

export type PolicyFile = Static<typeof policySchema>
export type RuleFile = PolicyFile['rules'][number]
