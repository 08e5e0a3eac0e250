import type { DuckDBConnection } from '@duckdb/node-api'
import { type Database, literal, quoted } from './database.ts'
import type { VerifiedCredential } from './login.ts'
import { fullName, noCurrent, type Privileges, type TableName } from './roles.ts'
import { nameParts } from './sql-text.ts'
import type { Names } from './translate.ts'

/** What was written so far. */
interface Transaction {
  readonly writes: (() => Promise<unknown>)[]
}

let transactions = 1

/** Of an account that nobody has set another one for. */
export const usualTimeZone = 'America/Los_Angeles'

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
  /** Full names of the temporary tables, which this session alone sees, before any other table of their name. */
  readonly temporary = new Set<string>()
  readonly startedAt: number
  readonly #database: Database
  token: string
  database: string | undefined
  schema: string | undefined
  warehouse: string | undefined
  /** The next request is answered with 390112, until the token is renewed. */
  expired = false
  endedAt: number | undefined
  #transaction: Transaction | undefined
  #timeZone: string | undefined
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

  /** Between BEGIN and COMMIT or ROLLBACK. */
  get inTransaction(): boolean {
    return this.#transaction !== undefined
  }

  /** A second BEGIN is taken without complaint. */
  async begin(): Promise<void> {
    if (this.#transaction) return
    const id = `${Date.now()}000${transactions++}`
    await this.connection.run(`BEGIN TRANSACTION; SET VARIABLE transaction = '${id}'`)
    this.#transaction = { writes: [] }
  }

  /** So is the end of nothing. */
  async endPinned(verb: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    if (!this.#transaction) return
    this.#transaction = undefined
    await this.connection.run(`${verb}; RESET VARIABLE transaction`)
  }

  /** A write of the open transaction, which with AUTOCOMMIT off the first one begins. */
  async writing<T>(write: () => Promise<T>): Promise<T> {
    if (this.parameters.get('AUTOCOMMIT') === false) await this.begin()
    const done = await write()
    this.#transaction?.writes.push(write)
    return done
  }

  /**
   * DuckDB gives up the whole transaction with a statement that fails; here that one alone is taken back, by doing the others again.
   */
  async alone<T>(statement: () => Promise<T>): Promise<T> {
    try {
      return await statement()
    } catch (error) {
      if (this.#transaction) {
        await this.connection.run('ROLLBACK')
        await this.connection.run('BEGIN TRANSACTION')
        for (const again of this.#transaction.writes) await again()
      }
      throw error
    }
  }

  async inTimeZone(name: string): Promise<void> {
    if (name !== this.#timeZone) await this.connection.run(`SET TimeZone = ${literal(name)}`)
    this.#timeZone = name
  }

  async use(database: string | undefined, schema: string | undefined): Promise<void> {
    if (database === undefined || !(await this.#database.hasSchema(database))) return
    this.database = database
    this.schema = schema !== undefined && (await this.#database.hasSchema(database, schema)) ? schema : undefined
    const current = this.schema === undefined ? 'NULL' : literal(this.schema)
    await this.connection.run(
      `USE ${quoted(database)}.${quoted(this.schema ?? 'PUBLIC')}; SET VARIABLE database = ${literal(database)}; SET VARIABLE schema = ${current}`,
    )
  }

  resolve(name: string): TableName {
    const [table = '', schema = this.schema, database = this.database] = nameParts(name).toReversed()
    if (database === undefined) throw noCurrent('database', 'SELECT')
    if (schema === undefined) throw noCurrent('schema', 'SELECT')
    return { database, schema, table }
  }

  /** Of a table as DuckDB calls it. */
  fullNameOf(table: string): string {
    const [, own] = /^"?temp"?\.main\."?(.+?)"?$/.exec(table) ?? []
    return [...this.temporary].find(name => own !== undefined && name.endsWith(`.${own}`)) ?? table
  }

  get hasTemporary(): boolean {
    return this.temporary.size > 0
  }

  isTemporary(table: TableName): boolean {
    return this.temporary.has(fullName(table))
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
