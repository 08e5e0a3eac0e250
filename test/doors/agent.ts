import type { Stand, StandGateway } from '#test/stand/stand.ts'

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>> & { readonly request_id: string }
  readonly text: string
}

export interface Asking {
  readonly method?: string
  readonly body?: string | Uint8Array<ArrayBuffer> | object
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** An agent of the stand with its own token, on the REST door of one gateway. */
export class Agent {
  readonly token: string
  /** Every answer so far, headers and all. */
  readonly heard: string[] = []
  readonly #url: string

  constructor(token: string, url: string) {
    this.token = token
    this.#url = url
  }

  async ask(path: string, { method, body, headers, signal }: Asking = {}): Promise<Answered> {
    const sent =
      typeof body === 'string' || body instanceof Uint8Array || body === undefined ? body : JSON.stringify(body)
    const response = await fetch(`${this.#url}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
      ...(signal ? { signal } : {}),
    })
    const text = await response.text()
    this.heard.push(`${JSON.stringify([...response.headers])}\n${text}`)
    const json = (response.headers.get('content-type') ?? '').includes('json')
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : {}, text }
  }

  submit(body: object, wait = 0, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    return this.ask(`/v1/queries?wait=${wait}`, { body, headers })
  }

  look(id: string, query = 'wait=20'): Promise<Answered> {
    return this.ask(`/v1/queries/${id}?${query}`)
  }

  withdraw(id: string): Promise<Answered> {
    return this.ask(`/v1/queries/${id}`, { method: 'DELETE' })
  }
}

export async function agentOf(stand: Stand, name = 'release-bot', gateway = firstGateway(stand)): Promise<Agent> {
  return new Agent(await stand.issuer.tokenFor(name), gateway.url)
}

export function firstGateway(stand: Stand): StandGateway {
  const [gateway] = stand.gateways
  if (!gateway) throw new Error('the stand has no gateway')
  return gateway
}
