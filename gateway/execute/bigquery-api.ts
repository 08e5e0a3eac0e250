import { BigQuery } from '@google-cloud/bigquery'
import { AuthClient } from 'google-auth-library'
import type { BigQueryConnection } from '#src/config/config.ts'
import type { Secret } from '#src/config/secret.ts'
import type { Credential } from '#src/mint/minter.ts'

/** An answer of BigQuery that is an error, or none at all (`status` 0, `reason` the system's error code). */
export class BigQueryFailure extends Error {
  readonly status: number
  /** Google's own word (`invalidQuery`, `accessDenied`, …): https://cloud.google.com/bigquery/docs/error-messages */
  readonly reason: string
  constructor(status: number, reason: string, message: string) {
    super(message.slice(0, 2000))
    this.name = 'BigQueryFailure'
    this.status = status
    this.reason = reason
  }
}

export type Json = Readonly<Record<string, unknown>>

export interface BigQueryApi {
  /** One request below `projects/{project}`, never repeated. Rejects with `BigQueryFailure`. */
  call(method: 'GET' | 'POST', path: string, options?: { query?: Json; body?: object; project?: string }): Promise<Json>
}

/** Presents one token and nothing else: no default credentials, no refresh. */
class MintedToken extends AuthClient {
  readonly #token: Secret
  constructor(token: Secret) {
    super()
    this.#token = token
  }
  async getAccessToken() {
    return { token: this.#token.reveal() }
  }
  async getRequestHeaders() {
    return new Headers({ authorization: `Bearer ${this.#token.reveal()}` })
  }
  request: AuthClient['request'] = () => {
    throw new BigQueryFailure(0, 'unsupported', 'this client only lends its headers')
  }
}

/** Google's client, used for its requests alone: answers stay raw, so that no value is converted on the way. */
export function bigqueryApi(connection: BigQueryConnection, credential: Credential): BigQueryApi {
  const base = connection.url?.replace(/\/+$/, '') ?? 'https://bigquery.googleapis.com'
  const client = new BigQuery({
    projectId: connection.project,
    apiEndpoint: base,
    authClient: new MintedToken(credential.secret),
    // Repeating a request is decided here, never below: a repeated insert could be a second submission.
    autoRetry: false,
  })
  return {
    call(method, path, { query = {}, body, project = connection.project } = {}) {
      // An absolute address: a relative one would follow BIGQUERY_EMULATOR_HOST of the environment, token and all.
      const uri = `${base}/bigquery/v2/projects/${encodeURIComponent(project)}/${path}`
      const qs = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
      // A body as text: within `json` the client would replace `{{projectId}}` in the approved statement.
      const content = body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}
      return new Promise((resolve, reject) =>
        client.request({ method, uri, qs, ...content }, (error, answer) =>
          error ? reject(failure(error)) : resolve(isObject(answer) ? answer : {}),
        ),
      )
    },
  }
}

/** Only these three facts are kept: the client's error holds the response, and that the request with its token. */
function failure(error: unknown): BigQueryFailure {
  const { code, errors, message, cause } = error as {
    code?: unknown
    errors?: readonly { reason?: unknown; message?: unknown }[]
    message?: unknown
    cause?: { code?: unknown }
  }
  if (typeof code !== 'number') return new BigQueryFailure(0, String(code ?? cause?.code ?? 'no_answer'), 'no answer')
  const [first] = Array.isArray(errors) ? errors : []
  return new BigQueryFailure(code, String(first?.reason ?? ''), String(first?.message ?? message ?? ''))
}

export function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
