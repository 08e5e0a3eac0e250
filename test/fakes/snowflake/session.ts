import type { DuckDBConnection } from '@duckdb/node-api'
import { type Database, quoted } from './database.ts'
import type { VerifiedCredential } from './login.ts'
import { noCurrent, type Privileges, type TableName } from './roles.ts'
import { nameParts } from './sql-text.ts'
import type { Names } from './translate.ts'

export type ParameterValue = string | number | boolean

/** A logged-in session, pinned to the role in its credential. */
export class Session implements Names {
  readonly id: number
  readonly user: string
  /** Which driver logged in, as it says itself. */
  readonly client: string
  readonly role: string
  readonly privileges: Privileges
  readonly credential: VerifiedCredential
  readonly masterToken: string
  readonly connection: DuckDBConnection
  readonly parameters = new Map<string, ParameterValue>()
  readonly queryIds: string[] = []
  readonly startedAt: number
  readonly #database: Database
  token: string
  database: string | undefined
  schema: string | undefined
  warehouse: string | undefined
  /** The next request is answered with 390112, until the token is renewed. */
  expired = false
  endedAt: number | undefined
  /** Between BEGIN and COMMIT or ROLLBACK. */
  inTransaction = false
  #last: Promise<unknown> = Promise.resolve()

  constructor(
    database: Database,
    facts: Pick<
      Session,
      | 'id'
      | 'user'
      | 'client'
      | 'role'
      | 'privileges'
      | 'credential'
      | 'masterToken'
      | 'token'
      | 'connection'
      | 'startedAt'
    >,
  ) {
    this.#database = database
    this.id = facts.id
    this.user = facts.user
    this.client = facts.client
    this.role = facts.role
    this.privileges = facts.privileges
    this.credential = facts.credential
    this.masterToken = facts.masterToken
    this.token = facts.token
    this.connection = facts.connection
    this.startedAt = facts.startedAt
  }

  /** Statements of a session take turns: they share its transaction and temporary tables. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async use(database: string | undefined, schema: string | undefined): Promise<void> {
    if (database === undefined || !(await this.#database.hasSchema(database))) return
    this.database = database
    this.schema = schema !== undefined && (await this.#database.hasSchema(database, schema)) ? schema : undefined
    await this.connection.run(`USE ${quoted(database)}.${quoted(this.schema ?? 'PUBLIC')}`)
  }

  resolve(name: string): TableName {
    const [table = '', schema = this.schema, database = this.database] = nameParts(name).toReversed()
    if (database === undefined) throw noCurrent('database', 'SELECT')
    if (schema === undefined) throw noCurrent('schema', 'SELECT')
    return { database, schema, table }
  }

  asOf(table: TableName, queryId: string, when: 'AT' | 'BEFORE'): TableName | undefined {
    return this.#database.asOf(table, queryId, when)
  }

  queryIdAt(index: number): string {
    return this.queryIds.at(index < 0 ? index : index - 1) ?? ''
  }

  /** Resolves when the running statement is through and the connection closed. */
  end(at: number): Promise<void> {
    if (this.endedAt !== undefined) return this.inTurn(async () => undefined)
    this.endedAt = at
    return this.inTurn(async () => this.connection.closeSync())
  }
}
