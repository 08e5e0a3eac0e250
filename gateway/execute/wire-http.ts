import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import { pipeline } from 'node:stream'
import { promisify } from 'node:util'
import { createGunzip, gunzip, gunzipSync } from 'node:zlib'
import { GatewayError } from '#src/errors.ts'
import { freeBytes } from '#src/free-bytes.ts'
import { Unanswered } from './until-answered.ts'

/** No answer is larger, unpacked: larger results come in chunks. */
const maxAnswerBytes = 128 * 1024 * 1024
/** Up to this size the way to another thread takes longer than the work. */
const inlineBytes = 16 * 1024
/** A connection that the server closes just then costs a second attempt, under the same id; a new one each time costs more. */
const agentKeepAliveTimeoutBuffer = 200
const sockets = {
  keepAlive: true,
  agentKeepAliveTimeoutBuffer,
  // Unused for longer, a connection may have been dropped on the way without a word.
  timeout: 30_000,
  maxSockets: 1024,
  maxFreeSockets: 64,
  scheduling: 'lifo',
} as const

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  /** With its query; always on the warehouse's own host. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Until the whole answer is there. */
  readonly milliseconds: number
  /** Breaks the request off: of what only asks. */
  readonly signal?: AbortSignal | undefined
}

export interface HttpAnswer {
  readonly status: number
  readonly body: Buffer
}

/**
 * Connections to one warehouse's host, kept open between requests. The host is the configured one whatever an answer says,
 * certificates are verified, redirects are not followed.
 */
export class WireHttp {
  /** Milliseconds before each further attempt of what may be sent again. */
  readonly pauses: readonly number[]
  readonly #base: URL
  readonly #agent: http.Agent
  /** Cloud storage is reached over TLS wherever the warehouse is. */
  readonly #storage: https.Agent

  constructor(base: string, pauses: readonly number[] = [100, 1_000, 2_000, 4_000, 8_000, 16_000]) {
    this.pauses = pauses
    this.#base = new URL(base)
    // As drivers do, through the proxy that the environment names.
    // biome-ignore lint/style/noProcessEnv: HTTPS_PROXY and NO_PROXY are the environment's to say
    const options = { ...sockets, minVersion: 'TLSv1.2', proxyEnv: process.env } as const
    this.#storage = new https.Agent(options)
    this.#agent = this.#base.protocol === 'https:' ? this.#storage : new http.Agent(options)
  }

  /** Rejects with `Unanswered`. */
  async send({ method, path, headers, body, milliseconds, signal }: HttpRequest): Promise<HttpAnswer> {
    const own = { 'accept-encoding': 'gzip', 'content-type': 'application/json', ...headers }
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const request = this.#request(this.#base, path, { method, headers: { ...own, ...length }, signal })
    const timer = setTimeout(() => request.destroy(new Error('ETIMEDOUT')), milliseconds)
    const sent = onceSent(request)
    try {
      request.end(body)
      const response = await answered(request)
      return { status: response.statusCode ?? 0, body: await unpacked(response) }
    } catch (error) {
      throw new Unanswered(causeOf(error), sent())
    } finally {
      clearTimeout(timer)
    }
  }

  /** A file of a result in cloud storage, as it arrives. `headers` are its own; no token of ours goes there. `signal` breaks it off. */
  async open(
    url: string,
    headers: Readonly<Record<string, string>>,
    idleMilliseconds: number,
    signal?: AbortSignal,
  ): Promise<StoredFile> {
    const place = new URL(url)
    if (place.protocol !== 'https:' && place.protocol !== this.#base.protocol)
      throw new GatewayError('result_shape', { detail: 'a part of the result lies where nothing is encrypted' })
    const request = this.#request(place, `${place.pathname}${place.search}`, { method: 'GET', headers, signal })
    request.setTimeout(idleMilliseconds, () => request.destroy(new Error('ETIMEDOUT')))
    request.end()
    const response = await answered(request).catch((error: unknown) => {
      throw new Unanswered(causeOf(error), true)
    })
    const packed = response.headers['content-encoding'] === 'gzip'
    // Whoever reads the last of them hears of what went wrong before.
    const bytes = packed ? pipeline(response, createGunzip({ chunkSize: inlineBytes * 16 }), () => {}) : response
    return { status: response.statusCode ?? 0, bytes, close: () => response.destroy() }
  }

  close(): void {
    this.#agent.destroy()
    this.#storage.destroy()
  }

  #request({ protocol, hostname, port }: URL, path: string, options: RequestOptions): ClientRequest {
    // An IPv6 address stands in brackets in a URL only.
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    const place = { ...options, host, port: port || undefined, path }
    if (protocol === 'https:') return https.request({ ...place, agent: this.#storage })
    return http.request({ ...place, agent: this.#agent })
  }
}

interface StoredFile {
  readonly status: number
  readonly bytes: AsyncIterable<Buffer>
  close(): void
}

function answered(request: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  request.once('response', resolve)
  request.on('error', reject)
  // An answer that would go on in another protocol ends it without either.
  request.once('close', () => reject(new Error('ECONNRESET')))
  return promise
}

/** Whether bytes may have left: on a connection that was open before, or that came about. */
function onceSent(request: ClientRequest): () => boolean {
  let sent = false
  request.once('socket', socket => {
    const connected = () => {
      sent = true
    }
    if (socket.connecting) socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected)
    else connected()
  })
  return () => sent
}

/** Rejects where the connection ended in the middle of it. */
function wholeBody(response: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const parts: Buffer[] = []
  let size = 0
  response.on('data', (part: Buffer) => {
    size += part.length
    parts.push(part)
    if (size > maxAnswerBytes) response.destroy(new Error('EMSGSIZE'))
  })
  response.once('end', () => resolve(Buffer.concat(parts)))
  response.once('error', reject)
  return promise
}

async function unpacked(response: IncomingMessage): Promise<Buffer> {
  const bytes = await wholeBody(response)
  if (response.headers['content-encoding'] !== 'gzip') return bytes
  const bounded = { maxOutputLength: maxAnswerBytes }
  if (bytes.length <= inlineBytes) return gunzipSync(bytes, bounded)
  const body = await promisify(gunzip)(bytes, bounded)
  freeBytes(bytes)
  return body
}

/** A code, such as ECONNRESET: what else an error says may quote what was sent. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error ? String(error.code) : /^E[A-Z]+$/.test(error.message) ? error.message : error.name
}
