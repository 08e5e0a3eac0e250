import Type, { type Static } from 'typebox'
import { tellOwners } from './config.ts'
import { closed, durationText, name, path, secret, sizeText, storeAddress, url } from './fields.ts'
import { connections } from './schema-connections.ts'
import { consoleForm } from './schema-console.ts'

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

const pair = (who: string, signs: string) =>
  Type.Object(
    {
      sign: Type.Optional(secret(`Ed25519 private key (PKCS #8 PEM) that reviews are signed with. ${signs} only.`)),
      verify: secret('Ed25519 public key (PEM) that those reviews are verified with.'),
    },
    { ...closed, description: `The key pair behind approvals given ${who}.` },
  )

const port = (preset: number) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: preset, description: 'TCP port; 0 for any free one.' })

const gateway = Type.Object(
  {
    host: Type.String({
      ...name('Address to listen on. Beyond loopback only behind a proxy that speaks TLS.'),
      default: '127.0.0.1',
    }),
    port: port(4480),
    url: url('The gateway as agents reach it; stands in links, metadata and minted tokens.'),
    maxSqlBytes: sizeText(
      'Longest statement that is accepted; at most 16MiB. One of more than 200,000 bytes is not judged, so that it counts as not understood.',
      '1MiB',
    ),
    maxPending: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 20,
      description: 'Statements of one agent, acting for one person, that may wait for people at once.',
    }),
    maxTransactions: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 10,
      description:
        'Transactions, and sessions with temporary tables, of one agent, acting for one person, that may be open at once.',
    }),
    judges: Type.Integer({
      minimum: 1,
      maximum: 64,
      default: 2,
      description:
        'Threads that judge statements, each with as much of a processor as it is asked for. One that has more than 256 MiB after a statement is started anew. One more, of the same size, only objects.',
    }),
    warmUp: Type.Boolean({
      default: true,
      description:
        'Judges try themselves out when they start, so that the first statement is judged as fast as later ones; costs each of them about half a second of processor time.',
    }),
    transactionIdle: durationText(
      'How long nothing may come in an open transaction before it is rolled back, or on temporary tables before they are dropped; time in which somebody waits for approval does not count.',
      '10m',
    ),
  },
  { ...closed, description: 'The gateway process.' },
)

const stores = Type.Object(
  {
    holds: storeAddress('rediss?', 'redis://HOST:6379', 'Hold store: `redis://…`, `rediss://…` or `sqlite:PATH`.'),
    records: storeAddress(
      'postgres(?:ql)?',
      'postgres://HOST/DATABASE',
      'Record store: `postgres://…` or `sqlite:PATH`. Gateway only.',
    ),
    recordings: path('Folder for the masked result pages. Gateway only.'),
  },
  { ...closed, description: 'Where state is kept.' },
)

const keys = Type.Object(
  {
    holds: secret('HMAC key over holds, 32 bytes or more. Gateway only.'),
    masks: secret('HMAC key of the `hash` mask, 32 bytes or more; another key gives other hashes. Gateway only.'),
    reviews: pair('in Slack', 'Bot'),
    console: Type.Optional(pair('in the console', 'Gateway')),
  },
  { ...closed, description: 'Keys of Querywarden itself.' },
)

const oncall = Type.Object(
  {
    lookups: Type.Array(
      Type.Object(
        {
          group: name('A group of `identity.people`.'),
          agents: Type.Optional(
            Type.Array(name('An agent’s name.'), {
              minItems: 1,
              description: 'Whose sessions it sees, by the names of the agents; all where absent.',
            }),
          ),
        },
        closed,
      ),
      {
        default: [],
        description:
          'Groups that see more than everybody does: the sessions of agents they own, and those they decide or decided on.',
      },
    ),
    operators: Type.Array(name('A group.'), {
      default: [],
      description: 'Groups that may kill statements and pause agents, of what they see.',
    }),
  },
  { ...closed, description: 'What on-call staff may look up and stop from Slack. Every look-up is on record.' },
)

const slackChannel = (description: string) =>
  Type.String({
    pattern: '^[CG][A-Z0-9]+$',
    patternErrorMessage: 'write the id of a channel, such as C0123ABCD (channel details, at the bottom), not its name',
    description,
  })

const slack = Type.Object(
  {
    mode: Type.Enum(['socket', 'http'], {
      default: 'socket',
      description: '`socket`: the bot connects to Slack, no open port. `http`: Slack posts to the bot.',
    }),
    channel: slackChannel('Id of the channel that cards go to.'),
    oncall: Type.Optional(
      Type.Object(
        {
          channel: Type.Optional(slackChannel('Id of the channel; that of the cards where absent.')),
          mention: Type.String({
            pattern: '^(S[A-Z0-9]+|[UW][A-Z0-9]+|here|channel)$',
            patternErrorMessage: 'write the id of a user group (S…) or a user (U…), here or channel',
            default: 'here',
            description: 'Who is called: a user group, a user, or all who are `here` or in the `channel`.',
          }),
        },
        { ...closed, description: 'Where it is announced that somebody released a statement alone (`break_glass`).' },
      ),
    ),
    fallback: Type.Optional(
      slackChannel(
        'Id of the channel that they go to while the first cannot be used: archived, shared, or the bot removed.',
      ),
    ),
    engineers: Type.Array(name('An id.'), {
      default: [],
      description: 'Ids of `identity.people` who are told, in a direct message, that the channel cannot be used.',
    }),
    botToken: secret('Bot token, `xoxb-…`.'),
    appToken: Type.Optional(secret('App-level token with `connections:write`, `xapp-…`. Mode `socket` only.')),
    signingSecret: Type.Optional(secret('Signing secret of the app. Mode `http` only.')),
    host: Type.String({
      ...name('Address to listen on. Beyond loopback only behind a proxy that speaks TLS.'),
      default: '127.0.0.1',
    }),
    port: port(4481),
    apiUrl: Type.Optional(url('Web API base. Slack’s own where absent.')),
    tellOwners: Type.Enum([...tellOwners], {
      default: 'direct',
      description:
        'Where an agent’s owner hears that a statement of it was held, denied, expired or failed: in a `direct` message (in the thread where that is not possible), in the card’s `thread` how it ended, or `never`.',
    }),
    matchEmail: Type.Boolean({
      default: false,
      description:
        'Whether a full member of the app’s own workspace whom neither `identity.people[].slack` nor a link names is known by `identity.people[].email`, where Slack has confirmed that address. Only where nobody can choose their own address in Slack, and none is given to somebody else later. Needs the scope `users:read.email`.',
    }),
    gateway: Type.Optional(url('Where the bot reaches the gateway; `gateway.url` where absent.')),
  },
  { ...closed, description: 'The bot process. The gateway looks at its form alone.' },
)

/** The one configuration file of both processes. Each of them resolves only its own secrets. */
export const configSchema = Type.Object(
  {
    identity: Type.Object(
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
    ),
    gateway,
    connections,
    stores,
    keys,
    oncall,
    console: Type.Optional(consoleForm),
    slack: Type.Optional(slack),
    policy: Type.Object(
      { file: path('The policy, relative to this file.') },
      { ...closed, description: 'What agents may do.' },
    ),
  },
  { ...closed, title: 'Querywarden configuration', $schema: 'https://json-schema.org/draft/2020-12/schema' },
)

export type ConfigFile = Static<typeof configSchema>
export type ConnectionFile = ConfigFile['connections'][string]
