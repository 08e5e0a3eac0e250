import { randomBytes, randomUUID } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { GoogleError } from '../google/google-error.ts'
import type { Engine } from './engine.ts'
import { isWord, tokensOf } from './google-sql-tokens.ts'
import type { QueryConfiguration } from './query-plan.ts'

/** One session of BigQuery: its owner alone gets in, one statement at a time, in its location, until it is aborted. */
export interface LakeSession {
  readonly id: string
  readonly owner: string
  /** The hidden data set of its temporary tables. */
  readonly dataset: string
  readonly connection: DuckDBConnection
  readonly startedAt: number
  /** Absent while no transaction is open. */
  transaction?: string | undefined
  busy: boolean
  endedAt?: number
}

/** https://cloud.google.com/bigquery/docs/sessions-intro */
export class Sessions {
  readonly #engine: Engine
  readonly #sessions = new Map<string, LakeSession>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  all(): readonly LakeSession[] {
    return [...this.#sessions.values()]
  }

  /** That the job is to run in, where it is: a new one, or the one it names. Throws for what is not there for this principal. */
  async of({ createSession, connectionProperties = [] }: QueryConfiguration, owner: string, isDry = false) {
    const named = connectionProperties.find(({ key }) => key === 'session_id')?.value
    if (createSession && named !== undefined)
      throw new GoogleError(400, 'create_session and session_id cannot both be set.', 'invalid')
    if (named === undefined) return createSession && !isDry ? this.#create(owner) : undefined
    const session = this.#sessions.get(named)
    if (!session || session.owner !== owner) throw new GoogleError(404, `Not found: Session ${named}`, 'notFound')
    if (session.endedAt !== undefined) throw new GoogleError(400, `Session ${named} is terminated.`, 'invalid')
    return session
  }

  /** The end of a transaction or of the whole session; false for any other text. */
  async command(query: string, session: LakeSession): Promise<string | undefined> {
    const tokens = tokensOf(query).filter(({ text }) => text !== ';')
    const [first, second] = tokens
    const words = tokens.map(({ text }) => text.toUpperCase()).join('')
    if (words === 'CALLBQ.ABORT_SESSION()') {
      await this.end(session)
      return 'CALL'
    }
    const whole = first && (tokens.length === 1 || (second && isWord(second, 'TRANSACTION') && tokens.length === 2))
    const verb = whole ? ['BEGIN', 'COMMIT', 'ROLLBACK'].find(word => isWord(first, word)) : undefined
    if (!verb) return undefined
    if ((verb === 'BEGIN') === (session.transaction !== undefined))
      throw new GoogleError(
        400,
        verb === 'BEGIN' ? 'Transaction already active' : 'No active transaction found',
        'invalidQuery',
      )
    await session.connection.run(verb)
    session.transaction = verb === 'BEGIN' ? randomUUID() : undefined
    return `${verb}_TRANSACTION`
  }

  /** A statement that fails in a transaction takes all of it back. */
  async failed(session: LakeSession): Promise<void> {
    if (session.transaction === undefined) return
    session.transaction = undefined
    await session.connection.run('ROLLBACK').catch(() => undefined)
  }

  /** As its owner ends it, or as BigQuery does when nobody used it for a day. */
  async end(session: LakeSession): Promise<void> {
    if (session.endedAt !== undefined) return
    session.endedAt = Date.now()
    await this.failed(session)
    session.connection.closeSync()
    await this.#engine.loader.run(`DROP SCHEMA "${session.dataset}" CASCADE`)
  }

  async #create(owner: string): Promise<LakeSession> {
    const dataset = `_${randomBytes(20).toString('hex')}`
    await this.#engine.loader.run(`CREATE SCHEMA "${dataset}"`)
    const session: LakeSession = {
      ...{ id: randomBytes(48).toString('base64url'), owner, dataset, busy: false, startedAt: Date.now() },
      connection: await this.#engine.connect(),
    }
    this.#sessions.set(session.id, session)
    return session
  }
}
