import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { Agent, firstGateway } from '#test/doors/agent.ts'
import { ranTexts } from '#test/doors/reviewers.ts'
import { type FakeIssuer, startFakeIssuer } from '#test/fakes/issuer.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { claimsOf, forged, headerOf, hmac } from './forged-token.ts'

interface Refused {
  readonly what: string
  readonly code: string
  token(world: World): Promise<string> | string
}

interface World {
  readonly issuer: FakeIssuer
  /** Another provider, which the gateway does not trust. */
  readonly stranger: FakeIssuer
  readonly valid: string
}

const inMinutes = (minutes: number) => Math.floor(Date.now() / 1000) + 60 * minutes
const claims =
  (changes: Readonly<Record<string, unknown>>) =>
  ({ issuer }: World) =>
    issuer.tokenFor('release-bot', { claims: changes })
const header =
  (changes: Readonly<Record<string, string>>) =>
  ({ issuer }: World) =>
    issuer.tokenFor('release-bot', { header: changes })

const table: readonly Refused[] = [
  { what: 'no token', code: 'unauthenticated', token: () => '' },
  { what: 'no JWT', code: 'token_malformed', token: () => 'abc' },
  { what: 'two parts of a JWT', code: 'token_malformed', token: ({ valid }) => valid.split('.', 2).join('.') },
  {
    what: 'claims that are no JSON',
    code: 'token_malformed',
    token: ({ valid }) => valid.replace(/\.[^.]+\./, '.e30x.'),
  },
  {
    ...{ what: 'alg none', code: 'token_algorithm' },
    token: ({ valid }) => forged({ alg: 'none' }, claimsOf(valid), () => ''),
  },
  {
    ...{ what: 'alg None, with the signature of another token', code: 'token_algorithm' },
    token: ({ valid }) => forged({ ...headerOf(valid), alg: 'None' }, claimsOf(valid), () => valid.split('.')[2] ?? ''),
  },
  {
    ...{ what: 'HS256 signed with the public key as text', code: 'token_algorithm' },
    token: async ({ issuer, valid }) => {
      const pem = createPublicKey({ key: await publishedKey(issuer), format: 'jwk' }).export({
        type: 'spki',
        format: 'pem',
      })
      return forged({ ...headerOf(valid), alg: 'HS256' }, claimsOf(valid), hmac(String(pem)))
    },
  },
  {
    ...{ what: 'HS256 signed with the JWK as text', code: 'token_algorithm' },
    token: async ({ issuer, valid }) =>
      forged({ ...headerOf(valid), alg: 'HS256' }, claimsOf(valid), hmac(JSON.stringify(await publishedKey(issuer)))),
  },
  {
    ...{ what: 'PS256, which the issuer may not use here', code: 'token_algorithm' },
    token: ({ valid }) =>
      forged({ ...headerOf(valid), alg: 'PS256' }, claimsOf(valid), () => valid.split('.')[2] ?? ''),
  },
  {
    ...{ what: 'a stranger’s key under the current key id', code: 'token_signature' },
    token: ({ issuer }) => issuer.tokenFor('release-bot', { key: 'unpublished' }),
  },
  {
    ...{ what: 'an unknown key id', code: 'token_signature' },
    token: ({ issuer }) => issuer.tokenFor('release-bot', { key: 'unpublished', header: { kid: 'nobody' } }),
  },
  {
    ...{ what: 'a key id that is a path', code: 'token_signature' },
    token: ({ issuer }) => issuer.tokenFor('release-bot', { key: 'unpublished', header: { kid: '../../dev/null' } }),
  },
  { what: 'its own key in `jwk`', code: 'token_signature', token: ({ issuer }) => bringingItsKey(issuer, 'jwk') },
  { what: 'its own keys behind `jku`', code: 'token_signature', token: ({ issuer }) => bringingItsKey(issuer, 'jku') },
  {
    ...{ what: 'changed claims under the old signature', code: 'token_signature' },
    token: ({ valid }) =>
      forged(headerOf(valid), { ...claimsOf(valid), sub: 'etl-job' }, () => valid.split('.')[2] ?? ''),
  },
  {
    ...{ what: 'no signature', code: 'token_signature' },
    token: ({ valid }) => forged(headerOf(valid), claimsOf(valid), () => ''),
  },
  {
    ...{ what: 'an unknown `crit`', code: 'token_malformed' },
    token: ({ valid }) =>
      forged({ ...headerOf(valid), crit: ['x'], x: 1 }, claimsOf(valid), () => valid.split('.')[2] ?? ''),
  },
  { what: 'expired', code: 'token_expired', token: claims({ exp: inMinutes(-1) }) },
  { what: 'no exp', code: 'token_claims', token: claims({ exp: undefined }) },
  { what: 'exp as text', code: 'token_claims', token: claims({ exp: String(inMinutes(60)) }) },
  { what: 'nbf in the future', code: 'token_not_yet_valid', token: claims({ nbf: inMinutes(5) }) },
  { what: 'nbf as text', code: 'token_claims', token: claims({ nbf: 'now' }) },
  { what: 'iat in the future', code: 'token_not_yet_valid', token: claims({ iat: inMinutes(5) }) },
  { what: 'iat as text', code: 'token_claims', token: claims({ iat: 'now' }) },
  { what: 'another audience', code: 'token_audience', token: claims({ aud: 'billing' }) },
  { what: 'a list of other audiences', code: 'token_audience', token: claims({ aud: ['billing', 'querywarden2'] }) },
  { what: 'no audience', code: 'token_audience', token: claims({ aud: undefined }) },
  { what: 'an audience that differs in case', code: 'token_audience', token: claims({ aud: 'Querywarden' }) },
  { what: 'an untrusted issuer', code: 'token_issuer', token: ({ stranger }) => stranger.tokenFor('release-bot') },
  {
    ...{ what: 'the trusted issuer’s name under an untrusted key', code: 'token_signature' },
    token: ({ stranger, issuer }) => stranger.tokenFor('release-bot', { claims: { iss: issuer.url } }),
  },
  { what: 'no issuer', code: 'token_issuer', token: claims({ iss: undefined }) },
  {
    ...{ what: 'an issuer that differs by a slash', code: 'token_issuer' },
    token: ({ issuer }) => issuer.tokenFor('release-bot', { claims: { iss: `${issuer.url}/` } }),
  },
  { what: 'no principal', code: 'token_claims', token: claims({ sub: undefined }) },
  { what: 'an empty principal', code: 'token_claims', token: claims({ sub: '' }) },
  { what: 'a principal that is no text', code: 'token_claims', token: claims({ sub: { admin: true } }) },
  { what: 'a principal of 300 characters', code: 'token_claims', token: claims({ sub: 'x'.repeat(300) }) },
  { what: 'a signed type of something else', code: 'token_malformed', token: header({ typ: 'secevent+jwt' }) },
]

async function publishedKey(issuer: FakeIssuer): Promise<JWK> {
  const { keys } = (await (await fetch(`${issuer.url}/jwks`)).json()) as { keys: JWK[] }
  return keys[0] ?? {}
}

/** Signed correctly, with a key that came along with the token. */
async function bringingItsKey(issuer: FakeIssuer, how: 'jwk' | 'jku'): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const jwk = await exportJWK(publicKey)
  const valid = await issuer.tokenFor('release-bot')
  return new SignJWT(claimsOf(valid))
    .setProtectedHeader({ alg: 'RS256', ...(how === 'jwk' ? { jwk } : { jku: `${issuer.url}/jwks`, kid: 'mine' }) })
    .sign(privateKey)
}

describe('tokens that are refused', { timeout: 300_000 }, () => {
  let stand: Stand
  let world: World
  before(async () => {
    stand = await startStand({ sizes: { customers: 100, orders: 1_000 }, bots: 0 })
    const { issuer } = stand
    world = { issuer, stranger: await startFakeIssuer(), valid: await issuer.tokenFor('release-bot') }
  })
  after(async () => {
    await world.stranger.close()
    await stand.stop()
  })

  const body = { connection: 'shop', sql: 'select count(*) as n from orders' }

  for (const { what, code, token } of table) {
    test(`${what}: ${code}, and nothing runs`, async () => {
      const { url } = firstGateway(stand)
      const answer = await new Agent(await token(world), url).submit(body)
      assert.deepEqual([answer.status, answer.body.code], [401, code], answer.text)
      const challenge = answer.headers.get('www-authenticate') ?? ''
      assert.ok(challenge.startsWith(`Bearer resource_metadata="${url}/.well-known/oauth-protected-resource/mcp"`))
      assert.equal(challenge.includes('error="invalid_token"'), code !== 'unauthenticated')
      assert.equal(answer.body.request_id, undefined)
      assert.deepEqual(ranTexts(stand), [])
    })
  }

  test('no keys are fetched from anywhere but the issuer’s own discovery', () => {
    assert.equal(world.stranger.requests.jwks + world.stranger.requests.discovery, 0)
  })

  test('a token of 20 kB gets no further than the header limit', async () => {
    const huge = await world.issuer.tokenFor('release-bot', { claims: { padding: 'x'.repeat(20_000) } })
    const { status } = await new Agent(huge, firstGateway(stand).url).submit(body)
    assert.equal(status, 431)
  })

  test('the same statement with a good token runs', async () => {
    const { status } = await new Agent(world.valid, firstGateway(stand).url).submit(body)
    assert.equal(status, 200)
    assert.equal(ranTexts(stand).filter(text => text === body.sql).length, 1)
  })
})
