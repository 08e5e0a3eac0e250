import { createHmac } from 'node:crypto'
import { ACK_LIMIT_MS, type Courier, type Delivery, type DeliveryKind, type Retry } from './delivery.ts'
import { asText, type Fields, isFields } from './wire.ts'

type Outcome = Omit<Delivery, 'what' | 'attempt'>

/** The signature Slack puts on a request: https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function signature(signingSecret: string, timestamp: string, rawBody: string): string {
  return `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${rawBody}`).digest('hex')}`
}

function encode(kind: DeliveryKind, payload: Fields): { type: string; body: string } {
  if (kind === 'events_api') return { type: 'application/json', body: JSON.stringify(payload) }
  const fields =
    kind === 'interactive'
      ? { payload: JSON.stringify(payload) }
      : Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, String(value)]))
  return { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(fields).toString() }
}

function parseAnswer(text: string): Fields | string | undefined {
  if (text === '') return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return isFields(parsed) ? parsed : text
  } catch {
    return text
  }
}

/** HTTP mode: signed POSTs to the app's request URL, acknowledged by a 200 within three seconds. */
export class HttpDelivery implements Courier {
  readonly #requestUrl: () => string
  readonly #signingSecret: string
  readonly #stopping = new AbortController()

  constructor(requestUrl: () => string, signingSecret: string) {
    this.#requestUrl = requestUrl
    this.#signingSecret = signingSecret
  }

  async send(kind: DeliveryKind, payload: Fields, retry: Retry | undefined, twice: boolean): Promise<Outcome> {
    const { type, body } = encode(kind, payload)
    const timestamp = String(Math.floor(Date.now() / 1000))
    const headers: Record<string, string> = {
      'content-type': type,
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature(this.#signingSecret, timestamp, body),
    }
    if (retry) {
      headers['x-slack-retry-num'] = String(retry.attempt)
      headers['x-slack-retry-reason'] = retry.reason
    }
    const first = this.#post(kind, headers, body)
    if (twice) await this.#post(kind, headers, body)
    return first
  }

  async #post(kind: DeliveryKind, headers: Record<string, string>, body: string): Promise<Outcome> {
    const started = performance.now()
    const elapsed = () => performance.now() - started
    const signal = AbortSignal.any([AbortSignal.timeout(ACK_LIMIT_MS), this.#stopping.signal])
    try {
      const response = await fetch(this.#requestUrl(), { method: 'POST', headers, body, signal, redirect: 'error' })
      const answer = parseAnswer(await response.text())
      if (!response.ok) return { kind, acked: false, latencyMs: elapsed(), failure: 'http_error' }
      return { kind, acked: true, latencyMs: elapsed(), ...(answer === undefined ? {} : { answer }) }
    } catch (error) {
      const timedOut = asText((error as Error).name) === 'TimeoutError'
      return { kind, acked: false, latencyMs: elapsed(), failure: timedOut ? 'timeout' : 'connection_failed' }
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
  }
}
