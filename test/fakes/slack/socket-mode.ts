import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { ACK_LIMIT_MS, type Courier, type Delivery, type DeliveryKind, type Retry } from './delivery.ts'
import { asText, type Fields, isFields, SlackFailure } from './wire.ts'

const TICKET_LIFE_MS = 30_000
const MAX_CONNECTIONS = 10

type Outcome = Omit<Delivery, 'what' | 'attempt'>

/** Socket Mode: tickets, hello, envelopes over one of several connections, acknowledgement by envelope_id. */
export class SocketMode implements Courier {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 1 << 20 })
  readonly #tickets = new Map<string, number>()
  readonly #connections: WebSocket[] = []
  readonly #silent = new WeakSet<WebSocket>()
  readonly #waiting = new Map<string, (answer: Fields | string | undefined) => void>()
  readonly #appId: string
  readonly #onChange: () => void
  #next = 0

  constructor(appId: string, onChange: () => void) {
    this.#appId = appId
    this.#onChange = onChange
  }

  get connectionCount(): number {
    return this.#connections.length
  }

  /** What apps.connections.open hands out: good for one connection within half a minute. */
  openUrl(host: string): string {
    if (this.#connections.length >= MAX_CONNECTIONS) throw new SlackFailure('too_many_websockets')
    const ticket = randomBytes(16).toString('hex')
    this.#tickets.set(ticket, Date.now() + TICKET_LIFE_MS)
    return `ws://${host}/link/?ticket=${ticket}&app_id=${this.#appId}`
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const ticket = url.searchParams.get('ticket') ?? ''
    const expires = this.#tickets.get(ticket) ?? 0
    this.#tickets.delete(ticket)
    if (url.pathname !== '/link/' || expires < Date.now()) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n')
      return
    }
    this.#server.handleUpgrade(request, socket, head, connection => this.#welcome(connection))
  }

  #welcome(connection: WebSocket): void {
    this.#connections.push(connection)
    connection.on('message', data => this.#onMessage(String(data)))
    connection.on('error', () => connection.terminate())
    connection.on('close', () => {
      const at = this.#connections.indexOf(connection)
      if (at >= 0) this.#connections.splice(at, 1)
      this.#onChange()
    })
    connection.ping('Ping from applink')
    const pings = setInterval(() => this.#silent.has(connection) || connection.ping('Ping from applink'), 10_000)
    pings.unref()
    connection.on('close', () => clearInterval(pings))
    connection.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#connections.length,
        connection_info: { app_id: this.#appId },
        debug_info: { host: 'applink-stand-in', build_number: 1, approximate_connection_time: 18_060 },
      }),
    )
    this.#onChange()
  }

  #onMessage(text: string): void {
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch {
      return
    }
    if (!isFields(message)) return
    const payload = message.payload
    this.#waiting.get(asText(message.envelope_id))?.(
      isFields(payload) || typeof payload === 'string' ? payload : undefined,
    )
  }

  async send(kind: DeliveryKind, payload: Fields, retry: Retry | undefined, twice: boolean): Promise<Outcome> {
    const started = performance.now()
    const envelopeId = randomUUID()
    const envelope = JSON.stringify({
      envelope_id: envelopeId,
      type: kind,
      payload,
      accepts_response_payload: kind !== 'events_api',
      ...(kind === 'events_api' ? { retry_attempt: retry?.attempt ?? 0, retry_reason: retry?.reason ?? '' } : {}),
    })
    const connection = this.#pick()
    if (!connection) return { kind, acked: false, latencyMs: 0, failure: 'not_connected' }
    const answered = this.#acknowledgement(envelopeId)
    if (!this.#silent.has(connection)) connection.send(envelope)
    if (twice) this.#pick()?.send(envelope)
    const result = await answered
    const latencyMs = performance.now() - started
    if (result === 'timeout') return { kind, acked: false, latencyMs, failure: 'timeout' }
    return { kind, acked: true, latencyMs, ...(result.answer === undefined ? {} : { answer: result.answer }) }
  }

  #acknowledgement(envelopeId: string): Promise<'timeout' | { answer: Fields | string | undefined }> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        this.#waiting.delete(envelopeId)
        resolve('timeout')
      }, ACK_LIMIT_MS)
      this.#waiting.set(envelopeId, answer => {
        clearTimeout(timer)
        this.#waiting.delete(envelopeId)
        resolve({ answer })
      })
    })
  }

  /** Slack sends each envelope to one of the open connections; turn by turn makes that predictable. */
  #pick(): WebSocket | undefined {
    const open = this.#connections.filter(connection => connection.readyState === connection.OPEN)
    this.#next += 1
    return open[this.#next % open.length]
  }

  /** Asks one connection, or all, to come back anew, as Slack does every few hours. */
  refresh(
    which: 'one' | 'all' = 'one',
    reason: 'refresh_requested' | 'warning' | 'link_disabled' = 'refresh_requested',
  ) {
    const chosen = which === 'all' ? [...this.#connections] : this.#connections.slice(0, 1)
    const note = JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-stand-in' } })
    for (const connection of chosen) connection.send(note)
  }

  /** One connection stays open and is dead: nothing that is sent over it arrives, on either side. */
  silence(): void {
    const [connection] = this.#connections.filter(candidate => !this.#silent.has(candidate))
    if (!connection) throw new SlackFailure('not_connected')
    this.#silent.add(connection)
    connection.pause()
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const connection of [...this.#connections]) connection.terminate()
  }

  /** Completes the close handshakes, so that an app that is stopping too does not wait for them. */
  async stop(): Promise<void> {
    const closed = this.#connections.map(connection => once(connection, 'close'))
    for (const connection of this.#connections) connection.close(1001)
    const patience = setTimeout(() => this.cut(), 500)
    await Promise.all(closed)
    clearTimeout(patience)
    this.#server.close()
  }
}
