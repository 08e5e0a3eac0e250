import { isUtf8 } from 'node:buffer'
import swagger from '@fastify/swagger'
import { type FastifyError, type FastifyInstance, fastify } from 'fastify'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import type { Log } from '#src/ports.ts'
import { mcpDoor } from './doors/mcp.ts'
import { problem, restDoor } from './doors/rest.ts'
import type { Health } from './health.ts'
import type { Journey } from './journey.ts'

export interface ServerOptions {
  readonly journey: Journey
  readonly health: Health
  /** Public keys that minted tokens verify with. */
  readonly jwks: () => Promise<{ readonly keys: readonly object[] }>
  readonly url: string
  readonly maxSqlBytes: number
  readonly log: Log
}

/**
 * All doors on one server that does not listen yet. Strict on purpose: unknown fields and wrong types are refused instead
 * of dropped and bent (a dropped `dry_run` would be a statement that ran), and slow clients are cut off.
 */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: options.maxSqlBytes + 1024 * 1024,
    requestTimeout: 10_000,
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 2_000 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
    routerOptions: { maxParamLength: 128 },
    logger: false,
  })
  strictJson(app)
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = asRefusal(error)
    const { code, detail } = refusal
    options.log.warn({ code, detail, method: request.method, route: request.routeOptions.url }, 'request refused')
    if (refusal.table.status === 401) reply.header('www-authenticate', challenge(options.url, code))
    return problem(reply, refusal)
  })
  app.setNotFoundHandler((_request, reply) =>
    problem(reply, new GatewayError('invalid_request', { message: 'There is nothing at this path.' })).code(404),
  )
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'Querywarden',
        version: '0.1.0',
        description: 'Statements are judged, held for people, run once, masked, recorded.',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ bearer: [] }],
    },
  })
  await app.register(async doors => {
    restDoor(doors, options.journey)
    mcpDoor(doors, options.journey)
    doors.get('/.well-known/jwks.json', { schema: { hide: true } }, () => options.jwks())
    doors.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
    doors.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }))
    doors.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
      const health = await options.health.ready()
      return reply.code(health.ready ? 200 : 503).send(health)
    })
  })
  await app.ready()
  return app
}

/** JSON only, and only as valid UTF-8: a byte that is not would be judged as one character and run as another. */
function strictJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (!isUtf8(body as Buffer)) return done(new GatewayError('invalid_utf8'))
    return parse(request, body.toString('utf8'), (error, value) => {
      if (!error && !isWellFormed(value)) return done(new GatewayError('invalid_utf8'))
      return done(error, value)
    })
  })
}

/** A lone surrogate (`\ud800`) is valid JSON but no text. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (value === null || typeof value !== 'object') return true
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner))
}

function asRefusal(error: FastifyError): GatewayError {
  if (error instanceof GatewayError) return error
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new GatewayError('statement_too_large')
  if (error.validation) return new GatewayError('invalid_request', { message: `${error.message}.` })
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new GatewayError('invalid_request', {
      message: 'The request is not JSON of the documented form.',
      detail: error.message,
    })
  }
  return asGatewayError(error)
}

/** RFC 6750, section 3, with the metadata of RFC 9728. */
function challenge(url: string, code: string): string {
  const reason = code === 'unauthenticated' ? '' : ', error="invalid_token"'
  return `Bearer resource_metadata="${url}/.well-known/oauth-protected-resource/mcp"${reason}`
}
