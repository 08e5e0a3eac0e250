import { decodeJwt, decodeProtectedHeader, errors, importSPKI, jwtVerify } from 'jose'
import type { AccessTokens } from './access-tokens.ts'
import { OAuthError } from './google-error.ts'
import type { ServiceAccount } from './iam-credentials.ts'

/**
 * A service account's signed assertion for an access token (RFC 7523).
 * https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
export async function redeemAssertion(
  form: URLSearchParams,
  tokenUrl: string,
  accounts: Readonly<Record<string, ServiceAccount>>,
  tokens: AccessTokens,
  now: Date,
) {
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
    throw new OAuthError('unsupported_grant_type', 'Invalid grant_type')
  }
  const assertion = form.get('assertion') ?? ''
  try {
    const { iss = '' } = decodeJwt(assertion)
    const account = accounts[iss]
    if (!account) throw new OAuthError('invalid_grant', 'Invalid grant: account not found')
    const key = account.keys?.[decodeProtectedHeader(assertion).kid ?? '']
    if (!key) throw new OAuthError('invalid_grant', 'Invalid JWT Signature.')
    const { payload } = await jwtVerify(assertion, await importSPKI(key, 'RS256'), {
      algorithms: ['RS256'],
      audience: tokenUrl,
      requiredClaims: ['iat', 'exp'],
      currentDate: now,
    })
    if (Number(payload.exp) - Number(payload.iat) > 3600) throw new errors.JWTInvalid('lifetime over an hour')
    const scopes = String(payload.scope ?? '')
      .split(' ')
      .filter(Boolean)
    if (scopes.length === 0) throw new OAuthError('invalid_scope', 'Invalid OAuth scope or ID token audience provided.')
    const token = tokens.issue({ principal: iss, scopes, by: 'key' }, 3600)
    return { access_token: token.token, expires_in: 3599, token_type: 'Bearer' }
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed)
      throw new OAuthError('invalid_grant', 'Invalid JWT Signature.')
    if (error instanceof errors.JOSEError || error instanceof TypeError) {
      throw new OAuthError(
        'invalid_grant',
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat ' +
          'and exp values in the JWT claim.',
      )
    }
    throw error
  }
}
