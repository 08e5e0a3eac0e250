import type { SnowflakeConnection } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import { pageCells } from '#src/execute/page-cells.ts'
import type { Cell, RawPage } from '#src/execute/warehouse.ts'
import type { Credential } from '#src/mint/minter.ts'
import { snowflakeColumn } from './snowflake-column.ts'
import { loginFailure } from './snowflake-errors.ts'
import { logIn } from './snowflake-wire/wire-login.ts'
import { wirePages } from './snowflake-wire/wire-pages.ts'
import type { WireAnswer } from './snowflake-wire/wire-result.ts'
import { type SessionTokens, type Submitted, WireSession, type WireStatement } from './snowflake-wire/wire-session.ts'
import type { WireHttp } from './wire-http.ts'

export interface SessionContext {
  readonly database?: string
  readonly schema?: string
}

export interface OpenOptions extends SessionContext {
  /** On where absent. */
  readonly autocommit?: boolean
}

export function accessUrl(connection: SnowflakeConnection): string {
  return connection.url?.replace(/\/+$/, '') ?? `https://${connection.account}.snowflakecomputing.com`
}

/** One login with one credential. */
export class SnowflakeSession {
  readonly #http: WireHttp
  readonly #wire: WireSession
  #closed: Promise<boolean> | undefined

  private constructor(http: WireHttp, wire: WireSession) {
    this.#http = http
    this.#wire = wire
  }

  /** Rejects with `warehouse_unavailable`: nothing was submitted. */
  static async open(
    http: WireHttp,
    connection: SnowflakeConnection,
    credential: Credential,
    { autocommit = true, ...context }: OpenOptions,
  ): Promise<SnowflakeSession> {
    const { account, warehouse, credentials } = connection
    const wire = await logIn(http, {
      account,
      user: credentials.user,
      role: credential.role,
      warehouse,
      database: context.database ?? connection.database,
      schema: context.schema ?? connection.schema,
      autocommit,
      authenticator: credentials.mint === 'key-pair' ? 'SNOWFLAKE_JWT' : 'OAUTH',
      token: credential.secret,
    }).catch((error: unknown) => {
      throw loginFailure(error)
    })
    return new SnowflakeSession(http, wire)
  }

  /** One that was opened before, perhaps by another gateway. `renewed`: keeps tokens that take the place of these. */
  static resume(
    http: WireHttp,
    tokens: SessionTokens,
    renewed: (tokens: SessionTokens) => Promise<void>,
  ): SnowflakeSession {
    return new SnowflakeSession(http, new WireSession(http, tokens, renewed))
  }

  /** What it takes to go on in it. */
  get tokens(): SessionTokens {
    return this.#wire.tokens
  }

  /** Whether Snowflake has ended it: then it serves no more statements. */
  get gone(): boolean {
    return this.#wire.gone
  }

  submit(statement: WireStatement): Submitted {
    // Snowflake would answer with credentials of a stage, for a client that moves the files itself.
    if (/^(put|get)/i.test(statement.sqlText.trim()))
      throw new GatewayError('denied', { message: 'File transfers do not pass through the gateway.' })
    return this.#wire.submit(statement)
  }

  /** The result of an earlier statement of the same user. */
  result(queryId: string): Promise<WireAnswer> {
    return this.#wire.result(queryId)
  }

  /** A small result: for the gateway's own look-ups. */
  async query(statement: WireStatement): Promise<readonly (readonly Cell[])[]> {
    const answer = await this.submit(statement).answer
    const columns = answer.columns.map(snowflakeColumn)
    return (await Array.fromAsync(this.pages(answer), page => pageCells(page, columns))).flat()
  }

  /** Rows as they arrive. Leaving early stops the download, and so does `stop`. */
  pages(answer: WireAnswer, stop?: AbortSignal): AsyncGenerator<RawPage> {
    return wirePages({ http: this.#http, renew: () => this.#wire.result(answer.queryId, stop) }, answer, stop)
  }

  /** Deletes the session in Snowflake: the only way to end what the token opened. Whether it is gone; never rejects. */
  close(): Promise<boolean> {
    this.#closed ??= this.#wire.close()
    return this.#closed
  }
}
