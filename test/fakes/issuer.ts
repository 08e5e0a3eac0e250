import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import { createArtifactStore } from './issuer/artifact-store.ts'
import { answerLoginPage } from './issuer/login-page.ts'
import { type Agent, createProvider, type LoginClient, type Person } from './issuer/provider.ts'
import { signIn } from './issuer/sign-in.ts'
import { createSigningKey, type SigningKey } from './issuer/signing-keys.ts'

interface FakeIssuerOptions {
  readonly port?: number
  /** `aud` of the agents' tokens. */
  readonly audience?: string
  /** Lifetime of tokens from the token endpoint. */
  readonly tokenSeconds?: number
  readonly agents?: Readonly<Record<string, Agent>>
  readonly people?: Readonly<Record<string, Person>>
  readonly login?: Partial<LoginClient>
}

/** How a hand-made token differs from the one the token endpoint would issue. */
interface TokenOverrides {
  /** Replaces claims; `undefined` removes one. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Partial<JWTHeaderParameters>
  /** `published`: the current key. `unpublished`: a stranger's key under the current key id. */
  readonly key?: 'published' | 'unpublished'
}

/** A real OpenID provider on loopback, with the knobs a test needs. */
export interface FakeIssuer {
  /** `iss`, and the base of discovery. */
  readonly url: string
  readonly audience: string
  readonly tokenEndpoint: string
  readonly agents: Readonly<Record<string, Agent>>
  readonly people: Readonly<Record<string, Person>>
  readonly login: LoginClient
  /** Requests seen since the start. */
  readonly requests: { readonly discovery: number; readonly jwks: number; readonly token: number }
  /** A token of `agent` signed directly, without the token endpoint. */
  tokenFor(agent: string, overrides?: TokenOverrides): Promise<string>
  /** Logs `person` in at `authorizationUrl` as a browser would; resolves to the redirect back to the client. */
  signIn(person: string, authorizationUrl: URL): Promise<URL>
  /** Signs with a new key from now on; the old one stays published unless `removeOld`. Returns the new key id. */
  rotateKeys(options?: { readonly removeOld?: boolean }): Promise<string>
  /** From now on people count as signed in since so many seconds, as where nobody was asked anew. */
  signedInSince(seconds: number): void
  /** From now on the directory names this as the person's Slack account, in the claim `slack`. */
  nameSlackAccount(person: string, account: string): void
  /** From now on this answers where the keys are, until it is called without. */
  answerKeys(answer?: (response: ServerResponse) => void): void
  /** While true every connection is dropped without an answer. */
  unreachable(value: boolean): void
  close(): Promise<void>
}

const defaultAgents: Readonly<Record<string, Agent>> = {
  'release-bot': {
    secret: 'release-bot-secret',
    claims: { name: 'Release bot', groups: ['coding-agents'], owner: 'release-owner' },
  },
  'churn-notebook': {
    secret: 'churn-notebook-secret',
    claims: { name: 'Churn notebook', groups: ['notebooks'], owner: 'privacy-1', act_for: 'oncall-2' },
  },
  'etl-job': { secret: 'etl-job-secret', claims: { name: 'Nightly ETL', groups: ['pipelines'], owner: 'oncall-1' } },
}

const defaultPeople: Readonly<Record<string, Person>> = {
  'oncall-1': { name: 'On-call 1', groups: ['oncall'] },
  'oncall-2': { name: 'On-call 2', groups: ['oncall'] },
  'release-owner': { name: 'Release owner', groups: ['release'] },
  'privacy-1': { name: 'Privacy 1', groups: ['privacy'] },
  'privacy-2': { name: 'Privacy 2', groups: ['privacy'] },
}

/** Starts an OpenID provider on 127.0.0.1 whose issuer is `http://127.0.0.1:<port>`. */
export async function startFakeIssuer(options: FakeIssuerOptions = {}): Promise<FakeIssuer> {
  const server = createServer()
  const port = await listen(server, options.port ?? 0)
  const slackAccounts = new Map<string, string>()
  const settings = {
    url: `http://127.0.0.1:${port}`,
    audience: options.audience ?? 'querywarden',
    tokenSeconds: options.tokenSeconds ?? 600,
    agents: options.agents ?? defaultAgents,
    people: options.people ?? defaultPeople,
    login: {
      id: 'querywarden-console',
      secret: 'querywarden-console-secret',
      redirectUris: ['http://127.0.0.1/callback'],
      ...options.login,
    },
    slackOf: (person: string) => slackAccounts.get(person),
    cookieKey: randomBytes(16).toString('hex'),
    artifacts: createArtifactStore(),
  }
  const requests = { discovery: 0, jwks: 0, token: 0 }
  let keys: readonly [SigningKey, ...SigningKey[]] = [await createSigningKey()]
  let provider = createProvider(settings, keys)
  let unreachable = false
  let otherKeys: ((response: ServerResponse) => void) | undefined
  let sinceSeconds = 0

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (unreachable) return void request.socket.destroy()
    const path = request.url?.split('?')[0] ?? '/'
    if (path === '/.well-known/openid-configuration') requests.discovery++
    if (path === '/jwks') requests.jwks++
    if (path === '/jwks' && otherKeys) return otherKeys(response)
    if (path === '/token') requests.token++
    if (!path.startsWith('/login/')) return void provider.callback()(request, response)
    answerLoginPage(provider, { people: settings.people, sinceSeconds }, request, response).catch(() =>
      response.writeHead(400).end(),
    )
  })

  return {
    ...settings,
    tokenEndpoint: `${settings.url}/token`,
    requests,
    async tokenFor(agent, { claims, header, key = 'published' } = {}) {
      const now = Math.floor(Date.now() / 1000)
      const payload: JWTPayload = {
        iss: settings.url,
        sub: agent,
        aud: settings.audience,
        client_id: agent,
        iat: now,
        exp: now + settings.tokenSeconds,
        jti: randomBytes(12).toString('base64url'),
        ...settings.agents[agent]?.claims,
        ...claims,
      }
      const signer = key === 'published' ? keys[0] : await createSigningKey()
      return new SignJWT(payload)
        .setProtectedHeader({ alg: signer.alg, typ: 'at+jwt', kid: keys[0].kid, ...header })
        .sign(signer.privateKey)
    },
    signIn: (person, authorizationUrl) => signIn(settings.url, person, authorizationUrl),
    async rotateKeys({ removeOld = false } = {}) {
      const fresh = await createSigningKey()
      keys = removeOld ? [fresh] : [fresh, ...keys]
      provider = createProvider(settings, keys)
      return fresh.kid
    },
    nameSlackAccount: (person, account) => void slackAccounts.set(person, account),
    signedInSince(seconds) {
      sinceSeconds = seconds
    },
    answerKeys(answer) {
      otherKeys = answer
    },
    unreachable(value) {
      unreachable = value
    },
    close: () => close(server),
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
