import Type from 'typebox'
import { tellOwners } from './config.ts'
import { closed, name, port, secret, url } from './fields.ts'

const slackChannel = (description: string) =>
  Type.String({
    pattern: '^[CG][A-Z0-9]+$',
    patternErrorMessage: 'write the id of a channel, such as C0123ABCD (channel details, at the bottom), not its name',
    description,
  })

/** The bot. Off where the section is absent. */
export const slackForm = Type.Object(
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
