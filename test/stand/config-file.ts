import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { googleAudience, type StandWarehouses, serviceAccounts, snowflakeAudience, tokenIssuer } from './warehouses.ts'

export interface Stores {
  /** `redis://…` or `sqlite:PATH`. */
  readonly holds: string
  readonly records: string
}

export type Verify = 'always' | 'risky'

interface ConfigParts {
  readonly folder: string
  /** Name of the file in the folder: every gateway has its own, because of its port. */
  readonly name: string
  readonly issuer: string
  readonly slackApi: string
  readonly gatewayPort: number
  readonly warehouses: StandWarehouses
  readonly stores: Stores
  readonly policy: string
  readonly maxPending?: number
  /** Judges as they are by default; else one that does not warm up, since that takes longer than most tests. */
  readonly asDeployed?: boolean
  /** `always` where absent. */
  readonly verify?: Verify
  readonly slackMode?: 'socket' | 'http'
}

/** Writes a configuration and `policy.yaml` into the folder; secrets come from key files and the environment. */
export function writeConfig(parts: ConfigParts): string {
  const { folder, warehouses } = parts
  writeFileSync(join(folder, 'policy.yaml'), parts.policy)
  const file = join(folder, parts.name)
  const url = `http://127.0.0.1:${parts.gatewayPort}`
  const config = {
    identity: {
      issuers: [
        {
          issuer: parts.issuer,
          audiences: ['querywarden'],
          name: 'name',
          groups: 'groups',
          owner: 'owner',
          onBehalfOf: 'act_for',
        },
      ],
      people: [
        person('oncall-1', 'U0ONCALL1', ['data-oncall', 'privacy']),
        person('oncall-2', 'U0ONCALL2', ['data-oncall']),
        person('release-owner', 'U0OWNER', ['data-oncall']),
        {
          ...{ id: 'privacy-2', name: 'privacy-2', groups: ['privacy'] },
          subject: 'privacy-2',
          email: 'privacy-2@acme.example',
        },
        person('reader-1', 'U0READER', []),
      ],
      slackGroups: { rota: 'S0ONCALL' },
    },
    gateway: {
      ...{ url, port: parts.gatewayPort, maxPending: parts.maxPending ?? 20 },
      ...(parts.asDeployed ? {} : { judges: 1, warmUp: false }),
    },
    connections: {
      shop: { ...snowflakeConnection(warehouses), verify: parts.verify ?? 'always' },
      lake: { ...bigqueryConnection(warehouses), verify: parts.verify ?? 'always' },
    },
    stores: { ...storeAddresses(parts.stores), recordings: 'recordings' },
    keys: {
      holds: 'file:keys/holds.key',
      masks: 'file:keys/masks.key',
      reviews: { sign: 'file:keys/reviews.pem', verify: 'file:keys/reviews.pub' },
      console: { sign: 'file:keys/console.pem', verify: 'file:keys/console.pub' },
    },
    oncall: { lookups: [{ group: 'data-oncall' }], operators: ['data-oncall'] },
    console: {
      url: `${url}/console`,
      issuer: parts.issuer,
      clientId: 'querywarden-console',
      clientSecret: 'file:keys/console-client.secret',
      slackClaim: 'slack',
    },
    slack: {
      mode: parts.slackMode ?? 'socket',
      channel: 'C0APPROVALS',
      oncall: { channel: 'C0ONCALL', mention: 'S0ONCALL' },
      botToken: 'env:QW_SLACK_BOT_TOKEN',
      appToken: 'env:QW_SLACK_APP_TOKEN',
      apiUrl: parts.slackApi,
    },
    policy: { file: 'policy.yaml' },
  }
  writeFileSync(file, stringify(config))
  return file
}

/** A file of ours is no secret; an address with a password is. */
function storeAddresses({ holds, records }: Stores) {
  const plain = (address: string, reference: string) => (address.startsWith('sqlite:') ? address : reference)
  return { holds: plain(holds, 'env:QW_HOLDS'), records: plain(records, 'env:QW_RECORDS') }
}

function person(id: string, user: string, groups: readonly string[]) {
  return { id, name: id, groups, subject: id, slack: { team: 'T0DEMO', user } }
}

function snowflakeConnection({ shop }: StandWarehouses) {
  return {
    kind: 'snowflake',
    account: 'acme-prod',
    url: shop.url,
    reader: 'AGENT_READER',
    database: 'DEMO',
    schema: 'SHOP',
    credentials: {
      mint: 'external-oauth',
      user: 'AGENT_GATEWAY',
      key: 'file:keys/snowflake.pem',
      issuer: tokenIssuer,
      audience: snowflakeAudience,
    },
  }
}

function bigqueryConnection({ lake, google }: StandWarehouses) {
  return {
    kind: 'bigquery',
    project: 'acme-lake',
    url: lake.url,
    reader: 'AGENT_READER',
    dataset: 'shop',
    location: 'US',
    credentials: {
      mint: 'workload-identity',
      serviceAccounts: { ...serviceAccounts },
      key: 'file:keys/google.pem',
      issuer: tokenIssuer,
      audience: googleAudience,
      iamUrl: google.url,
      stsUrl: google.stsUrl,
    },
  }
}
