import type { JSONWebKeySet, JWK } from 'jose'
import { GatewayError } from '#src/errors.ts'
import { boundedText } from '../http/bounded-text.ts'

/** A key set is fetched anew after this time … */
const freshMilliseconds = 10 * 60_000
/** … and at most this often because a token names a key that is not in it (rotation); forged `kid`s cost nothing more. */
const refetchMilliseconds = 30_000
/** An issuer that cannot be reached is served from memory for this long. */
const staleMilliseconds = 60 * 60_000
const timeoutMilliseconds = 5_000
const maxBytes = 512 * 1024

/** The signing keys of one issuer, from its discovery document (OpenID Connect Discovery 1.0, section 4). */
export class IssuerKeys {
  readonly #issuer: string
  #set: JSONWebKeySet | undefined
  #fetchedAt = 0
  #triedAt = 0
  #fetching: Promise<void> | undefined

  constructor(issuer: string) {
    this.#issuer = issuer
  }

  /** Rejects with `issuer_unreachable` where there are no keys and none can be had. */
  async keySet(kid: string | undefined): Promise<JSONWebKeySet> {
    const now = Date.now()
    const known = this.#set?.keys.some(key => kid === undefined || key.kid === kid) ?? false
    const fresh = now - this.#fetchedAt < freshMilliseconds
    if (!known || !fresh) {
      const due = now - this.#triedAt >= (this.#set ? refetchMilliseconds : 1_000)
      if (due || this.#fetching !== undefined) await this.#fetch()
    }
    if (this.#set && now - this.#fetchedAt < staleMilliseconds) return this.#set
    throw new GatewayError('issuer_unreachable', {
      message: `The identity provider ${this.#issuer} cannot be asked right now.`,
    })
  }

  async #fetch(): Promise<void> {
    this.#triedAt = Date.now()
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = undefined
    })
    await this.#fetching.catch(() => undefined)
  }

  async #load(): Promise<void> {
    const discovery = await getJson(`${this.#issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
    if (discovery.issuer !== this.#issuer)
      throw new GatewayError('issuer_unreachable', { detail: 'another issuer answers' })
    const { keys } = await getJson(String(discovery.jwks_uri))
    // All of it is looked through at every token: one entry that is no key must not take the place of those that are.
    if (!Array.isArray(keys) || !keys.every(isKey))
      throw new GatewayError('issuer_unreachable', { detail: 'no key set' })
    this.#set = { keys }
    this.#fetchedAt = Date.now()
  }
}

function isKey(entry: unknown): entry is JWK {
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry)
}

async function getJson(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMilliseconds) })
  if (!response.ok) {
    await response.body?.cancel()
    throw new GatewayError('issuer_unreachable', { detail: `HTTP ${response.status}` })
  }
  return JSON.parse(await boundedText(response, maxBytes)) as Record<string, unknown>
}
