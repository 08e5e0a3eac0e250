import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { DriverContext, DriverSession, DriverTokens } from '#src/authenticate/driver-sessions.ts'
import { nameContext } from '#src/classify/name-context.ts'
import { asGatewayError, type ErrorCode, GatewayError } from '#src/errors.ts'
import type { ConnectionFacts, Journey } from '../../journey/journey.ts'
import { connectionOf } from './connection-of-account.ts'
import { type Envelope, sessionRefused, succeeded, unsupportedHere } from './envelope.ts'
import { tokenOfLogin } from './login-token.ts'
import { askedParameters, toldParameters } from './parameters.ts'
import { usualFormat } from './result-format.ts'
import { tokenOf } from './session-of-request.ts'

/** A login is a token and some settings: strangers get to send no more. */
const bodyLimit = 256 * 1024

interface LoginBody {
  readonly data?: Readonly<Record<string, unknown>>
}
type LoginQuery = Readonly<Record<string, string | string[] | undefined>>

/** Logging in with the agent's own token, and renewing what that gave. */
export function loginRoutes(app: FastifyInstance, { journey }: { readonly journey: Journey }): void {
  app.post<{ Body: LoginBody; Querystring: LoginQuery }>(
    '/session/v1/login-request',
    { bodyLimit, schema: { hide: true } },
    async ({ body, query }) => {
      try {
        return await login(journey, isRecord(body.data) ? body.data : {}, query)
      } catch (error) {
        const refusal = asGatewayError(error)
        if (refusal.table.status === 503) throw refusal
        return sessionRefused(
          loginCode(refusal.code),
          refusal.next ? `${refusal.message} ${refusal.next}` : refusal.message,
        )
      }
    },
  )
  app.post('/session/token-request', { bodyLimit, schema: { hide: true } }, async request => {
    try {
      return renewed(await journey.drivers.renew(tokenOf(request)))
    } catch (error) {
      const { code, message, table } = asGatewayError(error)
      if (table.status === 503) throw error
      return sessionRefused('390114', code === 'session_expired' ? 'This login is too old. Log in again.' : message)
    }
  })
}

async function login(journey: Journey, data: Readonly<Record<string, unknown>>, query: LoginQuery): Promise<Envelope> {
  const principal = await journey.authenticate({ bearer: tokenOfLogin(data) })
  refuseRoles(data, query)
  const connection = connectionOf(journey.connections(), data.ACCOUNT_NAME)
  const asked = askedParameters(data.SESSION_PARAMETERS)
  const { kept: parameters, autocommit, ...others } = asked
  const context = {
    ...namesOf(connection, query),
    connection: connection.name,
    parameters,
    resultFormat: usualFormat(data.CLIENT_APP_ID),
    ...others,
    ...(autocommit === false ? { transaction: { id: randomUUID(), always: true } as const } : {}),
  }
  const { session, tokens } = await journey.drivers.open(principal, context)
  return loggedIn(session, tokens, connection)
}

function refuseRoles(data: Readonly<Record<string, unknown>>, query: LoginQuery): void {
  const secondary = String(data.SECONDARY_ROLES ?? '').toUpperCase()
  if (textOf(query.roleName) === undefined && ['', 'NONE'].includes(secondary)) return
  throw unsupportedHere('Roles are chosen by the policy, one for each statement. Leave the role out of the login.')
}

/** What names resolve in: as the driver says, where the connection does not say it already. */
function namesOf(connection: ConnectionFacts, query: LoginQuery): Pick<DriverContext, 'database' | 'schema'> {
  const database = nameOf(query.databaseName) ?? connection.database
  const usual = database === connection.database ? connection.schema : 'PUBLIC'
  const schema = nameOf(query.schemaName) ?? usual
  return nameContext({ database, schema })
}

function nameOf(value: LoginQuery[string]): string | undefined {
  const text = textOf(value)
  if (text === undefined) return undefined
  const name = /^"(.*)"$/.exec(text)?.[1] ?? text.toUpperCase()
  if (!/^[A-Z_][A-Z0-9_$]*$/.test(name)) throw unsupportedHere('Names of databases and schemas are plain ones here.')
  return name
}

function textOf(value: LoginQuery[string]): string | undefined {
  if (Array.isArray(value))
    throw new GatewayError('invalid_request', { message: 'A parameter of the login is there twice.' })
  return value === undefined || value === '' ? undefined : value
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Numbers that make drivers say that the login failed, and not try again. */
function loginCode(code: ErrorCode): string {
  if (code === 'token_expired') return '390318'
  return code.startsWith('token_') || code === 'unauthenticated' ? '390303' : '390400'
}

function loggedIn(session: DriverSession, tokens: DriverTokens, { virtualWarehouse }: ConnectionFacts): Envelope {
  const { database, schema } = session.context
  return succeeded({
    ...{ token: tokens.session, validityInSeconds: tokens.sessionSeconds },
    ...{ masterToken: tokens.master, masterValidityInSeconds: tokens.masterSeconds },
    displayUserName: session.principal.name,
    serverVersion: '9.1.0',
    ...{ firstLogin: false, newClientForUpgrade: null, healthCheckInterval: 45, sessionId: numberOf(session) },
    ...{ remMeToken: null, remMeValidityInSeconds: 0, responseData: null },
    ...{ idToken: null, idTokenValidityInSeconds: 0, mfaToken: null, mfaTokenValidityInSeconds: 0 },
    parameters: toldParameters(session.context),
    sessionInfo: {
      databaseName: database ?? null,
      schemaName: schema ?? null,
      warehouseName: virtualWarehouse ?? null,
      roleName: null,
    },
  })
}

function renewed({ session, tokens }: { session: DriverSession; tokens: DriverTokens }): Envelope {
  return succeeded({
    ...{ sessionToken: tokens.session, validityInSecondsST: tokens.sessionSeconds },
    ...{ masterToken: tokens.master, validityInSecondsMT: tokens.masterSeconds },
    sessionId: numberOf(session),
  })
}

/** Drivers want a number: the first 48 bits of the session's id. */
function numberOf({ id }: DriverSession): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
}
