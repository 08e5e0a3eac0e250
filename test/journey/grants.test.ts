import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { shownText } from '#test/bot/world.ts'
import { until } from '#test/chaos/until.ts'
import { cardOf, ranTexts } from '#test/doors/reviewers.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { Agent } from './agent.ts'
import { grant, grantingPolicy, runGranted } from './granting.ts'

const purpose = 'remove test orders'
const removed = (id: number) => `delete from shop.orders where status = 'test' and id < ${id}`

describe('a shape that was granted', () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    stand = await startStand({ policy: grantingPolicy, gateways: 2, maxPending: 100 })
    agent = new Agent(stand)
  })
  after(() => stand.stop())

  const ask = (sql: string, more: Parameters<Agent['ask']>[1] = {}) => agent.ask(sql, { purpose, wait: 5, ...more })

  const granted = (sql: string, uses = '5') => runGranted(stand, agent, sql, { uses, purpose })

  test('the card offers it, the modal says what may differ, and the next of its shape runs without a card', async () => {
    const held = await ask(removed(300), { wait: 0 })
    const card = await cardOf(stand, held.request_id, 'hold_grant')
    assert.match(shownText(card.blocks), /Approve this shape for 1h…/)
    const modal = await grant(stand, card)
    assert.match(modal, /delete from shop\.orders where status = \? and id < \?/)
    assert.match(modal, /any values in 2 places/)
    assert.match(modal, /at most 50 rows, as estimated before it runs/)
    assert.equal((await agent.look(held.request_id, 20)).status, 'succeeded')
    const done = shownText((await cardOf(stand, held.request_id, 'Granted: ')).blocks)
    assert.match(done, /run without asking for 1h, at most 5 times, unless revoked/)

    const next = await ask(removed(700))
    assert.equal(next.status, 'succeeded', JSON.stringify(next))
    const [reason] = next.reasons ?? []
    assert.equal(reason?.code, 'granted')
    assert.match(reason?.because ?? '', new RegExp(`^Allowed by grant ${held.request_id} of oncall-1.*, until 20`))
    assert.equal(ranTexts(stand).filter(text => text === removed(700)).length, 1)
    assert.ok(
      !stand.slack.messages('C0APPROVALS').some(({ blocks }) => JSON.stringify(blocks).includes(next.request_id)),
    )
  })

  const same = removed(300)
  const others: readonly (readonly [what: string, sql: string, more?: Parameters<Agent['ask']>[1]])[] = [
    ['a condition more', `${same} or 1=1`],
    ['a condition less', "delete from shop.orders where status = 'test'"],
    ['another comparison', same.replace('<', '>')],
    ['another column', same.replace('id <', 'customer_id <')],
    ['another table', same.replace('shop.orders', 'shop.customers')],
    ['the same table by another name', same.replace('shop.orders', 'demo.shop.orders')],
    ['another kind', "update shop.orders set status = 'old' where status = 'test' and id < 300"],
    ['a text in place of the number', same.replace('300', "'300'")],
    ['more rows than were granted', removed(100_000).replace("'test'", "'paid'")],
    ['another purpose', same, { purpose: 'something else' }],
    ['no purpose', same, { purpose: '' }],
  ]
  for (const [what, sql, more] of others)
    test(`is not ${what}`, async () => {
      const answer = await ask(sql, { wait: 0, ...more })
      assert.equal(answer.status, 'pending_approval', JSON.stringify(answer))
    })

  test('is nobody else’s', async () => {
    const answer = await new Agent(stand, 'churn-notebook').ask(removed(301), { purpose })
    assert.equal(answer.status, 'pending_approval', JSON.stringify(answer))
  })

  test('a statement that waits already is not run beside its hold', async () => {
    const sql = "update shop.orders set status = 'kept' where id = 77"
    const held = await ask(sql, { wait: 0 })
    await granted("update shop.orders set status = 'kept' where id = 78")
    const again = await ask(sql, { wait: 0 })
    assert.deepEqual([again.status, again.request_id], ['pending_approval', held.request_id])
    assert.equal((await ask("update shop.orders set status = 'kept' where id = 79")).status, 'succeeded')
  })

  test('two gateways do not use it more often than was granted', async () => {
    const update = (id: number) => `update shop.orders set status = 'raced' where id = ${id} and customer_id > 0`
    await granted(update(0), '2')
    const agents = [agent, new Agent(stand, 'release-bot', 1)]
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => agents[n % 2]?.ask(update(n + 1), { purpose, wait: 0 })),
    )
    const passed = answers.filter(answer => answer?.status === 'succeeded')
    assert.equal(passed.length, 2, JSON.stringify(answers.map(answer => answer?.status)))
    assert.equal(answers.filter(answer => answer?.status === 'pending_approval').length, 6)
    assert.equal(ranTexts(stand).filter(text => text.startsWith("update shop.orders set status = 'raced'")).length, 3)
  })

  test('what somebody wrote into the record store grants nothing', async () => {
    const update = (id: number) => `update shop.orders set status = 'forged' where id = ${id} and status = 'x'`
    await granted(update(1), '1')
    assert.equal((await ask(update(2))).status, 'succeeded')
    assert.equal((await ask(update(3), { wait: 0 })).status, 'pending_approval')
    const db = new DatabaseSync(join(stand.folder, 'records.db'), { timeout: 5_000 })
    const row = db.prepare('SELECT * FROM shape_grant WHERE used = 1 AND uses = 1').get() as Record<string, string>
    const body = JSON.parse(String(row.body))
    const forge = (change: object) =>
      db
        .prepare('UPDATE shape_grant SET used = 0, uses = 99, body = ? WHERE id = ?')
        .run(JSON.stringify({ ...body, ...change }), String(row.id))
    for (const change of [{ uses: 99 }, { until: body.until + 86_400_000 }, { by: ['oncall-2'] }]) {
      forge(change)
      assert.equal((await ask(update(4), { wait: 0 })).status, 'pending_approval', JSON.stringify(change))
    }
    db.close()
    assert.match(stand.gateways[0]?.log() ?? '', /a grant does not follow from its approval/)
  })

  test('ends when a rule that matched changes, and comes back with it', async () => {
    const file = join(stand.folder, 'policy.yaml')
    const update = (id: number) => `update shop.orders set customer_id = 5 where id = ${id}`
    await granted(update(1))
    assert.equal((await ask(update(2))).status, 'succeeded')
    writeFileSync(file, grantingPolicy.replace('Somebody looks at every write.', 'Somebody looks at each write.'))
    await until(async () => (await ask(update(3), { wait: 0 })).status === 'pending_approval', 'the other policy')
    // A rule more that does not match changes nothing.
    writeFileSync(file, `${grantingPolicy}\n  - name: more\n    when: statement.kind == "truncate"\n    then: deny\n`)
    let id = 100
    await until(async () => (await ask(update(id++), { wait: 0 })).status === 'succeeded', 'the first rule again')
  })

  test('ends when its time is over', async () => {
    const update = (id: number) => `update shop.orders set status = 'short' where id = ${id}`
    const short = { purpose: 'short', wait: 0 }
    await runGranted(stand, agent, update(1), { purpose: 'short', seconds: '3' })
    assert.equal((await ask(update(2), short)).status, 'succeeded')
    await until(async () => (await ask(update(3), short)).status === 'pending_approval', 'its end')
  })

  test('lets nothing pass that is denied', async () => {
    const file = join(stand.folder, 'policy.yaml')
    const update = (id: number) => `update shop.orders set status = 'q' where customer_id = ${id} and id = 1`
    await granted(update(1))
    const paused = `${grantingPolicy}\n  - name: frozen\n    when: statement.kind == "update"\n    then: deny\n    because: Freeze.\n`
    writeFileSync(file, paused)
    await until(async () => (await ask(update(2), { wait: 0 })).status === 'denied', 'the freeze')
    writeFileSync(file, grantingPolicy)
  })
})
