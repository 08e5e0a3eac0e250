import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { describe, test } from 'node:test'
import { firstGateway } from '#test/doors/agent.ts'
import { residentMegabytes } from '#test/doors/resident-megabytes.ts'
import { approve, cardOf, ranTexts } from '#test/doors/reviewers.ts'
import { cancel, run, start } from './driver.ts'
import { driverStand } from './driver-stand.ts'
import { heldCard } from './held-card.ts'
import { raw } from './raw.ts'

const looking = `
  - name: looks-around
    when: statement.kind in ["show", "describe"] || (statement.understood && statement.reads.all(t, t.matches("*INFORMATION_SCHEMA.*")))
    then: allow
    as: AGENT_READER
`

describe('Snowflake door: what drivers and strangers send besides statements', { timeout: 180_000 }, () => {
  const at = driverStand(looking)

  const rowsOf = async (sql: string) => (await run(at.connection, sql)).rows

  test('the session shows its own parameters, not those of the session that others use too', async () => {
    await run(at.connection, "alter session set timezone = 'Europe/Berlin'")
    const [zone, ...others] = await rowsOf("show parameters like 'time_one' in session")
    assert.deepEqual([zone?.key, zone?.value, zone?.level, others.length], ['TIMEZONE', 'Europe/Berlin', 'SESSION', 0])
    assert.ok((await rowsOf('show parameters')).some(({ key, type }) => key === 'AUTOCOMMIT' && type === 'BOOLEAN'))
    assert.deepEqual(await rowsOf(`show parameters like '${'%A'.repeat(400)}'`), [])
    assert.equal(
      ranTexts(at.stand).some(text => /show parameters/i.test(text)),
      false,
    )
    await run(at.connection, 'alter session unset timezone')
    assert.equal((await rowsOf("show parameters like 'TIMEZONE'"))[0]?.value, 'Etc/UTC')
  })

  test('the tag of a session is shown, put back and emptied', async () => {
    const tag = async () => (await rowsOf("show parameters like 'query_tag' in session")).map(({ value }) => value)
    assert.deepEqual(await tag(), [''])
    await run(at.connection, "alter session set query_tag = 'nightly'")
    assert.deepEqual(await tag(), ['nightly'])
    await run(at.connection, 'select 1 as tagged')
    await run(at.connection, "alter session set query_tag = ''")
    assert.deepEqual(await tag(), [''])
    const held = 'delete from orders where id = 9'
    const { statement } = start(at.connection, held)
    const { blocks } = await cardOf(at.stand, await heldCard(at.stand, held))
    await cancel(statement)
    assert.doesNotMatch(JSON.stringify(blocks), /nightly/)
  })

  test('JDBC’s limits of rows and of time are taken: of rows it gets no more, the time it keeps itself', async () => {
    const limits = { rows_per_resultset: 2, query_timeout: 30 }
    const { rows } = await run(at.connection, 'select id from orders order by id', { parameters: limits })
    assert.deepEqual(rows, [{ ID: 1 }, { ID: 2 }])
    const none = { rows_per_resultset: 0, query_timeout: 0 }
    const all = await run(at.connection, 'select id from orders order by id', { parameters: none })
    assert.equal(all.rows.length, 50)
  })

  test('a failed statement has Snowflake’s own number and state, which drivers make their exceptions of', async () => {
    await at.stand.snowflake.database.admin.run('CREATE TABLE "DEMO"."SHOP"."STRICT" (a INTEGER NOT NULL)')
    const insert = 'insert into strict (a) values (null)'
    const { done } = start(at.connection, insert)
    await approve(at.stand, await heldCard(at.stand, insert))
    await assert.rejects(done, { code: '100072', sqlState: '22000', message: /non-nullable/ })
    await assert.rejects(run(at.connection, 'select ids from orders'), { code: '000904', sqlState: '42000' })
    const body = { statement: 'select ids from orders' }
    const headers = { authorization: `Bearer ${await at.stand.issuer.tokenFor('release-bot')}` }
    const { status, text } = await raw(at.stand, '/api/v2/statements', { headers, body })
    const { code, sqlState } = JSON.parse(text)
    assert.deepEqual([status, code, sqlState], [422, '000904', '42000'])
  })

  test('a withheld error has no number either: a statement that fails in another way for each value would spell them out', async () => {
    const failing = async (type: string) => {
      const sql = `select case when substr(email, 1, 1) >= 'a' then cast(city as ${type}) end as n from customers`
      const { done } = start(at.connection, sql)
      const failed = done.then(
        () => assert.fail('it ran'),
        ({ code, sqlState, message }) => ({ code, sqlState, message: message.replace(/\(session .*\)/, '') }),
      )
      await approve(at.stand, await heldCard(at.stand, sql))
      return failed
    }
    const asNumber = await failing('integer')
    assert.match(asNumber.message, /withheld/)
    assert.deepEqual(await failing('date'), asNumber)
  })

  test('what a session is, is what its statements run in', async () => {
    await run(at.connection, 'use demo.shop')
    const [row] = await rowsOf('select current_database() as d, current_schema() as s, current_role() as r')
    assert.deepEqual(row, { D: 'DEMO', S: 'SHOP', R: 'AGENT_READER' })
  })

  test('what looks around goes by the policy, like every statement', async () => {
    const tables = await rowsOf('SHOW /* sqlalchemy:get_table_names */ TABLES IN SCHEMA DEMO.SHOP')
    assert.ok(tables.some(({ name }) => name === 'CUSTOMERS'))
    const columns = await rowsOf('DESC TABLE /* sqlalchemy:_has_object */ demo.shop.orders')
    assert.ok(columns.some(({ name }) => name === 'STATUS'))
    const listed = await rowsOf(
      "select column_name as c from demo.information_schema.columns where table_name = 'ORDERS'",
    )
    assert.ok(listed.some(({ C }) => C === 'STATUS'))
  })

  test('a table may be called temp', async () => {
    await assert.rejects(run(at.connection, 'create temp stage t'), { code: '000002' })
    const body = { sqlText: 'create table temp (a int)', describeOnly: true }
    const { code } = await raw(at.stand, `/queries/v1/query-request?requestId=${randomUUID()}`, {
      token: at.token,
      body,
    })
    assert.equal(code, '000007')
  })

  test('a body of 100 MB is refused, announced or not, and costs no memory', async () => {
    const path = `/queries/v1/query-request?requestId=${randomUUID()}`
    const before = residentMegabytes(firstGateway(at.stand).child.pid)
    for (const announced of [true, false]) assert.match(await flood(path, announced), /^(?:200|413|cut)$/)
    assert.deepEqual(await rowsOf('select 1 as alive'), [{ ALIVE: 1 }])
    const grown = residentMegabytes(firstGateway(at.stand).child.pid) - before
    assert.ok(grown < 60, `grew by ${grown} MB`)
  })

  /** The status, or `cut` where the connection was closed on the sender. */
  function flood(path: string, announced: boolean): Promise<string> {
    const size = 100 * 1024 * 1024
    const part = Buffer.alloc(1024 * 1024, 0x20)
    const { promise, resolve } = Promise.withResolvers<string>()
    const length = announced ? { 'content-length': String(size) } : {}
    const headers = { authorization: `Snowflake Token="${at.token}"`, 'content-type': 'application/json', ...length }
    const sending = request(`${firstGateway(at.stand).url}${path}`, { method: 'POST', headers }, answer => {
      answer.resume()
      resolve(String(answer.statusCode))
      sending.destroy()
    })
    sending.on('error', () => resolve('cut'))
    let left = size / part.length
    const more = () => {
      while (left > 0 && !sending.destroyed) {
        left -= 1
        if (!sending.write(part)) return sending.once('drain', more)
      }
      return sending.end()
    }
    more()
    return promise
  }
})
