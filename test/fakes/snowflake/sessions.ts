import { randomBytes } from 'node:crypto'
import type { Database } from './database.ts'
import { type LoginRequest, type LoginRules, type VerifiedCredential, verifyLogin } from './login.ts'
import type { Privileges } from './roles.ts'
import { type ParameterValue, Session } from './session.ts'
import { SnowflakeError } from './snowflake-error.ts'

interface SessionRequest extends LoginRequest {
  readonly warehouse: string | undefined
  readonly database: string | undefined
  readonly schema: string | undefined
  readonly parameters: Readonly<Record<string, ParameterValue>>
  readonly client: string
}

/** One attempt to log in, for tests to look at. */
export interface LoginAttempt {
  readonly at: number
  readonly credential: VerifiedCredential | undefined
  readonly sessionId: number | undefined
  /** Snowflake's code where it was refused. */
  readonly refused: string | undefined
}

const sessionSeconds = 3_600
const masterSeconds = 14_400

/** Everything that matches one of a role's patterns is visible to it. */
function visibleTo(privileges: Privileges): RegExp {
  const patterns = [...(privileges.select ?? []), ...(privileges.write ?? []), ...(privileges.own ?? [])]
  patterns.push(...(privileges.create ?? []).map(schema => `${schema}.*`))
  const sources = patterns.map(pattern => pattern.toUpperCase().replace(/[.$]/g, '\\$&').replaceAll('*', '[^.]*'))
  return new RegExp(sources.length === 0 ? '^$' : `^(?:${sources.join('|')})$`)
}

/** Who is logged in, by token. */
export class Sessions {
  readonly attempts: LoginAttempt[] = []
  readonly all: Session[] = []
  readonly #byToken = new Map<string, Session>()
  readonly #rules: LoginRules
  readonly #roles: Readonly<Record<string, Privileges>>
  readonly #database: Database
  #refusals: { code: string; left: number } = { code: '', left: 0 }
  #nextId = 1_172_562_260_498

  constructor(database: Database, rules: LoginRules, roles: Readonly<Record<string, Privileges>>) {
    this.#database = database
    this.#rules = rules
    this.#roles = roles
  }

  async login(request: SessionRequest): Promise<Session> {
    const at = Date.now()
    try {
      if (this.#refusals.left > 0) {
        this.#refusals.left--
        throw new SnowflakeError(this.#refusals.code, '08001', 'Login refused.')
      }
      const { credential, role } = await verifyLogin(request, this.#rules)
      const session = await this.#open(credential, role, request, at)
      this.attempts.push({ at, credential, sessionId: session.id, refused: undefined })
      return session
    } catch (error) {
      const refused = error instanceof SnowflakeError ? error.code : undefined
      this.attempts.push({ at, credential: undefined, sessionId: undefined, refused })
      throw error
    }
  }

  async #open(
    credential: VerifiedCredential,
    role: string,
    request: SessionRequest,
    startedAt: number,
  ): Promise<Session> {
    const id = this.#nextId++
    const { user } = credential
    const privileges = this.#roles[role] ?? {}
    const warehouse = request.warehouse?.toUpperCase()
    const facts = {
      user,
      role,
      account: this.#rules.account,
      warehouse,
      sessionId: id,
      visible: visibleTo(privileges),
    }
    const connection = await this.#database.connect(facts)
    const [token, masterToken] = [newToken(), newToken()]
    const session = new Session(this.#database, {
      id,
      user,
      client: request.client,
      role,
      privileges,
      credential,
      connection,
      startedAt,
      token,
      masterToken,
    })
    session.warehouse = warehouse
    for (const [name, value] of Object.entries(request.parameters)) session.parameters.set(name.toUpperCase(), value)
    await session.use(request.database?.toUpperCase(), request.schema?.toUpperCase())
    this.all.push(session)
    this.#byToken.set(token, session)
    return session
  }

  byToken(token: string): Session | undefined {
    return this.#byToken.get(token)
  }

  /** A new session token for the holder of the master token. */
  renew(masterToken: string): Session | undefined {
    const session = this.all.find(candidate => candidate.masterToken === masterToken && candidate.endedAt === undefined)
    if (session === undefined) return undefined
    this.#byToken.delete(session.token)
    session.token = newToken()
    this.#byToken.set(session.token, session)
    session.expired = false
    return session
  }

  /** Deletes a session at once; what it is running comes to an end by itself. */
  end(session: Session | undefined): void {
    session?.end(Date.now()).catch(() => undefined)
  }

  expireAll(): void {
    for (const session of this.all) session.expired = true
  }

  refuseNext(times: number, code: string): void {
    this.#refusals = { code, left: times }
  }
}

const newToken = () => `ver:3-hint:1-ETMsDgAAA${randomBytes(32).toString('base64url')}`

export const loginData = (session: Session) => ({
  masterToken: session.masterToken,
  token: session.token,
  validityInSeconds: sessionSeconds,
  masterValidityInSeconds: masterSeconds,
  displayUserName: session.user,
  serverVersion: '9.31.2',
  firstLogin: false,
  remMeToken: null,
  remMeValidityInSeconds: 0,
  healthCheckInterval: 45,
  newClientForUpgrade: null,
  sessionId: session.id,
  sessionInfo: {
    databaseName: session.database ?? null,
    schemaName: session.schema ?? null,
    warehouseName: session.warehouse ?? null,
    roleName: session.role,
  },
  idToken: null,
  idTokenValidityInSeconds: 0,
  responseData: null,
  mfaToken: null,
  mfaTokenValidityInSeconds: 0,
})

export const renewalData = (session: Session) => ({
  sessionToken: session.token,
  validityInSecondsST: sessionSeconds,
  masterToken: session.masterToken,
  validityInSecondsMT: masterSeconds,
  sessionId: session.id,
})
