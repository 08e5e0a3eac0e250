import type { DuckDBConnection } from '@duckdb/node-api'
import { createShopData, type ShopDataOptions } from '../dataset.ts'
import { cloudPlatformScope } from '../google/access-tokens.ts'
import type { FakeGoogleAuth } from '../google/fake-google-auth.ts'
import { GoogleError } from '../google/google-error.ts'
import { ConnectionDrop, type GoogleRequest, startGoogleServer } from '../google/google-server.ts'
import { discoveryDocument } from './discovery.ts'
import { Engine, type Weight } from './engine.ts'
import { Faults, type HeldCall, type HeldJob } from './faults.ts'
import type { Job } from './job.ts'
import { type Call, jobMethods } from './job-methods.ts'
import { type ExecutedStatement, Jobs, type MovedData } from './jobs.ts'
import { type Grants, Permissions } from './permissions.ts'
import { methodAt } from './routes.ts'
import type { LakeSession } from './sessions.ts'
import { tableMethods } from './table-methods.ts'

export interface FakeBigQueryOptions {
  /** Who issues and knows the access tokens. */
  readonly auth: Pick<FakeGoogleAuth, 'authorize'>
  readonly port?: number
  readonly project?: string
  readonly dataset?: string
  /** What each service account or `principal://…` may do; who is not named may do nothing. */
  readonly grants: Readonly<Record<string, Grants>>
  /** Sizes of the shop's tables. */
  readonly shop?: Pick<ShopDataOptions, 'customers' | 'orders'>
  /** Makes further tables; the connection's catalog is the project. */
  readonly load?: (connection: DuckDBConnection) => Promise<void>
  /** Policy tags by `dataset.table.column`. */
  readonly policyTags?: Readonly<Record<string, readonly string[]>>
  /** Partitions and clusters by `dataset.table`, as the API has them. */
  readonly layouts?: Readonly<Record<string, object>>
  /** How long every job stays RUNNING at least. */
  readonly delayMilliseconds?: number
  /** Its jobs are found only where their location is named, as everywhere but in the multi-regions US and EU. */
  readonly regional?: boolean
}

interface ReceivedCall {
  /** As `jobs.insert`; `unknown` where the stand-in has no such method. */
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly principal: string
}

/** BigQuery's REST API v2 on loopback, run by DuckDB. */
export interface FakeBigQuery {
  /** `apiEndpoint` of the clients. */
  readonly url: string
  readonly project: string
  readonly dataset: string
  readonly connection: DuckDBConnection
  /** Texts that ran, exactly as received, oldest first. */
  readonly executed: readonly ExecutedStatement[]
  readonly dryRuns: readonly Omit<ExecutedStatement, 'jobId'>[]
  /** Copies, extracts, loads, exports and explicit destination tables: data on its way out. */
  readonly moved: readonly MovedData[]
  /** Authorised calls, oldest first. */
  readonly calls: readonly ReceivedCall[]
  readonly jobs: readonly Job[]
  readonly sessions: readonly LakeSession[]
  /** As BigQuery does with what nobody used for a day. */
  endSession(session: LakeSession): Promise<void>
  timesExecuted(sql: string): number
  /** From now on a scan of this `dataset.table` is said to read so much. */
  weigh(table: string, bytes: number, accuracy?: Weight['accuracy']): void
  /** The next job stays PENDING until released. */
  holdNext(): HeldJob
  /** The next call of `method` gets no answer until released; a dry run is a call of `jobs.insert` too. */
  holdCall(method: string): HeldCall
  failNext(count: number): void
  closeIdle(): void
  /** Cuts the connection of the next call of `method`, before anything happened or after everything did. */
  dropNext(when: 'before' | 'after', method: string): void
  /** Answers the next call of `method` with this error, before anything happened or after everything did. */
  refuseNext(when: 'before' | 'after', method: string, status: number, reason: string): void
  slowDown(sql: RegExp, milliseconds: number): void
  close(): Promise<void>
}

const readScopes = ['cloud-platform.read-only', 'bigquery.readonly'].map(
  name => `https://www.googleapis.com/auth/${name}`,
)
const scopes = [cloudPlatformScope, 'https://www.googleapis.com/auth/bigquery']

export async function startFakeBigQuery(options: FakeBigQueryOptions): Promise<FakeBigQuery> {
  const { auth, project = 'acme-lake', dataset = 'shop', delayMilliseconds = 0, regional = false } = options
  const engine = await startEngine(options, project, dataset)
  const permissions = new Permissions(project, options.grants)
  const faults = new Faults()
  const jobs = new Jobs({ engine, permissions, faults, delayMilliseconds, regional })
  const { policyTags = {}, layouts = {} } = options
  const catalog = { engine, jobs, permissions, policyTags, layouts }
  const methods: Readonly<Record<string, (call: Call) => Promise<object>>> = {
    ...jobMethods(jobs),
    ...tableMethods(catalog),
  }
  const calls: ReceivedCall[] = []

  const server = await startGoogleServer(async (request: GoogleRequest) => {
    faults.demandFreshConnection(request.reused)
    faults.demandAvailable()
    if (/\/(?:\$discovery|bigquery\/v2)\/rest$/.test(request.path)) return { body: discoveryDocument(server.url) }
    const { name, parts } = methodAt(request.method, request.path)
    const needsWriting = name === 'jobs.insert' || name === 'jobs.cancel'
    const allowed = needsWriting ? scopes : [...scopes, ...readScopes]
    const { principal } = auth.authorize(request.headers.authorization, allowed)
    calls.push({ method: name, path: request.path, query: request.query, principal })
    const method = methods[name]
    if (!method) throw new GoogleError(404, `Not found: ${request.method} ${request.path}`, 'notFound')
    const [inProject = '', first = '', second = ''] = parts
    const call = { request, principal, project: inProject, first, second }
    return { body: await faults.passCall(name, () => method(call)) }
  }, options.port)

  return {
    url: server.url,
    project,
    dataset,
    connection: engine.loader,
    executed: jobs.executed,
    dryRuns: jobs.dryRuns,
    moved: jobs.moved,
    calls,
    get jobs() {
      return jobs.all()
    },
    get sessions() {
      return jobs.sessions.all()
    },
    endSession: session => jobs.sessions.end(session),
    timesExecuted: sql => jobs.executed.filter(statement => statement.sql === sql).length,
    weigh: (table, bytes, accuracy = 'PRECISE') => engine.weights.set(table, { bytes, accuracy }),
    holdNext: () => faults.holdNext(),
    holdCall: method => faults.holdCall(method),
    failNext: count => faults.failNext(count),
    closeIdle: () => faults.closeIdle(),
    dropNext: (when, method) => faults.failCall({ method, when, error: new ConnectionDrop(`${method} dropped`) }),
    refuseNext: (when, method, status, reason) =>
      faults.failCall({ method, when, error: new GoogleError(status, `${method}: ${reason}`, reason) }),
    slowDown: (sql, milliseconds) => faults.slowDown(sql, milliseconds),
    async close() {
      await server.close()
      await jobs.close()
      engine.close()
    },
  }
}

async function startEngine({ shop, load }: FakeBigQueryOptions, project: string, dataset: string): Promise<Engine> {
  const engine = await Engine.start(project)
  await createShopData(engine.loader, { ...shop, catalog: project, schema: dataset })
  for (const [table, column] of [
    ['customers', 'created_at'],
    ['orders', 'ordered_at'],
  ]) {
    await engine.loader.run(`ALTER TABLE "${dataset}"."${table}" ALTER "${column}" TYPE TIMESTAMPTZ`)
  }
  await load?.(engine.loader)
  for (const name of await engine.datasets()) await engine.addInformationSchema(name)
  return engine
}
