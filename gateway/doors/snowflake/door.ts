import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import type { Log } from '#src/ports.ts'
import type { Journey } from '../../journey/journey.ts'
import { asRefusal } from '../problem.ts'
import { strictJson } from '../strict-json.ts'
import { chunkRoutes } from './chunk-routes.ts'
import { failed, sessionRefused } from './envelope.ts'
import { loginRoutes } from './login-routes.ts'
import { queryRoutes } from './query-routes.ts'
import { refusedPaths } from './refused-paths.ts'
import { sessionRoutes } from './session-routes.ts'
import { sqlApiRoutes } from './sql-api-routes.ts'

interface SnowflakeDoorOptions {
  readonly journey: Journey
  readonly log: Log
  /** The gateway as drivers reach it: where they find the parts of large results. */
  readonly url: string
}

/**
 * Snowflake's own protocol, for unmodified drivers: they log in with the agent's token, and a held statement looks to them
 * like one that runs long. Every answer is built here from known fields; nothing that a warehouse said passes as it came.
 * What is not served here is not found, or refused where 404 would say something else.
 */
export async function snowflakeDoor(app: FastifyInstance, options: SnowflakeDoorOptions): Promise<void> {
  strictJson(app, { gzip: true, empty: {} })
  typeAsSnowflakeDoes(app)
  refuseAsDriversRead(app, options.log)
  loginRoutes(app, options)
  sessionRoutes(app, options)
  queryRoutes(app, options)
  chunkRoutes(app, options)
  app.register((scope, _options, done) => {
    sqlApiRoutes(scope, options)
    done()
  })
  app.register((scope, _options, done) => {
    refusedPaths(scope, options.log)
    done()
  })
}

/** Without `charset`: older versions of Node’s driver, 2.0 still, take an answer that has one for text, and cannot log in. */
function typeAsSnowflakeDoes(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    const type = String(reply.getHeader('content-type') ?? '')
    if (type.startsWith('application/json;')) reply.header('content-type', 'application/json')
  })
}

/** Drivers repeat what comes with another status than 200: only what may pass unchanged later may have one. */
function refuseAsDriversRead(app: FastifyInstance, log: Log): void {
  app.setErrorHandler(async (error: FastifyError, request, reply: FastifyReply) => {
    const refusal = asRefusal(error)
    const { code, detail, table } = refusal
    log.warn({ code, detail, method: request.method, route: request.routeOptions.url }, 'request refused')
    if (code === 'session_expired') return reply.code(200).send(sessionRefused('390112', refusal.message))
    if (code === 'session_ended') return reply.code(200).send(sessionRefused('390111', refusal.message))
    const again = table.status === 503 || table.status === 408
    return reply.code(again ? table.status : 200).send(failed(refusal))
  })
}
