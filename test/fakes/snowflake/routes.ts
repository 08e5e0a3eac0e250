import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { arrowStream } from './arrow.ts'
import type { Reply, Request } from './http-server.ts'
import {
  type Cut,
  chunksOf,
  failed,
  inProgress,
  parametersOf,
  refused,
  resultBody,
  rowLimit,
  rowtype,
  succeeded,
  vectorsOf,
} from './responses.ts'
import { formatOf } from './result-format.ts'
import { isRecord } from './roles.ts'
import type { ParameterValue, Session } from './session.ts'
import { loginData, renewalData, type Sessions } from './sessions.ts'
import { SnowflakeError, unknownStatement } from './snowflake-error.ts'
import type { Statement } from './statement.ts'
import type { Statements } from './statements.ts'

interface RouteOptions {
  readonly sessions: Sessions
  readonly statements: Statements
  readonly cut: Cut
  readonly inProgressAfterMs: number
  readonly chunkSeconds: number
  baseUrl(): string
}

const chunkHeader = 'x-fake-chunk-key'

function parametersFrom(value: unknown): Map<string, ParameterValue> {
  const entries = isRecord(value) ? Object.entries(value) : []
  return new Map(
    entries.flatMap(([name, parameter]) =>
      typeof parameter === 'string' || typeof parameter === 'number' || typeof parameter === 'boolean'
        ? [[name.toUpperCase(), parameter] as const]
        : [],
    ),
  )
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** The endpoints that drivers use. */
export class Routes {
  readonly #options: RouteOptions
  readonly #chunkSecret = randomBytes(32)
  readonly #chunkKey = randomBytes(16).toString('hex')

  constructor(options: RouteOptions) {
    this.#options = options
  }

  async answer(request: Request): Promise<Reply> {
    const { method, path } = request
    if (path.startsWith('/chunks/') && method === 'GET') return this.#chunk(request)
    if (path === '/session/v1/login-request') return this.#login(request)
    if (path === '/session/token-request') return this.#renew(request)
    if (path === '/telemetry/send') return { body: succeeded('Log Received') }
    const session = this.#options.sessions.byToken(request.token)
    if (session === undefined) return { body: refused('390104', 'Session token is invalid or expired.') }
    if (session.endedAt !== undefined)
      return { body: refused('390111', 'Session no longer exists. New login required to access the service.') }
    if (session.expired) return { body: refused('390112', 'Your session has expired. Please login again.') }
    return this.#inSession(request, session)
  }

  async #inSession(request: Request, session: Session): Promise<Reply> {
    const { method, path, query } = request
    const [, queryId = '', action] = /^\/queries\/([0-9a-f-]{36})\/(result|abort-request)$/.exec(path) ?? []
    if (path === '/session' && query.get('delete') === 'true') {
      for (const statement of this.#options.statements.all) if (statement.session === session) statement.cancel()
      this.#options.sessions.end(session)
      return { body: succeeded(null) }
    }
    if (path === '/session/heartbeat') return { body: succeeded(null) }
    if (path === '/queries/v1/query-request' && method === 'POST') return this.#query(request, session)
    if (path === '/queries/v1/abort-request') {
      return this.#abort(this.#options.statements.byRequest(session, String(request.body.requestId)))
    }
    if (action === 'abort-request') return this.#abort(this.#options.statements.byId(session, queryId))
    if (action === 'result') {
      const statement = this.#options.statements.withResult(session, queryId)
      if (statement === undefined) return { body: failed(unknownStatement(queryId), queryId) }
      return this.#wait(statement, '333333', request)
    }
    if (path.startsWith('/monitoring/queries/'))
      return this.#monitor(path.slice('/monitoring/queries/'.length), session)
    return { status: 404, body: { error: 'not found' } }
  }

  async #login({ body, query }: Request): Promise<Reply> {
    const data = isRecord(body.data) ? body.data : {}
    try {
      const session = await this.#options.sessions.login({
        authenticator: String(data.AUTHENTICATOR ?? 'SNOWFLAKE').toUpperCase(),
        token: String(data.TOKEN ?? ''),
        loginName: text(data.LOGIN_NAME),
        roleName: query.get('roleName') ?? undefined,
        warehouse: query.get('warehouse') ?? undefined,
        database: query.get('databaseName') ?? undefined,
        schema: query.get('schemaName') ?? undefined,
        parameters: Object.fromEntries(parametersFrom(data.SESSION_PARAMETERS)),
        client: String(data.CLIENT_APP_ID ?? ''),
      })
      return { body: succeeded({ ...loginData(session), parameters: parametersOf(session) }) }
    } catch (error) {
      if (error instanceof SnowflakeError) return { body: refused(error.code, error.message) }
      throw error
    }
  }

  #renew({ token }: Request): Reply {
    const session = this.#options.sessions.renew(token)
    if (session === undefined)
      return { body: refused('390114', 'Authentication token has expired. The user must authenticate again.') }
    return { body: succeeded(renewalData(session)) }
  }

  #query(request: Request, session: Session): Promise<Reply> {
    const { body, query } = request
    const statement = this.#options.statements.submit(session, {
      requestId: query.get('requestId') ?? String(body.requestId),
      sqlText: String(body.sqlText ?? ''),
      bindings: body.bindings,
      parameters: parametersFrom(body.parameters),
      describeOnly: body.describeOnly === true,
    })
    if (body.asyncExec === true) return Promise.resolve({ body: inProgress(statement.queryId, '333334') })
    return this.#wait(statement, '333333', request)
  }

  /** Answers when the statement is done, or with "in progress" after a while. */
  async #wait(statement: Statement, code: '333333' | '333334', { gone }: Request): Promise<Reply> {
    const patience = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => patience.resolve(undefined), this.#options.inProgressAfterMs)
    gone.addEventListener('abort', () => patience.resolve(undefined), { once: true })
    const outcome = await Promise.race([statement.done, patience.promise])
    clearTimeout(timer)
    if (outcome === undefined) return { body: inProgress(statement.queryId, code) }
    if ('error' in outcome) return { body: failed(outcome.error, statement.queryId) }
    const access = {
      signedUrl: (chunk: number) => this.#signedUrl(statement, chunk),
      headers: { [chunkHeader]: this.#chunkKey },
    }
    return { body: resultBody(statement, outcome.result, this.#options.cut, access) }
  }

  #abort(statement: Statement | undefined): Reply {
    if (statement?.cancel() === true) return { body: succeeded(null) }
    return {
      body: failed(new SnowflakeError('000605', '57014', 'Identified SQL statement is not currently executing.')),
    }
  }

  #monitor(queryId: string, session: Session): Reply {
    const statement = this.#options.statements.byId(session, queryId)
    if (statement === undefined) return { body: succeeded({ queries: [] }) }
    const { outcome, status, startedAt, endedAt = 0, sqlText } = statement
    const error = outcome !== undefined && 'error' in outcome ? outcome.error : undefined
    const shared = {
      id: queryId,
      status,
      state: status,
      sqlText,
      sessionId: statement.session.id,
      startTime: startedAt,
      endTime: endedAt,
    }
    const query = {
      ...shared,
      errorCode: error?.code ?? '',
      errorMessage: error?.message ?? null,
      stats: { producedRows: statement.rowsProduced ?? 0 },
    }
    return { body: succeeded({ queries: [query] }) }
  }

  #signature(location: string): string {
    return createHmac('sha256', this.#chunkSecret).update(location).digest('hex')
  }

  #signedUrl(statement: Statement, chunk: number): string {
    const expires = Date.now() + this.#options.chunkSeconds * 1_000
    const location = `/chunks/${statement.queryId}/${chunk}?expires=${expires}`
    return `${this.#options.baseUrl()}${location}&signature=${this.#signature(location)}`
  }

  /** Cloud storage in the real service: no session token, only the signature and the chunk headers count. */
  async #chunk({ path, query, headers }: Request): Promise<Reply> {
    const expires = query.get('expires') ?? ''
    const expected = Buffer.from(this.#signature(`${path}?expires=${expires}`))
    const given = Buffer.from(query.get('signature') ?? '')
    const signed = given.length === expected.length && timingSafeEqual(given, expected)
    const forbidden = { status: 403, body: { error: 'AccessDenied' } }
    if (!signed || Number(expires) < Date.now() || headers[chunkHeader] !== this.#chunkKey) return forbidden
    const [, queryId = '', index] = /^\/chunks\/([^/]+)\/(\d+)$/.exec(path) ?? []
    const statement = this.#options.statements.withId(queryId)
    if (statement?.outcome === undefined || 'error' in statement.outcome) return forbidden
    const { result } = statement.outcome
    const chunk = chunksOf(result, this.#options.cut, rowLimit(statement))[Number(index)]
    if (chunk === undefined) return forbidden
    const vectors = vectorsOf(result, { ...chunk, limit: chunk.rowCount })
    const json = () => JSON.stringify(vectors.flat()).slice(1, -1)
    const isArrow = formatOf(statement, result) === 'arrow'
    return { body: await promisify(gzip)(isArrow ? arrowStream(rowtype(result), vectors) : json()) }
  }
}
