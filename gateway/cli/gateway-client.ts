import type { Static, TSchema } from 'typebox'
import { requestFailure } from '#src/error-sentence.ts'
import type { CompletedAnswer, PendingAnswer, RefusedAnswer } from '../doors/answer-schema.ts'
import type { AgentProfile } from './agent-profile.ts'
import { CommandError } from './terminal.ts'

type Fields<Shape extends TSchema> = Omit<Static<Shape>, 'status'>

/** What `/v1/queries` answers, in whichever of its shapes: what only some of them have may be absent. */
export type Answer = { readonly status: string } & Readonly<
  Partial<Fields<typeof PendingAnswer> & Fields<typeof CompletedAnswer> & Fields<typeof RefusedAnswer>>
>

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
      throw new CommandError(`The gateway at ${this.#profile.url} cannot be reached: ${requestFailure(error)}`, 4)
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
