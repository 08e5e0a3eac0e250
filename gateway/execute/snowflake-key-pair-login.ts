import { randomUUID } from 'node:crypto'
import { GatewayError } from '#src/errors.ts'
import type { Credential } from '#src/mint/minter.ts'

export interface LoginContext {
  readonly url: string
  readonly account: string
  readonly user: string
  readonly warehouse?: string
  readonly database?: string
  readonly schema?: string
}

const sessionMilliseconds = 3_600_000

/**
 * Logs in with a key-pair token that was minted before. The driver can only sign such tokens itself, for two minutes and
 * with the private key in its hands. Answers the session in the form that the driver's `deserializeConnection` reads.
 */
export async function keyPairLogin(context: LoginContext, credential: Credential): Promise<string> {
  const url = new URL(`${context.url}/session/v1/login-request`)
  const { warehouse, database, schema } = context
  const query = {
    requestId: randomUUID(),
    warehouse,
    databaseName: database,
    schemaName: schema,
    roleName: credential.role,
  }
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value)
  const answer = await post(url, {
    data: {
      ACCOUNT_NAME: context.account,
      LOGIN_NAME: context.user,
      AUTHENTICATOR: 'SNOWFLAKE_JWT',
      TOKEN: credential.secret.reveal(),
      // The result format follows the client that logged in; the driver reads its own.
      CLIENT_APP_ID: 'JavaScript',
      CLIENT_APP_VERSION: '3.3.0',
      CLIENT_ENVIRONMENT: { APPLICATION: 'querywarden' },
      SESSION_PARAMETERS: { CLIENT_SESSION_KEEP_ALIVE: false },
    },
  })
  const { token, masterToken } = answer
  if (typeof token !== 'string' || typeof masterToken !== 'string')
    throw new GatewayError('warehouse_unavailable', { detail: 'Snowflake answered the login without a session' })
  const expires = Date.now() + sessionMilliseconds
  const tokenInfo = {
    sessionToken: token,
    masterToken,
    sessionTokenExpirationTime: expires,
    masterTokenExpirationTime: expires,
  }
  return JSON.stringify({ services: { sf: { tokenInfo } } })
}

async function post(url: URL, body: object): Promise<{ token?: unknown; masterToken?: unknown }> {
  let answer: { success?: unknown; code?: unknown; data?: object }
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    })
    answer = (await response.json()) as typeof answer
  } catch (error) {
    throw new GatewayError('warehouse_unavailable', { detail: error instanceof Error ? error.name : 'unknown' })
  }
  if (answer?.success === true && answer.data) return answer.data
  throw new GatewayError('warehouse_unavailable', {
    message: "The warehouse refused the gateway's credential; nothing ran.",
    detail: `Snowflake ${String(answer?.code).slice(0, 10)} at login`,
  })
}
