import { type AuthClient, ExternalAccountClient, GoogleAuth, JWT, UserRefreshClient } from 'google-auth-library'
import type { Clock } from '#src/clock.ts'
import type { BigQueryConnection } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import type { CredentialSource } from './credential-source.ts'
import { serviceAccount, serviceAccountToken } from './service-account-token.ts'

/** Impersonation is all that the gateway's own identity is for; it holds no BigQuery permission itself. */
const sourceScope = 'https://www.googleapis.com/auth/cloud-platform'

/** The gateway's own Google identity (application default credentials, or given ones) impersonates one service account. */
export function bigqueryImpersonation(connection: BigQueryConnection, clock: Clock): CredentialSource {
  let source: Source | undefined
  return {
    presentedThroughout: true,
    async mint(request) {
      const email = serviceAccount(connection, request.role)
      source ??= sourceIdentity(connection)
      const token = await sourceToken(source).catch((error: unknown) => {
        // The next mint does not wait for what this one waited for: the library has one request under way for all.
        source = undefined
        throw error
      })
      return serviceAccountToken(connection, email, request, token, clock)
    },
  }
}

type Source = Pick<AuthClient, 'getAccessToken'> | GoogleAuth

/** The kinds of credentials files that stand for one identity; each is named, so that none is read by surprise. */
function sourceIdentity({ credentials }: BigQueryConnection): Source {
  if (!credentials.source) return new GoogleAuth({ scopes: [sourceScope] })
  const file = parse(credentials.source.reveal())
  const scopes = [sourceScope]
  if (file?.type === 'service_account' && file.client_email && file.private_key)
    return new JWT({ email: file.client_email, key: file.private_key, scopes })
  if (file?.type === 'authorized_user')
    return new UserRefreshClient(file.client_id, file.client_secret, file.refresh_token)
  const external = file?.type === 'external_account' ? externalAccount(file) : null
  if (external) {
    external.scopes = scopes
    return external
  }
  throw new GatewayError('mint_failed', {
    detail: 'credentials.source is not a Google credentials JSON of a known type',
  })
}

function parse(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const file: unknown = JSON.parse(text)
    return file !== null && typeof file === 'object' ? (file as Record<string, string>) : undefined
  } catch {
    return undefined
  }
}

function externalAccount(file: object) {
  try {
    return ExternalAccountClient.fromJSON(file as Parameters<typeof ExternalAccountClient.fromJSON>[0])
  } catch {
    return null
  }
}

/** The library sets no limit of its own. */
const sourceMilliseconds = 10_000

async function sourceToken(source: Source): Promise<string> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new DOMException('', 'TimeoutError')), sourceMilliseconds)
  // The library's errors carry the request with its assertion, so only their kind is kept.
  const answer = await Promise.race([source.getAccessToken(), late.promise])
    .catch((error: unknown) => {
      const kind =
        error instanceof Error ? `${error.name} ${'code' in error ? String(error.code) : ''}`.trim() : 'unknown'
      throw new GatewayError('mint_failed', { detail: `the gateway's own Google identity gave no token: ${kind}` })
    })
    .finally(() => clearTimeout(timer))
  const token = typeof answer === 'object' ? answer?.token : answer
  if (!token) throw new GatewayError('mint_failed', { detail: "the gateway's own Google identity gave no token" })
  return token
}
