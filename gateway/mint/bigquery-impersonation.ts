import { GoogleAuth } from 'google-auth-library'
import type { Clock } from '#src/clock.ts'
import type { BigQueryConnection } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import type { CredentialSource } from './credential-source.ts'
import { serviceAccount, serviceAccountToken } from './service-account-token.ts'

/** Impersonation is all that the gateway's own identity is for; it holds no BigQuery permission itself. */
const sourceScope = 'https://www.googleapis.com/auth/cloud-platform'

/** The gateway's own Google identity (application default credentials, or given ones) impersonates one service account. */
export function bigqueryImpersonation(connection: BigQueryConnection, clock: Clock): CredentialSource {
  let source: GoogleAuth | undefined
  return {
    presentedThroughout: true,
    async mint(request) {
      serviceAccount(connection, request.role)
      source ??= sourceIdentity(connection)
      return serviceAccountToken(connection, request, await sourceToken(source), clock)
    },
  }
}

function sourceIdentity({ credentials }: BigQueryConnection): GoogleAuth {
  if (!credentials.source) return new GoogleAuth({ scopes: [sourceScope] })
  try {
    return new GoogleAuth({ scopes: [sourceScope], credentials: JSON.parse(credentials.source.reveal()) })
  } catch {
    throw new GatewayError('mint_failed', { detail: 'credentials.source is not a Google credentials JSON' })
  }
}

async function sourceToken(source: GoogleAuth): Promise<string> {
  // The library's errors carry the request with its assertion, so only their kind is kept.
  const token = await source.getAccessToken().catch((error: unknown) => {
    const kind =
      error instanceof Error ? `${error.name} ${'code' in error ? String(error.code) : ''}`.trim() : 'unknown'
    throw new GatewayError('mint_failed', { detail: `the gateway's own Google identity gave no token: ${kind}` })
  })
  if (!token) throw new GatewayError('mint_failed', { detail: "the gateway's own Google identity gave no token" })
  return token
}
