import { createHash, randomUUID } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { GoogleError } from '../google/google-error.ts'
import type { Engine, StatementResult } from './engine.ts'
import { bigqueryError } from './engine-errors.ts'
import type { Faults } from './faults.ts'
import type { TableName } from './google-sql.ts'
import { Job, type JobConfiguration, location, planStatistics } from './job.ts'
import { denied, type Permissions } from './permissions.ts'
import { planQuery, type QueryConfiguration, type QueryPlan } from './query-plan.ts'
import { ResultRows } from './result-rows.ts'
import { type LakeSession, Sessions } from './sessions.ts'

/** A text that reached BigQuery for execution, exactly as it came. */
export interface ExecutedStatement {
  readonly sql: string
  readonly jobId: string
  readonly labels: Readonly<Record<string, string>>
  readonly principal: string
  readonly configuration: JobConfiguration
}

/** Data that left the tables other than as rows of a result: what a gateway must never let happen unseen. */
export interface MovedData {
  readonly kind: 'LOAD' | 'EXTRACT' | 'COPY' | 'EXPORT_DATA' | 'LOAD_DATA' | 'DESTINATION_TABLE'
  readonly principal: string
  readonly configuration: JobConfiguration
}

interface Surroundings {
  readonly engine: Engine
  readonly permissions: Permissions
  readonly faults: Faults
  readonly delayMilliseconds: number
  readonly regional: boolean
}

/** Accepts, runs, remembers and cancels jobs. */
export class Jobs {
  readonly executed: ExecutedStatement[] = []
  readonly dryRuns: Omit<ExecutedStatement, 'jobId'>[] = []
  readonly moved: MovedData[] = []
  readonly #jobs = new Map<string, Job>()
  readonly #requests = new Map<string, string>()
  readonly sessions: Sessions
  readonly #around: Surroundings
  #writes: Promise<unknown> = Promise.resolve()

  constructor(around: Surroundings) {
    this.#around = around
    this.sessions = new Sessions(around.engine)
  }

  /** A new job, already under way. Throws `duplicate` where the id is taken. */
  submit(project: string, principal: string, configuration: JobConfiguration, id: string = randomUUID()): Job {
    this.#around.permissions.demandJobs(principal, project)
    demandValid(configuration, id)
    if (this.#jobs.has(id)) {
      throw new GoogleError(409, `Already Exists: Job ${project}:${location}.${id}`, 'duplicate')
    }
    const job = new Job(project, id, principal, configuration)
    this.#jobs.set(id, job)
    // Whoever inserted it is answered first.
    setImmediate(() => void this.#run(job))
    return job
  }

  /** A repeated request id with the same request finds the first one's job. */
  submitOnce(project: string, principal: string, configuration: JobConfiguration, requestId: string | undefined): Job {
    if (!requestId) return this.submit(project, principal, configuration)
    const digest = createHash('sha256').update(JSON.stringify(configuration)).digest('hex')
    const key = `${principal}|${requestId}|${digest}`
    const known = this.#jobs.get(this.#requests.get(key) ?? '')
    if (known) return known
    const job = this.submit(project, principal, configuration)
    this.#requests.set(key, job.id)
    return job
  }

  /** Runs nothing, stores nothing; throws what a run would throw. */
  async dryRun(project: string, principal: string, configuration: JobConfiguration) {
    this.#around.permissions.demandJobs(principal, project)
    demandValid(configuration, 'dry-run')
    if (!configuration.query) throw new GoogleError(400, 'Dry run is only possible for queries.', 'invalid')
    const { labels = {}, query } = configuration
    this.dryRuns.push({ sql: query.query, labels, principal, configuration })
    const session = await this.sessions.of(query, principal, true)
    const plan = await planQuery(query, principal, this.#around.engine, this.#around.permissions, session)
    return {
      plan,
      resource: {
        kind: 'bigquery#job',
        user_email: principal,
        configuration: { ...configuration, jobType: 'QUERY' },
        jobReference: { projectId: project, location },
        statistics: {
          creationTime: String(Date.now()),
          totalBytesProcessed: String(plan.bytes),
          query: { ...planStatistics(plan), totalBytesBilled: '0', cacheHit: false },
        },
        status: { state: 'DONE' },
      },
    }
  }

  /** The job, for whom it belongs to. */
  get(project: string, id: string, principal: string, asked: string | null = null): Job {
    const job = this.#jobs.get(id)
    const name = `${project}:${asked ?? location}.${id}`
    if (!job || job.project !== project || (asked ? asked.toUpperCase() !== location : this.#around.regional)) {
      throw new GoogleError(404, `Not found: Job ${name}`, 'notFound')
    }
    if (job.principal !== principal && !this.#around.permissions.canListAllJobs(principal)) {
      throw denied(`Job ${name}: Permission bigquery.jobs.get denied on job ${name} (or it may not exist).`)
    }
    return job
  }

  /** The rows of a table as a finished job's, without a query: tabledata.list. The same table is one job for paging. */
  async scan({ project, dataset, table }: TableName, principal: string): Promise<Job> {
    const query = { query: `SELECT * FROM \`${project}\`.\`${dataset}\`.\`${table}\``, useLegacySql: false }
    const plan = await planQuery(query, principal, this.#around.engine, this.#around.permissions)
    const job = new Job(project, `scan-${dataset}-${table}`, principal, { query })
    job.finish({ result: await this.#execute(job, plan) })
    return job
  }

  all(): Job[] {
    return [...this.#jobs.values()].reverse()
  }

  /** Stops everything that runs. */
  async close(): Promise<void> {
    for (const job of this.#jobs.values()) job.cancel()
    await Promise.all([...this.#jobs.values()].map(job => job.finished))
    for (const session of this.sessions.all()) await this.sessions.end(session)
  }

  async #run(job: Job): Promise<void> {
    try {
      await this.#around.faults.passGate(job)
      demandUncancelled(job)
      job.start()
      const { query } = job.configuration
      if (!query) {
        this.moved.push({
          kind: job.kind as MovedData['kind'],
          principal: job.principal,
          configuration: job.configuration,
        })
        return job.finish({ result: { rows: ResultRows.none } })
      }
      const session = await this.#enter(job, query)
      const command = session && (await this.sessions.command(query.query, session))
      if (command) {
        this.executed.push(executedBy(job, query.query))
        job.command = command
        return job.finish({ result: { rows: ResultRows.none } })
      }
      const plan = await planQuery(query, job.principal, this.#around.engine, this.#around.permissions, session)
      job.plan = plan
      await this.#around.faults.passDelay(job, query.query, this.#around.delayMilliseconds)
      demandUncancelled(job)
      this.executed.push(executedBy(job, query.query))
      job.finish({ result: await this.#inTurn(plan, () => this.#execute(job, plan)) })
    } catch (error) {
      if (job.session) await this.sessions.failed(job.session)
      job.finish({ error: bigqueryError(error) })
    } finally {
      if (job.session) job.session.busy = false
    }
  }

  /** "You can't run concurrent queries in a session": https://cloud.google.com/bigquery/docs/sessions-intro#limitations */
  async #enter(job: Job, query: QueryConfiguration): Promise<LakeSession | undefined> {
    const session = await this.sessions.of(query, job.principal)
    if (session?.busy) throw new GoogleError(400, `Session ${session.id} runs another query.`, 'invalid')
    if (!session) return undefined
    session.busy = true
    job.session = session
    job.transaction = session.transaction
    this.#around.permissions.hide(session.dataset, session.owner)
    return session
  }

  /** Writers wait for each other, as BigQuery queues DML on one table. */
  #inTurn<T>(plan: QueryPlan, run: () => Promise<T>): Promise<T> {
    if (plan.statements.every(statement => statement.type === 'SELECT')) return run()
    const turn = this.#writes.then(run)
    this.#writes = turn.catch(() => undefined)
    return turn
  }

  async #execute(job: Job, plan: QueryPlan): Promise<StatementResult> {
    const connection = job.session?.connection ?? (await this.#around.engine.connect())
    const stop = interruptWhenCancelled(job, connection)
    try {
      let result: StatementResult = { rows: ResultRows.none }
      for (const statement of plan.statements) {
        demandUncancelled(job)
        result = await this.#around.engine.run(statement, connection)
        if (statement.type === 'EXPORT_DATA' || statement.type === 'LOAD_DATA') {
          this.moved.push({ kind: statement.type, principal: job.principal, configuration: job.configuration })
          result = { rows: ResultRows.none }
        }
      }
      if (job.configuration.query?.destinationTable) {
        this.moved.push({ kind: 'DESTINATION_TABLE', principal: job.principal, configuration: job.configuration })
      }
      return result
    } finally {
      stop()
      if (!job.session) connection.closeSync()
    }
  }
}

function executedBy({ id: jobId, principal, configuration }: Job, sql: string): ExecutedStatement {
  return { sql, jobId, labels: configuration.labels ?? {}, principal, configuration }
}

/** Again and again: DuckDB forgets an interrupt that comes between two statements. */
function interruptWhenCancelled(job: Job, connection: DuckDBConnection): () => void {
  let timer: NodeJS.Timeout | undefined
  const interrupt = () => {
    timer = setInterval(() => connection.interrupt(), 5)
    connection.interrupt()
  }
  job.cancelled.addEventListener('abort', interrupt, { once: true })
  return () => {
    job.cancelled.removeEventListener('abort', interrupt)
    clearInterval(timer)
  }
}

function demandUncancelled(job: Job): void {
  if (job.cancelled.aborted) {
    throw new GoogleError(499, 'Job execution was cancelled: User requested cancellation', 'stopped')
  }
}

function demandValid({ query, load, extract, copy, labels = {} }: JobConfiguration, id: string): void {
  const kinds = [query, load, extract, copy].filter(kind => kind !== undefined).length
  if (kinds !== 1) {
    throw new GoogleError(
      400,
      `Job configuration must contain exactly one job-specific configuration object (e.g., query, load, extract), but there were ${kinds}.`,
      'invalid',
    )
  }
  if (query && (typeof query.query !== 'string' || query.query === '')) {
    throw new GoogleError(400, 'Required parameter is missing: query', 'required', 'query')
  }
  if (!/^[\w-]{1,1024}$/.test(id)) {
    throw new GoogleError(
      400,
      `Invalid job ID "${id}". Job IDs must be alphanumeric (plus underscores and dashes).`,
      'invalid',
    )
  }
  for (const [key, value] of Object.entries(labels)) {
    if (!/^[a-z][a-z0-9_-]{0,62}$/.test(key) || !/^[a-z0-9_-]{0,63}$/.test(value)) {
      throw new GoogleError(400, `Invalid label "${key}": "${value}".`, 'invalid', 'labels')
    }
  }
}
