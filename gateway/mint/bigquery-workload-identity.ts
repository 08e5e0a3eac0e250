import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Clock } from '#src/clock.ts'
import type { BigQueryConnection } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import type { CredentialSource, MintRequest } from './credential-source.ts'
import { requestToken } from './google-token-request.ts'
import { serviceAccount, serviceAccountToken } from './service-account-token.ts'
import { signingKey } from './signing-key.ts'

const subjectTokenSeconds = 300

/**
 * The gateway as OIDC issuer of a workload identity pool: no Google key exists anywhere. A subject token (role as `sub`,
 * the agent as `agent`, for attribute mappings) is exchanged at Google's STS, and the federated identity impersonates the
 * role's service account. https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers
 */
export function bigqueryWorkloadIdentity(connection: BigQueryConnection, clock: Clock): CredentialSource {
  return {
    presentedThroughout: true,
    async mint(request) {
      const email = serviceAccount(connection, request.role)
      const federated = await exchange(connection, await subjectToken(connection, request, clock))
      return serviceAccountToken(connection, email, request, federated, clock)
    },
  }
}

async function subjectToken(
  { credentials }: BigQueryConnection,
  { role, agent }: MintRequest,
  clock: Clock,
): Promise<string> {
  const { issuer, audience, key } = credentials
  if (!issuer || !audience || !key)
    throw new GatewayError('mint_failed', { detail: 'workload-identity needs credentials.issuer, .audience and .key' })
  const { privateKey, kid } = await signingKey(key)
  const issued = Math.floor(clock.now() / 1000)
  return new SignJWT({ agent })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(role)
    .setIssuedAt(issued)
    .setExpirationTime(issued + subjectTokenSeconds)
    .setJti(randomUUID())
    .sign(privateKey)
}

/** RFC 8693 token exchange. */
async function exchange({ credentials }: BigQueryConnection, subjectToken: string): Promise<string> {
  const answer = await requestToken(
    'Google STS',
    credentials.stsUrl ?? 'https://sts.googleapis.com/v1/token',
    new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      audience: credentials.audience ?? '',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      subject_token: subjectToken,
    }),
  )
  if (typeof answer.access_token === 'string' && answer.access_token) return answer.access_token
  throw new GatewayError('mint_failed', { detail: 'Google STS answered without a token' })
}
