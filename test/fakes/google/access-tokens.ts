import { randomBytes } from 'node:crypto'
import { GoogleError, invalidCredentials } from './google-error.ts'

export const cloudPlatformScope = 'https://www.googleapis.com/auth/cloud-platform'

type Issuance = 'direct' | 'metadata' | 'key' | 'federated' | 'impersonated'

/** An access token, and who it speaks for. */
export interface AccessToken {
  /** `ya29.…` */
  readonly token: string
  /** E-mail of a service account, or `principal://…` of a federated identity. */
  readonly principal: string
  readonly scopes: readonly string[]
  readonly by: Issuance
  /** Who asked for it, where that is somebody else. */
  readonly caller?: string
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
  readonly expiresAt: number
}

/** Every token ever issued, and which of them still count. */
export class AccessTokens {
  readonly mints: AccessToken[] = []
  readonly #byToken = new Map<string, AccessToken>()
  readonly #revoked = new Set<string>()
  readonly #disabled = new Set<string>()
  readonly #clock: () => number

  constructor(clock: () => number) {
    this.#clock = clock
  }

  issue(grant: Pick<AccessToken, 'principal' | 'scopes' | 'by' | 'caller'>, lifetimeSeconds: number): AccessToken {
    const issuedAt = this.#clock()
    const token = {
      ...grant,
      token: `ya29.${randomBytes(32).toString('base64url')}`,
      issuedAt,
      expiresAt: issuedAt + lifetimeSeconds * 1000,
    }
    this.#byToken.set(token.token, token)
    this.mints.push(token)
    return token
  }

  /** The token where it is known, unexpired, unrevoked and of an enabled principal. */
  introspect(token: string): AccessToken | undefined {
    const known = this.#byToken.get(token)
    if (!known || known.expiresAt <= this.#clock()) return undefined
    return this.#revoked.has(token) || this.#disabled.has(known.principal) ? undefined : known
  }

  /** The caller of a request, or Google's 401; 403 where no scope of `scopes` was granted. */
  authorize(authorization: string | undefined, scopes: readonly string[]): AccessToken {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1]
    const known = token === undefined ? undefined : this.introspect(token)
    if (!known) throw invalidCredentials()
    if (!known.scopes.some(scope => scopes.includes(scope))) {
      throw new GoogleError(403, 'Request had insufficient authentication scopes.', 'insufficientPermissions')
    }
    return known
  }

  revoke(token: string): void {
    this.#revoked.add(token)
  }

  /** Disabling a service account kills the tokens it already has; enabling revives them. */
  setDisabled(principal: string, disabled: boolean): void {
    if (disabled) this.#disabled.add(principal)
    else this.#disabled.delete(principal)
  }
}
