import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWarehouses } from '#gateway/execute/warehouses.ts'
import type { ConnectionConfig } from '#src/config/config.ts'
import { type AuthorizedOptions, authorizedStatement } from '#test/mint/authorized-statement.ts'
import { keptSeal } from './kept-seal.ts'
import { openSessions, rowsOf, setUpSnowflake } from './snowflake-set-up.ts'

test('a connection that is configured anew, time and again, cuts nothing off: it ends with its credential', async t => {
  const { snowflake, connection, close } = await setUpSnowflake()
  t.after(close)
  let config: Readonly<Record<string, ConnectionConfig>> = { analytics: connection }
  const { minter, connection: named } = openWarehouses(() => config, keptSeal, { warn: assert.fail })
  const before = named('analytics')
  assert.equal(named('analytics'), before)
  const credential = await minter.mint(authorizedStatement())
  const gate = snowflake.holdNext(/as goes_on/)
  const signal = new AbortController().signal
  const running = before?.warehouse.execute(authorizedStatement({ sql: 'select 7 as goes_on' }), credential, signal)
  await gate.arrived
  for (const pricePerHour of [1, 2, 3]) {
    config = { analytics: { ...connection, pricePerHour } }
    assert.notEqual(named('analytics')?.warehouse, before?.warehouse)
  }
  gate.release()
  assert.ok(running)
  assert.deepEqual(await rowsOf(await running), [[7]])
  await minter.end(credential)
  assert.equal(openSessions(snowflake), 1)
  await minter.close()
  assert.equal(openSessions(snowflake), 0)
})

test('a session that Snowflake does not end is told of, and its credential is not called ended', async t => {
  const { snowflake, connection, close } = await setUpSnowflake()
  t.after(close)
  const told: string[] = []
  const log = { warn: (_fields: unknown, message: string) => void told.push(message) }
  const { minter, connection: named } = openWarehouses(() => ({ analytics: connection }), keptSeal, log)
  const run = async (statement: AuthorizedOptions) => {
    const authorized = authorizedStatement({ ...statement, approved: true })
    const credential = await minter.mint(authorized)
    const running = named('analytics')?.warehouse.execute(authorized, credential, new AbortController().signal)
    await running?.catch(() => undefined)
    return minter.end(credential)
  }
  // The session of one with rows ends with its credential, of another with the statement.
  for (const sql of ['select 1 as one', 'select nope']) {
    told.length = 0
    snowflake.failNext('unavailable', 3, /\/session$/)
    assert.equal(await run({ sql }), false, sql)
    assert.deepEqual(told, ['a session could not be ended in the warehouse'])
    assert.equal(await run({ sql: 'select 2 as two' }), true)
    assert.equal(told.length, 1)
  }
  await minter.close()
})
