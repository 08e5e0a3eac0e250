import Type from 'typebox'
import { verifications } from '../decide/warehouse-reading.ts'
import { closed, durationText, name, secret, url } from './fields.ts'

const lifetime = durationText('How long a minted credential lives; 10s to 60s.', '60s')
const price = (description: string) => Type.Optional(Type.Number({ minimum: 0, maximum: 1_000_000, description }))
const user = name('Login name of the Snowflake user that the gateway signs in as.')
const rsaKey = (use: string, more = '') =>
  secret(`RSA private key (PKCS #8 PEM, 2,048 bits or more) that ${use}.${more}`)

const snowflakeCredentials = Type.Union(
  [
    Type.Object(
      {
        mint: Type.Literal('external-oauth', {
          description: 'The gateway signs a token that names one role (recommended).',
        }),
        user,
        key: rsaKey('signs the tokens'),
        issuer: Type.Optional(
          name('`iss` of the tokens, as EXTERNAL_OAUTH_ISSUER says it. `gateway.url` where absent.'),
        ),
        audience: Type.Optional(
          name(
            '`aud` of the tokens, as EXTERNAL_OAUTH_AUDIENCE_LIST says it. `https://<account>.snowflakecomputing.com` where absent.',
          ),
        ),
        lifetime,
      },
      closed,
    ),
    Type.Object(
      {
        mint: Type.Literal('key-pair', {
          description: 'The gateway signs in as the user itself, which must have no role but the ones of the policy.',
        }),
        user,
        key: rsaKey('is set as RSA_PUBLIC_KEY of the user'),
        lifetime,
      },
      closed,
    ),
  ],
  { description: 'How credentials are minted.' },
)

const serviceAccounts = Type.Record(
  Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_-]{0,62}$' }),
  Type.String({
    pattern: '^[^@\\s]+@[^@\\s]+$',
    patternErrorMessage: 'write the e-mail address of a service account',
    description: 'E-mail address of the service account.',
  }),
  {
    description: 'Role, as the policy says it in `as`, and the service account it stands for.',
    patternErrorMessage: 'write a role name: letters, digits, _ or -',
  },
)
const googleLifetime = durationText(
  'How long a minted token lives at least; 10s to 1h. One for a statement lives a minute longer than that may run (`limits.seconds`), if that is more.',
  '5m',
)
const iamUrl = Type.Optional(url('IAM Credentials API. Google’s own where absent.'))

const bigqueryCredentials = Type.Union(
  [
    Type.Object(
      {
        mint: Type.Literal('impersonation', {
          description: 'The gateway’s own Google identity impersonates a service account for each role.',
        }),
        serviceAccounts,
        source: Type.Optional(
          secret('The gateway’s own identity as a credentials JSON. Application default credentials where absent.'),
        ),
        iamUrl,
        lifetime: googleLifetime,
      },
      closed,
    ),
    Type.Object(
      {
        mint: Type.Literal('workload-identity', {
          description: 'The gateway is the OIDC issuer of a workload identity pool; no Google key exists.',
        }),
        serviceAccounts,
        key: rsaKey(
          'signs the tokens for Google',
          ' The next one may stand behind it in the file: `/.well-known/jwks.json` has both.',
        ),
        audience: name('Full name of the provider: `//iam.googleapis.com/projects/…/providers/…`.'),
        issuer: Type.Optional(
          name('`iss` of the tokens, as the provider’s issuer URI says it. `gateway.url` where absent.'),
        ),
        stsUrl: Type.Optional(url('Security Token Service. Google’s own where absent.')),
        iamUrl,
        lifetime: googleLifetime,
      },
      closed,
    ),
  ],
  { description: 'How credentials are minted.' },
)

const verify = Type.Enum([...verifications], {
  default: 'always',
  description:
    'When a query that no person sees is compared with the warehouse’s own reading of it (EXPLAIN, dry run) and with what its tables are now: `always`, or only `risky` ones, which may touch sensitive columns, or in BigQuery a name that its catalog does not know. What waited for people is always compared with what its tables are now.',
})

const snowflake = Type.Object(
  {
    kind: Type.Literal('snowflake', { description: 'A Snowflake account.' }),
    account: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]*$',
      patternErrorMessage: 'write the account identifier such as acme-prod, without .snowflakecomputing.com',
      description: 'Account identifier, such as `acme-prod`.',
    }),
    url: Type.Optional(
      url('Where Snowflake is reached, without a path. `https://<account>.snowflakecomputing.com` where absent.'),
    ),
    warehouse: Type.Optional(name('Virtual warehouse that statements run on. The user’s default where absent.')),
    database: name(
      'Database that unqualified names resolve in, where the agent names none; what became of a statement is asked in it too.',
    ),
    schema: Type.Optional(name('Schema that unqualified names resolve in, where the agent names none.')),
    pricePerTiB: price(
      'US dollars for a TiB scanned, for `estimate.cost`. Snowflake bills time, so this is your own bill divided by what was scanned; without it the cost is not known beforehand.',
    ),
    pricePerHour: price(
      'US dollars for an hour of the virtual warehouse (credits an hour × price of a credit), for what budgets of cost add up afterwards. Without it they add up the estimates.',
    ),
    reader: name('Role that estimates and looks up columns; it may read, nothing else.'),
    tags: Type.Boolean({
      default: false,
      description: 'Whether tags of columns are looked up, for `sensitive[].tags` of the policy (Enterprise Edition).',
    }),
    verify,
    credentials: snowflakeCredentials,
  },
  closed,
)

const bigquery = Type.Object(
  {
    kind: Type.Literal('bigquery', { description: 'A Google Cloud project with BigQuery.' }),
    project: Type.String({
      pattern: '^[a-z][a-z0-9.:-]{4,61}[a-z0-9]$',
      patternErrorMessage: 'write a Google Cloud project id such as acme-lake',
      description: 'Project that jobs run and are billed in.',
    }),
    location: Type.Optional(name('Location of jobs, such as `EU`. Where the data is, where absent.')),
    url: Type.Optional(url('API base. `https://bigquery.googleapis.com` where absent.')),
    dataset: Type.Optional(name('Dataset that unqualified names resolve in, where the agent names none.')),
    pricePerTiB: price(
      'US dollars for a TiB, for `estimate.cost` and budgets of cost; 0 for reserved slots. On demand 6.25, where absent.',
    ),
    reader: name('Key of `serviceAccounts` that estimates and looks up columns.'),
    verify,
    credentials: bigqueryCredentials,
  },
  closed,
)

export const connections = Type.Record(
  Type.String({ pattern: '^[a-z][a-z0-9_-]{0,62}$' }),
  Type.Union([snowflake, bigquery]),
  {
    description: 'The warehouses, each under the name that agents call it by.',
    patternErrorMessage: 'write a connection name in lower-case letters, digits, _ or -, starting with a letter',
  },
)
