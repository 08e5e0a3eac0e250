import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose'
import type { AccessTokens } from './access-tokens.ts'
import { OAuthError } from './google-error.ts'

/** A workload identity pool provider of kind OIDC. */
export interface IdentityPoolProvider {
  readonly issuer: string
  /** Uploaded keys, or where to fetch them. */
  readonly jwks: JSONWebKeySet | URL
  /** The provider's own name with `https:` in front where absent. */
  readonly allowedAudiences?: readonly string[]
  /** `google.subject` out of the assertion; its `sub` where absent, nobody where it answers nothing. */
  readonly subject?: (claims: Readonly<Record<string, unknown>>) => string | undefined
}

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const subjectTokenTypes = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token']
const maxAssertionSeconds = 48 * 3600

/**
 * Google's Security Token Service: an assertion of a trusted issuer for a federated access token (RFC 8693).
 * https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 */
export async function exchangeToken(
  form: URLSearchParams,
  providers: Readonly<Record<string, IdentityPoolProvider>>,
  tokens: AccessTokens,
  now: Date,
) {
  demand(form, 'grant_type', ['urn:ietf:params:oauth:grant-type:token-exchange'], 'unsupported_grant_type')
  demand(form, 'requested_token_type', [accessTokenType], 'invalid_request')
  demand(form, 'subject_token_type', subjectTokenTypes, 'invalid_request')
  const audience = form.get('audience') ?? ''
  const provider = providers[audience]
  const pool =
    /^(\/\/iam\.googleapis\.com\/projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/]+)\/providers\/[^/]+$/.exec(
      audience,
    )?.[1]
  if (!provider || !pool)
    throw new OAuthError('invalid_target', 'The target service indicated by the "audience" parameters is invalid.')
  const subject = await subjectOf(form.get('subject_token') ?? '', audience, provider, now)
  const scopes = (form.get('scope') ?? '').split(' ').filter(Boolean)
  if (scopes.length === 0) throw new OAuthError('invalid_scope', 'Scope(s) must be provided.')
  const token = tokens.issue(
    { principal: `principal:${pool}/subject/${subject}`, scopes, by: 'federated', caller: subject },
    3600,
  )
  return {
    access_token: token.token,
    issued_token_type: accessTokenType,
    token_type: 'Bearer',
    expires_in: 3600,
  }
}

function demand(form: URLSearchParams, name: string, allowed: readonly string[], error: string): void {
  if (!allowed.includes(form.get(name) ?? '')) throw new OAuthError(error, `Invalid value for "${name}".`)
}

async function subjectOf(assertion: string, audience: string, provider: IdentityPoolProvider, now: Date) {
  try {
    const keys = provider.jwks instanceof URL ? createRemoteJWKSet(provider.jwks) : createLocalJWKSet(provider.jwks)
    const { payload } = await jwtVerify(assertion, keys, {
      issuer: provider.issuer,
      audience: [...(provider.allowedAudiences ?? [`https:${audience}`, audience])],
      algorithms: ['RS256', 'ES256'],
      requiredClaims: ['iss', 'sub', 'aud', 'iat', 'exp'],
      currentDate: now,
    })
    if (Number(payload.exp) - Number(payload.iat) > maxAssertionSeconds) {
      throw new OAuthError('invalid_grant', 'The "exp" of the subject token is too far from its "iat".')
    }
    const subject = provider.subject ? provider.subject(payload) : payload.sub
    if (subject) return subject
    throw new OAuthError('unauthorized_client', 'The given credential is rejected by the attribute condition.')
  } catch (error) {
    if (error instanceof errors.JOSEError)
      throw new OAuthError('invalid_grant', `The subject token is invalid: ${error.message}`)
    throw error
  }
}
