import type { SnowflakeConnection } from '#src/config/config.ts'
import type { Authorized } from '#src/hold/authorized.ts'
import type { Credential } from '#src/mint/minter.ts'
import { accessUrl, type OpenOptions, type SessionContext, SnowflakeSession } from './snowflake-session.ts'
import type { SessionTokens } from './snowflake-wire/wire-session.ts'
import { WireHttp } from './wire-http.ts'

/** Sessions in Snowflake by the credential that opened them: they end with it at the latest. */
export class OpenSessions {
  readonly #connection: SnowflakeConnection
  readonly #http: WireHttp
  readonly #byCredential = new Map<string, Map<string, Promise<SnowflakeSession>>>()
  /** Credentials of which a session could not be ended. */
  readonly #left = new Set<string>()

  constructor(connection: SnowflakeConnection, pauses?: readonly number[]) {
    this.#connection = connection
    this.#http = new WireHttp(accessUrl(connection), pauses)
  }

  /**
   * Harmless statements share their standing credential's session, where names resolve alike. Any other gets a session of
   * its own: it could change what the next one's names mean.
   */
  for({ statement, classification }: Authorized, credential: Credential): Promise<SnowflakeSession> {
    const shared = credential.standing && classification.harmless
    return shared ? this.shared(credential, statement) : this.#session(credential, statement.id, statement)
  }

  /** The one session of a credential in which names resolve so: for what changes nothing of the session. */
  shared(credential: Credential, context: SessionContext): Promise<SnowflakeSession> {
    return this.#session(credential, JSON.stringify([context.database, context.schema]), context)
  }

  /** One that belongs to no credential: whoever opens it ends it. */
  open(credential: Credential, options: OpenOptions): Promise<SnowflakeSession> {
    return SnowflakeSession.open(this.#http, this.#connection, credential, options)
  }

  /** One that was opened so, by any gateway. */
  resume(tokens: SessionTokens, renewed: (tokens: SessionTokens) => Promise<void>): SnowflakeSession {
    return SnowflakeSession.resume(this.#http, tokens, renewed)
  }

  async #session(credential: Credential, key: string, context: SessionContext): Promise<SnowflakeSession> {
    const sessions = this.#byCredential.get(credential.id) ?? new Map<string, Promise<SnowflakeSession>>()
    this.#byCredential.set(credential.id, sessions)
    const session = sessions.get(key) ?? SnowflakeSession.open(this.#http, this.#connection, credential, context)
    sessions.set(key, session)
    try {
      const opened = await session
      if (!opened.gone) return opened
    } catch (error) {
      sessions.delete(key)
      throw error
    }
    if (sessions.get(key) === session) sessions.delete(key)
    return this.#session(credential, key, context)
  }

  /** Ends the session that served this one statement; a shared one ends with its credential. Never rejects. */
  async finish({ statement }: Authorized, { id }: Pick<Credential, 'id'>): Promise<void> {
    const sessions = this.#byCredential.get(id)
    const session = sessions?.get(statement.id)
    sessions?.delete(statement.id)
    if (session !== undefined && !(await closeQuietly(session)) && this.#byCredential.has(id)) this.#left.add(id)
  }

  /** Whether none of its sessions is left. Never rejects. */
  async endCredential({ id }: Pick<Credential, 'id'>): Promise<boolean> {
    const sessions = [...(this.#byCredential.get(id)?.values() ?? [])]
    this.#byCredential.delete(id)
    const closed = await Promise.all(sessions.map(closeQuietly))
    return !this.#left.delete(id) && closed.every(Boolean)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byCredential.keys()].map(id => this.endCredential({ id })))
    this.#http.close()
  }
}

/** Whether it is gone, or never came about. */
function closeQuietly(session: Promise<SnowflakeSession>): Promise<boolean> {
  return session.then(
    opened => opened.close(),
    () => true,
  )
}
