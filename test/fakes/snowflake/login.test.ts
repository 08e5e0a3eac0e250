import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  connect,
  connectWith,
  mint,
  nextKey,
  run,
  standardOptions,
  strangerKey,
  type TokenChanges,
  userKey,
} from './client.ts'
import { type FakeSnowflake, startFakeSnowflake } from './fake-snowflake.ts'

let fake: FakeSnowflake
before(async () => {
  fake = await startFakeSnowflake({ ...standardOptions, customers: 10, orders: 10 })
})
after(() => fake.close())

const seconds = () => Math.floor(Date.now() / 1_000)
const destroyed = (connection: Awaited<ReturnType<typeof connect>>) =>
  new Promise(resolve => connection.destroy(resolve))

test('a minted token opens a session pinned to its role, and is remembered', async () => {
  const connection = await connect(fake.url)
  const { rows } = await run(connection, 'select current_role() as r, current_user() as u, current_warehouse() as w')
  assert.deepEqual(rows, [{ R: 'AGENT_READER', U: 'AGENT_1', W: 'AGENT_WH' }])
  await destroyed(connection)
  const session = fake.sessions().at(-1)
  assert.equal(session?.credential.role, 'AGENT_READER')
  assert.equal((session?.credential.expiresAt ?? 0) - (session?.credential.issuedAt ?? 0), 60)
  assert.match(session?.credential.jti ?? '', /^[0-9a-f-]{36}$/)
  assert.equal(fake.statements().at(-1)?.credential.jti, session?.credential.jti)
  assert.notEqual(session?.endedAt, undefined)
})

test('the key in the second slot is good too', async () => {
  const token = await mint('AGENT_READER', { privateKey: nextKey.privateKey })
  await destroyed(await connectWith(fake.url, { token, role: 'AGENT_READER' }))
})

const badTokens: readonly [string, TokenChanges, string][] = [
  ['another key', { privateKey: strangerKey.privateKey }, '390303'],
  ['the public key as an HMAC secret', { alg: 'HS256' }, '390303'],
  ['another issuer', { claims: { iss: 'https://gateway.example/' } }, '390303'],
  ['another audience', { claims: { aud: 'https://elsewhere.example' } }, '390303'],
  ['an expired token', { claims: { iat: seconds() - 120, exp: seconds() - 60 } }, '390318'],
  ['no expiry', { claims: { exp: undefined } }, '390303'],
  ['no time of issue', { claims: { iat: undefined } }, '390303'],
  ['a token from the future', { claims: { iat: seconds() + 100, exp: seconds() + 120 } }, '390303'],
  ['a token not valid yet', { claims: { nbf: seconds() + 30 } }, '390303'],
  ['too long a life', { claims: { exp: seconds() + 600 } }, '390303'],
  ['an unknown user', { claims: { sub: 'nobody' } }, '390303'],
  ['another user than the login name', { claims: { sub: 'agent_2' } }, '390309'],
  ['any role', { claims: { scp: ['session:role-any'] } }, '390317'],
  ['two roles', { claims: { scp: ['session:role:AGENT_READER', 'session:role:AGENT_WRITER'] } }, '390317'],
  ['no role', { claims: { scp: undefined } }, '390317'],
  ['a role that the integration does not allow', { claims: { scp: ['session:role:ACCOUNTADMIN'] } }, '390317'],
  ['another role than the one asked for', { claims: { scp: ['session:role:AGENT_WRITER'] } }, '390317'],
]
for (const [what, changes, code] of badTokens) {
  test(`refuses ${what}`, async () => {
    const token = await mint('AGENT_READER', changes)
    const sessions = fake.sessions().length
    await assert.rejects(connectWith(fake.url, { token, role: 'AGENT_READER' }), { code })
    assert.equal(fake.logins().at(-1)?.refused, code)
    assert.equal(fake.sessions().length, sessions)
  })
}

test('refuses an unsigned token', async () => {
  const [, payload] = (await mint('AGENT_READER')).split('.')
  const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
  await assert.rejects(connectWith(fake.url, { token: `${header}.${payload}.`, role: 'AGENT_READER' }), {
    code: '390303',
  })
})

test('refuses a role that is not granted to the user', async () => {
  const token = await mint('AGENT_WRITER', { claims: { sub: 'agent_2' } })
  await assert.rejects(connectWith(fake.url, { username: 'agent_2', token, role: 'AGENT_WRITER' }), { code: '390186' })
})

test('takes a key pair for its user, and no other key', async () => {
  const login = { authenticator: 'SNOWFLAKE_JWT', role: 'AGENT_WRITER' }
  const connection = await connectWith(fake.url, { ...login, privateKey: userKey.privateKey })
  assert.equal((await run(connection, 'select current_role() as r')).rows[0]?.R, 'AGENT_WRITER')
  assert.equal(fake.sessions().at(-1)?.credential.kind, 'key-pair')
  await destroyed(connection)
  await assert.rejects(connectWith(fake.url, { ...login, privateKey: strangerKey.privateKey }), { code: '390144' })
})

test('the role cannot be changed, nor a secondary one added', async () => {
  const connection = await connect(fake.url)
  await assert.rejects(run(connection, 'use role AGENT_WRITER'), { code: '003013', sqlState: '42501' })
  await assert.rejects(run(connection, 'use secondary roles all'), { code: '003013' })
  await destroyed(connection)
})

test('an expired session is renewed by the driver, a deleted one is gone', async () => {
  const connection = await connect(fake.url)
  fake.expireSessions()
  assert.equal((await run(connection, 'select 1 as one')).rows[0]?.ONE, 1)
  await destroyed(connection)
  await assert.rejects(run(connection, 'select 1'))
})

test('logins can be refused at will', async () => {
  fake.refuseLogins(1, '390318')
  await assert.rejects(connect(fake.url), { code: '390318' })
  await destroyed(await connect(fake.url))
})
