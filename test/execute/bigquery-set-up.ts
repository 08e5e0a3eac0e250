import { createWarehouse } from '#gateway/execute/create-warehouses.ts'
import type { CredentialedWarehouse } from '#gateway/execute/warehouse-sessions.ts'
import { createMinter, type GatewayMinter } from '#gateway/mint/create-minter.ts'
import { publicJwks } from '#gateway/mint/jwks.ts'
import type { BigQueryConnection } from '#src/config/config.ts'
import type { Execution } from '#src/execute/warehouse.ts'
import type { Authorized } from '#src/hold/authorized.ts'
import type { Credential } from '#src/mint/minter.ts'
import { type FakeBigQuery, type FakeBigQueryOptions, startFakeBigQuery } from '#test/fakes/bigquery/fake-bigquery.ts'
import { type FakeGoogleAuth, startFakeGoogleAuth } from '#test/fakes/google/fake-google-auth.ts'
import { type AuthorizedOptions, authorizedStatement } from '#test/mint/authorized-statement.ts'
import { rsaKey } from '#test/mint/signing-keys.ts'
import { keptSeal } from './kept-seal.ts'

const key = rsaKey()
const pool = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/acme'
const audience = `${pool}/providers/gateway`
const issuer = 'https://gateway.acme.example'
const accounts = { reader: 'ro@acme-lake.iam.example', writer: 'rw@acme-lake.iam.example' }

export interface BigQuerySetUp {
  readonly google: FakeGoogleAuth
  readonly bigquery: FakeBigQuery
  readonly connection: BigQueryConnection
  readonly warehouse: CredentialedWarehouse
  readonly minter: GatewayMinter
  execute(authorized: Authorized, signal?: AbortSignal): Promise<{ credential: Credential; execution: Execution }>
  close(): Promise<void>
}

/** The real warehouse, the real minter, and stand-ins for STS, IAM and BigQuery. */
export async function setUpBigQuery(options: Partial<FakeBigQueryOptions> = {}): Promise<BigQuerySetUp> {
  const draft: BigQueryConnection = {
    kind: 'bigquery',
    project: 'acme-lake',
    location: 'US',
    dataset: 'shop',
    reader: 'reader',
    credentials: { mint: 'workload-identity', serviceAccounts: accounts, issuer, audience, key, lifetimeSeconds: 300 },
  }
  const google = await startFakeGoogleAuth({
    serviceAccounts: {
      [accounts.reader]: { tokenCreators: [`principal:${pool}/subject/reader`] },
      [accounts.writer]: { tokenCreators: [`principal:${pool}/subject/writer`] },
    },
    identityPoolProviders: { [audience]: { issuer, jwks: await publicJwks({ lake: draft }) } },
  })
  const bigquery = await startFakeBigQuery({
    auth: google,
    grants: { [accounts.reader]: { read: ['shop.*'] }, [accounts.writer]: { read: ['shop.*'], write: ['shop.*'] } },
    shop: { customers: 500, orders: 2000 },
    ...options,
  })
  const connection = {
    ...draft,
    url: bigquery.url,
    credentials: { ...draft.credentials, iamUrl: google.url, stsUrl: google.stsUrl },
  }
  const connections = { lake: connection }
  const minter = createMinter(() => connections)
  const warehouse = createWarehouse('lake', connection, {
    ...{ minter, seal: keptSeal, cancelGraceMilliseconds: 1000, pausesMilliseconds: [10, 20, 50] },
  })
  return {
    google,
    bigquery,
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
      await bigquery.close()
      await google.close()
    },
  }
}

export function lakeStatement(options: AuthorizedOptions = {}): Authorized {
  return authorizedStatement({ connection: 'lake', dialect: 'bigquery', role: 'reader', approved: true, ...options })
}
