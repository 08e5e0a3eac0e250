import { errorSentence } from '#src/error-sentence.ts'
import type { Quorum } from '#src/hold/review.ts'
import type { Detected } from '#src/mask/masked.ts'
import type { AgentProfile } from './agent-profile.ts'
import { CommandError } from './terminal.ts'

/** What `/v1/queries` answers; see `gateway/doors/answer.ts`. Only what the command line shows. */
export interface Answer {
  readonly status: string
  readonly request_id?: string
  readonly rule?: string
  readonly summary?: string
  readonly approval?: {
    readonly expires_at: string
    readonly waiting_for: readonly Quorum[]
  }
  readonly estimate?: {
    readonly rows?: number
    readonly tableRows?: number
    readonly bytes?: number
    readonly counted?: boolean
  }
  readonly columns?: readonly { readonly name: string; readonly masked?: string }[]
  readonly rows?: readonly (readonly unknown[])[]
  readonly row_count?: number
  readonly next_offset?: number
  readonly truncated?: boolean
  readonly affected_rows?: number
  readonly masked_columns?: readonly string[]
  readonly detected?: readonly Detected[]
  readonly role?: string
  readonly milliseconds?: number
  readonly credential_milliseconds?: number
  readonly approved_by?: readonly { readonly reviewer: string; readonly reason?: string; readonly alone?: true }[]
  readonly way_back?: string
  readonly code?: string
  readonly message?: string
  readonly what_would_pass?: string
  readonly denied_by?: string
  readonly reason?: string
  readonly suggested_sql?: string
}

export class GatewayClient {
  readonly #profile: AgentProfile

  constructor(profile: AgentProfile) {
    this.#profile = profile
  }

  submit(body: object, idempotencyKey: string): Promise<Answer> {
    return this.#call('POST', '/v1/queries', JSON.stringify(body), idempotencyKey)
  }

  wait(id: string, seconds: number): Promise<Answer> {
    return this.#call('GET', `/v1/queries/${id}?wait=${seconds}`)
  }

  cancel(id: string): Promise<Answer> {
    return this.#call('DELETE', `/v1/queries/${id}`)
  }

  async #call(method: string, path: string, body?: string, idempotencyKey?: string): Promise<Answer> {
    const token = await this.#profile.token()
    const headers: Record<string, string> = { authorization: `Bearer ${token.reveal()}` }
    if (body) headers['content-type'] = 'application/json'
    if (idempotencyKey) headers['idempotency-key'] = idempotencyKey
    const url = `${this.#profile.url}${path}`
    const response = await fetch(url, { method, headers, ...(body ? { body } : {}) }).catch((error: unknown) => {
      const cause = errorSentence(error instanceof Error && error.cause instanceof Error ? error.cause : error)
      throw new CommandError(`The gateway at ${this.#profile.url} cannot be reached: ${cause}`, 4)
    })
    const answer = await answerIn(response)
    if (!answer.request_id) throw new CommandError(refusalText(answer), response.status < 500 ? 3 : 4)
    return answer
  }
}

/** Something that is no gateway (a proxy, another program on the port) answers with something that is no JSON. */
async function answerIn(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer
  } catch {
    throw new CommandError(
      `${new URL(response.url).origin} answered HTTP ${response.status}, and not as a gateway does.`,
      4,
    )
  }
}

function refusalText({ message, code, what_would_pass }: Answer): string {
  return `refused: ${message ?? 'no reason given'} (${code ?? 'unknown'})${what_would_pass ? `\n  ${what_would_pass}` : ''}`
}
