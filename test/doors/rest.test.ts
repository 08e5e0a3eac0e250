import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { type Agent, agentOf } from './agent.ts'
import { approve, cardOf, deny, ranTexts } from './reviewers.ts'

const policy = `${standPolicy}
  - name: shoppers-wait-shortly
    when: statement.writes.exists(t, t.matches("*.SHORT_LIVED"))
    then: hold
    as: AGENT_WRITER
    expires: 2s
`

describe('REST door', { timeout: 300_000 }, () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    stand = await startStand({ sizes: { customers: 300, orders: 5_000 }, policy })
    agent = await agentOf(stand)
  })
  after(() => stand.stop())

  const customers = { shop: 'customers', lake: 'shop.customers' }
  for (const connection of ['shop', 'lake'] as const) {
    test(`${connection}: what is allowed answers at once, masked`, async () => {
      const sql = `select id, email, city from ${customers[connection]} order by id limit 3`
      const { status, body, headers } = await agent.submit({ connection, sql })
      assert.equal(status, 200)
      assert.equal(headers.get('content-location'), `/v1/queries/${body.request_id}`)
      assert.equal(body.status, 'succeeded')
      const rows = body.rows as unknown[][]
      assert.deepEqual(
        rows.map(([id, email]) => [id, email]),
        [1, 2, 3].map(id => [id, 'c***@***.example']),
      )
      assert.equal(body.row_count, 3)
      assert.equal(body.rule, 'reads-of-the-shop')
      assert.equal((body.masked_columns as string[]).length, 1)
      assert.equal(ranTexts(stand).filter(text => text === sql).length, 1)
    })

    test(`${connection}: what is held runs once, by a click, while its agent waits`, async () => {
      const table = connection === 'shop' ? 'orders' : 'shop.orders'
      const sql = `delete from ${table} where id in (select id from ${table} where status = 'test' and id < 1000)`
      const held = await agent.submit({ connection, sql, purpose: 'Clean up' })
      assert.equal(held.status, 202)
      assert.equal(held.body.status, 'pending_approval')
      assert.equal(held.headers.get('location'), `/v1/queries/${held.body.request_id}`)
      assert.equal(held.headers.get('retry-after'), '10')
      assert.equal(ranTexts(stand).includes(sql), false)
      const waiting = agent.look(held.body.request_id)
      await approve(stand, held.body.request_id)
      const { status, body } = await waiting
      assert.equal(status, 200, JSON.stringify(body))
      assert.equal(body.affected_rows, 4)
      assert.deepEqual(body.approved_by, [{ reviewer: 'oncall-1' }])
      assert.equal(body.role, 'AGENT_WRITER')
      assert.ok(body.way_back)
      assert.equal(ranTexts(stand).filter(text => text === sql).length, 1)
      const again = await agent.look(held.body.request_id)
      assert.deepEqual(again.body, body)
      assert.equal(ranTexts(stand).filter(text => text === sql).length, 1)
    })
  }

  test('what policy denies is a problem document that says the rule and what would pass', async () => {
    const sql = "copy into 's3://elsewhere/x' from customers"
    const { status, headers, body } = await agent.submit({ connection: 'shop', sql })
    assert.equal(status, 403)
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/)
    assert.equal(body.type, 'urn:querywarden:denied')
    assert.equal(body.code, 'denied')
    assert.equal(body.rule, 'no-unload')
    assert.match(String(body.message), /no-unload: Data may not be copied out/)
    assert.match(String(body.what_would_pass), /Select the rows through the gateway/)
    assert.equal(ranTexts(stand).includes(sql), false)
  })

  test('a key that found an equal statement waiting goes on to name that one, also after it ran', async () => {
    const body = { connection: 'shop', sql: "update orders set status = 'open' where id = 4" }
    const named = (key: string) => agent.submit(body, 0, { 'idempotency-key': key })
    const first = await named('key-of-the-first')
    const second = await named('key-of-the-second')
    assert.equal(second.body.request_id, first.body.request_id)
    await approve(stand, first.body.request_id)
    await agent.look(first.body.request_id)
    const again = await named('key-of-the-second')
    assert.equal(again.status, 200)
    assert.equal(again.body.request_id, first.body.request_id)
    assert.equal(ranTexts(stand).filter(text => text === body.sql).length, 1)
  })

  test('what a person denies brings their words', async () => {
    const held = await agent.submit({ connection: 'shop', sql: "update orders set status = 'x' where id = 1" })
    const waiting = agent.look(held.body.request_id)
    await deny(stand, held.body.request_id, 'not before the freeze ends')
    const { status, body } = await waiting
    assert.equal(status, 403)
    assert.equal(body.code, 'review_denied')
    assert.equal(body.denied_by, 'oncall-1')
    assert.equal(body.reason, 'not before the freeze ends')
  })

  test('what is withdrawn cannot be approved any more', async () => {
    const sql = 'delete from orders where id = 77'
    const held = await agent.submit({ connection: 'shop', sql })
    const card = await cardOf(stand, held.body.request_id, 'hold_approve')
    const { status, body } = await agent.withdraw(held.body.request_id)
    assert.equal(status, 200)
    assert.equal(body.status, 'cancelled')
    const clicked = stand.slack.click('U0ONCALL1', card.channel, card.ts, 'hold_approve')
    // The bot may have taken the button away by now.
    await clicked.catch(error => assert.match(String(error), /action_not_found/))
    const after = await agent.look(held.body.request_id)
    assert.equal(after.status, 409)
    assert.equal(after.body.code, 'cancelled')
    assert.equal(ranTexts(stand).includes(sql), false)
  })

  test('what nobody decides in time expires', async () => {
    const held = await agent.submit({ connection: 'shop', sql: 'insert into short_lived select 1' })
    assert.equal(held.status, 202)
    const { status, body } = await agent.look(held.body.request_id)
    assert.equal(status, 403)
    assert.equal(body.code, 'hold_expired')
    assert.equal(body.retry, true)
  })

  test('the same statement while it waits finds its hold, from another connection too', async () => {
    const statement = { connection: 'shop', sql: 'delete from orders where id = 78' }
    const first = await agent.submit(statement)
    const second = await (await agentOf(stand)).submit({ ...statement, purpose: 'asked again' })
    assert.equal(second.body.request_id, first.body.request_id)
    await agent.withdraw(first.body.request_id)
  })

  test('an idempotency key names one statement for good', async () => {
    const statement = { connection: 'shop', sql: 'select count(*) as n from orders' }
    const key = { 'idempotency-key': 'key-of-one-count' }
    const first = await agent.submit(statement, 0, key)
    const second = await agent.submit(statement, 0, key)
    assert.equal(second.body.request_id, first.body.request_id)
    assert.deepEqual(second.body.rows, first.body.rows)
    assert.equal(ranTexts(stand).filter(text => text === statement.sql).length, 1)
    const other = await (await agentOf(stand, 'etl-job')).submit(statement, 0, key)
    assert.notEqual(other.body.request_id, first.body.request_id)
  })

  test('a client that leaves does not cancel its hold', async () => {
    const leaving = new AbortController()
    const sql = 'delete from orders where id = 79'
    const gone = agent.ask('/v1/queries?wait=30', { body: { connection: 'shop', sql }, signal: leaving.signal })
    const { blocks } = await stand.slack.waitForMessage(message => JSON.stringify(message.blocks).includes('id = 79'))
    leaving.abort()
    await assert.rejects(gone)
    const [id = ''] = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(JSON.stringify(blocks)) ?? []
    await approve(stand, id)
    const { body } = await agent.look(id)
    assert.equal(body.affected_rows, 1)
    assert.equal(ranTexts(stand).filter(text => text === sql).length, 1)
  })

  test('rows come by offset, all of them once and in order', async () => {
    const first = await agent.submit({ connection: 'shop', sql: 'select id from orders order by id', max_rows: 2_000 })
    const seen = [...(first.body.rows as unknown[][])]
    let next = first.body.next_offset as number | undefined
    while (next !== undefined) {
      const { body } = await agent.look(first.body.request_id, `offset=${next}&max_rows=1700`)
      seen.push(...(body.rows as unknown[][]))
      next = body.next_offset as number | undefined
    }
    const total = first.body.row_count as number
    assert.ok(total > 4_900 && seen.length === total)
    const ids = seen.map(([id]) => Number(id))
    assert.deepEqual(
      ids,
      [...ids].sort((a, b) => a - b),
    )
    assert.equal(new Set(ids).size, total)
    const beyond = await agent.look(first.body.request_id, 'offset=900000')
    assert.deepEqual([beyond.status, beyond.body.rows, beyond.body.next_offset], [200, [], undefined])
  })

  test('long rows come in several answers, each of a size that can be made', async () => {
    const sql = 'select id, repeat(city, 100000) as long_one from customers order by id limit 60'
    const first = await agent.submit({ connection: 'shop', sql })
    assert.equal(first.status, 200, first.text.slice(0, 1_000))
    let at = 0
    for (let { body, text } = first; ; ) {
      const rows = body.rows as [number, string][]
      assert.ok(text.length < 17 * 1024 * 1024, `${text.length} characters`)
      assert.deepEqual(
        rows.map(([id]) => id),
        rows.map((_row, index) => at + index + 1),
      )
      at += rows.length
      if (body.next_offset === undefined) break
      assert.equal(body.next_offset, at)
      ;({ body, text } = await agent.look(first.body.request_id, `offset=${at}`))
    }
    assert.equal(at, 60)
    assert.ok((first.body.rows as unknown[]).length < 60)
  })

  test('explain says what would become of it, and nothing is shown or run', async () => {
    const messages = stand.slack.state.messages.length
    const asked: string[] = []
    const ask = (sql: string, connection = 'shop') => {
      asked.push(sql)
      return agent.ask('/v1/explain', { body: { connection, sql } })
    }
    const read = await ask('select email from customers where id = 5')
    assert.equal(read.status, 200)
    assert.equal(read.body.verdict, 'allow')
    assert.deepEqual(read.body.columns, [{ name: 'EMAIL', sources: ['DEMO.SHOP.CUSTOMERS.EMAIL'] }])
    const write = await ask("delete from shop.orders where status = 'test'", 'lake')
    assert.equal(write.body.verdict, 'hold')
    assert.deepEqual(write.body.approvers, [{ group: 'data-oncall', people: 1 }])
    assert.equal(write.body.request_id, undefined)
    const refused = await ask("copy into 's3://elsewhere/x' from orders")
    assert.equal(refused.body.verdict, 'deny')
    assert.match(String(refused.body.what_would_pass), /Select the rows/)
    const broken = await ask('select from where')
    assert.deepEqual([broken.body.understood, broken.body.verdict, broken.body.code], [false, 'fail', 'syntax_error'])
    assert.equal(stand.slack.state.messages.length, messages)
    assert.deepEqual(
      ranTexts(stand).filter(text => asked.includes(text)),
      [],
    )
  })

  test('numbers about sensitive tables are for approvers: no agent counts its way to a value', async () => {
    const sql = "delete from customers where email like 'c000001%'"
    const before = ranTexts(stand).filter(text => text.includes('c000001')).length
    const explained = await agent.ask('/v1/explain', { body: { connection: 'shop', sql } })
    assert.equal(explained.body.verdict, 'hold')
    assert.equal(explained.body.estimate, undefined)
    assert.equal(ranTexts(stand).filter(text => text.includes('c000001')).length, before, 'the warehouse was asked')
    const held = await agent.submit({ connection: 'shop', sql })
    assert.equal(held.status, 202)
    assert.equal(held.body.estimate, undefined)
    assert.match(JSON.stringify((await cardOf(stand, held.body.request_id)).blocks), /1 of 300 rows/)
    await agent.withdraw(held.body.request_id)
  })

  test('what waits for people is counted for nobody who asks without them, whatever its tables hold', async () => {
    const sql = "update orders set status = 'seen' where exists (select 1 from orders where id = 7 and status = 'paid')"
    const explained = await agent.ask('/v1/explain', { body: { connection: 'shop', sql } })
    assert.equal(explained.body.verdict, 'hold')
    assert.equal(explained.body.estimate, undefined)
    const held = await agent.submit({ connection: 'shop', sql })
    assert.ok(held.body.estimate)
    await agent.withdraw(held.body.request_id)
  })

  test('DELETE without a body is one, whatever type its client names', async () => {
    const type = { 'content-type': 'application/json' }
    for (const headers of [type, { ...type, 'content-length': '0' }]) {
      const held = await agent.submit({ connection: 'shop', sql: 'delete from orders where id = 81' })
      const { status, body } = await agent.ask(`/v1/queries/${held.body.request_id}`, { method: 'DELETE', headers })
      assert.deepEqual([status, body.status], [200, 'cancelled'], JSON.stringify(body))
    }
  })
})
