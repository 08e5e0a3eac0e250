import type { FastifyInstance } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Log } from '#src/ports.ts'
import { ignoreBodies } from '../ignore-bodies.ts'
import { refuseAsApi } from './sql-api-routes.ts'

/**
 * Everything else of Snowflake's REST API, as `snowflake.core` asks for it. Refused and not simply absent: 404 says there that
 * the object itself does not exist.
 */
export function refusedPaths(app: FastifyInstance, log: Log): void {
  refuseAsApi(app, log)
  ignoreBodies(app)
  app.all('/api/v2/*', { schema: { hide: true } }, async ({ method, url }) => {
    const [asked = ''] = url.split('?')
    throw new GatewayError('not_permitted', {
      message: `Querywarden does not take ${method} ${asked.slice(0, 200)}.`,
      next: 'Ask for it in SQL: SHOW, DESCRIBE, CREATE, ALTER or DROP, by a driver or POST /api/v2/statements.',
    })
  })
}
