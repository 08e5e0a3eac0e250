import { createReadStream, readdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleControl } from './control-api.ts'
import type { FakeSlack } from './fake-slack.ts'
import { receiveUpload } from './file-methods.ts'
import { respond } from './response-url.ts'
import { callMethod, type MethodContext } from './web-api.ts'
import { asFields, type Fields } from './wire.ts'

const LARGEST_BODY = 8 * 1024 * 1024
const TYPES: Record<string, string> = { html: 'text/html', css: 'text/css', js: 'text/javascript' }
const PAGE_FILES = new Set(readdirSync(new URL('./page/', import.meta.url)))

export function readJson(body: Buffer): Fields {
  try {
    return asFields(JSON.parse(body.toString()))
  } catch {
    return {}
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(body))
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST_BODY) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function argumentsOf(request: IncomingMessage, url: URL, body: Buffer): Fields {
  const type = request.headers['content-type'] ?? ''
  const query = Object.fromEntries(url.searchParams)
  if (type.startsWith('application/json')) return { ...query, ...readJson(body) }
  return { ...query, ...Object.fromEntries(new URLSearchParams(body.toString())) }
}

function webApi(
  slack: FakeSlack,
  context: MethodContext,
  request: IncomingMessage,
  url: URL,
  body: Buffer,
  response: ServerResponse,
) {
  const method = url.pathname.slice('/api/'.length)
  const retryAfter = slack.faults.takeRateLimit(method)
  if (retryAfter !== undefined) {
    sendJson(response, 429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(retryAfter) })
    return
  }
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const answer = callMethod(method, bearer, argumentsOf(request, url, body), context)
  slack.calls.push({ method, ok: answer.ok === true, ...(answer.ok ? {} : { error: String(answer.error) }) })
  if (slack.faults.takeLostResponse(method)) {
    request.socket.destroy()
    return
  }
  if (slack.faults.takeStall(method)) return
  sendJson(response, 200, answer, { 'x-oauth-scopes': slack.state.workspace.scopes.join(',') })
}

function sendPage(path: string, response: ServerResponse): void {
  const file = path === '/' ? 'index.html' : path.slice(1)
  if (!PAGE_FILES.has(file)) {
    sendJson(response, 404, { ok: false, error: 'not_found' })
    return
  }
  response.writeHead(200, {
    'content-type': `${TYPES[file.split('.').at(-1) ?? '']}; charset=utf-8`,
    'content-security-policy': "default-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
  })
  createReadStream(new URL(`./page/${file}`, import.meta.url)).pipe(response)
}

/** True when an outage swallows this request: everything an app can reach, but not the page and its controls. */
function fails(slack: FakeSlack, url: URL, request: IncomingMessage, response: ServerResponse): boolean {
  if (!/^\/(api|upload|response)\//.test(url.pathname)) return false
  const outage = slack.faults.takeOutage()
  if (outage === 'cut') request.socket.destroy()
  if (outage === 'http-500') {
    response.writeHead(500)
    response.end('Internal Server Error')
  }
  if (outage === 'page') {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end('<!doctype html><title>Slack is having trouble</title>')
  }
  return outage !== undefined
}

async function handle(
  slack: FakeSlack,
  context: () => MethodContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (fails(slack, url, request, response)) return
  const body = await readBody(request)
  if (!body) return sendJson(response, 413, { ok: false, error: 'request_too_large' })
  const secret = url.pathname.split('/').at(-1) ?? ''
  if (url.pathname.startsWith('/api/')) return webApi(slack, context(), request, url, body, response)
  if (url.pathname.startsWith('/_control/')) return handleControl(slack, request, url, body, response)
  if (url.pathname.startsWith('/upload/')) {
    const status = await receiveUpload(slack.state, secret, request.headers['content-type'] ?? '', body)
    response.writeHead(status, { 'content-type': 'text/plain' })
    response.end(status === 200 ? `OK - ${body.length}` : 'error')
    return
  }
  if (url.pathname.startsWith('/response/')) {
    const { status, answer } = respond(slack.state, secret, argumentsOf(request, url, body))
    response.writeHead(status, { 'content-type': 'text/plain' })
    response.end(answer)
    return
  }
  sendPage(url.pathname, response)
}

/** The one HTTP server: Web API, uploads, response_urls, controls and the page; web sockets go to `upgrade`. */
export async function serve(
  slack: FakeSlack,
  context: () => MethodContext,
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
  port: number,
): Promise<Server> {
  const server = createServer((request, response) => {
    handle(slack, context, request, response).catch(error => {
      response.destroy(error)
      slack.failures.push(error)
    })
  })
  server.on('upgrade', (request, socket, head) => upgrade(request, socket, head))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return server
}
