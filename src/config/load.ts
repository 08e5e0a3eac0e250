import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { BotConfig, ConsoleConfig, GatewayConfig, IssuerConfig, RecordsConfig } from './config.ts'
import { connectionsOf, withoutSlash } from './connections.ts'
import { readDocument, type YamlDocument } from './document.ts'
import { isOnePair, notOnePair } from './key-pair.ts'
import { ConfigProblems, isError, type Problem } from './problem.ts'
import { type ConfigFile, configSchema } from './schema.ts'
import type { Secret } from './secret.ts'
import { type Environment, fileError, SecretReader } from './secret-reader.ts'
import { botSettingProblems, settingProblems } from './setting-problems.ts'
import { durationSeconds, sizeBytes } from './units.ts'

/** What one reading of the file gave. `config` is there only where there is no error; warnings may remain. */
export interface Reading<T> {
  readonly config?: T
  readonly problems: readonly Problem[]
  /** Every file that was looked at, absolute: the YAML file itself and what `file:` names. */
  readonly files: readonly string[]
}

/**
 * The gateway's configuration, deeply frozen, from the YAML file. Resolves the gateway's secrets only: no Slack token is
 * read. Throws `ConfigProblems` with every problem.
 */
export function loadGatewayConfig(file: string, environment: Environment): GatewayConfig {
  const { config, problems } = readGatewayConfig(file, environment)
  if (config === undefined) throw new ConfigProblems(problems)
  return config
}

/** `startUrl`: `gateway.url` of the start, whose name tokens are minted in until the next one. */
export function readGatewayConfig(file: string, environment: Environment, startUrl?: string): Reading<GatewayConfig> {
  return readConfig(file, environment, (value, reader, folder) => gatewayConfigOf(value, reader, folder, startUrl))
}

/** The bot's configuration, from the same file. Resolves the bot's secrets only: no warehouse key is read. */
export function readBotConfig(file: string, environment: Environment): Reading<BotConfig> {
  return readConfig(file, environment, botConfigOf)
}

/** For what looks the record up, where neither process need be: no other secret is resolved. Throws `ConfigProblems`. */
export function loadRecordsConfig(file: string, environment: Environment): RecordsConfig {
  const { config, problems } = readConfig(file, environment, recordsConfigOf)
  if (config === undefined) throw new ConfigProblems(problems)
  return config
}

/** Reads and checks the form of the file; absent `document` where nothing further can be said. */
export function readConfigFile(file: string): { document?: YamlDocument<ConfigFile>; problems: Problem[] } {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return { problems: [{ file, line: 0, column: 0, path: '', message: fileError(error) }] }
  }
  return readDocument(text, file, configSchema)
}

function readConfig<T>(
  file: string,
  environment: Environment,
  build: (value: ConfigFile, reader: SecretReader, folder: string) => T | undefined,
): Reading<T> {
  const { document, problems } = readConfigFile(file)
  const own = resolve(file)
  if (!document) return { problems, files: [own] }
  const folder = dirname(own)
  const reader = new SecretReader(document, folder, environment, problems)
  settingProblems(document.value, reader)
  const config = build(document.value, reader, folder)
  const all = sortProblems([...problems, ...reader.problems])
  const files = [own, ...reader.files]
  return config === undefined || all.some(isError)
    ? { problems: all, files }
    : { config: deepFreeze(config), problems: all, files }
}

export function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column)
}

function holdsOf({ stores }: ConfigFile, reader: SecretReader): Secret | undefined {
  return reader.isSound('stores') ? reader.address(['stores', 'holds'], stores.holds, ['redis', 'rediss']) : undefined
}

function recordsOf({ stores }: ConfigFile, reader: SecretReader): Secret | undefined {
  if (!reader.isSound('stores')) return undefined
  return reader.address(['stores', 'records'], stores.records, ['postgres', 'postgresql'])
}

function recordsConfigOf(value: ConfigFile, reader: SecretReader, folder: string): RecordsConfig | undefined {
  const records = recordsOf(value, reader)
  if (!records || !reader.isSound()) return undefined
  return {
    stores: { records, recordings: resolve(folder, value.stores.recordings) },
    connections: value.connections,
    policyFile: policyPath(folder, value.policy.file),
  }
}

function gatewayConfigOf(
  value: ConfigFile,
  reader: SecretReader,
  folder: string,
  startUrl = value.gateway?.url,
): GatewayConfig | undefined {
  const holds = holdsOf(value, reader)
  const records = recordsOf(value, reader)
  const keys = reader.isSound('keys') ? gatewayKeysOf(value.keys, reader) : undefined
  const connections = reader.isSound('connections') ? connectionsOf(value, startUrl, reader) : undefined
  const console =
    reader.isSound('console') && reader.isSound('keys') ? consoleOf(value, keys?.reviews.console, reader) : undefined
  if (!holds || !records || !keys || !connections || !reader.isSound()) return undefined
  const { host, port, url, maxSqlBytes, transactionIdle, ...limits } = value.gateway
  return {
    people: value.identity.people,
    slackGroups: value.identity.slackGroups,
    stores: { holds, records, recordings: resolve(folder, value.stores.recordings) },
    gateway: {
      ...{ host, port, url: withoutSlash(url), maxSqlBytes: sizeBytes(maxSqlBytes), ...limits },
      transactionIdleSeconds: durationSeconds(transactionIdle),
    },
    issuers: value.identity.issuers.map(issuerOf),
    connections,
    keys,
    oncall: value.oncall,
    ...(console && { console }),
    policyFile: policyPath(folder, value.policy.file),
  }
}

function gatewayKeysOf(keys: ConfigFile['keys'], reader: SecretReader): GatewayConfig['keys'] | undefined {
  const holds = reader.key(['keys', 'holds'], keys.holds)
  const masks = reader.key(['keys', 'masks'], keys.masks)
  const slack = reader.publicKey(['keys', 'reviews', 'verify'], keys.reviews.verify)
  const console = keys.console && reader.publicKey(['keys', 'console', 'verify'], keys.console.verify)
  if (holds && holds.reveal() === masks?.reveal())
    reader.report(['keys', 'masks'], 'is the same key as keys.holds; each needs its own')
  if (slack && console && isOnePair(slack, console)) reportSharedPair(reader)
  return holds && masks && slack ? { holds, masks, reviews: { slack, ...(console && { console }) } } : undefined
}

/** One key for two places: what is signed in one of them would count as said in the other. */
function reportSharedPair(reader: SecretReader): void {
  reader.report(['keys', 'console'], 'is the key pair of keys.reviews; the console needs its own')
}

function consoleOf(
  { console, keys }: ConfigFile,
  verify: string | undefined,
  reader: SecretReader,
): ConsoleConfig | undefined {
  if (!console) return undefined
  const { url, issuer, clientId, matchEmail, slackClaim } = console
  const clientSecret = reader.secret(['console', 'clientSecret'], console.clientSecret)
  const sign = keys.console?.sign
  if (!sign) return reader.report(['console'], 'needs keys.console: the gateway signs what people decide there with it')
  const key = reader.privateKey(['keys', 'console', 'sign'], sign, 'ed25519')
  if (key && verify && !isOnePair(key.reveal(), verify)) reader.report(['keys', 'console'], notOnePair)
  const claim = slackClaim === undefined ? {} : { slackClaim }
  return clientSecret && key && { url, issuer, clientId, clientSecret, matchEmail, ...claim, key }
}

function issuerOf(file: ConfigFile['identity']['issuers'][number]): IssuerConfig {
  const { issuer, audiences, algorithms, clockTolerance, ...claims } = file
  return { issuer, audiences, algorithms, claims, clockToleranceSeconds: durationSeconds(clockTolerance) }
}

function botConfigOf(value: ConfigFile, reader: SecretReader): BotConfig | undefined {
  botSettingProblems(value, reader)
  const holds = holdsOf(value, reader)
  const reviews = reader.isSound('keys') ? reviewKeyOf(value.keys.reviews, reader) : undefined
  const slack = reader.isSound('slack') ? slackOf(value.slack, reader) : undefined
  if (!holds || !reviews || !slack || !reader.isSound()) return undefined
  const audience = withoutSlash(value.gateway.url)
  const gateway = { url: withoutSlash(value.slack?.gateway ?? audience), audience }
  const console = value.keys.console && reader.publicKey(['keys', 'console', 'verify'], value.keys.console.verify)
  if (console && isOnePair(reviews.reveal(), console)) reportSharedPair(reader)
  return {
    people: value.identity.people,
    slackGroups: value.identity.slackGroups,
    stores: { holds },
    gateway,
    slack,
    keys: { reviews, ...(console && { console }) },
    ...(value.console && { console: { url: value.console.url } }),
  }
}

function reviewKeyOf({ sign }: ConfigFile['keys']['reviews'], reader: SecretReader): Secret | undefined {
  if (!sign) return reader.report(['keys', 'reviews'], 'sign is missing: the bot signs reviews with it')
  return reader.privateKey(['keys', 'reviews', 'sign'], sign, 'ed25519')
}

function slackOf(slack: ConfigFile['slack'], reader: SecretReader): BotConfig['slack'] | undefined {
  if (!slack) return reader.report([], 'slack is missing: the bot needs it')
  const { mode, channel, fallback, engineers, host, port, apiUrl, matchEmail, tellOwners } = slack
  const botToken = reader.token(['slack', 'botToken'], slack.botToken, 'xoxb-')
  const appToken = mode === 'socket' ? reader.token(['slack', 'appToken'], slack.appToken, 'xapp-') : undefined
  const signingSecret = mode === 'http' ? reader.secret(['slack', 'signingSecret'], slack.signingSecret) : undefined
  if (!botToken) return undefined
  return {
    mode,
    channel,
    oncall: { channel: slack.oncall?.channel ?? channel, mention: slack.oncall?.mention ?? 'here' },
    ...(fallback && { fallback }),
    engineers,
    botToken,
    ...(appToken && { appToken }),
    ...(signingSecret && { signingSecret }),
    host,
    port,
    matchEmail,
    tellOwners,
    ...(apiUrl && { apiUrl }),
  }
}

/** The policy's path, from where the folder of the configuration is named from. */
export function policyPath(folder: string, policyFile: string): string {
  return isAbsolute(policyFile) ? policyFile : join(folder, policyFile)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}
