import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { createMinter } from '#gateway/mint/create-minter.ts'
import type { ConnectionConfig, SnowflakeConnection } from '#src/config/config.ts'
import { authorizedStatement } from './authorized-statement.ts'
import { rsaKey } from './signing-keys.ts'

const analytics: SnowflakeConnection = {
  kind: 'snowflake',
  account: 'acme-prod',
  reader: 'AGENT_READER',
  credentials: {
    mint: 'external-oauth',
    user: 'AGENT_GATEWAY',
    key: rsaKey(),
    issuer: 'https://gateway.acme.example',
    audience: 'https://acme-prod.snowflakecomputing.com',
    lifetimeSeconds: 60,
  },
}

function setUp() {
  const connections: Record<string, ConnectionConfig> = { analytics }
  const ended: string[] = []
  const time = { now: Date.now() }
  const minter = createMinter(() => connections, {
    clock: { now: () => time.now },
    onEnd: async (_connection, credential) => void ended.push(credential.id),
  })
  return { connections, ended, time, minter }
}

test('allowed statements of one principal in one role share a credential; the record is told of it once', async () => {
  const { minter, ended } = setUp()
  const first = await minter.mint(authorizedStatement())
  await minter.end(first)
  const second = await minter.mint(authorizedStatement({ sql: 'select 2' }))
  assert.equal(second.id, first.id)
  assert.deepEqual([first.reused, second.reused], [false, true])
  assert.deepEqual(ended, [])
  await minter.close()
  assert.deepEqual(ended, [first.id])
})

test('statements that arrive together share one mint', async () => {
  const { minter } = setUp()
  const minted = await Promise.all([1, 2, 3].map(() => minter.mint(authorizedStatement())))
  assert.equal(new Set(minted.map(({ id }) => id)).size, 1)
  assert.deepEqual(
    minted.map(({ reused }) => reused),
    [false, true, true],
  )
  await minter.close()
})

test('no credential is shared across principals, persons acted for, or roles, nor with the reader', async () => {
  const { minter } = setUp()
  const minted = [
    await minter.mint(authorizedStatement()),
    await minter.mint(authorizedStatement({ subject: 'agent-2' })),
    await minter.mint(authorizedStatement({ onBehalfOf: 'analyst-1' })),
    await minter.mint(authorizedStatement({ role: 'AGENT_WRITER' })),
    await minter.mintReader('analytics'),
  ]
  assert.equal(new Set(minted.map(({ id }) => id)).size, minted.length)
  await minter.close()
})

test('an approved statement has a credential of its own, ended when the statement ends', async () => {
  const { minter, ended } = setUp()
  const standing = await minter.mint(authorizedStatement())
  const first = await minter.mint(authorizedStatement({ approved: true }))
  const second = await minter.mint(authorizedStatement({ approved: true }))
  assert.equal(new Set([standing.id, first.id, second.id]).size, 3)
  assert.equal(first.standing, false)
  await minter.end(first)
  await minter.end(first)
  assert.deepEqual(ended, [first.id])
  await minter.close()
  assert.deepEqual(ended.toSorted(), [standing.id, first.id, second.id].toSorted())
})

test('a standing credential ends a minute after its last use, not during one', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const { minter, ended } = setUp()
    const credential = await minter.mint(authorizedStatement())
    mock.timers.tick(120_000)
    assert.deepEqual(ended, [], 'it is in use')
    await minter.end(credential)
    mock.timers.tick(59_999)
    assert.deepEqual(ended, [])
    mock.timers.tick(1)
    assert.deepEqual(ended, [credential.id])
    const next = await minter.mint(authorizedStatement())
    assert.notEqual(next.id, credential.id)
    await minter.close()
  } finally {
    mock.timers.reset()
  }
})

test('a standing credential about to expire is not lent again, and ends when its borrower is done', async () => {
  const { minter, ended, time } = setUp()
  const first = await minter.mint(authorizedStatement())
  time.now += 55_000
  const second = await minter.mint(authorizedStatement())
  assert.notEqual(second.id, first.id)
  assert.deepEqual(ended, [], 'the first is still in use')
  await minter.end(first)
  assert.deepEqual(ended, [first.id])
  await minter.close()
})

test('a changed key takes effect with the next mint', async () => {
  const { minter, connections, ended } = setUp()
  const first = await minter.mint(authorizedStatement())
  await minter.end(first)
  connections.analytics = { ...analytics, credentials: { ...analytics.credentials, key: rsaKey() } }
  const second = await minter.mint(authorizedStatement())
  assert.notEqual(second.id, first.id)
  assert.deepEqual(ended, [first.id])
  await minter.close()
})

test('an unknown connection, also one that names a member of every object, mints nothing', async () => {
  const { minter } = setUp()
  for (const connection of ['nowhere', 'constructor', '__proto__'])
    await assert.rejects(minter.mint(authorizedStatement({ connection })), { code: 'mint_failed' })
  await assert.rejects(minter.mint(authorizedStatement({ role: '' })), { code: 'mint_failed' })
})

test('a retired credential is lent to nobody any more, and ends with the last who has it', async () => {
  const { minter, ended } = setUp()
  const first = await minter.mint(authorizedStatement())
  await minter.mint(authorizedStatement())
  minter.retire(first)
  const next = await minter.mint(authorizedStatement())
  assert.notEqual(next.id, first.id)
  await minter.end(first)
  assert.deepEqual(ended, [])
  await minter.end(first)
  assert.deepEqual(ended, [first.id])
  await minter.close()
})
