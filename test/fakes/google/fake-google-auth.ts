import { type AccessToken, AccessTokens, cloudPlatformScope } from './access-tokens.ts'
import { GoogleError } from './google-error.ts'
import { type GoogleRequest, type GoogleResponse, startGoogleServer } from './google-server.ts'
import { generateAccessToken, type ServiceAccount } from './iam-credentials.ts'
import { redeemAssertion } from './key-assertion.ts'
import { exchangeToken, type IdentityPoolProvider } from './token-exchange.ts'

interface FakeGoogleAuthOptions {
  readonly port?: number
  /** By e-mail. */
  readonly serviceAccounts?: Readonly<Record<string, ServiceAccount>>
  /** By audience: `//iam.googleapis.com/projects/NUM/locations/global/workloadIdentityPools/POOL/providers/PROV`. */
  readonly identityPoolProviders?: Readonly<Record<string, IdentityPoolProvider>>
  /** Whom the metadata server speaks for; it answers 404 where absent. */
  readonly metadataAccount?: string
  /** Milliseconds since the epoch. */
  readonly clock?: () => number
}

/** Google's token services on loopback: IAM Credentials, STS, the OAuth token endpoint and the metadata server. */
export interface FakeGoogleAuth {
  /** Base of IAM Credentials (`Impersonated.endpoint`). */
  readonly url: string
  /** STS. */
  readonly stsUrl: string
  /** `token_uri` of a service account's key file. */
  readonly tokenUrl: string
  /** For `GCE_METADATA_HOST`. */
  readonly metadataHost: string
  /** Every token issued, oldest first. */
  readonly mints: readonly AccessToken[]
  /** A token without any ceremony: the source identity of a test. */
  issue(principal: string, options?: { readonly scopes?: readonly string[]; readonly lifetimeSeconds?: number }): string
  /** Nothing where the token is unknown, expired, revoked or of a disabled account. */
  introspect(token: string): AccessToken | undefined
  /** As `introspect` of the request's bearer; throws Google's 401 or 403. */
  authorize(authorization: string | undefined, scopes: readonly string[]): AccessToken
  revoke(token: string): void
  disableServiceAccount(email: string): void
  enableServiceAccount(email: string): void
  /** The next `count` requests get 503. */
  failNext(count: number): void
  close(): Promise<void>
}

export async function startFakeGoogleAuth(options: FakeGoogleAuthOptions = {}): Promise<FakeGoogleAuth> {
  const { serviceAccounts = {}, identityPoolProviders = {}, metadataAccount, clock = Date.now } = options
  const tokens = new AccessTokens(clock)
  let failures = 0

  const handle = async (request: GoogleRequest): Promise<GoogleResponse> => {
    if (failures > 0) {
      failures--
      throw new GoogleError(503, 'The service is currently unavailable.')
    }
    if (request.path.startsWith('/computeMetadata/')) return metadata(request, metadataAccount, tokens)
    if (request.method !== 'POST') throw new GoogleError(404, 'Requested entity was not found.')
    const now = new Date(clock())
    const email = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(request.path)?.[1]
    if (email) return { body: generateAccessToken(request, decodeURIComponent(email), serviceAccounts, tokens) }
    const form = new URLSearchParams(request.text)
    if (request.path === '/v1/token') return { body: await exchangeToken(form, identityPoolProviders, tokens, now) }
    if (request.path === '/token') return { body: await redeemAssertion(form, tokenUrl, serviceAccounts, tokens, now) }
    throw new GoogleError(404, 'Requested entity was not found.')
  }

  const server = await startGoogleServer(handle, options.port)
  const tokenUrl = `${server.url}/token`
  return {
    url: server.url,
    stsUrl: `${server.url}/v1/token`,
    tokenUrl,
    metadataHost: new URL(server.url).host,
    mints: tokens.mints,
    issue: (principal, { scopes = [cloudPlatformScope], lifetimeSeconds = 3600 } = {}) =>
      tokens.issue({ principal, scopes, by: 'direct' }, lifetimeSeconds).token,
    introspect: token => tokens.introspect(token),
    authorize: (authorization, scopes) => tokens.authorize(authorization, scopes),
    revoke: token => tokens.revoke(token),
    disableServiceAccount: email => tokens.setDisabled(email, true),
    enableServiceAccount: email => tokens.setDisabled(email, false),
    failNext: count => {
      failures = count
    },
    close: server.close,
  }
}

/** https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys */
function metadata(request: GoogleRequest, account: string | undefined, tokens: AccessTokens): GoogleResponse {
  const headers = { 'metadata-flavor': 'Google' }
  // The header is what keeps a browser or a blind server-side request from reading the token.
  if (request.headers['metadata-flavor'] !== 'Google') {
    return { status: 403, headers, body: 'Missing required header: Metadata-Flavor' }
  }
  const entry = request.path.slice('/computeMetadata/v1'.length).replace(/\/$/, '')
  if (entry === '' || entry === '/instance') return { headers, body: {} }
  if (account === undefined) return { status: 404, headers, body: 'not found' }
  const ofAccount = /^\/instance\/service-accounts\/(?:default|[^/]+@[^/]+)\/(\w+)$/.exec(entry)?.[1]
  if (ofAccount === 'email') return { headers, body: account }
  if (ofAccount !== 'token') return { status: 404, headers, body: 'not found' }
  const token = tokens.issue({ principal: account, scopes: [cloudPlatformScope], by: 'metadata' }, 3600)
  return { headers, body: { access_token: token.token, expires_in: 3599, token_type: 'Bearer' } }
}
