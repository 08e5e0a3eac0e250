import { randomUUID } from 'node:crypto'
import type { Database } from './database.ts'
import type { Faults } from './faults.ts'
import { plainResult, type Result, statementType } from './result.ts'
import { runStatement, type Surroundings } from './run-statement.ts'
import type { ParameterValue, Session } from './session.ts'
import { fromDuckDb, wrongStatementCount } from './snowflake-error.ts'
import { statementsOf } from './sql-text.ts'
import { Statement } from './statement.ts'

interface Submission {
  readonly requestId: string
  readonly sqlText: string
  readonly bindings: unknown
  readonly parameters: ReadonlyMap<string, ParameterValue>
  readonly describeOnly: boolean
}

/** Which requests with the same id are one: what the service promises here is not documented. */
export type RequestScope = 'session' | 'user'

/** Results of older statements are gone, as they are after a day in the real service. */
const keptResults = 500

/** Every statement the server was asked to run, and its execution. */
export class Statements {
  readonly all: Statement[] = []
  readonly #byRequest = new Map<string, Statement>()
  readonly #byId = new Map<string, Statement>()
  readonly #forgotten = new Set<string>()
  readonly #database: Database
  readonly #faults: Faults
  readonly #scope: RequestScope
  readonly #around: Surroundings

  constructor(database: Database, faults: Faults, scope: RequestScope, endSession: (sessionId: number) => void) {
    this.#database = database
    this.#faults = faults
    this.#scope = scope
    this.#around = { database, statements: () => this.all, endSession }
  }

  /** Starts a statement, or attaches to the one that already has this request id. */
  submit(session: Session, submission: Submission): Statement {
    const key = this.#key(session, submission.requestId)
    const known = this.#byRequest.get(key)
    if (known !== undefined) {
      known.requests++
      return known
    }
    const tag = submission.parameters.get('QUERY_TAG') ?? session.parameters.get('QUERY_TAG') ?? ''
    const statement = this.#create(session, submission, String(tag))
    this.#byRequest.set(key, statement)
    void this.#run(statement)
    return statement
  }

  /** Any user's statement. */
  withId(queryId: string): Statement | undefined {
    return this.#byId.get(queryId)
  }

  byRequest(session: Session, requestId: string): Statement | undefined {
    return this.#byRequest.get(this.#key(session, requestId))
  }

  /** A statement of the same user: results are shared between a user's sessions. */
  byId(session: Session, queryId: string): Statement | undefined {
    const statement = this.#byId.get(queryId)
    return statement?.session.user === session.user ? statement : undefined
  }

  /** A statement whose result is still kept. */
  withResult(session: Session, queryId: string): Statement | undefined {
    return this.#forgotten.has(queryId) ? undefined : this.byId(session, queryId)
  }

  /** A day goes by: what ran so far has no result any more. */
  forgetResults(): void {
    for (const { queryId } of this.all) this.#forgotten.add(queryId)
  }

  #key(session: Session, requestId: string): string {
    return `${this.#scope === 'session' ? session.id : session.user}/${requestId}`
  }

  #create(session: Session, submission: Submission, queryTag: string): Statement {
    const statement = new Statement({ ...submission, session, queryTag, queryId: randomUUID(), receivedAt: Date.now() })
    this.all.push(statement)
    this.#byId.set(statement.queryId, statement)
    this.all.at(-keptResults - 1)?.forgetResult()
    this.#database.started(statement.queryId)
    return statement
  }

  async #run(statement: Statement): Promise<void> {
    const { session, parameters } = statement
    const seconds = Number(
      parameters.get('STATEMENT_TIMEOUT_IN_SECONDS') ?? session.parameters.get('STATEMENT_TIMEOUT_IN_SECONDS') ?? 0,
    )
    const timer = seconds > 0 ? setTimeout(() => statement.timeOut(seconds), seconds * 1_000) : undefined
    try {
      await this.#faults.keepBack(statement)
      if (statement.stop.aborted) throw statement.stop.reason
      statement.startedAt = Date.now()
      statement.status = 'RUNNING'
      const texts = statementsOf(statement.sqlText)
      const wanted = Number(
        parameters.get('MULTI_STATEMENT_COUNT') ?? session.parameters.get('MULTI_STATEMENT_COUNT') ?? 1,
      )
      if (texts.length !== wanted && wanted !== 0) throw wrongStatementCount(texts.length, wanted)
      if (texts.length === 0) throw fromDuckDb(new Error('Parser Error: Empty SQL statement.'))
      const [only, ...others] = texts
      const result =
        others.length === 0 && only !== undefined
          ? await runStatement(only, statement, this.#around)
          : await this.#runAll(statement, texts)
      session.queryIds.push(statement.queryId)
      statement.settle({ result }, Date.now())
    } catch (error) {
      statement.settle({ error: fromDuckDb(statement.stop.aborted ? statement.stop.reason : error) }, Date.now())
    } finally {
      clearTimeout(timer)
    }
  }

  /** A request with several statements: each has an id and result of its own. */
  async #runAll(parent: Statement, texts: readonly string[]): Promise<Result> {
    const { session, queryTag } = parent
    const types: number[] = []
    const ids: string[] = []
    for (const sqlText of texts) {
      const submission = { ...parent, requestId: randomUUID(), sqlText, bindings: undefined }
      const child = this.#create(session, submission, queryTag)
      parent.stop.addEventListener('abort', () => child.cancel(), { once: true })
      child.startedAt = Date.now()
      try {
        const result = await runStatement(sqlText, child, this.#around)
        child.settle({ result }, Date.now())
        ids.push(child.queryId)
        types.push(result.typeId)
      } catch (error) {
        const translated = fromDuckDb(error)
        child.settle({ error: translated }, Date.now())
        throw translated
      }
    }
    const result = await session.inTurn(() =>
      plainResult(
        session.connection,
        `SELECT 'Multiple statements executed successfully.' AS "multiple statement execution"`,
        statementType.multiple,
      ),
    )
    return { ...result, children: { ids: ids.join(), types: types.join() } }
  }
}
