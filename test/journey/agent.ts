import type { Stand } from '#test/stand/stand.ts'
import { insist } from './insist.ts'

/** An answer of the REST door, as its client sees it. */
export interface Answer {
  readonly http: number
  readonly status: string
  readonly request_id: string
  readonly rule?: string
  readonly reasons?: readonly { readonly code: string; readonly because: string }[]
  readonly code?: string
  readonly message?: string
  readonly what_would_pass?: string
  readonly reason?: string
  readonly suggested_sql?: string
  readonly rows?: readonly (readonly unknown[])[]
  readonly row_count?: number
  readonly affected_rows?: number
  readonly grant?: { readonly id: string; readonly by: readonly string[]; readonly until: string }
  readonly approved_by?: readonly { readonly reviewer: string }[]
}

/** One agent at one gateway of a stand. */
export class Agent {
  readonly #stand: Stand
  readonly #name: string
  readonly #gateway: number

  constructor(stand: Stand, name = 'release-bot', gateway = 0) {
    this.#stand = stand
    this.#name = name
    this.#gateway = gateway
  }

  /** `groups`: those of the token, instead of the agent's own. */
  ask(
    sql: string,
    {
      connection = 'shop',
      wait = 0,
      groups,
      purpose,
    }: { connection?: string; wait?: number; groups?: readonly string[]; purpose?: string } = {},
  ): Promise<Answer> {
    const body = { connection, sql, ...(purpose === undefined ? {} : { purpose }) }
    return this.#call('POST', `/v1/queries?wait=${wait}`, body, groups && { groups })
  }

  explain(sql: string, { purpose }: { purpose: string }): Promise<Answer> {
    return this.#call('POST', '/v1/explain', { connection: 'shop', sql, purpose })
  }

  look(id: string, wait = 0): Promise<Answer> {
    return this.#call('GET', `/v1/queries/${id}?wait=${wait}`)
  }

  cancel(id: string): Promise<Answer> {
    return this.#call('DELETE', `/v1/queries/${id}`)
  }

  async #call(method: string, path: string, body?: object, claims?: { groups: readonly string[] }): Promise<Answer> {
    const token = await this.#stand.issuer.tokenFor(this.#name, claims && { claims })
    const headers = { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) }
    const url = `${this.#stand.gateways[this.#gateway]?.url}${path}`
    const response = await fetch(url, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    return { ...((await response.json()) as Answer), http: response.status }
  }
}

/** Waits for the card of this session and presses its Approve as this user. */
export async function approve({ slack }: Stand, id: string, user = 'U0ONCALL1'): Promise<void> {
  const card = await slack.waitFor(
    () =>
      slack.messages('C0APPROVALS').find(message => !message.threadTs && JSON.stringify(message.blocks).includes(id)),
    `card of ${id}`,
    20_000,
  )
  await insist(slack, user, () => slack.click(user, card.channel, card.ts, approveAction(card.blocks)))
}

function approveAction(blocks: unknown): string {
  const elements = (blocks as { elements?: { action_id?: string; text?: { text?: string } }[] }[]).flatMap(
    block => block.elements ?? [],
  )
  const action = elements.find(element => element.text?.text === 'Approve')?.action_id
  if (!action) throw new Error('the card has no Approve')
  return action
}
