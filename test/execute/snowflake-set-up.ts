import { createPublicKey } from 'node:crypto'
import { createWarehouse } from '#gateway/execute/create-warehouses.ts'
import type { CredentialedWarehouse } from '#gateway/execute/warehouse-sessions.ts'
import { createMinter, type GatewayMinter } from '#gateway/mint/create-minter.ts'
import type { SnowflakeConnection } from '#src/config/config.ts'
import { pageCells } from '#src/execute/page-cells.ts'
import type { Cell, Execution } from '#src/execute/warehouse.ts'
import type { Authorized } from '#src/hold/authorized.ts'
import type { Credential } from '#src/mint/minter.ts'
import {
  type FakeSnowflake,
  type FakeSnowflakeOptions,
  startFakeSnowflake,
} from '#test/fakes/snowflake/fake-snowflake.ts'
import { rsaKey } from '#test/mint/signing-keys.ts'
import { keptSeal } from './kept-seal.ts'

export const key = rsaKey()
const publicKey = createPublicKey(key.reveal()).export({ type: 'spki', format: 'pem' }) as string
const issuer = 'https://gateway.acme.example'
const audience = 'https://acme-prod.snowflakecomputing.com'
const roles = ['AGENT_READER', 'AGENT_WRITER']

export interface SnowflakeSetUp {
  readonly snowflake: FakeSnowflake
  readonly connection: SnowflakeConnection
  readonly warehouse: CredentialedWarehouse
  readonly minter: GatewayMinter
  /** Mints, executes, ends nothing. */
  execute(authorized: Authorized, signal?: AbortSignal): Promise<{ credential: Credential; execution: Execution }>
  close(): Promise<void>
}

/** The real warehouse and minter, and a stand-in for the service. */
export async function setUpSnowflake(
  options: Partial<FakeSnowflakeOptions> = {},
  credentials: Partial<SnowflakeConnection['credentials']> = {},
  more: Partial<SnowflakeConnection> = {},
  pausesMilliseconds: readonly number[] = [20, 50, 100, 200],
): Promise<SnowflakeSetUp> {
  const snowflake = await startFakeSnowflake({
    account: 'ACME-PROD',
    users: { AGENT_GATEWAY: { roles, publicKeys: [publicKey] } },
    roles: {
      AGENT_READER: { select: ['DEMO.SHOP.*'] },
      AGENT_WRITER: { select: ['DEMO.SHOP.*'], write: ['DEMO.SHOP.*'], own: ['DEMO.SHOP.*'], create: ['DEMO.SHOP'] },
    },
    integration: { issuer, audience: [audience], publicKeys: [publicKey], allowedRoles: roles, maxTokenSeconds: 60 },
    customers: 500,
    orders: 2000,
    ...options,
  })
  const connection: SnowflakeConnection = {
    kind: 'snowflake',
    account: 'acme-prod',
    url: snowflake.url,
    database: 'DEMO',
    schema: 'SHOP',
    reader: 'AGENT_READER',
    credentials: {
      mint: 'external-oauth',
      user: 'AGENT_GATEWAY',
      key,
      issuer,
      audience,
      lifetimeSeconds: 60,
      ...credentials,
    },
    ...more,
  }
  const connections = { analytics: connection }
  const warehouses: { analytics?: CredentialedWarehouse } = {}
  const minter = createMinter(() => connections, {
    onEnd: async (_connection, credential) => warehouses.analytics?.endCredential(credential),
  })
  const warehouse = createWarehouse('analytics', connection, {
    minter,
    seal: keptSeal,
    cancelGraceMilliseconds: 500,
    pausesMilliseconds,
  })
  warehouses.analytics = warehouse
  return {
    snowflake,
    connection,
    warehouse,
    minter,
    async execute(authorized, signal = new AbortController().signal) {
      const credential = await minter.mint(authorized)
      return { credential, execution: await warehouse.execute(authorized, credential, signal) }
    },
    async close() {
      await minter.close()
      await warehouse.close()
      await snowflake.close()
    },
  }
}

export async function rowsOf(execution: Execution): Promise<(readonly Cell[])[]> {
  const rows: (readonly Cell[])[] = []
  for await (const page of execution.pages) rows.push(...pageCells(page, execution.columns))
  return rows
}

export function openSessions(snowflake: FakeSnowflake): number {
  return snowflake.sessions().filter(({ endedAt }) => endedAt === undefined).length
}
