import { createPublicKey } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import { type FakeBigQuery, startFakeBigQuery } from '#test/fakes/bigquery/fake-bigquery.ts'
import { type FakeGoogleAuth, startFakeGoogleAuth } from '#test/fakes/google/fake-google-auth.ts'
import { type FakeSnowflake, startFakeSnowflake } from '#test/fakes/snowflake/fake-snowflake.ts'
import type { Keys } from './keys.ts'

export const tokenIssuer = 'https://gateway.acme.example'
export const snowflakeAudience = 'https://acme-prod.snowflakecomputing.com'
const pool = 'iam.googleapis.com/projects/1234567890/locations/global/workloadIdentityPools/agents'
export const googleAudience = `//${pool}/providers/querywarden`
export const serviceAccounts = {
  AGENT_READER: 'reader@acme-lake.iam.gserviceaccount.com',
  AGENT_WRITER: 'writer@acme-lake.iam.gserviceaccount.com',
} as const
const roles = Object.keys(serviceAccounts)

export interface Sizes {
  readonly customers: number
  readonly orders: number
}

/** What answers behind the connection to BigQuery, and what it saw of the agents' statements. */
export interface Lake extends Pick<FakeBigQuery, 'url' | 'moved' | 'close'> {
  /** Texts that ran, oldest first. */
  readonly executed: readonly { readonly sql: string }[]
  readonly jobs: readonly { readonly id: string; readonly destination: { readonly dataset: string } }[]
}

/** What answers behind the connection to Snowflake, and what it saw of the agents' statements. */
export interface Shop extends Pick<FakeSnowflake, 'url' | 'close'> {
  /** Texts that ran, oldest first. */
  readonly executed: readonly { readonly sql: string }[]
}

/** `snowflake`: the stand-in, whose rows it has to have in its schema `DEMO.SHOP`. */
export type StartShop = (snowflake: FakeSnowflake) => Promise<Shop>

/** `shop`: a connection to the rows that it has to have in its data set `shop`. */
export type StartLake = (google: FakeGoogleAuth, shop: DuckDBConnection) => Promise<Lake>

export interface StandWarehouses {
  readonly snowflake: FakeSnowflake
  /** The stand-in, unless the test brought another. */
  readonly shop: Shop
  readonly google: FakeGoogleAuth
  readonly bigquery: FakeBigQuery
  /** The stand-in, unless the test brought another. */
  readonly lake: Lake
}

/** Both warehouses and Google's token services. Each trusts the gateway's published keys and nothing else of it. */
export async function startWarehouses(
  keys: Keys,
  sizes: Sizes,
  { lake: startLake, shop: startShop }: { readonly lake?: StartLake; readonly shop?: StartShop } = {},
): Promise<StandWarehouses> {
  const [snowflake, google] = await Promise.all([startSnowflake(keys, sizes), startGoogle(keys)])
  const bigquery = await startFakeBigQuery({
    auth: google,
    shop: sizes,
    layouts: {
      'shop.orders': {
        timePartitioning: { type: 'DAY', field: 'ordered_at', expirationMs: '94608000000' },
        clustering: { fields: ['status'] },
      },
    },
    grants: {
      [serviceAccounts.AGENT_READER]: { read: ['shop.*'] },
      [serviceAccounts.AGENT_WRITER]: { read: ['shop.*'], write: ['shop.*'] },
    },
  })
  const lake = (await startLake?.(google, bigquery.connection)) ?? bigquery
  const shop = (await startShop?.(snowflake)) ?? standInShop(snowflake)
  return { snowflake, shop, google, bigquery, lake }
}

function standInShop(snowflake: FakeSnowflake): Shop {
  return {
    url: snowflake.url,
    get executed() {
      const ran = snowflake.statements().filter(({ executions }) => executions > 0)
      return ran.map(({ sqlText: sql }) => ({ sql }))
    },
    close: () => snowflake.close(),
  }
}

function startSnowflake(keys: Keys, sizes: Sizes): Promise<FakeSnowflake> {
  const publicKeys = [keys.snowflakePublic]
  return startFakeSnowflake({
    account: 'ACME-PROD',
    users: { AGENT_GATEWAY: { roles, publicKeys } },
    roles: {
      AGENT_READER: { select: ['DEMO.SHOP.*'] },
      AGENT_WRITER: { select: ['DEMO.SHOP.*'], write: ['DEMO.SHOP.*'] },
    },
    integration: {
      issuer: tokenIssuer,
      audience: [snowflakeAudience],
      publicKeys,
      allowedRoles: roles,
      maxTokenSeconds: 60,
    },
    ...sizes,
  })
}

async function startGoogle(keys: Keys): Promise<FakeGoogleAuth> {
  const jwk = await exportJWK(createPublicKey(keys.googlePublic))
  const kid = await calculateJwkThumbprint(jwk)
  return startFakeGoogleAuth({
    serviceAccounts: Object.fromEntries(
      Object.entries(serviceAccounts).map(([role, email]) => [
        email,
        { tokenCreators: [`principal://${pool}/subject/${role}`] },
      ]),
    ),
    identityPoolProviders: {
      [googleAudience]: { issuer: tokenIssuer, jwks: { keys: [{ ...jwk, kid, use: 'sig', alg: 'RS256' }] } },
    },
  })
}
