import { randomUUID } from 'node:crypto'
import { firstGateway } from '#test/doors/agent.ts'
import type { Stand, StandGateway } from '#test/stand/stand.ts'
import { type RawAnswer, raw, rawLogin } from './raw.ts'

interface Sent extends RawAnswer {
  readonly requestId: string
}

/** A driver's session whose requests go to whichever gateway the test says, and may be repeated. */
export class RawSession {
  readonly #stand: Stand
  readonly #token: string

  private constructor(stand: Stand, token: string) {
    this.#stand = stand
    this.#token = token
  }

  static async login(stand: Stand, agent?: string): Promise<RawSession> {
    return new RawSession(stand, String((await rawLogin(stand, agent)).data?.token))
  }

  /** Waits for the end as drivers do. */
  async send(
    sqlText: string,
    gateway?: StandGateway,
    requestId: string = randomUUID(),
    parameters = {},
  ): Promise<Sent> {
    const stand: Stand = { ...this.#stand, gateways: [gateway ?? firstGateway(this.#stand)] }
    const token = this.#token
    let answer = await raw(stand, `/queries/v1/query-request?requestId=${requestId}`, {
      ...{ token, body: { sqlText, parameters } },
    })
    while (answer.code === '333333')
      answer = await raw(stand, String(answer.data?.getResultUrl), { method: 'GET', token })
    return { ...answer, requestId }
  }

  /** As `send`; throws where it was refused. */
  async ask(sqlText: string, gateway?: StandGateway): Promise<Sent> {
    const answer = await this.send(sqlText, gateway)
    if (!answer.success) throw new Error(`${sqlText}: ${answer.message}`)
    return answer
  }

  async end(): Promise<void> {
    await raw(this.#stand, '/session?delete=true', { token: this.#token, body: {} })
  }
}
