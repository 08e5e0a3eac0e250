import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Connection, StatementOption } from 'snowflake-sdk'
import { approve, ranTexts } from '#test/doors/reviewers.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { cancel, login, logout, run, start } from './driver.ts'
import { heldCard } from './held-card.ts'
import { raw, tokenFor } from './raw.ts'
import { RawSession } from './raw-session.ts'
import { writesPolicy } from './writes-policy.ts'

describe('Snowflake door: what is set in a session stays set, whatever else its client asks for meanwhile', {
  timeout: 120_000,
}, () => {
  let stand: Stand
  let connection: Connection
  before(async () => {
    stand = await startStand({ sizes: { customers: 20, orders: 50 }, policy: writesPolicy })
    connection = await login(stand)
  })
  after(async () => {
    await logout(connection)
    await stand.stop()
  })

  test('changes that a driver sends without waiting for each other are all there', async () => {
    const set = {
      TIMEZONE: 'Europe/Berlin',
      WEEK_START: '1',
      DATE_OUTPUT_FORMAT: 'DD.MM.YYYY',
      TIME_OUTPUT_FORMAT: 'HH24:MI',
      BINARY_OUTPUT_FORMAT: 'BASE64',
    }
    const alters = Object.entries(set).map(([name, value]) => `alter session set ${name} = '${value}'`)
    await Promise.all(['use schema public', ...alters].map(text => run(connection, text)))
    const { rows } = await run(connection, 'show parameters')
    const shown = Object.fromEntries(rows.map(({ key, value }) => [key, value]))
    assert.deepEqual(Object.fromEntries(Object.keys(set).map(name => [name, shown[name]])), set)
    const nowhere = 'select id from orders -- of another schema'
    const { statement } = start(connection, nowhere)
    await heldCard(stand, nowhere)
    await cancel(statement)
    await run(connection, 'use schema demo.shop')
  })

  test('all that ibis begins with is set in one statement; a setting with no such value is refused, and nothing of it set', async () => {
    const own = await login(stand)
    const shown = async () =>
      Object.fromEntries((await run(own, 'show parameters')).rows.map(({ key, value }) => [key, value]))
    const before = await shown()
    await assert.rejects(run(own, "alter session set timezone = 'Asia/Tokyo' json_indent = 17"), {
      code: '000002',
      message: /JSON_INDENT/,
    })
    assert.deepEqual(await shown(), before)
    await run(
      own,
      "ALTER SESSION SET MULTI_STATEMENT_COUNT = 0 JSON_INDENT = 0 PYTHON_CONNECTOR_QUERY_RESULT_FORMAT = 'arrow_force' STRICT_JSON_OUTPUT = True TIMEZONE = 'UTC'",
    )
    const { JSON_INDENT, STRICT_JSON_OUTPUT, TIMEZONE } = await shown()
    assert.deepEqual([JSON_INDENT, STRICT_JSON_OUTPUT, TIMEZONE], ['0', 'true', 'UTC'])
    await logout(own)
  })

  test('a request that is repeated is the same one, though another thread has gone on to another schema', async () => {
    const requestId = randomUUID()
    const sql = 'delete from orders where id = 11'
    const { done } = start(connection, sql, { requestId })
    const id = await heldCard(stand, sql)
    await run(connection, 'use schema public')
    const again = start(connection, sql, { requestId })
    await approve(stand, id)
    for (const each of [done, again.done]) assert.deepEqual((await each).rows, [{ 'number of rows deleted': 1 }])
    await assert.rejects(run(connection, `${sql} -- other`, { requestId }), { code: '000002' })
    await run(connection, 'use schema shop')
  })

  test('so is one that is repeated while it is judged or runs, though another thread began a transaction and set a time zone', async () => {
    const session = await RawSession.login(stand)
    const sql = 'select id from orders where id = 13'
    // Its plan is asked for first.
    for (const [text, zone] of [
      [/^explain.* id = 13/is, 'Asia/Tokyo'],
      [/^select id from orders where id = 13/, 'Europe/Berlin'],
    ] as const) {
      const requestId = randomUUID()
      const gate = stand.snowflake.holdNext(text)
      const first = session.send(sql, undefined, requestId)
      await gate.arrived
      await session.ask('begin')
      await session.ask(`alter session set timezone = '${zone}'`)
      const repeated = session.send(sql, undefined, requestId)
      // Behind it, on a connection of its own.
      await session.ask('rollback')
      gate.release()
      for (const each of [await first, await repeated])
        assert.deepEqual(each.data?.rowset, [['13']], String(each.message))
    }
    assert.equal(ranTexts(stand).filter(text => text === sql).length, 2)
    await session.end()
  })

  test('the answer to an earlier request is fetched by its id alone', async () => {
    const requestId = randomUUID()
    const { rows } = await run(connection, 'select id from orders where id = 12', { requestId })
    const again = { requestId } as Partial<StatementOption>
    assert.deepEqual((await run(connection, '', again)).rows, rows)
    await assert.rejects(run(connection, '', { requestId: randomUUID() }), { code: '000709' })
  })

  test('all statements of a session are not cancelled by a number that the warehouse has for another', async () => {
    await assert.rejects(run(connection, 'select system$cancel_all_queries(1172562260498)'), {
      code: '000002',
      message: /cancelled one by one/,
    })
  })

  test('a transaction that began while several statements waited is committed by its COMMIT', async () => {
    const token = await tokenFor(stand)
    const ask = (sqlText: string, more: object = {}) =>
      raw(stand, `/queries/v1/query-request?requestId=${randomUUID()}`, { token, body: { sqlText, ...more } })
    const held = "select id from customers where email = 'waited'"
    const { data } = await ask(`${held}; use schema shop`, {
      asyncExec: true,
      parameters: { MULTI_STATEMENT_COUNT: 2 },
    })
    const id = await heldCard(stand, held)
    assert.equal((await ask('begin')).success, true)
    assert.equal((await ask("insert into orders (id, customer_id, status) values (2001, 1, 'new')")).success, true)
    await approve(stand, id)
    const result = () => raw(stand, `/queries/${data?.queryId}/result`, { method: 'GET', token })
    let ended = await result()
    while (ended.code === '333333') ended = await result()
    assert.equal(ended.success, true, String(ended.message))
    assert.equal((await ask('commit')).success, true)
    const { rows } = await run(connection, 'select status from orders where id = 2001')
    assert.deepEqual(rows, [{ STATUS: 'new' }])
  })
})
