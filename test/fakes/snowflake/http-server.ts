import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Faults } from './faults.ts'
import { isRecord } from './roles.ts'

const maxBodyBytes = 64 * 1024 * 1024

export interface Request {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** The token in `Authorization: Snowflake Token="…"`. */
  readonly token: string
  readonly headers: IncomingMessage['headers']
  readonly body: Readonly<Record<string, unknown>>
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal
}

export interface Reply {
  readonly status?: number
  /** An object is sent as JSON; bytes are sent as they are, already gzipped. */
  readonly body: object | Buffer
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += part.length
    if (size > maxBodyBytes) throw new Error('request body too large')
    parts.push(part)
  }
  const raw = Buffer.concat(parts)
  // Drivers disagree on Content-Encoding; the first two bytes do not.
  const zipped = raw[0] === 0x1f && raw[1] === 0x8b
  const text = zipped ? await promisify(gunzip)(raw, { maxOutputLength: maxBodyBytes }) : raw
  const parsed: unknown = text.length === 0 ? {} : JSON.parse(text.toString())
  return isRecord(parsed) ? parsed : {}
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status = 200, body }: Reply,
  end: (bytes: Buffer) => void = bytes => response.end(bytes),
): Promise<void> {
  if (response.destroyed) return
  if (Buffer.isBuffer(body)) {
    response.writeHead(status, { 'Content-Type': 'application/octet-stream', 'Content-Encoding': 'gzip' })
    end(body)
    return
  }
  const json = Buffer.from(JSON.stringify(body))
  const zip = json.length > 1_024 && /\bgzip\b/.test(String(request.headers['accept-encoding']))
  const encoding = zip ? { 'Content-Encoding': 'gzip' } : {}
  response.writeHead(status, { 'Content-Type': 'application/json', ...encoding })
  end(zip ? await promisify(gzip)(json) : json)
}

/** Serves `answer` on loopback, with the faults that tests have ordered. */
export async function startHttpServer(
  port: number,
  faults: Faults,
  answer: (request: Request) => Promise<Reply>,
): Promise<Server> {
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1')
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const body = await readBody(incoming)
    const fault = faults.takeFault(url.pathname, String(body.sqlText ?? ''))
    if (fault === 'drop-before') incoming.socket.destroy()
    if (fault === 'drop-before' || fault === 'stall') return
    if (fault === 'unavailable') return send(incoming, response, { status: 503, body: {} })
    if (fault === 'forbidden') return send(incoming, response, { status: 403, body: { error: 'AccessDenied' } })
    const reply = await answer({
      method: incoming.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      token: /^Snowflake Token="(.*)"$/.exec(incoming.headers.authorization ?? '')?.[1] ?? '',
      headers: incoming.headers,
      body,
      gone: gone.signal,
    })
    if (fault === 'drop-after') incoming.socket.destroy()
    else if (fault === 'cut')
      await send(incoming, response, reply, bytes =>
        response.write(bytes.subarray(0, bytes.length / 2), () => incoming.socket.destroy()),
      )
    else await send(incoming, response, reply)
  }
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(error => {
      if (response.headersSent) response.destroy()
      else response.writeHead(500, { 'Content-Type': 'text/plain' }).end(String(error))
    })
  })
  server.keepAliveTimeout = 1_000
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return server
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port
