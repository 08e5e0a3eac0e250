import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { IdentityPoolClient, Impersonated, OAuth2Client } from 'google-auth-library'
import { importPKCS8, SignJWT } from 'jose'
import { type FakeIssuer, startFakeIssuer } from '../issuer.ts'
import { type FakeGoogleAuth, startFakeGoogleAuth } from './fake-google-auth.ts'

const target = 'reader@acme-lake.iam.gserviceaccount.com'
const middle = 'middle@acme-lake.iam.gserviceaccount.com'
const gateway = 'gateway@acme-lake.iam.gserviceaccount.com'
const pool = '//iam.googleapis.com/projects/4711/locations/global/workloadIdentityPools/gateways'
const audience = `${pool}/providers/querywarden`
const federated = `principal:${pool}/subject/release-bot`
const bigqueryScope = 'https://www.googleapis.com/auth/bigquery'
const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform'

interface Body {
  readonly error: string & { readonly code: number; readonly status: string; readonly message: string }
  readonly access_token: string
}

describe('Google’s token services, stood in', () => {
  let issuer: FakeIssuer
  let auth: FakeGoogleAuth
  let now = Date.now()
  const key = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })

  before(async () => {
    issuer = await startFakeIssuer()
    auth = await startFakeGoogleAuth({
      clock: () => now,
      metadataAccount: gateway,
      serviceAccounts: {
        [target]: { tokenCreators: [gateway, middle, federated] },
        [middle]: { tokenCreators: ['chain@acme-lake.iam.gserviceaccount.com'] },
        [gateway]: { keys: { 'key-1': key.publicKey } },
      },
      identityPoolProviders: {
        [audience]: { issuer: issuer.url, jwks: new URL(`${issuer.url}/jwks`), allowedAudiences: [audience] },
      },
    })
  })
  after(async () => {
    await auth.close()
    await issuer.close()
  })

  const form = async (url: string, fields: Record<string, string>) => {
    const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) })
    return { status: response.status, body: (await response.json()) as Body }
  }
  const mint = async (token: string, body: object, email = target) => {
    const response = await fetch(`${auth.url}/v1/projects/-/serviceAccounts/${email}:generateAccessToken`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return {
      status: response.status,
      body: (await response.json()) as Body & { accessToken: string; expireTime: string },
    }
  }
  const exchange = (subjectToken: string, fields: Record<string, string> = {}) =>
    form(auth.stsUrl, {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      audience,
      scope: cloudPlatform,
      subject_token: subjectToken,
      ...fields,
    })
  const redeem = async (claims: object, { signer = key.privateKey, kid = 'key-1' } = {}) => {
    const seconds = Math.floor(now / 1000)
    const assertion = await new SignJWT({
      iss: gateway,
      scope: cloudPlatform,
      aud: auth.tokenUrl,
      iat: seconds,
      exp: seconds + 3600,
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid })
      .sign(await importPKCS8(signer, 'RS256'))
    return form(auth.tokenUrl, { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
  }

  test('mints for a token creator, for as long as asked, until it expires', async () => {
    const { body } = await mint(auth.issue(gateway), { scope: [bigqueryScope], lifetime: '300s' })
    const known = auth.introspect(body.accessToken)
    assert.deepEqual([known?.principal, known?.scopes, known?.caller], [target, [bigqueryScope], gateway])
    assert.ok(Math.abs(Date.parse(body.expireTime) - now - 300_000) < 1000)
    now += 301_000
    assert.equal(auth.introspect(body.accessToken), undefined)
    assert.equal(auth.mints.at(-1)?.by, 'impersonated')
  })

  test('refuses who may not mint, and what may not be minted', async () => {
    const good = { scope: [bigqueryScope] }
    const refused: [string, string, object, number, string][] = [
      ['a foreign bearer', 'ya29.foreign', good, 401, 'UNAUTHENTICATED'],
      ['an expired bearer', auth.issue(gateway, { lifetimeSeconds: 0 }), good, 401, 'UNAUTHENTICATED'],
      ['a narrow bearer', auth.issue(gateway, { scopes: [bigqueryScope] }), good, 403, 'PERMISSION_DENIED'],
      ['no token creator', auth.issue('stranger@x'), good, 403, 'PERMISSION_DENIED'],
      ['no scope', auth.issue(gateway), {}, 400, 'INVALID_ARGUMENT'],
      ['over an hour', auth.issue(gateway), { ...good, lifetime: '3601s' }, 400, 'INVALID_ARGUMENT'],
      [
        'a gap in the chain',
        auth.issue(gateway),
        { ...good, delegates: [`projects/-/serviceAccounts/${middle}`] },
        403,
        'PERMISSION_DENIED',
      ],
    ]
    for (const [name, token, body, status, word] of refused) {
      const answer = await mint(token, body)
      assert.deepEqual([answer.status, answer.body.error.status], [status, word], name)
    }
    const chained = auth.issue('chain@acme-lake.iam.gserviceaccount.com')
    const delegates = [`projects/-/serviceAccounts/${middle}`]
    assert.equal((await mint(chained, { ...good, delegates })).status, 200)
    assert.equal((await mint(auth.issue(gateway), good, 'unknown@x')).status, 403)
  })

  test('serves the unmodified client: federation, then impersonation', async () => {
    const sourceClient = new IdentityPoolClient({
      type: 'external_account',
      audience,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: auth.stsUrl,
      scopes: [cloudPlatform],
      subject_token_supplier: { getSubjectToken: () => issuer.tokenFor('release-bot', { claims: { aud: audience } }) },
    })
    const client = new Impersonated({
      sourceClient,
      targetPrincipal: target,
      targetScopes: [bigqueryScope],
      endpoint: auth.url,
    })
    const { token } = await client.getAccessToken()
    assert.deepEqual(
      [auth.introspect(token ?? '')?.principal, auth.introspect(token ?? '')?.caller],
      [target, federated],
    )
  })

  test('exchanges only a current assertion of the trusted issuer for this audience', async () => {
    const seconds = Math.floor(now / 1000)
    const forUs = { aud: audience }
    assert.equal(
      (await exchange(await issuer.tokenFor('release-bot', { claims: { ...forUs, exp: seconds + 600 } }))).status,
      200,
    )
    const refused: [string, Parameters<FakeIssuer['tokenFor']>[1], Record<string, string>, string][] = [
      ['expired', { claims: { ...forUs, exp: seconds - 600 } }, {}, 'invalid_grant'],
      ['another audience', {}, {}, 'invalid_grant'],
      ['another issuer', { claims: { ...forUs, iss: 'https://elsewhere.example' } }, {}, 'invalid_grant'],
      ['a stranger’s key', { claims: forUs, key: 'unpublished' }, {}, 'invalid_grant'],
      ['three days', { claims: { ...forUs, exp: seconds + 259_200 } }, {}, 'invalid_grant'],
      ['an unknown pool', { claims: forUs }, { audience: `${pool}/providers/other` }, 'invalid_target'],
      ['another grant', { claims: forUs }, { grant_type: 'client_credentials' }, 'unsupported_grant_type'],
    ]
    for (const [name, overrides, fields, error] of refused) {
      const answer = await exchange(await issuer.tokenFor('release-bot', overrides), fields)
      assert.deepEqual([answer.status, answer.body.error], [400, error], name)
    }
  })

  test('redeems a key’s assertion, and nothing that only resembles one', async () => {
    const seconds = Math.floor(now / 1000)
    const { body } = await redeem({})
    assert.equal(auth.introspect(body.access_token)?.principal, gateway)
    const stranger = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }).privateKey
    const refused = await Promise.all([
      redeem({}, { signer: stranger }),
      redeem({}, { kid: 'key-2' }),
      redeem({ aud: 'https://elsewhere.example/token' }),
      redeem({ exp: seconds + 7200 }),
      redeem({ iat: seconds - 7200, exp: seconds - 3600 }),
      redeem({ iss: 'nobody@x' }),
    ])
    for (const answer of refused) assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_grant'])
  })

  test('the metadata server speaks only to who knows the header', async () => {
    const url = `http://${auth.metadataHost}/computeMetadata/v1/instance/service-accounts/default/token`
    assert.equal((await fetch(url)).status, 403)
    const { access_token } = (await (await fetch(url, { headers: { 'metadata-flavor': 'Google' } })).json()) as Body
    assert.equal(auth.introspect(access_token)?.principal, gateway)
  })

  test('revoked and disabled stop counting; unavailable is said', async () => {
    const [first, second] = [auth.issue(target), auth.issue(target)]
    auth.revoke(first)
    assert.deepEqual([auth.introspect(first), auth.introspect(second)?.principal], [undefined, target])
    auth.disableServiceAccount(target)
    assert.equal(auth.introspect(second), undefined)
    auth.failNext(1)
    assert.equal((await mint(auth.issue(gateway), { scope: [bigqueryScope] })).status, 503)
    auth.enableServiceAccount(target)
    const client = new OAuth2Client()
    client.setCredentials({ access_token: second })
    assert.equal((await client.getAccessToken()).token, second)
  })
})
