import { createHash, createPrivateKey, type KeyObject, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import type { Stand, StandGateway } from '#test/stand/stand.ts'

export interface Forgery {
  readonly key?: KeyObject
  readonly typ?: string
  readonly audience?: string
  readonly path?: string
  readonly signedBody?: unknown
  /** Seconds from now. */
  readonly issuedIn?: number
  readonly lifeSeconds?: number
  readonly id?: string
}

interface Heard {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** The bot's side of the internal paths, written from their description: signs what it is told, also what is wrong. */
export class BotRequests {
  readonly #key: KeyObject
  readonly #gateway: StandGateway

  constructor(stand: Stand, gateway: StandGateway) {
    this.#gateway = gateway
    this.#key = createPrivateKey(readFileSync(join(stand.folder, 'keys', 'reviews.pem')))
  }

  /** In the bot's own name without a person. */
  async token(person: string | undefined, path: string, body: unknown, forged: Forgery = {}): Promise<string> {
    const at = Math.floor(Date.now() / 1000) + (forged.issuedIn ?? 0)
    const claims = {
      ...(person === undefined ? {} : { sub: person }),
      ...{ path: forged.path ?? path, body: hash(forged.signedBody ?? body) },
    }
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ: forged.typ ?? 'querywarden-request+jwt' })
      .setIssuer('querywarden-bot')
      .setAudience(forged.audience ?? this.#gateway.url)
      .setIssuedAt(at)
      .setExpirationTime(at + (forged.lifeSeconds ?? 30))
      .setJti(forged.id ?? randomUUID())
      .sign(forged.key ?? this.#key)
  }

  async send(path: string, body: unknown, bearer: string): Promise<Heard> {
    const response = await fetch(`${this.#gateway.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as Heard['body'] }
  }

  async ask(person: string | undefined, operation: string, body: object = {}, forged: Forgery = {}): Promise<Heard> {
    const path = `/internal/${operation}`
    return this.send(path, body, await this.token(person, path, body, forged))
  }
}

/** SHA-256 of the JSON with sorted keys and no white space. */
function hash(body: unknown): string {
  const sorted = JSON.stringify(body, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
  return createHash('sha256').update(sorted).digest('hex')
}
