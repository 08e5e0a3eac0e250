import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Authenticated } from '#src/pipeline.ts'
import type { Log } from '#src/ports.ts'
import type { Journey } from '../../journey/journey.ts'
import { asRefusal } from '../problem.ts'
import { requirePrincipal } from '../request.ts'
import { strictJson } from '../strict-json.ts'
import { endJobRoutes } from './end-job.ts'
import { errorBody, requestError } from './google-error.ts'
import { jobListRoute } from './job-list.ts'
import { jobRoutes } from './jobs.ts'
import { metadataRoutes } from './metadata.ts'
import { refusedPaths } from './refused-paths.ts'
import { resultRoutes } from './results.ts'
import { tableRowsRoute } from './table-rows.ts'

interface BigQueryDoorOptions {
  readonly journey: Journey
  readonly log: Log
}

/** With Google's service path, and without: clients that are given an address of their own leave it out. */
const servicePaths = ['/bigquery/v2', '']

/**
 * BigQuery's REST API v2 for unmodified clients, as far as it asks questions. Every request is read by an allow-list and every
 * answer is made here; nothing of the warehouse's own answers, names of results or ids of jobs passes through.
 * https://cloud.google.com/bigquery/docs/reference/rest
 */
export async function bigqueryDoor(app: FastifyInstance, { journey, log }: BigQueryDoorOptions): Promise<void> {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = asRefusal(error)
    const { code, detail } = refusal
    log.warn({ code, detail, method: request.method, route: request.routeOptions.url }, 'request refused')
    const answer = requestError(refusal)
    // Java's client fetches a new token only where it reads `invalid_token`.
    if (answer.status === 401) reply.header('www-authenticate', 'Bearer realm="querywarden", error="invalid_token"')
    return reply.code(answer.status).send(errorBody(answer))
  })
  requirePrincipal(app, journey, bearer => identify(journey, bearer))
  app.addHook('onRequest', async request => refuseOtherReadings(request))
  strictJson(app, { gzip: true, empty: {} })
  for (const prefix of servicePaths) {
    app.register(
      (scope, _options, done) => {
        jobRoutes(scope, journey)
        jobListRoute(scope, journey)
        resultRoutes(scope, journey)
        tableRowsRoute(scope, journey)
        metadataRoutes(scope, journey)
        scope.register((ends, _none, registered) => {
          endJobRoutes(ends, journey)
          registered()
        })
        done()
      },
      { prefix },
    )
  }
  app.register((scope, _options, done) => {
    refusedPaths(scope)
    done()
  })
}

const otherCredentials = ['access_token', 'oauth_token', 'key']
const otherForms = ['callback', '$.xgafv', 'upload_protocol']
/** Of which one may say several. */
const lists = new Set(['stateFilter', 'fields'])

/** A request that another reader of it could take for another method, another caller or another form of answer. */
function refuseOtherReadings({ headers, query }: FastifyRequest): void {
  const asked = query as Readonly<Record<string, unknown>>
  const named = [...otherCredentials, ...otherForms].find(name => Object.hasOwn(asked, name))
  const alt = asked.alt ?? 'json'
  const what =
    headers['x-http-method-override'] !== undefined
      ? 'The header X-HTTP-Method-Override'
      : named
        ? `The query parameter ${named}`
        : alt !== 'json'
          ? 'A form other than JSON'
          : undefined
  if (what) throw new GatewayError('invalid_request', { message: `${what} is not taken here.` })
  const twice = Object.keys(asked).find(name => Array.isArray(asked[name]) && !lists.has(name))
  if (twice) throw new GatewayError('invalid_request', { message: `${twice.slice(0, 64)} is there twice.` })
}

/** The agent's own signed token has three parts; what it was exchanged for is encrypted, and has five (RFC 7516). */
async function identify(journey: Journey, bearer: string): Promise<Authenticated> {
  if (bearer.split('.').length !== 5) return journey.authenticate({ bearer })
  return (await journey.drivers.resume(bearer)).principal
}
