import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { createClassifier } from '#src/classify/classify.ts'
import { systemClock } from '#src/clock.ts'
import type { GatewayConfig } from '#src/config/config.ts'
import { gatewayReadsAtStart, waitForRestart } from '#src/config/read-at-start.ts'
import type { Environment } from '#src/config/secret-reader.ts'
import { type Change, type Watched, watchGatewayConfig, watchPolicy } from '#src/config/watch.ts'
import type { Policy } from '#src/decide/decision.ts'
import { needed } from '#src/error-sentence.ts'
import { DenialKeeper } from '#src/hold/denial-keeper.ts'
import { denyOnRecord } from '#src/hold/end-hold.ts'
import { isIntact } from '#src/hold/intact.ts'
import { openHoldStore } from '#src/hold/open-hold-store.ts'
import { type ReviewKeys, type ReviewVerifier, reviewVerifier, verifyMac } from '#src/hold/seal.ts'
import type { Log, Ports } from '#src/ports.ts'
import { type FindPerson, findPerson } from '#src/principal.ts'
import { FolderRecordingStore } from '#src/record/folder-recording-store.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { OidcAuthenticator } from './authenticate/oidc-authenticator.ts'
import { createSeal } from './authenticate/seal.ts'
import { SealedSessions } from './authenticate/sealed-sessions.ts'
import { openWarehouses } from './execute/warehouses.ts'
import { Keeper, type KeeperOptions } from './hold/keeper.ts'
import { createHealth } from './http/health.ts'
import { Flights } from './journey/flights.ts'
import { createJourney, type JourneyParts } from './journey/journey.ts'
import { publicJwks } from './mint/jwks.ts'
import { createOncall } from './oncall/oncall.ts'
import { buildServer } from './server.ts'

interface Gateway {
  readonly url: string
  /** Refuses what is new, lets what runs end, ends every credential. */
  close(): Promise<void>
}

interface GatewayOptions extends Pick<JourneyParts, 'answerMilliseconds'> {
  readonly keeper?: Partial<KeeperOptions>
  /** How long after it was told to end it answers who waits for a statement that runs. */
  readonly hurryMilliseconds?: number
  /** Puts something around the ports: instrumentation, or the faults of a test. */
  readonly around?: (ports: Ports) => Ports
}

/** Before `main.ts` ends the process, and whoever asks can ask the next gateway. */
const hurryMilliseconds = 20_000
/** After that, what has not sent all of a request or taken all of an answer keeps this process no longer from ending its credentials. */
const lastAnswersMilliseconds = 5_000

const keeperDefaults: KeeperOptions = {
  sweepMilliseconds: 1_000,
  deadMilliseconds: 15_000,
  // Longer than the last attempt may be on its way: 30 s to begin, 20 s to send it again, and 90 s for its answer.
  noTraceMilliseconds: 150_000,
}

/**
 * One gateway process from one configuration file. Throws `ConfigProblems` where the configuration or the policy cannot
 * be used, and refuses to start on a hold store that may lose holds.
 */
export async function startGateway(
  file: string,
  environment: Environment,
  log: Log,
  options: GatewayOptions = {},
): Promise<Gateway> {
  const config = watchGatewayConfig(file, environment, change => {
    if ('value' in change) policy.turnTo(change.value.policyFile)
    report(log, 'configuration', change)
    const settings = 'value' in change ? waitForRestart(gatewayReadsAtStart, started, change.value) : []
    if (settings.length > 0) log.warn({ settings }, 'these settings count from the next start of the gateway on')
  })
  const started = config.current()
  const policy = watchPolicy(started.policyFile, change => report(log, 'policy', change))
  const opened = await openPorts(config, policy, log)
  const ports = options.around?.(opened) ?? opened
  const keeper = new Keeper(ports, { ...keeperDefaults, ...options.keeper })
  const flights = new Flights()
  const health = createHealth(ports)
  const { host, port, url, maxSqlBytes } = started.gateway
  const site = { url, issuers: () => config.current().issuers.map(({ issuer }) => issuer) }
  const app = await buildServer({
    journey: createJourney(ports, { keeper, flights, site, answerMilliseconds: options.answerMilliseconds }),
    oncall: createOncall({
      ...{ ports, policy: policy.current, url },
      rights: () => config.current().oncall,
      issuers: site.issuers,
      console: () => config.current().console,
      reviewKey: () => config.current().keys.reviews.slack,
    }),
    console: {
      ...{ holds: ports.holds, records: ports.records, clock: ports.clock, log, verifier: ports.reviews },
      settings: () => config.current().console,
      people: () => config.current().people,
      person: ports.person,
      isGenuine: hold => isIntact(hold) && verifyMac(hold.terms, hold.mac, ports.holdKey),
      denials: new DenialKeeper({
        log,
        everyMilliseconds: 1_000,
        record: (id, review) => denyOnRecord(ports, id, review),
      }),
    },
    health,
    jwks: () => publicJwks(config.current().connections),
    url,
    maxSqlBytes,
    log,
  })
  await ports.records.heartbeat(ports.gateway)
  keeper.start()
  const close = () => {
    const hurry = options.hurryMilliseconds ?? hurryMilliseconds
    setTimeout(() => flights.hurry(), hurry).unref()
    setTimeout(() => app.server.closeAllConnections(), hurry + lastAnswersMilliseconds).unref()
    return drain({ app, keeper, flights, ports, watched: [config, policy], health })
  }
  try {
    await app.listen({ host, port })
  } catch (error) {
    await close()
    throw new Error(`gateway.host, gateway.port: ${listenProblem(error, host, port)}`, { cause: error })
  }
  const bound = `http://${host}:${(app.server.address() as AddressInfo).port}`
  log.info({ url: bound, gateway: ports.gateway }, 'listening')
  return { url: bound, close }
}

function listenProblem(error: unknown, host: string, port: number): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `another process listens on ${host}:${port}; stop it, or write another port`
  return `cannot listen on ${host}:${port} (${message})`
}

interface Running {
  readonly app: FastifyInstance
  readonly keeper: Keeper
  readonly flights: Flights
  readonly ports: Ports
  readonly watched: readonly Watched<unknown>[]
  readonly health: { drain(): void }
}

/** Waiting requests are answered with where they stand; their holds live in the store and go on without this process. */
async function drain({ app, keeper, flights, ports, watched, health }: Running): Promise<void> {
  health.drain()
  const closing = app.close()
  await keeper.stop(closing.then(() => flights.landed()))
  await ports.minter.close()
  await Promise.all(ports.connections().map(({ warehouse }) => warehouse.close()))
  await Promise.all([ports.classifier.close(), ports.holds.close(), ports.recordings.close()])
  await ports.records.close()
  for (const each of watched) each.close()
}

async function openPorts(config: Watched<GatewayConfig>, policy: Watched<Policy>, log: Log): Promise<Ports> {
  const { stores, gateway, keys } = config.current()
  const holds = await needed('stores.holds', openHoldStore(stores.holds))
  for (const finding of await needed('stores.holds', holds.check())) log.warn({}, `stores.holds: ${finding}`)
  // Before there are threads that judge: a process that ends while they start ends with a crash.
  const say = (words: string) => log.info({}, `stores.records: ${words}`)
  const records = await needed('stores.records', openRecordStore(stores.records, say))
  const recordings = await needed('stores.recordings', FolderRecordingStore.open(stores.recordings))
  const warehouses = openWarehouses(() => config.current().connections, createSeal(keys.holds, 'transactions'), log)
  const verifier = latest<ReviewKeys, ReviewVerifier>(reviewVerifier)
  return {
    gateway: randomUUID(),
    clock: systemClock,
    log,
    authenticator: new OidcAuthenticator(() => config.current().issuers),
    driverSessions: new SealedSessions({
      ...{ holds, clock: systemClock },
      issuers: () => config.current().issuers.map(({ issuer }) => issuer),
      seal: createSeal(keys.holds, 'driver sessions'),
    }),
    classifier: createClassifier({ workers: gateway.judges, ...(gateway.warmUp ? {} : { warmUpMs: 0 }) }),
    policy: policy.current,
    person: (id, said) => personIn(config.current())(id, said),
    connection: warehouses.connection,
    connections: warehouses.connections,
    holds,
    holdKey: keys.holds,
    reviews: () => verifier(config.current().keys.reviews),
    records,
    recordings,
    minter: warehouses.minter,
    maskKey: () => config.current().keys.masks,
    running: new Map(),
    limits: () => {
      const { maxPending, maxTransactions, transactionIdleSeconds } = config.current().gateway
      return {
        sqlBytes: gateway.maxSqlBytes,
        pending: maxPending,
        transactions: maxTransactions,
        transactionIdleMilliseconds: transactionIdleSeconds * 1_000,
      }
    },
  }
}

function personIn({ people, slackGroups }: GatewayConfig): FindPerson {
  return findPerson(people, Object.keys(slackGroups))
}

/** Makes a thing from a setting again only when the setting has changed. */
function latest<From, To>(make: (from: From) => To): (from: From) => To {
  let made: { from: From; to: To } | undefined
  return from => {
    if (!made || made.from !== from) made = { from, to: make(from) }
    return made.to
  }
}

function report(log: Log, what: string, change: Change<unknown>): void {
  if ('value' in change) log.info({}, `${what} reloaded`)
  else log.error({ problems: change.problems }, `the changed ${what} has problems; the old one stays in force`)
}
