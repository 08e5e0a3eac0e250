import { Database } from './database.ts'
import { type FaultKind, Faults, type Gate } from './faults.ts'
import { portOf, startHttpServer } from './http-server.ts'
import type { OAuthIntegration, User, VerifiedCredential } from './login.ts'
import type { Privileges } from './roles.ts'
import { Routes } from './routes.ts'
import { type LoginAttempt, Sessions } from './sessions.ts'
import type { ExecutionStatus, Statement } from './statement.ts'
import { type RequestScope, Statements } from './statements.ts'

export interface FakeSnowflakeOptions {
  readonly port?: number
  readonly account?: string
  /** By login name, in upper case. */
  readonly users: Readonly<Record<string, User>>
  /** What each role may do; a role that is not here may do nothing. */
  readonly roles: Readonly<Record<string, Privileges>>
  readonly integration?: OAuthIntegration
  readonly customers?: number
  readonly orders?: number
  /** After how long a request is answered with "in progress". The real service: about 45 s. */
  readonly inProgressAfterMs?: number
  /** In vectors of up to 2,048 rows: how much is sent inline, and how much in each chunk. */
  readonly inlineVectors?: number
  readonly chunkVectors?: number
  /** How long a chunk's URL is good for. The real service: about six hours. */
  readonly chunkSeconds?: number
  /** Whether a request id is recognized within its session only (default) or over all of the user's. */
  readonly requestScope?: RequestScope
  /** Milliseconds since the epoch, for the times in credentials. */
  readonly now?: () => number
}

/** A statement the server was asked to run. */
interface ExecutedStatement {
  readonly queryId: string
  readonly requestId: string
  /** Exactly as received. */
  readonly sqlText: string
  readonly bindings: unknown
  readonly parameters: Readonly<Record<string, string | number | boolean>>
  readonly queryTag: string
  readonly describeOnly: boolean
  readonly user: string
  readonly role: string
  readonly sessionId: number
  readonly credential: VerifiedCredential
  /** Requests that carried the request id, retries included. */
  readonly requests: number
  /** How often it ran: 0 while held back or refused before running, never more than 1. */
  readonly executions: number
  readonly status: ExecutionStatus
  readonly errorCode: string | undefined
  readonly rowsProduced: number | undefined
}

interface SessionState {
  readonly id: number
  readonly user: string
  readonly role: string
  readonly parameters: Readonly<Record<string, string | number | boolean>>
  readonly credential: VerifiedCredential
  readonly startedAt: number
  /** When it was deleted. */
  readonly endedAt: number | undefined
}

export interface FakeSnowflake {
  /** The driver's `accessUrl`. */
  readonly url: string
  readonly port: number
  readonly account: string
  /** For a look at the data without any session. */
  readonly database: Database
  statements(): readonly ExecutedStatement[]
  sessions(): readonly SessionState[]
  logins(): readonly LoginAttempt[]
  /** The next `times` requests to paths that match (default: new statements), with statements that do, fail in this way. */
  failNext(kind: FaultKind, times?: number, path?: RegExp, sql?: RegExp): void
  /** How many requests failed in such a way. */
  failures(): number
  /** The next statement that matches waits before it runs until the gate is released, or it is canceled. */
  holdNext(pattern?: RegExp): Gate
  /** Every statement that matches waits this long before it runs. */
  delay(pattern: RegExp, milliseconds: number): void
  refuseLogins(times: number, code?: string): void
  /** Every session answers 390112 until it is renewed. */
  expireSessions(): void
  /** Results of what ran so far are kept no more, as after a day. */
  forgetResults(): void
  /** Open transactions are aborted, as by an administrator; their sessions stay, unless they are ended too. */
  abortTransactions(sessions?: 'and their sessions'): Promise<void>
  /** Sessions are ended, all or those of these ids, as by an administrator. */
  endSessions(ids?: readonly number[]): void
  close(): Promise<void>
}

function executed(statement: Statement): ExecutedStatement {
  const { session, outcome } = statement
  return {
    queryId: statement.queryId,
    requestId: statement.requestId,
    sqlText: statement.sqlText,
    bindings: statement.bindings,
    parameters: Object.fromEntries(statement.parameters),
    queryTag: statement.queryTag,
    describeOnly: statement.describeOnly,
    user: session.user,
    role: session.role,
    sessionId: session.id,
    credential: session.credential,
    requests: statement.requests,
    executions: statement.executions,
    status: statement.status,
    errorCode: outcome !== undefined && 'error' in outcome ? outcome.error.code : undefined,
    rowsProduced: statement.rowsProduced,
  }
}

/** A server that speaks Snowflake's driver protocol on loopback, checks credentials and rights, and runs the SQL on DuckDB. */
export async function startFakeSnowflake(options: FakeSnowflakeOptions): Promise<FakeSnowflake> {
  const { account = 'FAKEACCT', users, roles, inProgressAfterMs = 45_000, now = Date.now } = options
  const database = await Database.create(options)
  const faults = new Faults()
  const sessions = new Sessions(database, { account, users, integration: options.integration, now }, roles)
  const statements = new Statements(database, faults, options.requestScope ?? 'session', id =>
    sessions.end(sessions.all.find(session => session.id === id)),
  )
  let url = ''
  const routes = new Routes({
    sessions,
    statements,
    cut: { inlineVectors: options.inlineVectors ?? 2, chunkVectors: options.chunkVectors ?? 10 },
    inProgressAfterMs,
    chunkSeconds: options.chunkSeconds ?? 6 * 3_600,
    baseUrl: () => url,
  })
  const server = await startHttpServer(options.port ?? 0, faults, request => routes.answer(request))
  const port = portOf(server)
  url = `http://127.0.0.1:${port}`
  return {
    url,
    port,
    account,
    database,
    statements: () => statements.all.map(executed),
    sessions: () =>
      sessions.all.map(({ id, user, role, parameters, credential, startedAt, endedAt }) => ({
        id,
        user,
        role,
        parameters: Object.fromEntries(parameters),
        credential,
        startedAt,
        endedAt,
      })),
    logins: () => sessions.attempts,
    failNext: (kind, times = 1, path = /query-request$/, sql = /^/) => faults.failNext(kind, times, path, sql),
    failures: () => faults.taken,
    holdNext: (pattern = /./) => faults.holdNext(pattern),
    delay: (pattern, milliseconds) => faults.delay(pattern, milliseconds),
    refuseLogins: (times, code = '390303') => sessions.refuseNext(times, code),
    expireSessions: () => sessions.expireAll(),
    forgetResults: () => statements.forgetResults(),
    abortTransactions: async together => {
      for (const session of sessions.all) {
        if (!session.inTransaction || session.endedAt !== undefined) continue
        await session.inTurn(() => session.endPinned('ROLLBACK'))
        if (together) sessions.end(session)
      }
    },
    endSessions: ids => {
      for (const session of sessions.all) if (ids?.includes(session.id) !== false) sessions.end(session)
    },
    close: async () => {
      for (const statement of statements.all) statement.cancel()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      for (const session of sessions.all) await session.end(Date.now())
      database.close()
    },
  }
}
