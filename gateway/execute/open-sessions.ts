import type { SnowflakeConnection } from '#src/config/config.ts'
import type { Authorized } from '#src/hold/authorized.ts'
import type { Credential } from '#src/mint/minter.ts'
import { openSession, type SessionContext, type SnowflakeSession } from './snowflake-session.ts'

/** Sessions in Snowflake by the credential that opened them: they end with it at the latest. */
export class OpenSessions {
  readonly #connection: SnowflakeConnection
  readonly #byCredential = new Map<string, Map<string, Promise<SnowflakeSession>>>()

  constructor(connection: SnowflakeConnection) {
    this.#connection = connection
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

  async #session(credential: Credential, key: string, context: SessionContext): Promise<SnowflakeSession> {
    const sessions = this.#byCredential.get(credential.id) ?? new Map<string, Promise<SnowflakeSession>>()
    this.#byCredential.set(credential.id, sessions)
    const session = sessions.get(key) ?? openSession(this.#connection, credential, context)
    sessions.set(key, session)
    return session.catch((error: unknown) => {
      sessions.delete(key)
      throw error
    })
  }

  /** Ends the session that served this one statement; a shared one ends with its credential. Never rejects. */
  async finish({ statement }: Authorized, { id }: Pick<Credential, 'id'>): Promise<void> {
    const sessions = this.#byCredential.get(id)
    const session = sessions?.get(statement.id)
    sessions?.delete(statement.id)
    if (session !== undefined) await closeQuietly(session)
  }

  /** Never rejects. */
  async endCredential({ id }: Pick<Credential, 'id'>): Promise<void> {
    const sessions = [...(this.#byCredential.get(id)?.values() ?? [])]
    this.#byCredential.delete(id)
    await Promise.all(sessions.map(closeQuietly))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byCredential.keys()].map(id => this.endCredential({ id })))
  }
}

async function closeQuietly(session: Promise<SnowflakeSession>): Promise<void> {
  await session.then(
    opened => opened.close(),
    () => {},
  )
}
