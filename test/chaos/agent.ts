import { setTimeout as sleep } from 'node:timers/promises'

export interface Asked {
  readonly connection: 'shop' | 'lake'
  readonly sql: string
  /** The same for every try, so that however often it is sent it is one statement. */
  readonly key: string
}

/** The last word on a statement. */
export interface Told {
  readonly id: string
  readonly status: 'succeeded' | 'failed' | 'denied' | 'expired' | 'cancelled'
  readonly code: string | undefined
  readonly body: Readonly<Record<string, unknown>>
}

/** An answer that is not the last word: what a client sees before it tries again. */
type Setback = (code: string) => void

const ends = ['succeeded', 'failed', 'denied', 'expired', 'cancelled']

/**
 * A client that does not give up: asks whichever gateway is next, repeats its POST under the same key until one answers, and
 * then asks the next gateway for the outcome. Rejects where there is no last word by `deadline` (of `performance.now`).
 */
export class Agent {
  readonly #token: string
  readonly #gateways: () => readonly string[]
  readonly #setback: Setback
  #turn = 0

  constructor(token: string, gateways: () => readonly string[], setback: Setback = () => undefined) {
    this.#token = token
    this.#gateways = gateways
    this.#setback = setback
  }

  async run(asked: Asked, deadline: number): Promise<Told> {
    const id = await this.submit(asked, deadline)
    return typeof id === 'string' ? this.outcome(id, deadline) : id
  }

  /** Until it is on record; the id where it waits. */
  async submit({ connection, sql, key }: Asked, deadline: number): Promise<string | Told> {
    const answer = await this.#until(deadline, `no answer to ${sql}`, () =>
      this.ask('/v1/queries', {
        method: 'POST',
        body: JSON.stringify({ connection, sql }),
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
      }),
    )
    return answer.status === 202 ? String(answer.body.request_id) : toldOf(answer.body)
  }

  async outcome(id: string, deadline: number): Promise<Told> {
    const { body } = await this.#until(deadline, `no end of ${id}`, async () => {
      const answer = await this.ask(`/v1/queries/${id}?wait=5`)
      return answer?.status === 202 ? undefined : answer
    })
    return toldOf(body)
  }

  /** One request to the next gateway; undefined where nobody is there, or listened. */
  async ask(path: string, init: RequestInit = {}) {
    const gateways = this.#gateways()
    const url = gateways[this.#turn++ % gateways.length]
    if (!url) return undefined
    try {
      const headers = { ...init.headers, authorization: `Bearer ${this.#token}` }
      const response = await fetch(url + path, { ...init, headers, signal: AbortSignal.timeout(40_000) })
      const answer = { status: response.status, body: (await response.json()) as Record<string, unknown> }
      // Of a gateway too busy to read the request in time: it was not heard, and may be sent again (RFC 9110, section 15.5.9).
      return answer.status === 408 ? undefined : answer
    } catch {
      return undefined
    }
  }

  async #until(
    deadline: number,
    what: string,
    once: () => Promise<{ status: number; body: Record<string, unknown> } | undefined>,
  ) {
    let last = 'nobody there'
    while (performance.now() < deadline) {
      const answer = await once()
      if (answer && (answer.status < 300 || ends.includes(String(answer.body.status)))) return answer
      if (answer) {
        last = `${answer.status} ${answer.body.code}`
        this.#setback(String(answer.body.code))
        if (!answer.body.retry) throw new Error(`${what}: ${last} ${answer.body.message}`)
      }
      await sleep(50)
    }
    throw new Error(`${what}: ${last}`)
  }
}

function toldOf(body: Record<string, unknown>): Told {
  const { request_id, status, code } = body
  return {
    id: String(request_id),
    status: status as Told['status'],
    code: code === undefined ? undefined : String(code),
    body,
  }
}
