import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { Agent, approve } from '#test/journey/agent.ts'
import { grantingPolicy, runGranted } from '#test/journey/granting.ts'
import { startStand } from '#test/stand/stand.ts'
import { executions } from './audit.ts'
import { until } from './until.ts'

const purpose = 'remove test orders'
const update = (id: number) => `update shop.orders set status = 'old' where id = ${id}`

/** A stand where updates of this kind have been granted; `lost`: an agent at the gateway that loses the record's answer there. */
async function granted(t: TestContext, at: string) {
  const stand = await startStand({ policy: grantingPolicy, gatewayScript: 'test/chaos/crashing-gateway.ts' })
  t.after(() => stand.stop())
  await runGranted(stand, new Agent(stand), update(1), { purpose })
  await stand.startGateway({ LOSE_AT: at })
  return { stand, agent: new Agent(stand, 'release-bot', 1) }
}

test('a use of a grant that ran, and whose end could not be recorded, is followed by its id and does not run again', {
  timeout: 120_000,
}, async t => {
  const { stand, agent } = await granted(t, 'after_result')
  const told = await agent.ask(update(2), { purpose })
  assert.deepEqual([told.http, told.status], [202, 'running'], JSON.stringify(told))
  await until(async () => (await agent.look(told.request_id, 5)).status === 'succeeded', 'its end')
  assert.equal(executions(stand, update(2)), 1)
})

test('a use of a grant whose agent was told that nothing ran does not run beside the one it submits again', {
  timeout: 120_000,
}, async t => {
  const { stand, agent } = await granted(t, 'after_claim')
  const lost = await agent.ask(update(2), { purpose })
  assert.equal(lost.code, 'record_unavailable', JSON.stringify(lost))
  assert.equal((await agent.ask(update(2), { purpose, wait: 5 })).status, 'succeeded')
  const records = await openRecordStore(new Secret(`sqlite:${join(stand.folder, 'records.db')}`))
  t.after(() => records.close())
  await until(async () => (await records.inState(['claimed', 'unknown'])).length === 0, 'end of the first one')
  assert.equal(executions(stand, update(2)), 1)
})

test('what is held, and whose record was not answered, is followed by its id and not held a second time', {
  timeout: 120_000,
}, async t => {
  const stand = await startStand({ gatewayScript: 'test/chaos/crashing-gateway.ts', bots: 0 })
  t.after(() => stand.stop())
  await stand.startGateway({ LOSE_AT: 'after_hold' })
  const agent = new Agent(stand, 'release-bot', 1)
  const told = await agent.ask(update(2), { connection: 'lake' })
  assert.deepEqual([told.http, told.code], [502, 'outcome_unknown'], JSON.stringify(told))
  const [id = ''] = /[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}/i.exec(String(told.message)) ?? []
  assert.equal((await agent.look(id, 0)).status, 'pending_approval')
  const keyed = await agent.ask(update(3), { connection: 'lake' })
  assert.equal(keyed.status, 'pending_approval', 'only that answer was lost')
})

test('what is withdrawn when it has run, and only its rows are still on their way, has run', {
  timeout: 180_000,
}, async t => {
  const stand = await startStand()
  t.after(() => stand.stop())
  const agent = new Agent(stand)
  // Nobody knows this function here: it may do anything.
  const sql = 'select id, damerau_levenshtein(status, status) from shop.orders'
  const held = await agent.ask(sql)
  assert.equal(held.status, 'pending_approval', JSON.stringify(held))
  stand.snowflake.failNext('stall', 1_000, /^\/chunks\//)
  const answered = agent.look(held.request_id, 50)
  await approve(stand, held.request_id)
  await until(() => stand.snowflake.failures() > 0, 'reading of its rows')
  await agent.cancel(held.request_id)
  const told = await answered
  assert.deepEqual([told.http, told.status, told.code], [410, 'failed', 'recording_lost'], JSON.stringify(told))
  assert.match(String(told.message), /The statement ran/)
  assert.equal(executions(stand, sql), 1)
})

test('a row that is larger than may be recorded is refused at once, and not fetched again and again', {
  timeout: 180_000,
}, async t => {
  const stand = await startStand({ bots: 0 })
  t.after(() => stand.stop())
  const sql = "select repeat('x', 68000000) as long from shop.orders where id = 1"
  const told = await new Agent(stand).ask(sql, { connection: 'lake' })
  assert.deepEqual([told.http, told.status, told.code], [422, 'failed', 'limit_exceeded'], JSON.stringify(told))
  assert.match(String(told.message), /row of the result is larger than the 64 MiB/)
})
