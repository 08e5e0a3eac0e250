import { createHash, randomUUID } from 'node:crypto'
import type { GoogleError } from '../google/google-error.ts'
import type { StatementResult } from './engine.ts'
import type { TableName } from './google-sql.ts'
import { billed, type QueryConfiguration, type QueryPlan } from './query-plan.ts'
import type { LakeSession } from './sessions.ts'

export const location = 'US'

/** The request's job configuration. */
export interface JobConfiguration {
  readonly query?: QueryConfiguration
  readonly load?: unknown
  readonly extract?: unknown
  readonly copy?: unknown
  readonly labels?: Readonly<Record<string, string>>
  readonly dryRun?: boolean
}

/** One job and its life: PENDING → RUNNING → DONE. Times are milliseconds since the epoch. */
export class Job {
  readonly id: string
  readonly project: string
  readonly principal: string
  readonly configuration: JobConfiguration
  readonly kind: 'QUERY' | 'LOAD' | 'EXTRACT' | 'COPY'
  /** Where the rows go unless the configuration says so: a hidden dataset of the principal. */
  readonly destination: TableName
  readonly createdAt = Date.now()
  readonly finished: Promise<void>
  state: 'PENDING' | 'RUNNING' | 'DONE' = 'PENDING'
  startedAt: number | undefined
  endedAt: number | undefined
  plan: QueryPlan | undefined
  session: LakeSession | undefined
  transaction: string | undefined
  /** Of what no plan is made for: the statements of a session about itself. */
  command: string | undefined
  result: StatementResult | undefined
  error: GoogleError | undefined
  readonly #cancelled = new AbortController()
  readonly #finish: () => void

  constructor(project: string, id: string, principal: string, configuration: JobConfiguration) {
    this.project = project
    this.id = id
    this.principal = principal
    this.configuration = configuration
    const { load, extract, copy } = configuration
    this.kind = load ? 'LOAD' : extract ? 'EXTRACT' : copy ? 'COPY' : 'QUERY'
    const owner = createHash('sha256').update(principal).digest('hex').slice(0, 40)
    this.destination = { project, dataset: `_${owner}`, table: `anon${randomUUID().replaceAll('-', '')}` }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.finished = promise
    this.#finish = resolve
  }

  get cancelled(): AbortSignal {
    return this.#cancelled.signal
  }

  start(): void {
    this.state = 'RUNNING'
    this.startedAt = Date.now()
  }

  finish(outcome: { readonly result: StatementResult } | { readonly error: GoogleError }): void {
    if ('result' in outcome) this.result = outcome.result
    else this.error = outcome.error
    this.state = 'DONE'
    this.endedAt = Date.now()
    this.startedAt ??= this.endedAt
    this.#finish()
  }

  cancel(): void {
    if (this.state !== 'DONE') this.#cancelled.abort()
  }

  get reference() {
    return { projectId: this.project, jobId: this.id, location }
  }

  /** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job */
  get resource() {
    const { configuration, kind, error } = this
    const query = configuration.query && {
      priority: 'INTERACTIVE',
      writeDisposition: 'WRITE_TRUNCATE',
      ...configuration.query,
      ...(this.hasDestination
        ? { destinationTable: configuration.query.destinationTable ?? referenceOf(this.destination) }
        : {}),
    }
    return {
      kind: 'bigquery#job',
      etag: `"${this.id}:${this.state}"`,
      id: `${this.project}:${location}.${this.id}`,
      selfLink: `https://bigquery.googleapis.com/bigquery/v2/projects/${this.project}/jobs/${this.id}?location=${location}`,
      user_email: this.principal,
      configuration: { ...configuration, ...(query ? { query } : {}), jobType: kind },
      jobReference: this.reference,
      statistics: this.#statistics,
      status: {
        state: this.state,
        ...(error ? { errorResult: errorProto(error), errors: [errorProto(error)] } : {}),
      },
    }
  }

  get hasDestination(): boolean {
    return this.kind === 'QUERY' && (this.plan === undefined || this.plan.statementType === 'SELECT')
  }

  get #statistics() {
    const { plan, result } = this
    const bytes = String(plan?.bytes ?? 0)
    return {
      creationTime: String(this.createdAt),
      ...(this.startedAt ? { startTime: String(this.startedAt) } : {}),
      ...(this.endedAt ? { endTime: String(this.endedAt), totalSlotMs: '12' } : {}),
      ...(this.session ? { sessionInfo: { sessionId: this.session.id } } : {}),
      ...(this.transaction ? { transactionInfo: { transactionId: this.transaction } } : {}),
      ...(this.command ? { query: { statementType: this.command } } : {}),
      ...(this.kind === 'QUERY' && this.state === 'DONE' && plan
        ? {
            totalBytesProcessed: bytes,
            query: {
              ...planStatistics(plan),
              totalBytesBilled: String(result ? billed(plan.bytes) : 0),
              cacheHit: false,
              ...dmlStatistics(result),
            },
          }
        : {}),
    }
  }
}

/** "Queries that reference more than 50 tables will not have a complete list": the API's description of 2024. */
const tablesNamed = 50

/** `statistics.query`, which a dry run knows as well. */
export function planStatistics(plan: QueryPlan) {
  const { statementType: type, target } = plan
  const isDdl = /^(CREATE|DROP|ALTER)_/.test(type)
  return {
    totalBytesProcessed: String(plan.bytes),
    totalBytesProcessedAccuracy: plan.accuracy,
    statementType: type,
    referencedTables: plan.referencedTables.slice(0, tablesNamed).map(referenceOf),
    ...(plan.schema ? { schema: { fields: plan.schema } } : {}),
    ...(isDdl && target ? { ddlTargetTable: referenceOf(target), ddlOperationPerformed: type.split('_')[0] } : {}),
  }
}

export function dmlStatistics(result: StatementResult | undefined) {
  if (!result?.dml) return {}
  const { inserted, updated, deleted } = result.dml
  return {
    numDmlAffectedRows: String(inserted + updated + deleted),
    dmlStats: {
      insertedRowCount: String(inserted),
      updatedRowCount: String(updated),
      deletedRowCount: String(deleted),
    },
  }
}

export function referenceOf({ project, dataset, table }: TableName) {
  return { projectId: project, datasetId: dataset, tableId: table }
}

function errorProto(error: GoogleError) {
  return { reason: error.reason, message: error.message, ...(error.location ? { location: error.location } : {}) }
}
