import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import swagger from '@fastify/swagger'
import { type FastifyError, type FastifyInstance, fastify, type HTTPMethods } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Log } from '#src/ports.ts'
import { consolePages, pathOf } from './console/console.ts'
import type { ConsolePorts } from './console/console-ports.ts'
import { bigqueryDoor } from './doors/bigquery/bigquery.ts'
import { discoveryRoutes } from './doors/bigquery/discovery.ts'
import { tokenEndpoint } from './doors/bigquery/token-endpoint.ts'
import { internalDoor } from './doors/internal.ts'
import { mcpDoor } from './doors/mcp.ts'
import { asRefusal, problem } from './doors/problem.ts'
import { whenClosed } from './doors/request.ts'
import { restDoor } from './doors/rest.ts'
import { snowflakeDoor } from './doors/snowflake/door.ts'
import { refuseTooLarge, strictJson } from './doors/strict-json.ts'
import type { Health } from './http/health.ts'
import { publicPaths } from './http/public-paths.ts'
import { UnreadableRequests } from './http/unreadable-requests.ts'
import type { Journey } from './journey/journey.ts'
import type { Oncall } from './oncall/oncall.ts'
import { version } from './version.ts'

export interface ServerOptions {
  readonly journey: Journey
  readonly oncall: Oncall
  readonly health: Health
  /** Public keys that minted tokens verify with. */
  readonly jwks: () => Promise<{ readonly keys: readonly object[] }>
  /** Absent: there is no console. */
  readonly console?: ConsolePorts
  readonly url: string
  readonly maxSqlBytes: number
  readonly log: Log
}

/** An answer of which nobody takes a byte for so long is given up, and what it holds. */
const stillMilliseconds = 120_000

/**
 * All doors on one server that does not listen yet. Strict on purpose: unknown fields and wrong types are refused instead
 * of dropped and bent (a dropped `dry_run` would be a statement that ran), and slow clients are cut off.
 */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const bodyLimit = options.maxSqlBytes + 1024 * 1024
  const unreadable = new UnreadableRequests(options.log)
  const app = fastify({
    bodyLimit,
    requestTimeout: 10_000,
    connectionTimeout: stillMilliseconds,
    // Of its hooks too, and closing waits for answers that are on their way.
    pluginTimeout: 0,
    clientErrorHandler: (error, socket) => unreadable.refuse(error, socket),
    frameworkErrors: (error, _request, reply) => void problem(reply, asRefusal(error)),
    // Where a token or a type is there twice, another reader of the request could take the other one: neither is taken.
    http: {
      ...{ headersTimeout: 5_000, connectionsCheckingInterval: 2_000, joinDuplicateHeaders: true },
      // Refused in our words.
      requireHostHeader: false,
    },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
    // As long as BigQuery's names may be.
    routerOptions: { maxParamLength: 1_024 },
    exposeHeadRoutes: false,
    return503OnClosing: false,
    logger: false,
  })
  // Answers are made by `answer.ts`; a serializer would silently drop what its schema forgot. The schemas are for readers.
  app.setSerializerCompiler(() => data => JSON.stringify(data))
  app.addHook('onRequest', async (request, reply) => unreadable.begun(request, reply))
  strictJson(app)
  refuseTooLarge(app, bodyLimit)
  refuseInOurWords(app, options)
  refuseWhileClosing(app)
  letAnswersBeMade(app)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Querywarden',
        version,
        description: 'Statements are judged, held for people, run once, masked, recorded.',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ bearer: [] }],
    },
  })
  await app.register(restDoor, options)
  await app.register(mcpDoor, options)
  await app.register(bigqueryDoor, options)
  await app.register(tokenEndpoint, options)
  discoveryRoutes(app, options.url)
  await app.register(snowflakeDoor, options)
  await app.register(internalDoor, options)
  await app.register(publicPaths, options)
  const site = options.console?.settings()
  if (options.console && site) {
    const pages = options.console
    await app.register(scope => consolePages(scope, pages), { prefix: pathOf(site) })
  }
  await app.ready()
  return app
}

function refuseInOurWords(app: FastifyInstance, { log, url }: ServerOptions): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = asRefusal(error)
    const { code, detail } = refusal
    log.warn({ code, detail, method: request.method, route: request.routeOptions.url }, 'request refused')
    if (refusal.table.status === 401) reply.header('www-authenticate', challenge(url, code))
    return problem(reply, refusal)
  })
  const routes: { readonly pattern: URLPattern; readonly methods: HTTPMethods[] }[] = []
  app.addHook('onRoute', ({ url: pathname, method }) => {
    routes.push({ pattern: new URLPattern({ pathname }), methods: [method].flat() })
  })
  app.setNotFoundHandler((request, reply) => {
    const [pathname = ''] = request.url.split('?', 1)
    // As it was sent: `/./x` is not `/x` to the router.
    const asked = routes.filter(({ pattern }) => pattern.exec({ pathname })?.pathname.input === pathname)
    const allowed = asked.flatMap(({ methods }) => methods)
    if (allowed.length === 0) return problem(reply, new GatewayError('no_such_path'))
    return problem(reply.header('allow', allowed.join(', ')), new GatewayError('method_not_allowed'))
  })
}

/**
 * What still comes on open connections while this process drains goes elsewhere, and no connection outlives its answer. One that was opened
 * ahead of its first request would not be closed with those that are idle: clients open such.
 */
function refuseWhileClosing(app: FastifyInstance): void {
  let closing = false
  const answers = answersUnderWay(app)
  const unused = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }) => unused.delete(socket))
  app.addHook('preClose', async () => {
    closing = true
    for (const socket of unused) socket.destroy()
    await answers.taken()
  })
  app.addHook('onRequest', async () => {
    if (closing) throw new GatewayError('draining')
  })
  app.addHook('onSend', async (_request, reply, payload) => {
    if (closing) reply.header('connection', 'close')
    return payload
  })
}

/** Node takes a connection for idle, and closes it, once its answer has been handed over, of which megabytes may not have left yet. */
function answersUnderWay(app: FastifyInstance): { taken(): Promise<void> } {
  const all = new Set<ServerResponse>()
  app.addHook('onRequest', async (_request, reply) => {
    all.add(reply.raw)
    whenClosed(reply, () => all.delete(reply.raw))
  })
  const handedOver = () => [...all].find(({ writableEnded }) => writableEnded)
  return {
    async taken() {
      for (let answer = handedOver(); answer; answer = handedOver()) await once(answer, 'close').catch(() => {})
    },
  }
}

/** A connection is still while its answer is made, however long that takes: who asked would never hear of a statement that runs. */
function letAnswersBeMade(app: FastifyInstance): void {
  app.addHook('preHandler', async (_request, { raw }) => void raw.setTimeout(0))
  app.addHook('onSend', async (_request, { raw }, payload) => {
    raw.setTimeout(app.server.timeout)
    return payload
  })
}

/** RFC 6750, section 3, with the metadata of RFC 9728. */
function challenge(url: string, code: string): string {
  const reason = code === 'unauthenticated' ? '' : ', error="invalid_token"'
  return `Bearer resource_metadata="${url}/.well-known/oauth-protected-resource/mcp"${reason}`
}
