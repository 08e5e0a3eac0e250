import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '#test/chaos/until.ts'
import { Agent, agentOf, firstGateway } from '#test/doors/agent.ts'
import { cardOf, ranTexts } from '#test/doors/reviewers.ts'
import { startStand } from '#test/stand/stand.ts'

test('what waits under another key of the gateway is refused when that starts, not when somebody has approved it', {
  timeout: 120_000,
}, async t => {
  const stand = await startStand({ sizes: { customers: 10, orders: 20 } })
  t.after(() => stand.stop())
  const agent = await agentOf(stand)
  const sql = 'delete from orders where id = 7'
  const { body } = await agent.submit({ connection: 'shop', sql })
  assert.equal(body.status, 'pending_approval')
  await firstGateway(stand).stop()
  writeFileSync(join(stand.folder, 'keys', 'holds.key'), randomBytes(48).toString('base64'))
  const next = new Agent(agent.token, (await stand.startGateway()).url)
  const refused = await next.look(body.request_id)
  assert.deepEqual([refused.body.status, refused.body.code], ['denied', 'integrity'])
  assert.match(refused.text, /another key.*Submit it again/)
  const card = async () => JSON.stringify((await cardOf(stand, body.request_id)).blocks)
  await until(async () => /another key/.test(await card()), 'the card that says so')
  assert.doesNotMatch(await card(), /"action_id":"approve/)
  const again = await next.submit({ connection: 'shop', sql })
  assert.equal(again.body.status, 'pending_approval')
  assert.notEqual(again.body.request_id, body.request_id)
  assert.ok(!ranTexts(stand).includes(sql))
})
