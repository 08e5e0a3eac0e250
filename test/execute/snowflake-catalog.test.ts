import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setUpSnowflake } from './snowflake-set-up.ts'

test('what could not be asked is not taken for what is not there', async t => {
  const { snowflake, warehouse, close } = await setUpSnowflake()
  t.after(close)
  const [orders, nothing] = ['DEMO.SHOP.ORDERS', 'DEMO.SHOP.NOTHING']
  const unavailable = { code: 'warehouse_unavailable' }
  snowflake.failNext('drop-before', 5, /query-request/, /information_schema/)
  await assert.rejects(warehouse.catalog.fresh([nothing]), unavailable)
  const gate = snowflake.holdNext(/information_schema/)
  const cutOff = assert.rejects(warehouse.catalog.fresh([nothing]), unavailable)
  const asking = await gate.arrived
  asking.cancel()
  await cutOff
  assert.deepEqual([...(await warehouse.catalog.fresh([orders, nothing])).keys()], [orders])
})
