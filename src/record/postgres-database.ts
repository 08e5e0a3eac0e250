import pg from 'pg'
import type { Secret } from '../config/secret.ts'
import { GatewayError } from '../errors.ts'

/** Together less than the 10 s that the record promises. Milliseconds. */
const connectMilliseconds = 4_000
const statementMilliseconds = 5_000
const connections = 10
/** A connection that breaks does so at once. Milliseconds. */
const brokenMilliseconds = 1_000

export type Value = string | number | null | readonly (string | number)[]

/** A PostgreSQL database whose commits are durable. Every method rejects with `record_unavailable` where that cannot be had. */
export class PostgresDatabase {
  readonly #pool: pg.Pool
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  private constructor(url: string) {
    this.#pool = new pg.Pool({
      connectionString: url,
      application_name: 'querywarden',
      max: connections,
      connectionTimeoutMillis: connectMilliseconds,
      statement_timeout: statementMilliseconds,
      query_timeout: statementMilliseconds,
      keepAlive: true,
      onConnect: async client => {
        // The pool listens only to who is idle; without this, a server that dies under a query takes the gateway along.
        client.on('error', () => undefined)
        await client.query('SET synchronous_commit TO on')
      },
    })
    // An idle connection that breaks is replaced; the next call says so if it cannot be.
    this.#pool.on('error', () => undefined)
  }

  /** `check` is done before anything else, and then `upgrade`, which takes as long as it takes. */
  static async open(
    url: Secret,
    check: (client: pg.ClientBase) => Promise<void>,
    upgrade: (client: pg.ClientBase) => Promise<void>,
  ): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(url.reveal())
    try {
      await database.#ask(async () => {
        const client = await database.#pool.connect()
        try {
          await check(client)
        } finally {
          client.release()
        }
        await withoutTimeLimit(url, upgrade)
      })
      return database
    } catch (error) {
      await database.close()
      throw error
    }
  }

  /**
   * Whether it did what it says, in its column `done`. What is committed without waiting for the disk (`durability`) is not a
   * promise, whoever has switched that on behind our back.
   */
  async write(statement: { readonly name: string; readonly text: string }, values: readonly Value[]): Promise<boolean> {
    const { rows } = await this.#ask(() => this.#query({ ...statement, values: [...values] }))
    if (rows[0]?.durability === 'off') {
      throw new GatewayError('record_unavailable', { detail: 'PostgreSQL commits with synchronous_commit off' })
    }
    return rows[0]?.done === 1
  }

  /** Once more where its connection breaks: what was read for nothing has changed nothing, and a statement would end for it. */
  async read(text: string, values: readonly Value[]): Promise<Record<string, unknown>[]> {
    const began = performance.now()
    const ask = () => this.#ask(() => this.#query({ text, values: [...values] }))
    const { rows } = await ask().catch((error: unknown) => {
      // What took longer may be a server that hangs: twice as long is more than the record promises.
      if (this.#closed || performance.now() - began > brokenMilliseconds) throw error
      return ask()
    })
    return rows
  }

  /** Finishes what was called before. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.allSettled(this.#running)
    await this.#pool.end()
  }

  /** A connection that failed, or that somebody has made forgetful, is never used again. */
  async #query(query: pg.QueryConfig): Promise<pg.QueryResult<Record<string, unknown>>> {
    const client = await this.#pool.connect()
    let sound = false
    try {
      const result = await client.query(query)
      sound = result.rows[0]?.durability !== 'off'
      return result
    } finally {
      client.release(!sound)
    }
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new GatewayError('record_unavailable', { detail: 'the record store is closed' })
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } catch (error) {
      if (error instanceof GatewayError) throw error
      // SQLSTATE or the network's code. The message itself may quote what was written.
      const code = error instanceof Error && 'code' in error ? error.code : 'cannot be reached'
      throw new GatewayError('record_unavailable', { detail: `PostgreSQL: ${code}` })
    } finally {
      this.#running.delete(running)
    }
  }
}

/** On a connection of its own: those of the pool give up what takes long, in this program and in the server. */
async function withoutTimeLimit(url: Secret, work: (client: pg.ClientBase) => Promise<void>): Promise<void> {
  const client = new pg.Client({
    connectionString: url.reveal(),
    application_name: 'querywarden',
    connectionTimeoutMillis: connectMilliseconds,
    keepAlive: true,
  })
  // What breaks the connection is said by the query that waits.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('SET statement_timeout TO 0; SET lock_timeout TO 0; SET synchronous_commit TO on')
    await work(client)
  } finally {
    await client.end()
  }
}
