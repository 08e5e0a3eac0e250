import { randomUUID } from 'node:crypto'
import type { BigQueryConnection } from '#src/config/config.ts'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import type { InSession, KeptSession, PinnedSessions } from '#src/execute/warehouse.ts'
import type { Credential } from '#src/mint/minter.ts'
import { transactionOver } from '#src/pinned/transaction.ts'
import { agentKey } from '#src/principal.ts'
import type { Seal } from '../authenticate/seal.ts'
import { type BigQueryApi, BigQueryFailure, ifThere, isObject, type Json, type OpenApi } from './bigquery-api.ts'
import { getTable } from './bigquery-catalog.ts'
import { bigqueryColumn, schemaFields } from './bigquery-column.ts'
import { locationOfData } from './bigquery-find.ts'
import { awaitJob, getJob, insertOrAttach } from './bigquery-job.ts'
import { referencedTables } from './bigquery-look-ups.ts'
import { queryConfiguration } from './query-configuration.ts'
import { Unanswered } from './until-answered.ts'
import { asReader, type ReaderCredentials } from './warehouse-sessions.ts'

/** A session in BigQuery, whose it is there, and what it holds. */
export interface BigQuerySession {
  readonly session: string
  readonly location?: string
  /** BigQuery lets nobody in but the account that opened it. */
  readonly role: string
  readonly agent: string
  /** Where it keeps its temporary tables: in a hidden data set, by the names that statements have for them. */
  readonly tables: Readonly<Record<string, string>>
  /** BigQuery's own id of the transaction that it holds: while its jobs say another, or none, that is over. */
  readonly transaction?: string
}

export interface SessionDeps {
  readonly open: OpenApi
  readonly seal: Seal
  /** Credentials of that role for that agent, to end what it opened. */
  readonly ender: (role: string, agent: string) => ReaderCredentials
}

const purpose = 'bigquery session'
/** BigQuery's own end of one, however much it is used: https://cloud.google.com/bigquery/docs/sessions#terminate_a_session */
const lifeSeconds = 7 * 86_400
const ownMilliseconds = 60_000

/**
 * Sessions in BigQuery that hold temporary tables, or one transaction each. Only the account that opened one gets in, with one
 * statement at a time, which the order of its record keeps. After the end of a transaction, whatever ended it, what would come next
 * is committed by itself: the session is asked for its transaction before each statement.
 * https://cloud.google.com/bigquery/docs/sessions-intro
 */
export class BigQuerySessions implements PinnedSessions {
  readonly failureEnds = true
  readonly #connection: BigQueryConnection
  readonly #deps: SessionDeps

  constructor(connection: BigQueryConnection, deps: SessionDeps) {
    this.#connection = connection
    this.#deps = deps
  }

  async begin(authorized: InSession['authorized'], credential: Credential): Promise<string> {
    const { statement } = authorized
    const api = this.#deps.open(credential)
    const opening = statement.temporary ? 'SELECT 1' : 'BEGIN TRANSACTION'
    let opened: BigQuerySession | undefined
    try {
      // Where nobody says it, a query of nothing runs in the US, and its session stays there.
      const data = this.#connection.location ?? (await locationOfData(api, this.#connection, authorized))
      const job = await this.#run(api, { query: opening, createSession: true }, { location: data })
      const session = sessionOf(job)
      if (!session) throw new GatewayError('warehouse_unavailable', { detail: 'BigQuery opened no session' })
      const { location } = isObject(job.jobReference) ? job.jobReference : {}
      const place = typeof location === 'string' ? { location } : {}
      opened = { session, ...place, ...ownerOf(authorized), tables: {} }
      if (statement.temporary) return await this.#sealed(opened)
      const transaction = await this.#transactionIn(opened, api)
      if (!transaction) throw new GatewayError('warehouse_unavailable', { detail: 'no transaction began' })
      return await this.#sealed({ ...opened, transaction })
    } catch (error) {
      // Nobody else will know of it.
      if (opened) await this.#abort(opened, api).catch(() => undefined)
      throw unavailable(error)
    }
  }

  /** Where BigQuery knows of none, there is nothing to end any more. */
  async end(sealed: string): Promise<boolean> {
    const held = await this.#opened(sealed)
    if (!held) return false
    await asReader(this.#deps.ender(held.role, held.agent), credential =>
      this.#abort(held, this.#deps.open(credential)),
    )
    return true
  }

  /** A no may be about a quota or rights too: then it is there, and its end is to be said again. */
  async #abort(held: BigQuerySession, api: BigQueryApi): Promise<void> {
    try {
      await this.#run(api, { query: 'CALL BQ.ABORT_SESSION()', ...inSession(held) }, held)
    } catch (error) {
      const refused = asGatewayError(error).code === 'warehouse_error'
      if (!refused || !(await this.#isGone(held, api))) throw unavailable(error)
    }
  }

  /** With the place of that session, where it has one: what ran in it is there. */
  async connectionOf(sealed: string | undefined): Promise<BigQueryConnection> {
    const held = sealed === undefined ? undefined : await this.#opened(sealed)
    return held?.location === undefined ? this.#connection : { ...this.#connection, location: held.location }
  }

  /** Rejects with `transaction_over` where it cannot be opened by this statement. */
  async enter({ sealed }: KeptSession, authorized: InSession['authorized']): Promise<BigQuerySession> {
    const held = await this.#opened(sealed)
    const { role, agent } = ownerOf(authorized)
    if (held && held.role === role && held.agent === agent) return held
    throw transactionOver('its session cannot be opened')
  }

  /** Rejects with `transaction_over` where the session is not in its transaction any more, if it is one of those. */
  async requireTransaction(held: BigQuerySession, api: BigQueryApi): Promise<void> {
    if (held.transaction === undefined) return
    const now = await this.#transactionIn(held, api).catch(async (error: unknown) => {
      throw await this.failureIn(held, api, unavailable(error))
    })
    if (now !== held.transaction) throw transactionOver('BigQuery has ended it')
  }

  /** Why a statement in it failed: by itself, or because the session is gone, and then nothing of it ran. */
  async failureIn(held: BigQuerySession, api: BigQueryApi, error: unknown): Promise<unknown> {
    const { code } = asGatewayError(error)
    if (code === 'outcome_unknown' || code === 'cancelled') return error
    return (await this.#isGone(held, api)) ? transactionOver('its session has ended') : withoutItsNames(held, error)
  }

  async exists({ credential }: InSession, name: string): Promise<boolean> {
    // One that is there, but not for this role, its statements cannot mean.
    return (await ifThere(getTable(this.#deps.open(credential), this.#connection, name))) !== undefined
  }

  /** As a dry run of a query over it has them, and with that where it is: in a hidden data set, or it is none of the session's. */
  async columns({ kept, authorized, credential }: InSession, name: string) {
    const held = await this.enter(kept, authorized)
    const sql = `SELECT * FROM \`${name.split('.').at(-1)}\``
    const query = queryConfiguration(this.#connection, { ...authorized.statement, binds: [] }, sql, held.session)
    const { statistics } = await this.#insert(this.#deps.open(credential), { query, dryRun: true }, held)
    const [place, ...more] = referencedTables(statistics, authorized.classification) ?? []
    const said = isObject(statistics) ? statistics.query : undefined
    if (!isObject(said) || more.length > 0 || !place || !/^_[^.]*$/.test(place.split('.').at(-2) ?? ''))
      throw new GatewayError('warehouse_unavailable', { detail: 'no temporary table to be seen' })
    await kept.changed(await this.#sealed({ ...held, tables: { ...held.tables, [name]: place } }))
    return schemaFields(said.schema).map(bigqueryColumn)
  }

  /** A dry run in there, with the names that statements have for its own tables. */
  async reads({ kept, authorized, credential }: InSession, sql: string) {
    const held = await this.enter(kept, authorized)
    const api = this.#deps.open(credential)
    const query = { ...queryConfiguration(this.#connection, authorized.statement, sql, held.session) }
    try {
      const { statistics } = await this.#insert(api, { query, dryRun: true }, held)
      const names = new Map(Object.entries(held.tables).map(([name, place]) => [place, name]))
      const tables = referencedTables(statistics, authorized.classification)
      // One that has the name of a temporary table, and is not that one, was not seen by anybody.
      if (tables?.some(table => Object.hasOwn(held.tables, table))) return undefined
      return tables?.map(table => names.get(table) ?? table)
    } catch (error) {
      if (await this.#isGone(held, api)) throw transactionOver('its session has ended')
      if (error instanceof BigQueryFailure && error.status === 400)
        throw withoutItsNames(held, new GatewayError('warehouse_error', { message: error.message.slice(0, 2_000) }))
      throw unavailable(error)
    }
  }

  /** As a job in there says it. */
  async #transactionIn(held: BigQuerySession, api: BigQueryApi): Promise<string | undefined> {
    const { statistics } = await this.#run(api, { query: 'SELECT 1', ...inSession(held) }, held)
    const info = isObject(statistics) ? statistics.transactionInfo : undefined
    return isObject(info) && typeof info.transactionId === 'string' ? info.transactionId : undefined
  }

  async #isGone(held: BigQuerySession, api: BigQueryApi): Promise<boolean> {
    try {
      await this.#insert(
        api,
        { query: { query: 'SELECT 1', useLegacySql: false, ...inSession(held) }, dryRun: true },
        held,
      )
      return false
    } catch (error) {
      if (error instanceof BigQueryFailure && [400, 404].includes(error.status)) return true
      throw unavailable(error)
    }
  }

  #insert(api: BigQueryApi, configuration: object, { location }: Pick<BigQuerySession, 'location'>): Promise<Json> {
    const { project } = this.#connection
    const jobReference = { projectId: project, ...(location ? { location } : {}) }
    return api.call('POST', 'jobs', { body: { jobReference, configuration } })
  }

  /** The job of a statement of our own, once it has ended. */
  async #run(api: BigQueryApi, query: object, held: { readonly location?: string | undefined }): Promise<Json> {
    const location = held.location ?? this.#connection.location
    const place = { id: `qw_own_${randomUUID()}`, location }
    await insertOrAttach(api, place, {
      jobReference: { projectId: this.#connection.project, jobId: place.id, ...(location ? { location } : {}) },
      configuration: { jobTimeoutMs: String(ownMilliseconds), query: { useLegacySql: false, ...query } },
    })
    await awaitJob(api, place, AbortSignal.timeout(ownMilliseconds))
    return getJob(api, place)
  }

  #sealed(held: BigQuerySession): Promise<string> {
    return this.#deps.seal.seal(purpose, { ...held }, lifeSeconds)
  }

  async #opened(sealed: string): Promise<BigQuerySession | undefined> {
    return (await this.#deps.seal.open(purpose, sealed)) as BigQuerySession | undefined
  }
}

function ownerOf({ statement, decision }: Pick<InSession['authorized'], 'statement' | 'decision'>) {
  return { role: decision.role, agent: agentKey(statement.principal) }
}

/** BigQuery's own id of the session that a job ran in; empty where it ran in none. */
export function sessionOf({ statistics }: Json): string {
  const info = isObject(statistics) ? statistics.sessionInfo : undefined
  return isObject(info) ? String(info.sessionId ?? '') : ''
}

function withoutItsNames({ session, tables }: BigQuerySession, error: unknown): unknown {
  const hidden = Object.values(tables).flatMap(place => place.split('.').slice(-2, -1))
  return error instanceof GatewayError ? withoutNames([session, ...hidden], error) : error
}

/** BigQuery's words, without what a session and its hidden data set are called there. */
export function withoutNames(names: readonly string[], error: GatewayError): GatewayError {
  if (error.code !== 'warehouse_error') return error
  const message = names
    .filter(name => name !== '')
    .reduce((text, name) => text.replaceAll(name, '_SESSION'), error.message)
    // Of a table that is not there yet the data set is not known.
    .replaceAll(/\b_[0-9a-f]{32,}\b/g, '_SESSION')
  return new GatewayError('warehouse_error', { message, detail: error.detail })
}

const inSession = ({ session }: BigQuerySession) => ({ connectionProperties: [{ key: 'session_id', value: session }] })

/** Of what comes before the agent's statement, or beside it. */
function unavailable(error: unknown): GatewayError {
  // What became of a question of our own is nothing to the agent's statement, which has not been submitted.
  const own: readonly string[] = ['warehouse_error', 'outcome_unknown', 'cancelled', 'limit_exceeded']
  if (error instanceof GatewayError && !own.includes(error.code)) return error
  const known = error instanceof BigQueryFailure || error instanceof Unanswered || error instanceof GatewayError
  return new GatewayError('warehouse_unavailable', { detail: known ? error.message.slice(0, 200) : undefined })
}
