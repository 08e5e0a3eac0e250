import Type, { type Static } from 'typebox'
import { approvers, approveWithin, breakGlass, duration, expires, grants, size, stages } from './approval-schema.ts'
import { detectorNames } from './decision.ts'
import { detect, sensitive } from './sensitive-schema.ts'

const closed = { additionalProperties: false } as const

const limits = Type.Object(
  {
    rows: Type.Optional(Type.Integer({ minimum: 1, description: 'Most rows that leave.' })),
    bytes: Type.Optional(
      Type.String({
        ...size,
        description:
          'Most bytes BigQuery may scan. What people approved may not scan more than half as much again as they were shown, and 10 GiB.',
      }),
    ),
    seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400, description: 'Longest run in the warehouse.' })),
  },
  { ...closed, description: 'Where several deciding rules name a limit, the strictest wins.' },
)

const role = Type.String({
  pattern: '^[A-Za-z_][A-Za-z0-9_$-]{0,254}$',
  patternErrorMessage: 'write a role name: letters, digits, _, $ or -',
  description: 'Role to mint: a Snowflake role, or a key of `serviceAccounts` of a BigQuery connection.',
})

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
        'What is looked for in texts (also inside of JSON, structs, arrays and bytes) of columns that nothing above masks, and in their names where values may have made them, as by `PIVOT (… IN (ANY))`: the net for what nobody declared. Not in numbers. Where several entries name the same content, the strictest mask counts; `[]` looks for nothing.',
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
export type PolicyAsked = NonNullable<RuleFile['approvers']>
