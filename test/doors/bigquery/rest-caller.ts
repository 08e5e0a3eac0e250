import type { Stand } from '#test/stand/stand.ts'

/** What the answers of all methods together can hold. */
export interface Body {
  readonly error?: {
    readonly code: number
    readonly message: string
    readonly status: string
    readonly errors: readonly { readonly reason: string }[]
  }
  readonly kind?: string
  readonly jobReference: { readonly projectId: string; readonly jobId: string; readonly location: string }
  readonly jobComplete?: boolean
  readonly schema: { readonly fields: readonly object[] }
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[]
  readonly totalRows?: string
  readonly pageToken?: string
  readonly sessionInfo?: { readonly sessionId: string }
  readonly numDmlAffectedRows?: string
  readonly totalBytesProcessed?: string
  readonly status: { readonly state: string; readonly errorResult?: { readonly reason: string } }
  readonly configuration: { readonly query: { readonly destinationTable?: Readonly<Record<string, string>> } }
  readonly statistics: {
    readonly totalBytesProcessed: string
    readonly query: {
      readonly statementType?: string
      readonly schema?: { readonly fields: readonly object[] }
      readonly referencedTables?: readonly object[]
    }
  }
  readonly jobs: readonly Body[]
  readonly nextPageToken?: string
}

export interface Heard {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
  readonly text: string
}

export interface Asking {
  readonly body?: object | string | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
  readonly token?: string
}

/** BigQuery's API by hand: for what a client would hide, and for what no client sends. */
export class RestCaller {
  readonly #token: string
  readonly #url: string

  constructor(token: string, url: string) {
    this.#token = token
    this.#url = url
  }

  static async of(stand: Stand, agent = 'release-bot'): Promise<RestCaller> {
    return new RestCaller(await stand.issuer.tokenFor(agent), stand.gateways.at(-1)?.url ?? '')
  }

  async ask(method: string, path: string, { body, headers, token = this.#token }: Asking = {}): Promise<Heard> {
    const sent =
      body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
    const response = await fetch(`${this.#url}${path}`, {
      method,
      redirect: 'error',
      headers: {
        authorization: `Bearer ${token}`,
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    })
    const text = await response.text()
    const json = (response.headers.get('content-type') ?? '').includes('json')
    return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : {} }
  }

  query(sql: string, more: object = {}, asking: Asking = {}): Promise<Heard> {
    const body = { query: sql, useLegacySql: false, ...more }
    return this.ask('POST', '/bigquery/v2/projects/lake/queries', { body, ...asking })
  }

  insert(
    query: object,
    { dryRun, ...more }: { readonly dryRun?: true; readonly jobReference?: object } = {},
  ): Promise<Heard> {
    const configuration = { query: { useLegacySql: false, ...query }, ...(dryRun ? { dryRun } : {}) }
    const body = { configuration, ...more }
    return this.ask('POST', '/bigquery/v2/projects/lake/jobs', { body })
  }

  get(path: string): Promise<Heard> {
    return this.ask('GET', `/bigquery/v2/projects/lake/${path}`)
  }
}
