import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import type { SnowflakeConnection } from '#src/config/config.ts'
import type { GatewayError } from '#src/errors.ts'
import { authorizedStatement } from '#test/mint/authorized-statement.ts'
import { rsaKey } from '#test/mint/signing-keys.ts'
import { openSessions, rowsOf, type SnowflakeSetUp, setUpSnowflake } from './snowflake-set-up.ts'

/** Sets up, runs one approved statement, and tells what became of it. */
async function attempt(
  credentials: Partial<SnowflakeConnection['credentials']>,
  role = 'AGENT_READER',
  now?: () => number,
) {
  const setUp = await setUpSnowflake({ customers: 10, orders: 10, ...(now ? { now } : {}) }, credentials)
  try {
    const { execution, credential } = await setUp.execute(
      authorizedStatement({ role, approved: true, sql: 'select 1 as one' }),
    )
    const rows = await rowsOf(execution)
    await setUp.minter.end(credential)
    return { rows, left: openSessions(setUp.snowflake), sessions: setUp.snowflake.sessions() }
  } finally {
    await setUp.close()
  }
}

test('Snowflake refuses a token of another key, issuer, audience, time or role; nothing runs and nothing secret is in the error', async () => {
  const otherKey = rsaKey()
  const attempts: [string, () => Promise<unknown>][] = [
    ['key', () => attempt({ key: otherKey })],
    ['issuer', () => attempt({ issuer: 'https://other.example' })],
    ['audience', () => attempt({ audience: 'https://other.snowflakecomputing.com' })],
    ['trailing slash', () => attempt({ audience: 'https://acme-prod.snowflakecomputing.com/' })],
    ['expired', () => attempt({}, 'AGENT_READER', () => Date.now() + 61_000)],
    ['role', () => attempt({}, 'ACCOUNTADMIN')],
    ['user', () => attempt({ user: 'SOMEBODY' })],
    ['key pair, key', () => attempt({ mint: 'key-pair', key: otherKey })],
    ['key pair, role', () => attempt({ mint: 'key-pair' }, 'ACCOUNTADMIN')],
  ]
  for (const [name, run] of attempts)
    await assert.rejects(run(), (error: GatewayError) => {
      assert.equal(error.code, 'warehouse_unavailable', name)
      assert.match(error.message, /refused the gateway's credential; nothing ran/)
      assert.doesNotMatch(inspect(error, { depth: 12, showHidden: true }), /eyJ|PRIVATE KEY/, name)
      return true
    })
})

test('the right token is accepted once, for one session that is deleted afterwards', async () => {
  for (const mint of ['external-oauth', 'key-pair'] as const) {
    const { rows, left, sessions } = await attempt({ mint })
    assert.deepEqual(rows, [[1]])
    assert.equal(left, 0)
    assert.equal(sessions.length, 1)
    assert.equal(sessions[0]?.credential.kind, mint)
    assert.equal(sessions[0]?.role, 'AGENT_READER')
  }
})

let setUp: SnowflakeSetUp
before(async () => {
  setUp = await setUpSnowflake({ customers: 10, orders: 10 })
})
after(() => setUp.close())

test('a warehouse that is not there is warehouse_unavailable, at once', async () => {
  const gone = await setUpSnowflake({ customers: 10, orders: 10 })
  await gone.snowflake.close()
  const started = performance.now()
  await assert.rejects(gone.execute(authorizedStatement({ approved: true })), { code: 'warehouse_unavailable' })
  assert.ok(performance.now() - started < 3000)
})

test("no token, session or key is in what the warehouse's refusal of a statement throws", async () => {
  await assert.rejects(
    setUp.execute(authorizedStatement({ sql: 'select nope', approved: true })),
    (error: GatewayError) => {
      assert.doesNotMatch(
        inspect(error, { depth: 12, showHidden: true }),
        /eyJ|PRIVATE KEY|Snowflake Token|sessionToken/,
      )
      return true
    },
  )
})

test('when the gateway closes, no session is left in Snowflake', async () => {
  const closing = await setUpSnowflake({ customers: 10, orders: 10 })
  await closing.execute(authorizedStatement({ sql: 'select 1 as a' }))
  await closing.execute(authorizedStatement({ sql: 'select 1 as a', approved: true }))
  assert.equal(openSessions(closing.snowflake), 2)
  await closing.minter.close()
  assert.equal(openSessions(closing.snowflake), 0)
  await closing.close()
})

test('a session token that expires under way is renewed without running the statement again', async () => {
  const authorized = authorizedStatement({ sql: 'select 41 as a', subject: 'agent-9' })
  await rowsOf((await setUp.execute(authorized)).execution)
  setUp.snowflake.expireSessions()
  const next = authorizedStatement({ sql: 'select 42 as a', subject: 'agent-9' })
  assert.deepEqual(await rowsOf((await setUp.execute(next)).execution), [[42]])
  assert.equal(setUp.snowflake.statements().filter(({ sqlText }) => sqlText === next.statement.sql).length, 1)
})
