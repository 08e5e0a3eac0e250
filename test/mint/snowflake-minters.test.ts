import assert from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { publicJwks } from '#gateway/mint/jwks.ts'
import { snowflakeExternalOauth } from '#gateway/mint/snowflake-external-oauth.ts'
import { snowflakeKeyPair } from '#gateway/mint/snowflake-key-pair.ts'
import { systemClock } from '#src/clock.ts'
import type { SnowflakeConnection } from '#src/config/config.ts'
import { Secret } from '#src/config/secret.ts'
import type { GatewayError } from '#src/errors.ts'
import { rsaKey } from './signing-keys.ts'
import { snowflakeConnection } from './snowflake-connection.ts'

const { key } = snowflakeConnection.credentials
const request = { role: 'AGENT_READER', agent: 'https://login.acme.example|agent-1', seconds: 30 }

function connection(credentials: Partial<SnowflakeConnection['credentials']> = {}): SnowflakeConnection {
  return { ...snowflakeConnection, credentials: { ...snowflakeConnection.credentials, ...credentials } }
}

test('an External OAuth token verifies against the published keys and names one role for at most a minute', async () => {
  const minted = await snowflakeExternalOauth(connection({ lifetimeSeconds: 3600 }), systemClock).mint(request)
  const keys = createLocalJWKSet(await publicJwks({ analytics: connection() }))
  const { payload } = await jwtVerify(minted.secret.reveal(), keys, {
    issuer: 'https://gateway.acme.example',
    audience: 'https://acme-prod.snowflakecomputing.com',
    algorithms: ['RS256'],
  })
  assert.deepEqual(payload.scp, ['session:role:AGENT_READER'])
  assert.equal(payload.sub, 'AGENT_GATEWAY')
  assert.equal(payload.jti, minted.id)
  assert.ok(payload.exp !== undefined && payload.iat !== undefined && payload.exp - payload.iat === 60)
  assert.equal(minted.expiresAt, payload.exp * 1000)
})

test('no other key verifies a minted token', async () => {
  const minted = await snowflakeExternalOauth(connection(), systemClock).mint(request)
  const others = createLocalJWKSet(await publicJwks({ analytics: connection({ key: rsaKey() }) }))
  await assert.rejects(jwtVerify(minted.secret.reveal(), others))
})

test('the published key set holds public members only, once for each key, and no key-pair keys', async () => {
  const { keys } = await publicJwks({
    one: connection(),
    two: connection(),
    three: connection({ mint: 'key-pair', key: rsaKey() }),
  })
  assert.equal(keys.length, 1)
  assert.deepEqual(Object.keys(keys[0] ?? {}).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
  const minted = await snowflakeExternalOauth(connection(), systemClock).mint(request)
  assert.equal(decodeProtectedHeader(minted.secret.reveal()).kid, keys[0]?.kid)
})

test('a role name with a separator in it mints nothing', async () => {
  const source = snowflakeExternalOauth(connection(), systemClock)
  for (const role of ['A session:role:ACCOUNTADMIN', 'A,session:role-any', 'A"B', '', 'A\nB'])
    await assert.rejects(source.mint({ ...request, role }), { code: 'mint_failed' }, role)
})

test('a key-pair token names account, user and the fingerprint of the public key', async () => {
  const minted = await snowflakeKeyPair(connection({ mint: 'key-pair', user: 'agent_gateway' }), systemClock).mint(
    request,
  )
  const publicKey = createPublicKey(key.reveal())
  const fingerprint = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
  const { payload } = await jwtVerify(minted.secret.reveal(), publicKey)
  assert.equal(payload.iss, `ACME-PROD.AGENT_GATEWAY.SHA256:${fingerprint}`)
  assert.equal(payload.sub, 'ACME-PROD.AGENT_GATEWAY')
  assert.ok((payload.exp ?? Number.POSITIVE_INFINITY) - (payload.iat ?? 0) <= 60)
})

test('an unusable key fails as mint_failed and its text is nowhere in the error', async () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string
  const broken = key.reveal().replace(/[A-Za-z0-9+/]{20}/, 'canarycanarycanary00')
  for (const text of [ec, broken, rsaKey(1024).reveal(), 'canary-not-a-pem']) {
    const source = snowflakeExternalOauth(connection({ key: new Secret(text) }), systemClock)
    await assert.rejects(source.mint(request), (error: GatewayError) => {
      assert.equal(error.code, 'mint_failed')
      assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /canary|BEGIN/)
      return true
    })
  }
})
