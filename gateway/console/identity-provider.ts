import * as client from 'openid-client'
import type { ConsoleConfig } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import type { SlackAccountId } from '#src/record/slack-link.ts'
import { slackAccountOf } from './slack-claim.ts'

/** What one sign-in must bring back; the browser keeps it, sealed. */
export interface Attempt {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** Whether the person had to prove who they are anew. */
  readonly again: boolean
}

/** Who signed in, as the identity provider says. */
export interface Identity {
  readonly subject: string
  /** Only where the identity provider has verified it. */
  readonly email?: string
  /** Their account as `console.slackClaim` names it. */
  readonly slack?: SlackAccountId
  /** When they proved it; milliseconds since the epoch, by the identity provider's clock. */
  readonly signedInAt?: number
}

/** Sign-in of people: OpenID Connect Core 1.0, code flow with PKCE (RFC 7636), state and nonce. */
export class IdentityProvider {
  #discovered: { readonly key: string; readonly configuration: Promise<client.Configuration> } | undefined

  /** Where the browser goes to sign in. Rejects with `issuer_unreachable`. */
  async begin(settings: ConsoleConfig, { now, again }: { now: number; again: boolean }) {
    const configuration = await this.#configuration(settings)
    const attempt: Attempt = {
      ...{ state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() },
      ...{ startedAt: now, again },
    }
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: `${settings.url}/callback`,
      scope: settings.matchEmail ? 'openid email' : 'openid',
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
      ...(again ? { max_age: '0', prompt: 'login' } : {}),
    })
    return { url, attempt }
  }

  /** `query` as the callback was called with, from `?` on. Rejects with `not_permitted` and `issuer_unreachable`. */
  async finish(settings: ConsoleConfig, attempt: Attempt, query: string): Promise<Identity> {
    const configuration = await this.#configuration(settings)
    const checks = {
      ...{ expectedState: attempt.state, expectedNonce: attempt.nonce, pkceCodeVerifier: attempt.verifier },
      ...{ idTokenExpected: true, ...(attempt.again ? { maxAge: 0 } : {}) },
    }
    try {
      const here = new URL(`${settings.url}/callback${query}`)
      const tokens = await client.authorizationCodeGrant(configuration, here, checks)
      const claims = tokens.claims()
      if (!claims) throw new GatewayError('not_permitted', { detail: 'no ID token' })
      const email = settings.matchEmail ? await verifiedEmail(configuration, tokens.access_token, claims) : undefined
      const { sub: subject, auth_time: at } = claims
      const slack = settings.slackClaim === undefined ? undefined : slackAccountOf(claims[settings.slackClaim])
      return {
        subject,
        ...(email ? { email } : {}),
        ...(slack ? { slack } : {}),
        ...(at === undefined ? {} : { signedInAt: at * 1000 }),
      }
    } catch (error) {
      throw refusalOf(error)
    }
  }

  /** Discovered once; again where the settings changed or it failed. */
  #configuration(settings: ConsoleConfig): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = settings
    const key = [issuer, clientId, clientSecret.reveal()].join(' ')
    if (this.#discovered?.key === key) return this.#discovered.configuration
    // Plain http is for this machine only; `check` has refused it elsewhere.
    const execute = issuer.startsWith('http:') ? [client.allowInsecureRequests] : []
    const configuration = client
      .discovery(new URL(issuer), clientId, clientSecret.reveal(), undefined, { execute, timeout: 5 })
      .catch((error: unknown) => {
        this.#discovered = undefined
        throw new GatewayError('issuer_unreachable', { cause: error, detail: String(error) })
      })
    this.#discovered = { key, configuration }
    return configuration
  }
}

/** From the ID token, or where that says nothing from the userinfo endpoint. */
async function verifiedEmail(configuration: client.Configuration, accessToken: string, claims: client.IDToken) {
  const said = 'email' in claims ? claims : await client.fetchUserInfo(configuration, accessToken, claims.sub)
  return said.email_verified === true && typeof said.email === 'string' ? said.email : undefined
}

function refusalOf(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const away = error instanceof TypeError || (error instanceof client.ClientError && error.code === 'OAUTH_TIMEOUT')
  return away
    ? new GatewayError('issuer_unreachable', { detail, cause: error })
    : new GatewayError('not_permitted', {
        message: 'The identity provider did not say who you are, or not in time.',
        next: 'Sign in again.',
        ...{ detail, cause: error },
      })
}
