import { type AccessToken, type AccessTokens, cloudPlatformScope } from './access-tokens.ts'
import { GoogleError } from './google-error.ts'
import { type GoogleRequest, jsonObject } from './google-server.ts'

export interface ServiceAccount {
  /** E-mails or `principal://…` with roles/iam.serviceAccountTokenCreator on it. */
  readonly tokenCreators?: readonly string[]
  /** Public key (PEM, SPKI) of each of its keys, by key id. */
  readonly keys?: Readonly<Record<string, string>>
}

const scopes = [cloudPlatformScope, 'https://www.googleapis.com/auth/iam']
const maxLifetimeSeconds = 3600

/** https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken */
export function generateAccessToken(
  request: GoogleRequest,
  email: string,
  accounts: Readonly<Record<string, ServiceAccount>>,
  tokens: AccessTokens,
): { accessToken: string; expireTime: string } {
  const caller = tokens.authorize(request.headers.authorization, scopes)
  const body = jsonObject(request.text)
  const scope = body.scope
  if (!Array.isArray(scope) || scope.length === 0 || !scope.every(entry => typeof entry === 'string')) {
    throw new GoogleError(400, 'Request contains an invalid argument. Scope required.')
  }
  const seconds = lifetimeOf(body.lifetime)
  demandChain(caller, email, delegatesOf(body.delegates), accounts)
  const token = tokens.issue({ principal: email, scopes: scope, by: 'impersonated', caller: caller.principal }, seconds)
  return {
    accessToken: token.token,
    expireTime: new Date(token.expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'),
  }
}

function lifetimeOf(lifetime: unknown): number {
  if (lifetime === undefined) return maxLifetimeSeconds
  const seconds = Number(/^(\d+(?:\.\d+)?)s$/.exec(String(lifetime))?.[1])
  if (!(seconds > 0)) throw new GoogleError(400, 'Request contains an invalid argument.')
  if (seconds > maxLifetimeSeconds) {
    throw new GoogleError(
      400,
      'Lifetime cannot be larger than 3600s unless the service account is allowed by the ' +
        'constraints/iam.allowServiceAccountCredentialLifetimeExtension org policy.',
    )
  }
  return seconds
}

function delegatesOf(delegates: unknown): string[] {
  if (delegates === undefined) return []
  if (!Array.isArray(delegates)) throw new GoogleError(400, 'Request contains an invalid argument.')
  return delegates.map(delegate => {
    const email = /^projects\/-\/serviceAccounts\/([^/]+)$/.exec(String(delegate))?.[1]
    if (!email) throw new GoogleError(400, 'Invalid form of the delegate. Use projects/-/serviceAccounts/{account}.')
    return email
  })
}

/** Each link of caller → delegates → target needs to be a token creator of the next. */
function demandChain(
  caller: AccessToken,
  target: string,
  delegates: readonly string[],
  accounts: Readonly<Record<string, ServiceAccount>>,
): void {
  let holder = caller.principal
  for (const next of [...delegates, target]) {
    if (!accounts[next]?.tokenCreators?.includes(holder)) {
      throw new GoogleError(
        403,
        "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
      )
    }
    holder = next
  }
}
