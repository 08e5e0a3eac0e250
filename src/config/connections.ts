import type { BigQueryConnection, ConnectionConfig, GatewayConfig, SnowflakeConnection } from './config.ts'
import type { Path } from './problem.ts'
import type { ConfigFile, ConnectionFile } from './schema.ts'
import type { SecretReader } from './secret-reader.ts'
import { durationSeconds } from './units.ts'

type Of<K extends ConnectionFile['kind']> = Extract<ConnectionFile, { kind: K }>

/** The connections with their keys read; undefined where one of them could not be. Tokens are minted in the name of `gatewayUrl`. */
export function connectionsOf(
  { connections }: ConfigFile,
  gatewayUrl: string,
  reader: SecretReader,
): GatewayConfig['connections'] | undefined {
  const built: Record<string, ConnectionConfig> = {}
  let complete = true
  for (const [name, connection] of Object.entries(connections)) {
    const path = ['connections', name, 'credentials']
    const config =
      connection.kind === 'snowflake'
        ? snowflakeOf(connection, gatewayUrl, path, reader)
        : bigqueryOf(connection, gatewayUrl, path, reader)
    if (config) built[name] = config
    else complete = false
  }
  return complete ? built : undefined
}

function snowflakeOf(
  { credentials, ...rest }: Of<'snowflake'>,
  gatewayUrl: string,
  path: Path,
  reader: SecretReader,
): SnowflakeConnection | undefined {
  const key = reader.privateKey([...path, 'key'], credentials.key, 'rsa')
  if (!key) return undefined
  const { mint, user, lifetime } = credentials
  const base = { user, key, lifetimeSeconds: durationSeconds(lifetime) }
  if (mint === 'key-pair') return { ...rest, credentials: { mint, ...base } }
  const { issuer = gatewayUrl, audience = `https://${rest.account}.snowflakecomputing.com` } = credentials
  return { ...rest, credentials: { mint, ...base, issuer, audience } }
}

function bigqueryOf(
  { credentials, ...rest }: Of<'bigquery'>,
  gatewayUrl: string,
  path: Path,
  reader: SecretReader,
): BigQueryConnection | undefined {
  const { lifetime, serviceAccounts, iamUrl } = credentials
  const base = {
    serviceAccounts,
    ...(iamUrl && { iamUrl: withoutSlash(iamUrl) }),
    lifetimeSeconds: durationSeconds(lifetime),
  }
  if (credentials.mint === 'workload-identity') {
    const key = reader.privateKey([...path, 'key'], credentials.key, 'rsa')
    if (!key) return undefined
    const { mint, audience, issuer = gatewayUrl, stsUrl } = credentials
    return { ...rest, credentials: { mint, ...base, key, audience, issuer, ...(stsUrl && { stsUrl }) } }
  }
  const { mint } = credentials
  if (!credentials.source) return { ...rest, credentials: { mint, ...base } }
  const source = reader.credentialsJson([...path, 'source'], credentials.source)
  return source && { ...rest, credentials: { mint, ...base, source } }
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
