import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { type FakeIssuer, startFakeIssuer } from './issuer.ts'

describe('the identity provider stand-in', () => {
  let issuer: FakeIssuer

  before(async () => {
    issuer = await startFakeIssuer()
  })
  after(() => issuer.close())

  const verify = (token: string) =>
    jwtVerify(token, createRemoteJWKSet(new URL(`${issuer.url}/jwks`)), {
      issuer: issuer.url,
      audience: 'querywarden',
      algorithms: ['RS256'],
    })
  const discover = (id: string, secret: string) =>
    client.discovery(new URL(issuer.url), id, secret, undefined, { execute: [client.allowInsecureRequests] })

  test('gives a machine client a JWT for the audience, with its groups and owner', async () => {
    const config = await discover('release-bot', 'release-bot-secret')
    const { access_token } = await client.clientCredentialsGrant(config)
    const { payload } = await verify(access_token)
    assert.equal(payload.sub, 'release-bot')
    assert.equal(payload.aud, 'querywarden')
    assert.deepEqual(payload.groups, ['coding-agents'])
    assert.equal(payload.owner, 'release-owner')
  })

  test('refuses a wrong client secret and a foreign resource', async () => {
    await assert.rejects(client.clientCredentialsGrant(await discover('release-bot', 'guess')), {
      code: 'OAUTH_RESPONSE_BODY_ERROR',
      error: 'invalid_client',
    })
    const config = await discover('etl-job', 'etl-job-secret')
    await assert.rejects(client.clientCredentialsGrant(config, { resource: 'urn:elsewhere' }), {
      error: 'invalid_target',
    })
  })

  test('signs by hand whatever a test asks for', async () => {
    const now = Math.floor(Date.now() / 1000)
    assert.equal((await verify(await issuer.tokenFor('churn-notebook'))).payload.act_for, 'oncall-2')
    const refused: [string, Parameters<FakeIssuer['tokenFor']>[1], string][] = [
      ['expired', { claims: { exp: now - 60 } }, 'ERR_JWT_EXPIRED'],
      ['future', { claims: { nbf: now + 600 } }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
      ['other audience', { claims: { aud: 'elsewhere' } }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
      ['other key id', { header: { kid: 'nobody' } }, 'ERR_JWKS_NO_MATCHING_KEY'],
      ['stranger’s key', { key: 'unpublished' }, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    ]
    for (const [name, overrides, code] of refused) {
      await assert.rejects(issuer.tokenFor('etl-job', overrides).then(verify), { code }, name)
    }
  })

  test('rotation publishes a new key, and drops the old one when told', async () => {
    const old = await issuer.tokenFor('etl-job')
    const kid = await issuer.rotateKeys()
    const config = await discover('etl-job', 'etl-job-secret')
    assert.equal(decodeProtectedHeader((await client.clientCredentialsGrant(config)).access_token).kid, kid)
    await verify(old)
    await issuer.rotateKeys({ removeOld: true })
    await assert.rejects(verify(old), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
    await verify(await issuer.tokenFor('etl-job'))
  })

  test('a person logs in with the code flow and PKCE; a stranger does not', async () => {
    const config = await discover(issuer.login.id, issuer.login.secret)
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const expectedState = client.randomState()
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: 'http://127.0.0.1:4711/callback',
      scope: 'openid profile groups',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
    })
    const tokens = await client.authorizationCodeGrant(config, await issuer.signIn('oncall-1', url), {
      pkceCodeVerifier,
      expectedState,
    })
    const claims = tokens.claims()
    assert.equal(claims?.sub, 'oncall-1')
    assert.deepEqual(claims?.groups, ['oncall'])
    assert.equal((await issuer.signIn('stranger', url)).searchParams.get('error'), 'access_denied')
  })

  test('counts what is fetched, and can be made unreachable', async () => {
    const before = { ...issuer.requests }
    await verify(await issuer.tokenFor('etl-job'))
    await discover('etl-job', 'etl-job-secret')
    assert.deepEqual([issuer.requests.jwks - before.jwks, issuer.requests.discovery - before.discovery], [1, 1])
    issuer.unreachable(true)
    await assert.rejects(fetch(`${issuer.url}/jwks`))
    issuer.unreachable(false)
    assert.equal((await fetch(`${issuer.url}/jwks`)).status, 200)
  })
})
