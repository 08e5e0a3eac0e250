import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { asGatewayError } from '#src/errors.ts'
import type { Log } from '#src/ports.ts'
import type { Journey } from '../../journey/journey.ts'
import { formOf, readForms } from '../form-body.ts'
import { asRefusal } from '../problem.ts'

interface TokenEndpointOptions {
  readonly journey: Journey
  readonly log: Log
}

const maxBytes = 64 * 1024
/** Clients go on with a token for a moment after they were told it has expired, and do not ask twice. */
const graceSeconds = 60
const types = 'urn:ietf:params:oauth:token-type'
const subjectTypes = [
  `${types}:jwt`,
  `${types}:id_token`,
  `${types}:access_token`,
  // As Google's JDBC driver spells it.
  'urn:ietf:params:oauth:tokentype:id_token',
]

/**
 * Where Google's libraries take the token of an `external_account` credential file: the agent's own OIDC token in, a token of
 * this gateway for an hour out, which opens this door and nothing of Google's. Token exchange: RFC 8693; errors: RFC 6749,
 * section 5.2.
 */
export async function tokenEndpoint(app: FastifyInstance, { journey, log }: TokenEndpointOptions): Promise<void> {
  readForms(app, maxBytes)
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const refusal = asRefusal(error)
    const { code, detail, table } = refusal
    const message = [refusal.message, refusal.next].filter(Boolean).join(' ')
    log.warn({ code, detail, route: '/sts/v1/token' }, 'request refused')
    const { status } = table
    if (status === 401) return refuse(reply, 400, 'invalid_grant', message)
    return status < 500
      ? refuse(reply, 400, 'invalid_request', message)
      : refuse(reply, 503, 'temporarily_unavailable', message)
  })
  introspection(app, journey)
  app.post('/sts/v1/token', { schema: { hide: true } }, async (request, reply) => {
    const form = formOf(request)
    if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:token-exchange')
      return refuse(reply, 400, 'unsupported_grant_type', 'Only token exchange (RFC 8693) is offered here.')
    const wanted = form.get('requested_token_type') ?? `${types}:access_token`
    if (wanted !== `${types}:access_token` || !subjectTypes.includes(form.get('subject_token_type') ?? ''))
      return refuse(reply, 400, 'invalid_request', 'A JWT or ID token is exchanged for an access token, nothing else.')
    const principal = await journey.authenticate({ bearer: form.get('subject_token') ?? '' })
    const { tokens } = await journey.drivers.open(principal, { connection: '', parameters: {} })
    return reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' }).send({
      access_token: tokens.session,
      issued_token_type: `${types}:access_token`,
      token_type: 'Bearer',
      expires_in: tokens.sessionSeconds - graceSeconds,
    })
  })
}

/** RFC 7662, for `token_info_url` of the file: gcloud asks there who a token stands for, and Google where the file does not say it. */
function introspection(app: FastifyInstance, journey: Journey): void {
  app.post('/sts/v1/introspect', { schema: { hide: true } }, async (request, reply) => {
    const session = await journey.drivers.resume(formOf(request).get('token') ?? '').catch(unlessKnown)
    const username = session?.principal.subject
    return reply
      .header('cache-control', 'no-store')
      .send(username ? { active: true, token_type: 'Bearer', username, sub: username } : { active: false })
  })
}

function unlessKnown(error: unknown): undefined {
  if (asGatewayError(error).table.status !== 401) throw error
}

function refuse(reply: FastifyReply, status: number, error: string, description: string): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').send({ error, error_description: description })
}
