import type { FastifyInstance } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Journey } from '../../journey/journey.ts'
import { currentContext } from './current-context.ts'
import { succeeded } from './envelope.ts'
import { requireSession, sessionOf } from './session-of-request.ts'

/** What keeps a session, and what ends it. */
export function sessionRoutes(app: FastifyInstance, { journey }: { readonly journey: Journey }): void {
  const route = { onRequest: requireSession(journey), schema: { hide: true } }
  app.post('/session/heartbeat', route, async () => succeeded())
  app.post<{ Querystring: { delete?: string } }>('/session', route, async request => {
    if (request.query.delete !== 'true') throw new GatewayError('invalid_request')
    const session = sessionOf(request)
    const { transaction, temporary } = await currentContext(journey, session)
    await journey.drivers.end(session)
    if (transaction) await journey.transactions.abandon(transaction.id)
    if (temporary !== undefined) await journey.transactions.abandon(temporary)
    return succeeded()
  })
  // It may hold parts of statements: it is read, and kept by nobody.
  app.post('/telemetry/send', route, async () => succeeded('Log Received'))
}
