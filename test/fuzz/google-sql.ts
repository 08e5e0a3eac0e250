import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '#test/services/free-port.ts'

/** The parser of Google's own, of August 2023, as a server; 340 MB, so it is no dependency of this project. */
const wanted = {
  name: '@fivetrandevelopers/zetasql',
  version: '1.13.0',
  integrity: 'sha512-yX9Apa968np2Tc+Hrf4Bf6Gz77kQVLIDLaNwovM91VBwyDTDF1C6oglUqmlU6Fe5/TVCExsnIueWiPahrYEITQ==',
} as const

/** Why the parser cannot be had here, in words. */
export class NoGoogleSql extends Error {}

/** A node of its tree, as plain data. */
export type Tree = { readonly [member: string]: unknown }

interface Api {
  waitForReady(deadline: number, done: (error: Error | null) => void): void
  close(): void
}

interface Grpc {
  loadPackageDefinition(definition: unknown): {
    readonly zetasql: { readonly local_service: { readonly ZetaSqlLocalService: new (...args: unknown[]) => Api } }
  }
  readonly credentials: { createInsecure(): unknown }
}

/** GoogleSQL as Google reads it. The server dies of some texts; then it is started anew. */
export class GoogleSql {
  /** How often the server had to be started anew. */
  restarts = 0
  private readonly folder: string
  private server: ChildProcess | undefined
  private api: Api | undefined
  private starting: Promise<Api> | undefined
  private features: Tree | undefined
  private readonly tables: Tree
  /** What the server calls the tables. */
  private tablesId: unknown
  private constructor(folder: string, tables: Tree) {
    this.folder = folder
    this.tables = tables
  }

  /**
   * Installs the parser into the user's cache where it is missing. Rejects with `NoGoogleSql` where that fails. `tables` are those
   * that names resolve in, a `SimpleCatalogProto`.
   */
  static async start(tables: Tree = {}): Promise<GoogleSql> {
    const google = new GoogleSql(install(), tables)
    await google.connected()
    return google
  }

  /** The tree of a script of one or more statements; `invalid` where it is none; `lost` where the server died of it. */
  async parse(sql: string): Promise<Tree | 'invalid' | 'lost'> {
    const answer = await this.ask('Parse', this.script(sql))
    return typeof answer === 'string' ? answer : (answer.parsedScript as Tree)
  }

  /** The names of the tables that a script reads or writes, CTEs apart. It misses those in QUALIFY and named windows. */
  async tableNames(sql: string): Promise<readonly string[] | 'invalid' | 'lost'> {
    const answer = await this.ask('ExtractTableNamesFromStatement', this.script(sql))
    if (typeof answer === 'string') return answer
    const names = (answer.tableName ?? []) as readonly { readonly tableNameSegment: readonly string[] }[]
    return names.map(({ tableNameSegment }) => tableNameSegment.join('.'))
  }

  /** The tree of a statement with its names resolved; `invalid` also where a name means nothing, or a type does not fit. */
  async resolve(sql: string): Promise<Tree | 'invalid' | 'lost'> {
    await this.connected()
    const options = { languageOptions: this.features }
    const answer = await this.ask('Analyze', { sqlStatement: sql, options, registeredCatalogId: this.tablesId })
    return typeof answer === 'string' ? answer : (answer.resolvedStatement as Tree)
  }

  stop(): void {
    this.api?.close()
    this.server?.kill('SIGKILL')
  }

  private script(sql: string): object {
    return { sqlStatement: sql, options: this.features, allowScript: true }
  }

  private async ask(method: string, request: object): Promise<Tree | 'invalid' | 'lost'> {
    const api = await this.connected()
    try {
      return await call(api, method, request)
    } catch (error) {
      if ((error as { code?: number }).code === invalidArgument) return 'invalid'
      if (this.api === api) await this.restart()
      return 'lost'
    }
  }

  private async restart(): Promise<void> {
    this.restarts += 1
    this.stop()
    this.api = undefined
    await this.connected()
  }

  private async connected(): Promise<Api> {
    if (this.api) return this.api
    this.starting ??= this.connect().finally(() => {
      this.starting = undefined
    })
    return this.starting
  }

  private async connect(): Promise<Api> {
    const port = await freePort()
    const files = join(this.folder, 'node_modules', wanted.name, 'lib', 'zetasql')
    const binary = `remote_server${process.arch === 'arm64' ? '_arm' : ''}${process.platform === 'darwin' ? '' : '.so'}`
    this.server = spawn(join(files, binary), ['localhost', String(port)], { stdio: 'ignore' })
    this.server.unref()
    const require = createRequire(join(this.folder, 'package.json'))
    const grpc = require('@grpc/grpc-js') as Grpc
    const loader = require('@grpc/proto-loader') as { loadSync(file: string, options: object): unknown }
    const protos = loader.loadSync('local_service.proto', {
      oneofs: true,
      longs: Number,
      includeDirs: [join(files, 'protos')],
    })
    const Service = grpc.loadPackageDefinition(protos).zetasql.local_service.ZetaSqlLocalService
    const api = new Service(`localhost:${port}`, grpc.credentials.createInsecure(), {
      'grpc.max_receive_message_length': 500 * 1024 * 1024,
    })
    // What was there once and does not come back is a failure of the run, which may have found something already.
    const away = (error: Error) => (this.features === undefined ? new NoGoogleSql(error.message) : error)
    await new Promise<void>((resolve, reject) => {
      api.waitForReady(Date.now() + 20_000, error => (error ? reject(away(error)) : resolve()))
    })
    this.features ??= allFeatures(await call(api, 'GetLanguageOptions', { maximumFeatures: true }))
    const simpleCatalog = { ...this.tables, builtinFunctionOptions: { languageOptions: this.features } }
    this.tablesId = (await call(api, 'RegisterCatalog', { simpleCatalog })).registeredId
    this.api = api
    return api
  }
}

/** Without a list of kinds every kind of statement is read. Some features were still being made. */
function allFeatures({ supportedStatementKinds: _, ...features }: Tree): Tree {
  const made = ['CORRESPONDING', 'GROUPING_BUILTIN', 'GROUPING_SETS', 'SET_OPERATION_COLUMN_PROPAGATION_MODE']
  const enabled = [
    ...(features.enabledLanguageFeatures as readonly unknown[]),
    ...made.map(name => `FEATURE_V_1_4_${name}`),
  ]
  return { ...features, enabledLanguageFeatures: enabled }
}

/** The code gRPC gives where the text is no GoogleSQL. */
const invalidArgument = 3

function call(api: Api, method: string, request: object): Promise<Tree> {
  const procedures = api as unknown as Record<
    string,
    (request: object, options: object, done: (error: Error | null, answer: Tree) => void) => void
  >
  return new Promise((resolve, reject) => {
    const deadline = { deadline: Date.now() + 10_000 }
    procedures[method]?.call(api, request, deadline, (error, answer) => (error ? reject(error) : resolve(answer)))
  })
}

function install(): string {
  const { name, version, integrity } = wanted
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const folder = join(cache, 'querywarden', `google-sql-${version}`)
  const lock = join(folder, 'package-lock.json')
  if (!existsSync(lock)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    const words = ['install', '--save-exact', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`]
    const { status, stderr } = spawnSync('npm', words, { cwd: folder, encoding: 'utf8', timeout: 300_000 })
    if (status !== 0) throw new NoGoogleSql(`npm could not install ${name}: ${String(stderr).slice(0, 300)}`)
  }
  const { packages } = JSON.parse(readFileSync(lock, 'utf8')) as {
    packages: Record<string, { integrity?: string }>
  }
  if (packages[`node_modules/${name}`]?.integrity !== integrity)
    throw new NoGoogleSql(`${name} in ${folder} is not the one that was looked at`)
  return folder
}
