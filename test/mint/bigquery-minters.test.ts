import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { inspect } from 'node:util'
import { decodeJwt, SignJWT } from 'jose'
import { bigqueryImpersonation } from '#gateway/mint/bigquery-impersonation.ts'
import { bigqueryWorkloadIdentity } from '#gateway/mint/bigquery-workload-identity.ts'
import { publicJwks } from '#gateway/mint/jwks.ts'
import { signingKey } from '#gateway/mint/signing-key.ts'
import { systemClock } from '#src/clock.ts'
import type { BigQueryConnection } from '#src/config/config.ts'
import { Secret } from '#src/config/secret.ts'
import type { GatewayError } from '#src/errors.ts'
import { type FakeGoogleAuth, startFakeGoogleAuth } from '#test/fakes/google/fake-google-auth.ts'
import { rsaKey } from './signing-keys.ts'

const pool = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/acme'
const gatewayProvider = `${pool}/providers/gateway`
const clusterProvider = `${pool}/providers/cluster`
const issuer = 'https://gateway.acme.example'
const readerAccount = 'ro@acme-lake.iam.example'
const writerAccount = 'rw@acme-lake.iam.example'
const key = rsaKey()
const clusterKey = rsaKey()
const bigqueryScope = 'https://www.googleapis.com/auth/bigquery'

let google: FakeGoogleAuth
let folder: string

function connection(credentials: Partial<BigQueryConnection['credentials']> = {}): BigQueryConnection {
  return {
    kind: 'bigquery',
    project: 'acme-lake',
    reader: 'reader',
    credentials: {
      mint: 'workload-identity',
      serviceAccounts: { reader: readerAccount, writer: writerAccount },
      iamUrl: google.url,
      stsUrl: google.stsUrl,
      issuer,
      audience: gatewayProvider,
      key,
      lifetimeSeconds: 300,
      ...credentials,
    },
  }
}

const request = { role: 'reader', agent: 'https://login.acme.example|agent-1', seconds: 30 }

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'querywarden-mint-'))
})

beforeEach(async () => {
  await google?.close()
  google = await startFakeGoogleAuth({
    serviceAccounts: {
      [readerAccount]: { tokenCreators: [`principal:${pool}/subject/reader`, `principal:${pool}/subject/gateway-pod`] },
      [writerAccount]: { tokenCreators: [`principal:${pool}/subject/writer`] },
    },
    identityPoolProviders: {
      [gatewayProvider]: {
        issuer,
        jwks: await publicJwks({ lake: { ...placeholder, credentials: { ...placeholder.credentials, key } } }),
      },
      [clusterProvider]: {
        issuer: 'https://cluster.acme.example',
        jwks: await publicJwks({
          lake: { ...placeholder, credentials: { ...placeholder.credentials, key: clusterKey } },
        }),
      },
    },
  })
})

const placeholder: BigQueryConnection = {
  kind: 'bigquery',
  project: 'acme-lake',
  reader: 'reader',
  credentials: { mint: 'workload-identity', serviceAccounts: {}, lifetimeSeconds: 300 },
}

after(async () => {
  await google.close()
  await rm(folder, { recursive: true })
})

/** A credentials JSON as a cluster gives it: a token in a file, exchanged at STS. */
async function clusterCredentials(): Promise<Secret> {
  const { privateKey, kid } = await signingKey(clusterKey)
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'RS256', kid })
    .setIssuer('https://cluster.acme.example')
    .setAudience(`https:${clusterProvider}`)
    .setSubject('gateway-pod')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(privateKey)
  const file = join(folder, 'token')
  await writeFile(file, token)
  return new Secret(
    JSON.stringify({
      type: 'external_account',
      audience: clusterProvider,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: google.stsUrl,
      credential_source: { file },
    }),
  )
}

test('workload identity: the role alone decides which service account speaks, with the BigQuery scope only', async () => {
  const minted = await bigqueryWorkloadIdentity(connection(), systemClock).mint(request)
  const token = google.introspect(minted.secret.reveal())
  assert.equal(token?.principal, readerAccount)
  assert.deepEqual(token?.scopes, [bigqueryScope])
  assert.equal(minted.role, 'reader')
  const writer = await bigqueryWorkloadIdentity(connection(), systemClock).mint({ ...request, role: 'writer' })
  assert.equal(google.introspect(writer.secret.reveal())?.principal, writerAccount)
})

test('a key is followed by the next one without a gap: what is served has both while both stand in the file', async () => {
  const both = new Secret(`${key.reveal()}${clusterKey.reveal()}`)
  const lake = { ...placeholder, credentials: { ...placeholder.credentials, key: both } }
  const { keys } = await publicJwks({ lake })
  const kids = await Promise.all([key, clusterKey].map(async each => (await signingKey(each)).kid))
  assert.deepEqual(
    keys.map(({ kid }) => kid),
    kids,
  )
  // The first one signs.
  await bigqueryWorkloadIdentity(connection({ key: both }), systemClock).mint(request)
})

test('a token lives as long as configured, longer only where the statement may run longer, never over an hour', async () => {
  const source = bigqueryWorkloadIdentity(connection(), systemClock)
  for (const [seconds, lifetime] of [
    [30, 300],
    [600, 660],
    [86_400, 3600],
  ] as const) {
    const minted = await source.mint({ ...request, seconds })
    const token = google.introspect(minted.secret.reveal())
    assert.equal(Math.round(((token?.expiresAt ?? 0) - (token?.issuedAt ?? 0)) / 1000), lifetime)
    assert.ok(Math.abs(minted.expiresAt - (token?.expiresAt ?? 0)) < 1000)
  }
})

test('a role that the configuration does not name mints nothing and asks nobody', async () => {
  for (const role of ['admin', '', 'constructor', '__proto__']) {
    const source = bigqueryWorkloadIdentity(connection(), systemClock)
    await assert.rejects(source.mint({ ...request, role }), { code: 'mint_failed' }, role)
  }
  assert.equal(google.mints.length, 0)
})

test('an assertion by another key, issuer or audience is refused by Google, and that is mint_failed', async () => {
  for (const credentials of [{ key: rsaKey() }, { issuer: 'https://other.example' }, { audience: clusterProvider }]) {
    const source = bigqueryWorkloadIdentity(connection(credentials), systemClock)
    await assert.rejects(source.mint(request), { code: 'mint_failed' })
  }
  assert.equal(google.mints.length, 0)
})

test("impersonation: the gateway's own identity is exchanged once and reused, each mint is a new token", async () => {
  const source = bigqueryImpersonation(
    connection({ mint: 'impersonation', source: await clusterCredentials() }),
    systemClock,
  )
  const first = await source.mint(request)
  const second = await source.mint(request)
  assert.notEqual(first.secret.reveal(), second.secret.reveal())
  assert.equal(google.introspect(first.secret.reveal())?.principal, readerAccount)
  assert.deepEqual(
    google.mints.map(({ by }) => by),
    ['federated', 'impersonated', 'impersonated'],
  )
})

test("impersonation: where nobody answers for the gateway's own identity, a mint ends, and the next one asks anew", async t => {
  let requests = 0
  const silent = createServer(() => {
    requests++
  })
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  t.after(() => silent.closeAllConnections())
  t.after(() => silent.close())
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const text = (await clusterCredentials()).reveal().replace(google.stsUrl, url)
  const source = bigqueryImpersonation(connection({ mint: 'impersonation', source: new Secret(text) }), systemClock)
  for (const asked of [1, 2]) {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const minted = source.mint(request)
    const failed = assert.rejects(minted, { code: 'mint_failed', detail: /TimeoutError/ })
    while (requests < asked) await new Promise(setImmediate)
    t.mock.timers.tick(10_000)
    await failed
    t.mock.timers.reset()
  }
})

test('an answer without end is not read to its end', async t => {
  const endless = createServer((_, response) => {
    const more = () => {
      while (response.write('x'.repeat(16_384)));
      response.once('drain', more)
    }
    more()
  })
  await once(endless.listen(0, '127.0.0.1'), 'listening')
  t.after(() => endless.close())
  const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`
  const hungUp = new Promise(resolve => endless.once('connection', socket => socket.once('close', resolve)))
  const source = bigqueryWorkloadIdentity(connection({ stsUrl: url }), systemClock)
  await assert.rejects(source.mint(request), { code: 'mint_failed', detail: /answered too much/ })
  await hungUp
})

test('impersonation of an account that did not grant it fails closed', async () => {
  const source = bigqueryImpersonation(
    connection({ mint: 'impersonation', source: await clusterCredentials() }),
    systemClock,
  )
  await assert.rejects(source.mint({ ...request, role: 'writer' }), (error: GatewayError) => {
    assert.equal(error.code, 'mint_failed')
    assert.match(error.detail ?? '', /IAM Credentials answered 403 PERMISSION_DENIED/)
    return true
  })
})

test('nothing secret is in a thrown error, whatever failed', async () => {
  const secrets: string[] = [key.reveal().split('\n')[1] ?? '', 'canary']
  const failing = [
    () => {
      google.failNext(1)
      return bigqueryWorkloadIdentity(connection(), systemClock).mint(request)
    },
    async () => bigqueryWorkloadIdentity(connection({ iamUrl: 'http://127.0.0.1:1' }), systemClock).mint(request),
    async () => bigqueryImpersonation(connection({ source: new Secret('canary {') }), systemClock).mint(request),
    async () => {
      const text = (await clusterCredentials()).reveal().replace(google.stsUrl, 'http://127.0.0.1:1/canary')
      return bigqueryImpersonation(connection({ source: new Secret(text) }), systemClock).mint(request)
    },
  ]
  for (const fail of failing)
    await assert.rejects(fail(), (error: GatewayError) => {
      assert.equal(error.code, 'mint_failed')
      const seen = inspect(error, { depth: 9, showHidden: true })
      for (const secret of [...secrets, ...google.mints.map(({ token }) => token)])
        assert.ok(!seen.includes(secret), seen)
      return true
    })
})

test('the subject token names the agent for the audit log of Google and is short-lived', async () => {
  const seen: string[] = []
  const original = globalThis.fetch
  globalThis.fetch = async (input, init) => {
    if (init?.body instanceof URLSearchParams) seen.push(init.body.get('subject_token') ?? '')
    return original(input, init)
  }
  try {
    await bigqueryWorkloadIdentity(connection(), systemClock).mint(request)
  } finally {
    globalThis.fetch = original
  }
  const claims = decodeJwt(seen[0] ?? '')
  assert.equal(claims.sub, 'reader')
  assert.equal(claims.agent, request.agent)
  assert.ok((claims.exp ?? Number.POSITIVE_INFINITY) - (claims.iat ?? 0) <= 300)
})
