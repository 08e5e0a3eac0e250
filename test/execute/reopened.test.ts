import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWarehouses } from '#gateway/warehouses.ts'
import type { ConnectionConfig } from '#src/config/config.ts'
import { authorizedStatement } from '#test/mint/authorized-statement.ts'
import { keptSeal } from './kept-seal.ts'
import { openSessions, rowsOf, setUpSnowflake } from './snowflake-set-up.ts'

test('a connection that is configured anew, time and again, cuts nothing off: it ends with its credential', async t => {
  const { snowflake, connection, close } = await setUpSnowflake()
  t.after(close)
  let config: Readonly<Record<string, ConnectionConfig>> = { analytics: connection }
  const { minter, connection: named } = openWarehouses(() => config, keptSeal)
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
