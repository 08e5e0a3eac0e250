import Type, { type Static } from 'typebox'
import { closed, durationText, name, path, port, secret, sizeText, storeAddress, url } from './fields.ts'
import { connections } from './schema-connections.ts'
import { consoleForm } from './schema-console.ts'
import { identity } from './schema-identity.ts'
import { slackForm } from './schema-slack.ts'

const pair = (who: string, signs: string) =>
  Type.Object(
    {
      sign: Type.Optional(secret(`Ed25519 private key (PKCS #8 PEM) that reviews are signed with. ${signs} only.`)),
      verify: secret('Ed25519 public key (PEM) that those reviews are verified with.'),
    },
    { ...closed, description: `The key pair behind approvals given ${who}.` },
  )

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
      description:
        'Statements of one agent, acting for one person, that may wait for people at once. Of those that are judged or run without waiting, each gateway has at most 500 under way.',
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
    holds: storeAddress(
      'rediss?',
      'redis://HOST:6379',
      'Hold store: `redis://…`, beyond this machine and its own network `rediss://…`, or `sqlite:PATH`.',
    ),
    records: storeAddress(
      'postgres(?:ql)?',
      'postgres://HOST/DATABASE?sslmode=verify-full',
      'Record store: `postgres://…` or `sqlite:PATH`. Beyond this machine with `?sslmode=verify-full` behind it (and `&sslrootcert=` with the path of a CA of your own), or with `?sslmode=disable` where something else encrypts the way. Gateway only.',
      'sslmode=[a-z-]+(&sslrootcert=[^&@\\s]+)?',
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

/** The one configuration file of both processes. Each of them resolves only its own secrets. */
export const configSchema = Type.Object(
  {
    identity,
    gateway,
    connections,
    stores,
    keys,
    oncall,
    console: Type.Optional(consoleForm),
    slack: Type.Optional(slackForm),
    policy: Type.Object(
      { file: path('The policy, relative to this file.') },
      { ...closed, description: 'What agents may do.' },
    ),
  },
  { ...closed, title: 'Querywarden configuration', $schema: 'https://json-schema.org/draft/2020-12/schema' },
)

export type ConfigFile = Static<typeof configSchema>
export type ConnectionFile = ConfigFile['connections'][string]
