import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import type { Authenticator } from '#src/authenticate/authenticator.ts'
import type { IssuerConfig } from '#src/config/config.ts'
import { type ErrorCode, GatewayError } from '#src/errors.ts'
import type { Principal } from '#src/principal.ts'
import { IssuerKeys } from './issuer-keys.ts'
import { VerifiedTokens } from './verified-tokens.ts'

const maxTokenBytes = 16 * 1024
const maxGroups = 500

/** Claims whose one text holds several, by their definition (RFC 6749, section 3.3); names of groups may hold blanks. */
const blankSeparated: ReadonlySet<string> = new Set(['scope', 'scp'])

/** Access tokens by their type (RFC 9068, section 2.1), or without one; a signed logout or event notice is none (RFC 8725, 3.11). */
const accessTokenTypes = ['at+jwt', 'application/at+jwt', 'jwt', undefined]

/**
 * Agents' own OIDC access tokens (RFC 9068, RFC 8725): only configured issuers, only their configured asymmetric
 * algorithms, keys only from the issuer's discovered JWKS; `jku`, `x5u` and embedded keys are never looked at.
 */
export class OidcAuthenticator implements Authenticator {
  readonly #issuers: () => readonly IssuerConfig[]
  readonly #keys = new Map<string, IssuerKeys>()
  readonly #verified = new VerifiedTokens()

  constructor(issuers: () => readonly IssuerConfig[]) {
    this.#issuers = issuers
  }

  async authenticate({ bearer }: { readonly bearer: string }): Promise<Principal> {
    if (bearer === '') throw new GatewayError('unauthenticated', { next: 'Send `Authorization: Bearer <token>`.' })
    const known = this.#verified.get(bearer)
    if (known && this.#issuers().includes(known.issuer)) return known.principal
    const { issuer, kid } = this.#trustedIssuer(bearer)
    const keys = this.#keys.get(issuer.issuer) ?? new IssuerKeys(issuer.issuer)
    this.#keys.set(issuer.issuer, keys)
    try {
      const keySet = await keys.keySet(kid)
      const { payload } = await jwtVerify(bearer, createLocalJWKSet(keySet), {
        issuer: issuer.issuer,
        audience: [...issuer.audiences],
        algorithms: [...issuer.algorithms],
        clockTolerance: issuer.clockToleranceSeconds,
        requiredClaims: ['exp', issuer.claims.principal],
      })
      rejectFuture(payload, issuer)
      const principal = principalOf(payload, issuer)
      this.#verified.put(bearer, { principal, issuer, expiresAt: (payload.exp ?? 0) * 1000 })
      return principal
    } catch (error) {
      throw asTokenError(error, issuer)
    }
  }

  /** The unverified `iss` only selects which configured issuer the token is verified against. */
  #trustedIssuer(bearer: string): { issuer: IssuerConfig; kid: string | undefined } {
    if (bearer.length > maxTokenBytes) throw new GatewayError('token_malformed', { message: 'The token is too long.' })
    let claims: JWTPayload
    let header: ReturnType<typeof decodeProtectedHeader>
    try {
      claims = decodeJwt(bearer)
      header = decodeProtectedHeader(bearer)
    } catch (error) {
      throw new GatewayError('token_malformed', { cause: error })
    }
    if (!accessTokenTypes.includes(header.typ?.toLowerCase()))
      throw new GatewayError('token_malformed', { message: 'The token is of a type that is no access token.' })
    const issuer = this.#issuers().find(candidate => candidate.issuer === claims.iss)
    if (!issuer) {
      const trusted = this.#issuers().map(candidate => candidate.issuer)
      throw new GatewayError('token_issuer', { next: `Present one of: ${trusted.join(', ')}.` })
    }
    if (!header.alg || !issuer.algorithms.includes(header.alg)) {
      throw new GatewayError('token_algorithm', { next: `Sign with one of: ${issuer.algorithms.join(', ')}.` })
    }
    return { issuer, kid: header.kid }
  }
}

/** jose accepts an `iat` in the future; a token from tomorrow is a broken clock or a forgery. */
function rejectFuture(payload: JWTPayload, issuer: IssuerConfig): void {
  const latest = Date.now() / 1000 + issuer.clockToleranceSeconds
  if (payload.iat !== undefined && payload.iat > latest) throw new GatewayError('token_not_yet_valid')
}

function principalOf(payload: JWTPayload, { issuer, claims }: IssuerConfig): Principal {
  const subject = text(payload, claims.principal)
  if (!subject)
    throw new GatewayError('token_claims', { message: `The token has no text in claim "${claims.principal}".` })
  const owner = personIn(payload, claims.owner)
  const onBehalfOf = personIn(payload, claims.onBehalfOf)
  return {
    issuer,
    subject,
    name: text(payload, claims.name) ?? subject,
    groups: groupsIn(payload, claims.groups),
    ...(owner ? { owner } : {}),
    ...(onBehalfOf ? { onBehalfOf } : {}),
  }
}

function text(payload: JWTPayload, claim: string | undefined): string | undefined {
  const value = claim === undefined ? undefined : payload[claim]
  return typeof value === 'string' && value !== '' && value.length <= 256 ? value : undefined
}

/** Whom a claim names, if anybody. What is there and names nobody in one text (a list, an object) must not pass for nobody. */
function personIn(payload: JWTPayload, claim: string | undefined): string | undefined {
  const named = text(payload, claim)
  const value = claim === undefined ? undefined : payload[claim]
  if (named !== undefined || value === undefined || value === null || value === '') return named
  throw new GatewayError('token_claims', {
    message: `Claim "${claim}" of the token has to name one person, as a text of at most 256 characters.`,
  })
}

/** A list of texts, or one text. All of them or an error: a rule may deny by any group, and would not for one that is not understood. */
function groupsIn(payload: JWTPayload, claim: string | undefined): string[] {
  if (claim === undefined) return []
  if (isElsewhere(payload, claim)) {
    throw new GatewayError('token_claims', {
      message: `The token says that the groups of claim "${claim}" are to be asked for elsewhere; the gateway takes them from the token alone.`,
      next: 'Have the identity provider put them into the token: fewer of them, such as only those assigned to this application, or its roles.',
    })
  }
  const value = payload[claim] ?? []
  const list: unknown[] =
    typeof value !== 'string' ? [value].flat() : blankSeparated.has(claim) ? value.split(' ') : [value]
  if (!list.every(entry => typeof entry === 'string')) {
    throw new GatewayError('token_claims', {
      message: `Claim "${claim}" of the token has to name groups, as a list of texts or as one text.`,
      next: 'Have the identity provider write their names alone, or name another claim in identity.issuers[].groups.',
    })
  }
  const groups = list.filter(entry => entry !== '')
  if (groups.length > maxGroups)
    throw new GatewayError('token_claims', { message: `The token names more than ${maxGroups} groups.` })
  return groups
}

/** Claims of another source (OpenID Connect Core, section 5.6.2), as Entra ID sends where there are too many groups; and its `hasgroups`. */
function isElsewhere(payload: JWTPayload, claim: string): boolean {
  const names = payload._claim_names
  const named = typeof names === 'object' && names !== null && Object.hasOwn(names, claim)
  return named || (claim === 'groups' && Boolean(payload.hasgroups) && payload.groups === undefined)
}

function asTokenError(error: unknown, { audiences }: IssuerConfig): GatewayError {
  if (error instanceof GatewayError) return error
  const code = tokenErrorCode(error)
  const claim = code === 'token_claims' && error instanceof errors.JWTClaimValidationFailed ? error.claim : undefined
  return new GatewayError(code, {
    cause: error,
    detail: error instanceof Error ? error.message : undefined,
    ...(code === 'token_audience' ? { next: `Ask for one with the audience ${audiences.join(' or ')}.` } : {}),
    ...(claim ? { message: `Claim "${claim}" of the token is missing or has the wrong form.` } : {}),
  })
}

function tokenErrorCode(error: unknown): ErrorCode {
  if (error instanceof errors.JWTExpired) return 'token_expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return 'token_audience'
    if (error.claim === 'iss') return 'token_issuer'
    if (error.claim === 'nbf' && error.reason === 'check_failed') return 'token_not_yet_valid'
    return 'token_claims'
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'token_algorithm'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'token_signature'
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return 'token_signature'
  return 'token_malformed'
}
