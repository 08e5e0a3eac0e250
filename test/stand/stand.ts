import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FakeIssuer, startFakeIssuer } from '#test/fakes/issuer.ts'
import { type FakeSlack, startFakeSlack } from '#test/fakes/slack/fake-slack.ts'
import { freePort } from '#test/services/free-port.ts'
import { type Stores, type Verify, writeConfig } from './config-file.ts'
import { ensureKeys } from './keys.ts'
import { type Running, startProcess } from './processes.ts'
import { type Sizes, type StandWarehouses, type StartLake, type StartShop, startWarehouses } from './warehouses.ts'

export interface StandOptions {
  /** A new temporary folder, removed at the end, where absent. */
  readonly folder?: string
  readonly sizes?: Sizes
  /** What answers as BigQuery instead of the stand-in. */
  readonly lake?: StartLake
  /** What answers as Snowflake instead of the stand-in. */
  readonly shop?: StartShop
  /** SQLite in the folder where absent. */
  readonly stores?: Stores
  readonly policy?: string
  readonly gateways?: number
  /** The gateway's program; `gateway/main.ts` where absent. */
  readonly gatewayScript?: string
  readonly bots?: number
  readonly maxPending?: number
  /** Gateways with as many judges, and as warm, as they have by default; else one, and cold. */
  readonly asDeployed?: boolean
  /** When the gateways compare with the warehouse's own reading; `always` where absent. */
  readonly verify?: Verify
  readonly env?: Readonly<Record<string, string>>
  readonly ports?: { readonly issuer?: number; readonly slack?: number; readonly gateway?: number }
  /** Called as each part is up, with words for a person. */
  readonly progress?: (part: string, words: string) => void
}

/** The whole product with everything it talks to, on loopback: real processes, stand-ins for what is outside. */
export interface Stand extends StandWarehouses {
  readonly folder: string
  readonly config: string
  /** What the configuration's `env:` references resolve to. */
  readonly env: Readonly<Record<string, string>>
  readonly issuer: FakeIssuer
  readonly slack: FakeSlack
  readonly gateways: readonly StandGateway[]
  readonly bots: readonly Running[]
  /** `env` comes on top of the stand's own. */
  startGateway(env?: Readonly<Record<string, string>>): Promise<StandGateway>
  startBot(): Promise<Running>
  stop(): Promise<void>
}

export interface StandGateway extends Running {
  readonly url: string
}

export const standPolicy = readFileSync(join(import.meta.dirname, 'policy.yaml'), 'utf8')

export async function startStand(options: StandOptions = {}): Promise<Stand> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'querywarden-'))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const progress = options.progress ?? (() => {})
  const sizes = options.sizes ?? { customers: 500, orders: 20_000 }
  const issuer = await startFakeIssuer({
    port: options.ports?.issuer ?? 0,
    login: { redirectUris: ['http://127.0.0.1/console/callback'] },
  })
  progress('identity provider', issuer.url)
  const warehouses = await startWarehouses(ensureKeys(join(folder, 'keys')), sizes, options)
  writeFileSync(join(folder, 'keys', 'console-client.secret'), issuer.login.secret, { mode: 0o600 })
  progress(
    'warehouse',
    `Snowflake and BigQuery stand-ins, ${sizes.customers.toLocaleString('en-US')} customers, ${sizes.orders.toLocaleString('en-US')} orders`,
  )
  const slack = await startFakeSlack({ port: options.ports?.slack ?? 0 })
  const stores = options.stores ?? {
    holds: 'sqlite:holds.db',
    records: 'sqlite:records.db',
  }
  const gateways: StandGateway[] = []
  const bots: Running[] = []
  const shared = {
    ...{ folder, warehouses, stores, issuer: issuer.url, slackApi: slack.apiUrl },
    policy: options.policy ?? standPolicy,
    ...(options.maxPending ? { maxPending: options.maxPending } : {}),
    ...(options.asDeployed ? { asDeployed: true } : {}),
    ...(options.verify ? { verify: options.verify } : {}),
  }
  const env = {
    QW_HOLDS: stores.holds,
    QW_RECORDS: stores.records,
    QW_SLACK_BOT_TOKEN: slack.botToken,
    QW_SLACK_APP_TOKEN: slack.appToken,
    // As in its container.
    ...(options.asDeployed ? { MALLOC_ARENA_MAX: '1' } : {}),
    ...options.env,
  }
  const startGateway = async (more: Readonly<Record<string, string>> = {}): Promise<StandGateway> => {
    const first = gateways.length === 0
    const gatewayPort = first && options.ports?.gateway ? options.ports.gateway : await freePort()
    const config = writeConfig({
      ...shared,
      gatewayPort,
      name: first ? 'querywarden.yaml' : `querywarden-${gatewayPort}.yaml`,
    })
    const logFile = join(folder, `gateway-${gateways.length + 1}.log`)
    const running = await startProcess({
      script: options.gatewayScript ?? 'gateway/main.ts',
      config,
      env: { ...env, ...more },
      ready: '"msg":"listening"',
      logFile,
    })
    const gateway = { ...running, url: `http://127.0.0.1:${gatewayPort}` }
    gateways.push(gateway)
    return gateway
  }
  const config = join(folder, 'querywarden.yaml')
  const startBot = async (): Promise<Running> => {
    const logFile = join(folder, `bot-${bots.length + 1}.log`)
    const bot = await startProcess({ script: 'bot/main.ts', config, env, ready: 'connected to Slack', logFile })
    bots.push(bot)
    return bot
  }
  const stop = async () => {
    await Promise.all([...gateways, ...bots].map(running => running.stop()))
    await Promise.all([
      slack.stop(),
      warehouses.snowflake.close(),
      warehouses.bigquery.close(),
      ...(options.lake ? [warehouses.lake.close()] : []),
      ...(options.shop ? [warehouses.shop.close()] : []),
      warehouses.google.close(),
      issuer.close(),
    ])
    if (!options.folder) rmSync(folder, { recursive: true, force: true })
  }
  try {
    for (let at = 0; at < (options.gateways ?? 1); at++)
      progress('gateway', `${(await startGateway()).url}     store: ${storeWords(stores)}`)
    for (let at = 0; at < (options.bots ?? 1); at++) await startBot()
    progress('bot', 'connected to the Slack stand-in')
    progress('Slack', slack.url)
  } catch (error) {
    await stop()
    throw error
  }
  return { ...warehouses, folder, config, env, issuer, slack, gateways, bots, startGateway, startBot, stop }
}

function storeWords(stores: Stores): string {
  return stores.holds.startsWith('sqlite:') ? 'SQLite' : 'Redis and PostgreSQL'
}
