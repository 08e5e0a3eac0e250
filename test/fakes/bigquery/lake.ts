import { BigQuery } from '@google-cloud/bigquery'
import { Impersonated, OAuth2Client } from 'google-auth-library'
import { startFakeGoogleAuth } from '../google/fake-google-auth.ts'
import { startFakeBigQuery } from './fake-bigquery.ts'

const gateway = 'gateway@acme-lake.iam.gserviceaccount.com'
export const reader = 'reader@acme-lake.iam.gserviceaccount.com'
export const writer = 'writer@acme-lake.iam.gserviceaccount.com'

/** What the answers of all methods together can hold. */
interface Body {
  readonly error: {
    readonly code: number
    readonly message: string
    readonly errors: readonly { readonly reason: string }[]
  }
  readonly rows: readonly { readonly f: readonly { readonly v: unknown }[] }[]
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type: string }[] }
  readonly jobReference: { readonly jobId: string }
  readonly jobComplete: boolean
  readonly status: { readonly state: string }
  readonly jobs: readonly Pick<Body, 'jobReference'>[]
}

export const bodyOf = async (response: Response | Promise<Response>) => (await (await response).json()) as Body

/** A small shop that `reader` may read and `writer` may change, and the ways to ask it. */
export async function startLake() {
  const auth = await startFakeGoogleAuth({
    serviceAccounts: { [reader]: { tokenCreators: [gateway] }, [writer]: { tokenCreators: [gateway] } },
  })
  const bigquery = await startFakeBigQuery({
    auth,
    grants: { [reader]: { read: ['shop.*'] }, [writer]: { write: ['shop.*'] } },
    shop: { customers: 500, orders: 2000 },
    policyTags: { 'shop.customers.email': ['projects/acme-lake/locations/us/taxonomies/1/policyTags/2'] },
    load: async connection => {
      await connection.run('CREATE TABLE shop.numbers AS SELECT range AS n FROM range(100000)')
      await connection.run('CREATE SCHEMA hidden; CREATE TABLE hidden.payroll AS SELECT 1 AS salary')
    },
  })

  function clientOf(principal: string): BigQuery {
    const sourceClient = new OAuth2Client()
    sourceClient.setCredentials({ access_token: auth.issue(gateway), expiry_date: Date.now() + 3_600_000 })
    const authClient = new Impersonated({
      sourceClient,
      targetPrincipal: principal,
      targetScopes: ['https://www.googleapis.com/auth/bigquery'],
      lifetime: 300,
      eagerRefreshThresholdMillis: 30_000,
      endpoint: auth.url,
    })
    return new BigQuery({
      projectId: 'acme-lake',
      apiEndpoint: bigquery.url,
      authClient,
      retryOptions: { autoRetry: false },
    })
  }

  const rest = (
    method: string,
    path: string,
    { token = auth.issue(reader), body }: { token?: string; body?: unknown } = {},
  ) =>
    fetch(`${bigquery.url}/bigquery/v2/projects/acme-lake${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const query = (sql: string, more: object = {}, token?: string) =>
    rest('POST', '/queries', { body: { query: sql, useLegacySql: false, ...more }, ...(token ? { token } : {}) })

  const close = async () => {
    await bigquery.close()
    await auth.close()
  }
  return { auth, bigquery, clientOf, rest, query, close }
}
