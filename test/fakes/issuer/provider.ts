import { type Adapter, type Configuration, errors, type JWKS, Provider } from 'oidc-provider'
import type { SigningKey } from './signing-keys.ts'

/** A machine client: it gets tokens with `client_credentials`, and its client id is their `sub`. */
export interface Agent {
  readonly secret: string
  readonly claims: Readonly<Record<string, unknown>>
}

/** Someone who can log in. */
export interface Person {
  readonly name: string
  readonly groups: readonly string[]
}

/** The client of a login page. */
export interface LoginClient {
  readonly id: string
  readonly secret: string
  readonly redirectUris: readonly string[]
}

interface ProviderSettings {
  readonly url: string
  readonly audience: string
  readonly tokenSeconds: number
  readonly agents: Readonly<Record<string, Agent>>
  readonly people: Readonly<Record<string, Person>>
  /** What the directory says of their Slack account. */
  readonly slackOf: (person: string) => string | undefined
  readonly login: LoginClient
  readonly cookieKey: string
  readonly artifacts: (model: string) => Adapter
}

const scopes = 'openid profile groups'

/** An OpenID provider that signs with the first of `keys` and publishes all of them. */
export function createProvider(settings: ProviderSettings, keys: readonly SigningKey[]): Provider {
  const provider = new Provider(settings.url, {
    adapter: settings.artifacts,
    jwks: { keys: keys.map(key => key.privateJwk) } as JWKS,
    cookies: { keys: [settings.cookieKey] },
    clients: clientsOf(settings),
    scopes: scopes.split(' '),
    claims: { openid: ['sub', 'slack'], profile: ['name'], groups: ['groups'] },
    // Login pages read groups from the ID token, as they do with the big providers.
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: resourceIndicators(settings),
    },
    interactions: { url: (_ctx, interaction) => `/login/${interaction.uid}` },
    findAccount: (_ctx, id) => {
      const person = settings.people[id]
      if (!person) return undefined
      const { name, groups } = person
      return { accountId: id, claims: async () => ({ sub: id, name, groups, slack: settings.slackOf(id) }) }
    },
    extraTokenClaims: (_ctx, token) => ({
      ...(token.kind === 'ClientCredentials' && token.clientId ? settings.agents[token.clientId]?.claims : undefined),
    }),
    loadExistingGrant: async ctx => {
      const { client, session, provider } = ctx.oidc
      const grant = new provider.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' })
      grant.addOIDCScope(scopes)
      await grant.save()
      return grant
    },
    ttl: {
      AccessToken: 600,
      ClientCredentials: settings.tokenSeconds,
      IdToken: 600,
      Interaction: 600,
      Session: 3600,
      Grant: 3600,
    },
    renderError: (ctx, out) => {
      ctx.type = 'json'
      ctx.body = out
    },
  })
  return provider
}

function clientsOf({ agents, login }: ProviderSettings): NonNullable<Configuration['clients']> {
  return [
    ...Object.entries(agents).map(([id, agent]) => ({
      client_id: id,
      client_secret: agent.secret,
      grant_types: ['client_credentials' as const],
      redirect_uris: [],
      response_types: [],
    })),
    {
      client_id: login.id,
      client_secret: login.secret,
      // A native client's loopback redirect matches on every port (RFC 8252, section 7.3).
      application_type: 'native' as const,
      require_auth_time: true,
      grant_types: ['authorization_code' as const],
      redirect_uris: [...login.redirectUris],
    },
  ]
}

/** Machine clients get JWTs (RFC 9068) for the one audience, whether they name the resource or not. */
function resourceIndicators(settings: ProviderSettings) {
  const resource = `urn:${settings.audience}`
  return {
    enabled: true,
    defaultResource: (ctx: { oidc: { route: string; params?: Record<string, unknown> | undefined } }) =>
      ctx.oidc.params?.grant_type === 'client_credentials' ? resource : [],
    useGrantedResource: () => false,
    getResourceServerInfo: (_ctx: unknown, asked: string) => {
      if (asked !== resource) throw new errors.InvalidTarget()
      return {
        audience: settings.audience,
        scope: '',
        accessTokenFormat: 'jwt' as const,
        accessTokenTTL: settings.tokenSeconds,
      }
    },
  }
}
