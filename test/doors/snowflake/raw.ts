import { gzipSync } from 'node:zlib'
import { firstGateway } from '#test/doors/agent.ts'
import type { Stand } from '#test/stand/stand.ts'

export interface RawAnswer {
  readonly status: number
  readonly code: string | null
  readonly message: string | null
  readonly success: boolean | undefined
  readonly data: Readonly<Record<string, unknown>> | null
  readonly text: string
}

interface RawRequest {
  readonly method?: string
  readonly body?: unknown
  /** Sent as it stands. */
  readonly bytes?: string | Buffer
  readonly gzip?: boolean
  readonly headers?: Readonly<Record<string, string>>
  readonly token?: string
}

/** One request that no driver would send. */
export async function raw(stand: Stand, path: string, request: RawRequest = {}): Promise<RawAnswer> {
  const { method = 'POST', body, bytes, gzip, headers, token } = request
  const text = bytes ?? (body === undefined ? undefined : JSON.stringify(body))
  const sent = text === undefined ? undefined : gzip ? gzipSync(text) : text
  const response = await fetch(`${firstGateway(stand).url}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Snowflake Token="${token}"` }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: typeof sent === 'string' ? sent : new Uint8Array(sent) }),
  })
  const answer = await response.text()
  const json = (response.headers.get('content-type') ?? '').includes('json') ? JSON.parse(answer) : {}
  const { code = null, message = null, success, data = null } = json
  return { status: response.status, code, message, success, data, text: answer }
}

/** Logs in without a driver; resolves to the session token. */
export async function rawLogin(stand: Stand, agent = 'release-bot', more: object = {}): Promise<RawAnswer> {
  const TOKEN = await stand.issuer.tokenFor(agent)
  const body = { data: { ACCOUNT_NAME: 'shop', AUTHENTICATOR: 'OAUTH', TOKEN, ...more } }
  return raw(stand, '/session/v1/login-request', { body })
}

export async function tokenFor(stand: Stand, agent?: string): Promise<string> {
  return String((await rawLogin(stand, agent)).data?.token)
}
