import Type from 'typebox'
import { closed, name, secret, url } from './fields.ts'

/** Where people sign in. Off where the section is absent. */
export const consoleForm = Type.Object(
  {
    url: Type.String({
      ...url(
        'The console as people open it: the gateway’s own address with one more path segment, such as `https://gateway.example.com/console`. The identity provider redirects to `URL/callback`.',
      ),
      pattern: '^https?://[^/@\\s?#]+/[a-z][a-z0-9-]*$',
      patternErrorMessage: 'write a URL with one path segment, such as https://gateway.example.com/console',
    }),
    issuer: url('Identity provider that people sign in with (OpenID Connect, code flow).'),
    clientId: name('Client at that identity provider.'),
    clientSecret: secret('Its secret.'),
    matchEmail: Type.Boolean({
      default: false,
      description:
        'Whether somebody without a `subject` is known by a verified e-mail address. Only where nobody can choose their own address at that identity provider, and none is given to somebody else later.',
    }),
    slackClaim: Type.Optional(
      name(
        'Claim of the ID token that names the Slack account of who signs in, as `TEAM/USER` (`T0123456/U0123456`): signing in links it, without `/qw link`. Only where nobody can choose it themselves at that identity provider.',
      ),
    ),
  },
  { ...closed, description: 'Pages of the gateway where people review. Needs `keys.console`.' },
)
