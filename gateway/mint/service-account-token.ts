import { randomUUID } from 'node:crypto'
import type { Clock } from '#src/clock.ts'
import type { BigQueryConnection } from '#src/config/config.ts'
import { googleMarginSeconds, maxGoogleTokenSeconds } from '#src/config/connection-fit.ts'
import { Secret } from '#src/config/secret.ts'
import { GatewayError } from '#src/errors.ts'
import type { Minted, MintRequest } from './credential-source.ts'
import { requestToken } from './google-token-request.ts'

const bigqueryScope = 'https://www.googleapis.com/auth/bigquery'

/** The service account that a decision's role stands for. Rejects what the configuration does not name. */
export function serviceAccount(connection: BigQueryConnection, role: string): string {
  const { serviceAccounts } = connection.credentials
  const email = Object.hasOwn(serviceAccounts, role) ? serviceAccounts[role] : undefined
  if (!email || !/^[^\s/:@]+@[^\s/:@]+$/.test(email))
    throw new GatewayError('mint_failed', {
      detail: `no service account is configured for role ${JSON.stringify(role)}`,
    })
  return email
}

function lifetimeSeconds(connection: BigQueryConnection, { seconds }: MintRequest): number {
  const { lifetimeSeconds: atLeast } = connection.credentials
  return Math.min(maxGoogleTokenSeconds, Math.max(atLeast, seconds + googleMarginSeconds))
}

/**
 * `generateAccessToken` for one service account, as whoever `bearer` is. Called directly and once for each mint: the
 * client library's impersonation mints again on every request when the lifetime is short.
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
 */
export async function serviceAccountToken(
  connection: BigQueryConnection,
  email: string,
  request: MintRequest,
  bearer: string,
  clock: Clock,
): Promise<Minted> {
  const base = connection.credentials.iamUrl ?? 'https://iamcredentials.googleapis.com'
  const mintedAt = clock.now()
  const answer = await requestToken(
    'IAM Credentials',
    `${base}/v1/projects/-/serviceAccounts/${encodeURIComponent(email)}:generateAccessToken`,
    { scope: [bigqueryScope], lifetime: `${lifetimeSeconds(connection, request)}s` },
    bearer,
  )
  const { accessToken, expireTime } = answer
  const expiresAt = typeof expireTime === 'string' ? Date.parse(expireTime) : Number.NaN
  if (typeof accessToken !== 'string' || !accessToken || Number.isNaN(expiresAt))
    throw new GatewayError('mint_failed', { detail: 'IAM Credentials answered without a token' })
  return { id: randomUUID(), role: request.role, secret: new Secret(accessToken), mintedAt, expiresAt }
}
