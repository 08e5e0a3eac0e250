import { createHash, createPublicKey, type KeyObject, randomUUID } from 'node:crypto'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  importSPKI,
  type JWTPayload,
  jwtVerify,
} from 'jose'
import { SnowflakeError } from './snowflake-error.ts'

/** A security integration of type EXTERNAL_OAUTH. Everything is compared exactly, as Snowflake does. */
export interface OAuthIntegration {
  readonly issuer: string
  readonly audience: readonly string[]
  /** Up to two public keys in PEM, so that one can be rotated. */
  readonly publicKeys?: readonly string[]
  readonly jwksUrl?: string
  readonly allowedRoles: readonly string[]
  /** The claim with the role's scope. `session:role-any` is refused, as by EXTERNAL_OAUTH_ANY_ROLE_MODE = DISABLE. */
  readonly scopeClaim?: 'scp' | 'scope'
  readonly userMappingClaim?: string
  /** Refuses tokens that live longer: no rule of Snowflake's, but one that a test may want to hold a minter to. */
  readonly maxTokenSeconds?: number
}

export interface User {
  readonly roles: readonly string[]
  /** The role of a login that names none. */
  readonly defaultRole?: string
  /** Public keys in PEM for SNOWFLAKE_JWT. */
  readonly publicKeys?: readonly string[]
}

/** What a login proved itself with. */
export interface VerifiedCredential {
  readonly kind: 'external-oauth' | 'key-pair'
  readonly jti: string | undefined
  readonly user: string
  /** The only role of the session, where the credential names it. */
  readonly role: string | undefined
  /** Seconds since the epoch. */
  readonly issuedAt: number
  readonly expiresAt: number
}

export interface LoginRules {
  readonly account: string
  readonly users: Readonly<Record<string, User>>
  readonly integration: OAuthIntegration | undefined
  /** Milliseconds since the epoch. */
  now(): number
}

const invalidOAuth = () => new SnowflakeError('390303', '08001', 'Invalid OAuth access token. ')
const expiredOAuth = () => new SnowflakeError('390318', '08001', 'OAuth access token expired. ')
const otherUser = () =>
  new SnowflakeError(
    '390309',
    '08001',
    'The user you were trying to authenticate as differs from the user tied to the access token.',
  )
const roleNotInToken = () =>
  new SnowflakeError(
    '390317',
    '08001',
    'The role requested in the connection or the default role if none was requested in the connection is not listed in the Access Token or was filtered.',
  )
const roleNotGranted = (role: string) =>
  new SnowflakeError('390186', '08001', `Role '${role}' specified in the connect string is not granted to this user.`)
/** Snowflake tells the caller no more than this, and the reason to an administrator who asks with the id. */
const invalidKeyPair = () => new SnowflakeError('390144', '08001', `JWT token is invalid. [${randomUUID()}]`)

const algorithms = ['RS256', 'RS384', 'RS512']

async function verifySignature(token: string, integration: OAuthIntegration, now: Date): Promise<JWTPayload> {
  const checks = {
    algorithms,
    issuer: integration.issuer,
    audience: [...integration.audience],
    requiredClaims: ['exp', 'iat'],
    currentDate: now,
  }
  if (integration.jwksUrl !== undefined) {
    return (await jwtVerify(token, createRemoteJWKSet(new URL(integration.jwksUrl)), checks)).payload
  }
  const { alg = '' } = decodeProtectedHeader(token)
  if (!algorithms.includes(alg)) throw new errors.JOSEAlgNotAllowed(alg)
  for (const pem of (integration.publicKeys ?? []).slice(0, 2)) {
    try {
      return (await jwtVerify(token, await importSPKI(pem, alg), checks)).payload
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
    }
  }
  throw new errors.JWSSignatureVerificationFailed()
}

/** The one role that the token's scope names. */
function scopedRole(payload: JWTPayload, claim: 'scp' | 'scope'): string | undefined {
  const value = payload[claim]
  const scopes: unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(/[,\s]+/) : []
  const [only, ...others] = scopes.filter(scope => scope !== '')
  if (others.length > 0 || typeof only !== 'string') return undefined
  return /^session:role:(.+)$/i.exec(only)?.[1]?.toUpperCase()
}

async function verifyOAuth(token: string, { integration, users, now }: LoginRules): Promise<VerifiedCredential> {
  if (integration === undefined) throw invalidOAuth()
  const at = new Date(now())
  const payload = await verifySignature(token, integration, at).catch((error: unknown) => {
    throw error instanceof errors.JWTExpired ? expiredOAuth() : invalidOAuth()
  })
  const { iat = 0, exp = 0, jti } = payload
  if (iat > at.getTime() / 1_000 || exp <= iat) throw invalidOAuth()
  if (exp - iat > (integration.maxTokenSeconds ?? Number.POSITIVE_INFINITY)) throw invalidOAuth()
  const claimed = payload[integration.userMappingClaim ?? 'sub']
  const user = typeof claimed === 'string' ? claimed.toUpperCase() : ''
  const role = scopedRole(payload, integration.scopeClaim ?? 'scp')
  if (users[user] === undefined) throw invalidOAuth()
  if (role === undefined || !integration.allowedRoles.includes(role)) throw roleNotInToken()
  return { kind: 'external-oauth', jti, user, role, issuedAt: iat, expiresAt: exp }
}

function fingerprint(key: KeyObject): string {
  const der = key.export({ format: 'der', type: 'spki' })
  return `SHA256:${createHash('sha256').update(der).digest('base64')}`
}

/** Some drivers write milliseconds where the standard wants seconds, and Snowflake takes both. */
const asSeconds = (time: unknown) =>
  typeof time !== 'number' ? Number.NaN : time > 100_000_000_000 ? time / 1_000 : time

const maxKeyPairSeconds = 3_600

async function verifyKeyPair(token: string, { account, users, now }: LoginRules): Promise<VerifiedCredential> {
  try {
    const claims = decodeJwt(token)
    const prefix = `${account.toUpperCase()}.`
    const user = String(claims.sub).slice(prefix.length)
    const keys = (users[user]?.publicKeys ?? []).map(pem => createPublicKey(pem))
    const key = keys.find(candidate => claims.iss === `${prefix}${user}.${fingerprint(candidate)}`)
    if (claims.sub !== `${prefix}${user}` || key === undefined) throw invalidKeyPair()
    const { alg = '', ...header } = decodeProtectedHeader(token)
    const set = createLocalJWKSet({ keys: [{ ...key.export({ format: 'jwk' }), alg: 'RS256', kty: 'RSA' }] })
    // Times are checked below: the library would read milliseconds as seconds.
    const { payload } = await jwtVerify(token, (_, signed) => set({ ...header, alg }, signed), {
      algorithms: ['RS256'],
      currentDate: new Date(0),
    })
    const [issuedAt, expiresAt, at] = [asSeconds(payload.iat), asSeconds(payload.exp), now() / 1_000]
    const lived = at >= issuedAt - 1 && at < expiresAt && expiresAt - issuedAt <= maxKeyPairSeconds
    if (!lived) throw invalidKeyPair()
    return { kind: 'key-pair', jti: payload.jti, user, role: undefined, issuedAt, expiresAt }
  } catch {
    throw invalidKeyPair()
  }
}

export interface LoginRequest {
  readonly authenticator: string
  readonly token: string
  readonly loginName: string | undefined
  readonly roleName: string | undefined
}

/** Verifies the credential and settles the session's role. Rejects with a SnowflakeError. */
export async function verifyLogin(
  request: LoginRequest,
  rules: LoginRules,
): Promise<{ readonly credential: VerifiedCredential; readonly role: string }> {
  const { authenticator, token } = request
  if (authenticator !== 'OAUTH' && authenticator !== 'SNOWFLAKE_JWT') {
    throw new SnowflakeError('390100', '08001', 'Incorrect username or password was specified.')
  }
  const credential = authenticator === 'OAUTH' ? await verifyOAuth(token, rules) : await verifyKeyPair(token, rules)
  const user = rules.users[credential.user]
  if (
    request.loginName !== undefined &&
    request.loginName !== '' &&
    request.loginName.toUpperCase() !== credential.user
  ) {
    throw otherUser()
  }
  const role = (request.roleName ?? user?.defaultRole ?? 'PUBLIC').toUpperCase()
  if (credential.role !== undefined && role !== credential.role) throw roleNotInToken()
  if (user?.roles.includes(role) !== true) throw roleNotGranted(role)
  return { credential, role }
}
