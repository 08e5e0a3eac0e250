import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { GoogleError, OAuthError } from './google-error.ts'

export interface GoogleRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** Aborted when the client goes away before it is answered. */
  readonly gone: AbortSignal
  /** Another request came over the same connection before. */
  readonly reused: boolean
}

export interface GoogleResponse {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Thrown by a handler: the connection is cut instead of answered. */
export class ConnectionDrop extends Error {}

interface GoogleServer {
  readonly url: string
  close(): Promise<void>
}

const maxBodyBytes = 20 * 1024 * 1024
const used = new WeakSet<Socket>()

/** A JSON server on 127.0.0.1 whose refusals wear Google's error envelope. */
export async function startGoogleServer(
  handle: (request: GoogleRequest) => Promise<GoogleResponse>,
  port = 0,
): Promise<GoogleServer> {
  const server = createServer((request, response) => {
    answer(handle, request, response).catch(() => request.socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The body as a JSON object, or a 400 in Google's words. */
export function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text || '{}')
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // The same refusal as for a body of another shape.
  }
  throw new GoogleError(400, 'Parse Error', 'parseError')
}

async function answer(
  handle: (request: GoogleRequest) => Promise<GoogleResponse>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const reused = used.has(request.socket)
  used.add(request.socket)
  const { status, headers, body } = await outcomeOf(async () => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    return handle({
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      text: await textOf(request),
      gone: gone.signal,
      reused,
    })
  })
  response.writeHead(status ?? 200, { 'content-type': 'application/json; charset=UTF-8', ...headers })
  response.end(JSON.stringify(body))
}

async function outcomeOf(run: () => Promise<GoogleResponse>): Promise<GoogleResponse> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof ConnectionDrop) throw error
    if (!(error instanceof GoogleError || error instanceof OAuthError)) {
      console.error(error)
      return { status: 500, body: new GoogleError(500, String(error), 'internalError').body }
    }
    const headers: Record<string, string> =
      error.code === 401
        ? { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' }
        : {}
    return { status: error.code, headers, body: error.body }
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBodyBytes) throw new GoogleError(413, 'Request Entity Too Large', 'uploadTooLarge')
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8')
}
