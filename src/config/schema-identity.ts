import Type from 'typebox'
import { closed, durationText, name, url } from './fields.ts'

/** No symmetric algorithm and no `none`: a key that verifies must not be able to sign (RFC 8725, section 3.1). */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const

const issuer = Type.Object(
  {
    issuer: url('Exactly as in the token’s `iss`. Its `/.well-known/openid-configuration` names the keys.'),
    audiences: Type.Array(name('An audience.'), {
      minItems: 1,
      description: 'Values of `aud` that mean this gateway.',
    }),
    algorithms: Type.Array(Type.Enum([...algorithms]), {
      minItems: 1,
      default: ['RS256', 'ES256', 'EdDSA'],
      description: 'Signature algorithms that are accepted.',
    }),
    principal: Type.String({ ...name('Claim that names the agent.'), default: 'sub' }),
    name: Type.Optional(name('Claim with the agent’s name, for people to read.')),
    groups: Type.Optional(
      name(
        'Claim with the agent’s groups: a list of texts, or one text that names one group (in `scope` and `scp`, one between every two blanks). A token whose claim has another form, or says that the groups are to be asked for elsewhere (Entra ID, where there are too many), is refused.',
      ),
    ),
    owner: Type.Optional(name('Claim with the id of the person who answers for the agent.')),
    onBehalfOf: Type.Optional(name('Claim with the id of the person the agent acts for.')),
    clockTolerance: durationText('How far the clocks may differ; at most 2m.', '30s'),
  },
  closed,
)

const person = Type.Object(
  {
    id: name('As agents’ `owner` and `onBehalfOf` claims name the person.'),
    name: name('For people to read.'),
    groups: Type.Array(name('A group.'), {
      default: [],
      description: 'Groups, as the policy’s `approvers` name them.',
    }),
    subject: Type.Optional(
      name(
        '`sub` of this person at the identity provider of `console`. Without it (or an e-mail address, where `console.matchEmail` says so) the person cannot sign in there.',
      ),
    ),
    email: Type.Optional(
      name(
        'E-mail address, for `console.matchEmail` and `slack.matchEmail`; and `/qw link` links no account that has another one, where the app has the scope `users:read.email`.',
      ),
    ),
    slack: Type.Optional(
      Type.Object(
        {
          team: Type.String({
            pattern: '^[TE][A-Z0-9]+$',
            patternErrorMessage: 'write the id of a Slack workspace, such as T0123ABCD',
            description: 'Id of the workspace, `T…`.',
          }),
          user: Type.String({
            pattern: '^[UW][A-Z0-9]+$',
            patternErrorMessage: 'write the id of a Slack user, such as U0123ABCD, not a name',
            description: 'Id of the user, `U…` or `W…`.',
          }),
        },
        {
          ...closed,
          description:
            'The one Slack account of this person. Without it the person links one with `/qw link`, where there is a console.',
        },
      ),
    ),
  },
  closed,
)

/** Who agents are, and who people are. */
export const identity = Type.Object(
  {
    issuers: Type.Array(issuer, { minItems: 1, description: 'Identity providers whose tokens agents present.' }),
    people: Type.Array(person, { default: [], description: 'People who may review, or who answer for agents.' }),
    slackGroups: Type.Record(
      Type.String({ pattern: '^\\S(.*\\S)?$' }),
      Type.String({
        pattern: '^S[A-Z0-9]+$',
        description: 'Id of the Slack user group.',
        patternErrorMessage: 'write the id of a Slack user group, such as S0123ABCD, not its handle',
      }),
      {
        default: {},
        description:
          'Groups whose members are those of a Slack user group: its name here, and its id (`S…`). Asked in Slack at the click, so they count there and not in the console; only `identity.people` count. Who manages the user group decides who approves.',
      },
    ),
  },
  { ...closed, description: 'Who is who.' },
)
