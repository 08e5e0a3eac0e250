import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { createMinter } from '#gateway/mint/create-minter.ts'
import { StandingCredentials } from '#gateway/mint/standing.ts'
import type { ConnectionConfig } from '#src/config/config.ts'
import { Secret } from '#src/config/secret.ts'
import type { Credential } from '#src/mint/minter.ts'
import { authorizedStatement } from './authorized-statement.ts'
import { rsaKey } from './signing-keys.ts'
import { snowflakeConnection as analytics } from './snowflake-connection.ts'

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
  const recorded: string[] = []
  const record = async ({ id }: Credential) => void recorded.push(id)
  const first = await minter.mint(authorizedStatement(), record)
  await minter.end(first)
  const second = await minter.mint(authorizedStatement({ sql: 'select 2' }), record)
  assert.equal(second.id, first.id)
  assert.deepEqual(recorded, [first.id])
  assert.deepEqual(ended, [])
  await minter.close()
  assert.deepEqual(ended, [first.id])
})

test('statements that arrive together share one mint, and nobody has it before it is on record', async () => {
  const { minter } = setUp()
  const record = Promise.withResolvers<void>()
  let [records, lent] = [0, 0]
  const minting = [1, 2, 3].map(async () => {
    const credential = await minter.mint(authorizedStatement(), () => {
      records++
      return record.promise
    })
    lent++
    return credential
  })
  while (records === 0) await new Promise(setImmediate)
  await new Promise(setImmediate)
  assert.equal(lent, 0)
  record.resolve()
  assert.equal(new Set((await Promise.all(minting)).map(({ id }) => id)).size, 1)
  assert.equal(records, 1)
  await minter.close()
})

test('a credential that could not be put on record is recorded by the next who gets it; one that only asks leaves that to others', async () => {
  const { minter, ended } = setUp()
  const recorded: string[] = []
  const record = async ({ id }: Credential) => void recorded.push(id)
  const fails = async () => assert.fail('the store is away')
  const away = { message: 'the store is away' }
  const asks = await minter.mint(authorizedStatement())
  const [first, second] = await Promise.allSettled([
    minter.mint(authorizedStatement(), fails),
    minter.mint(authorizedStatement(), record),
  ])
  assert.deepEqual([first.status, second.status], ['rejected', 'fulfilled'])
  assert.deepEqual(recorded, [asks.id])
  await assert.rejects(minter.mint(authorizedStatement({ approved: true }), fails), away)
  assert.equal(ended.length, 1, 'one of its own is ended')
  await minter.mint(authorizedStatement(), record)
  assert.deepEqual(recorded, [asks.id])
  await minter.close()
})

test('a statement that runs longer than what it would share lives gets one that lives long enough', async () => {
  const lifetimes: number[] = []
  const time = Date.now()
  const standing = new StandingCredentials({ clock: { now: () => time }, onEnd: async () => {} })
  const origin = {}
  const borrow = (seconds: number) =>
    standing.borrow('key', origin, seconds * 1_000, async () => {
      lifetimes.push(seconds)
      const expiresAt = time + (seconds + 60) * 1_000
      const id = crypto.randomUUID()
      return { ...{ id, role: 'R', secret: new Secret('s'), standing: true }, mintedAt: time, expiresAt }
    })
  const [short, long, longer] = await Promise.all([borrow(60), borrow(1_200), borrow(86_400)])
  assert.deepEqual(lifetimes, [60, 1_200, 86_400])
  assert.equal(new Set([short, long, longer].map(({ id }) => id)).size, 3)
  assert.equal((await borrow(600)).id, longer.id)
  await standing.close()
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
