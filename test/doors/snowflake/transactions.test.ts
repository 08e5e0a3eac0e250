import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { Connection } from 'snowflake-sdk'
import { until } from '#test/chaos/until.ts'
import { kill, says } from '#test/doors/on-call.ts'
import { approve, cardOf, deny, ranTexts } from '#test/doors/reviewers.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { login, logout, run, start } from './driver.ts'
import { heldCard, runApproved } from './held-card.ts'
import { RawSession } from './raw-session.ts'
import { writesPolicy } from './writes-policy.ts'

describe('Snowflake door: transactions', { timeout: 300_000 }, () => {
  let stand: Stand
  const open: Connection[] = []
  before(async () => {
    stand = await startStand({ sizes: { customers: 20, orders: 50 }, policy: writesPolicy, gateways: 2 })
  })
  afterEach(async () => {
    for (const connection of open.splice(0)) await logout(connection).catch(() => undefined)
  })
  after(() => stand.stop())

  const session = async (options: Parameters<typeof login>[1] = {}) => {
    const connection = await login(stand, options)
    open.push(connection)
    return connection
  }
  const insert = (id: number) => `insert into orders (id, customer_id, status) values (${id}, 1, 'new')`
  /** As everybody sees it who is in no transaction. */
  const committed = async (sql: string) =>
    Object.values((await stand.snowflake.database.admin.runAndReadAll(sql)).getRowObjects()[0] ?? {}).map(String)[0]
  const status = (id: number) => committed(`select status from "DEMO"."SHOP"."ORDERS" where id = ${id}`)
  const times = (sql: string) => ranTexts(stand).filter(text => text === sql).length
  const held = async (connection: Connection, sql: string, decide = approve) => {
    const { done } = start(connection, sql)
    await decide(stand, await heldCard(stand, sql))
    return done
  }
  const sessionsOpen = () =>
    stand.snowflake
      .sessions()
      .filter(({ endedAt, parameters }) => endedAt === undefined && parameters.AUTOCOMMIT === false)

  test('an allowed INSERT and an approved UPDATE are seen inside, by nobody outside, and stay with COMMIT', async () => {
    const connection = await session()
    await run(connection, 'begin')
    await run(connection, insert(1001))
    const update = "update orders set status = 'all or nothing' where id = 1001"
    const { done } = start(connection, update)
    const id = await heldCard(stand, update)
    const card = JSON.stringify((await cardOf(stand, id)).blocks)
    assert.match(
      card,
      /becomes permanent only with COMMIT; open since \d\d:\d\d UTC, after inserts rows into DEMO.SHOP.ORDERS/,
    )
    await approve(stand, id)
    assert.equal((await done).statement.getNumUpdatedRows(), 1)
    assert.deepEqual((await run(connection, 'select status from orders where id = 1001')).rows, [
      { STATUS: 'all or nothing' },
    ])
    assert.equal(await status(1001), undefined)
    await run(connection, 'commit')
    assert.equal(await status(1001), 'all or nothing')
    assert.deepEqual([times(update), times('commit'), sessionsOpen().length], [1, 1, 0])
  })

  test('nothing stays after ROLLBACK', async () => {
    const connection = await session()
    const update = "update orders set status = 'taken back' where id = 1"
    await run(connection, 'begin transaction name t1;')
    await run(connection, insert(1002))
    await held(connection, update)
    await run(connection, 'rollback work')
    assert.equal(await status(1002), undefined)
    assert.notEqual(await status(1), 'taken back')
    assert.equal(sessionsOpen().length, 0)
    await run(connection, insert(1003))
    assert.equal(await status(1003), 'new')
  })

  for (const end of ['COMMIT', 'ROLLBACK'])
    test(`a SELECT that is still judged while a ${end} of nothing comes reads what is there then`, async () => {
      const connection = await session()
      await run(connection, 'alter session set autocommit = false')
      await stand.snowflake.database.admin.run(`create table "DEMO"."SHOP"."AFTER_${end}" as select 7 as "ID"`)
      const gate = stand.snowflake.holdNext(/^select 'object' as fact/)
      const { done } = start(connection, `select id from shop.after_${end}`)
      await gate.arrived
      await run(connection, end)
      gate.release()
      assert.deepEqual((await done).rows, [{ ID: 7 }])
    })

  test('with autocommit off every write waits for COMMIT, the next one begins anew, and definitions go by themselves', async () => {
    const connection = await session({ sessionParameters: { AUTOCOMMIT: false } } as never)
    const seen = async (id: number) => (await run(connection, `select status from orders where id = ${id}`)).rows.length
    await run(connection, 'alter session /* driver */ set autocommit=false')
    await run(connection, 'select 1')
    assert.equal(sessionsOpen().length, 0)
    await run(connection, insert(1011))
    assert.deepEqual([await seen(1011), await status(1011)], [1, undefined])
    await assert.rejects(run(connection, 'alter session set autocommit = true'), {
      code: '000002',
      message: /is open: commit/,
    })
    await assert.rejects(run(connection, 'create table t (a int)'), {
      code: '003001',
      message: /end the transaction by itself/,
    })
    await run(connection, 'commit')
    await run(connection, insert(1012))
    await run(connection, 'rollback')
    assert.deepEqual([await seen(1011), await seen(1012)], [1, 0])
    await run(connection, insert(1013))
    await logout(connection)
    assert.deepEqual([await status(1011), await status(1012), await status(1013)], ['new', undefined, undefined])
    assert.equal(sessionsOpen().length, 0)
  })

  test('a denied, a withdrawn and a failed statement leave the transaction open', async () => {
    const connection = await session()
    await run(connection, 'begin')
    await run(connection, insert(1021))
    const update = "update orders set status = 'denied' where id = 1021"
    await assert.rejects(
      held(connection, update, (stand, id) => deny(stand, id, 'not today')),
      { message: /not today/ },
    )
    const fails = "insert into orders (id, customer_id, status) select 'x'::int, 1, 'never' from orders"
    await assert.rejects(run(connection, fails), { code: '100038', sqlState: '22018' })
    await run(connection, insert(1022))
    await run(connection, 'commit')
    assert.deepEqual([await status(1021), await status(1022)], ['new', 'new'])
  })

  test('what would run under another role, end the transaction or is not understood is refused before anybody is asked', async () => {
    const connection = await session({ agent: 'release-bot' })
    await run(connection, 'begin')
    await run(connection, insert(1031))
    for (const [sql, words] of [
      ['create table other (a int)', /end the transaction/],
      ['truncate table orders', /end the transaction/],
      ['call p()', /end the transaction/],
      ["execute immediate 'commit'", /end the transaction/],
      ['select * from orders for update', /end the transaction/],
      ['show tables', /one role, this one under AGENT_WRITER/],
    ] as const)
      await assert.rejects(run(connection, sql), { code: '003001', message: words }, sql)
    await run(connection, 'rollback')
    assert.equal(await status(1031), undefined)
  })

  test('a transaction that Snowflake has ended is over: nothing runs outside of it, COMMIT says so, ROLLBACK is taken', async () => {
    for (const together of [undefined, 'and their sessions'] as const) {
      const connection = await session()
      await run(connection, 'begin')
      await run(connection, insert(1041))
      await stand.snowflake.abortTransactions(together)
      await assert.rejects(run(connection, insert(1042)), {
        code: '000615',
        sqlState: '40000',
        message: /is over.*Roll back/,
      })
      await assert.rejects(run(connection, insert(1042)), { code: '000615' })
      await assert.rejects(run(connection, 'commit'), { code: '000615' })
      await assert.rejects(run(connection, 'begin'), { code: '000615' })
      await run(connection, 'rollback')
      assert.deepEqual([await status(1041), await status(1042)], [undefined, undefined])
      assert.equal(sessionsOpen().length, 0)
      await logout(connection)
    }
    const connection = await session()
    await run(connection, 'begin')
    await run(connection, insert(1043))
    await stand.snowflake.abortTransactions()
    await assert.rejects(run(connection, 'commit'), { code: '000615' })
    assert.equal(await status(1043), undefined)
  })

  test('any gateway goes on in it, each statement once, also when tokens were renewed meanwhile', async () => {
    const [one, two] = stand.gateways
    const client = await RawSession.login(stand)
    await client.ask('begin', one)
    await client.ask(insert(1051), two)
    stand.snowflake.expireSessions()
    const sent = client.send(insert(1052), one)
    assert.equal((await sent).success, true)
    assert.equal((await client.send(insert(1052), two, (await sent).requestId)).success, true)
    const commit = await client.send('commit', two)
    assert.equal((await client.send('commit', one, commit.requestId)).success, true)
    assert.deepEqual([times(insert(1051)), times(insert(1052))], [1, 1])
    assert.deepEqual([await status(1051), await status(1052), sessionsOpen().length], ['new', 'new', 0])
  })

  test('operators see that one lies idle, and end it; its agent hears that it is over', async () => {
    const connection = await session()
    await run(connection, 'begin')
    await run(connection, insert(1500))
    const update = "update orders set status = 'left open' where id = 1500"
    const id = await runApproved(stand, connection, update)
    assert.match(await says(stand, `/qw show ${id}`), /Transaction open what it wrote is not committed/)
    const { asked, done: killed } = await kill(stand, id, 'holds locks for hours')
    assert.match(asked, /It has ended, but not what it left open\. Its transaction is ended/)
    assert.match(killed, /had ended .* Its transaction was ended/)
    assert.equal(sessionsOpen().length, 0)
    await assert.rejects(run(connection, 'commit'), /The transaction is over/)
    await run(connection, 'rollback')
    assert.equal(await status(1500), undefined)
    assert.doesNotMatch(await says(stand, `/qw show ${id}`), /Transaction open/)
    assert.match(await says(stand, `/qw kill ${id} once more`), /It has ended already/)
  })

  test('its session is ended, locks and all, though Snowflake is away when its client logs out', async () => {
    const connection = await session()
    await run(connection, 'begin')
    await run(connection, insert(1601))
    stand.snowflake.failNext('unavailable', 4, /^\/session$/)
    await logout(connection)
    await until(() => sessionsOpen().length === 0, 'end of the session')
    assert.equal(await status(1601), undefined)
  })

  test('statements of it run one after the other; what comes while one waits is told so, and reads before its first write are not in it', async () => {
    const client = await RawSession.login(stand)
    const update = "update orders set status = 'slow' where id = 3"
    await client.ask('begin')
    const waiting = client.send(update)
    const id = await heldCard(stand, update)
    assert.equal((await client.send('select id from orders where id = 3')).success, true)
    for (const sql of [insert(1061), 'commit', 'rollback']) {
      const { success, code, message } = await client.send(sql)
      assert.equal(success, false, sql)
      assert.match(String(message), new RegExp(`still waits or runs: ${id}`), sql)
      // No fault of the gateway's own, as which it would be 000603.
      assert.equal(code, '000625', sql)
    }
    await approve(stand, id)
    assert.equal((await waiting).success, true)
    assert.notEqual(await status(3), 'slow')
    await client.ask('commit')
    assert.equal(await status(3), 'slow')
  })

  test('several statements at once may be a transaction, whole or in part', async () => {
    const connection = await session()
    await run(connection, 'alter session set multi_statement_count = 0')
    await run(connection, `begin; ${insert(1071)}; commit; begin; ${insert(1072)}`)
    assert.deepEqual([await status(1071), await status(1072)], ['new', undefined])
    await run(connection, `rollback; ${insert(1073)}`)
    assert.deepEqual([await status(1072), await status(1073)], [undefined, 'new'])
  })

  test('nobody else gets into it, and one principal has only so many', async () => {
    const client = await RawSession.login(stand)
    await client.ask('begin')
    await client.ask(insert(1081))
    const stranger = await RawSession.login(stand)
    assert.deepEqual((await stranger.ask('select id from orders where id = 1081')).data?.rowset, [])
    await stranger.ask('commit')
    assert.equal(await status(1081), undefined)
    const many = await Promise.all(Array.from({ length: 10 }, () => RawSession.login(stand)))
    const answers: (boolean | undefined)[] = []
    for (const [at, each] of many.entries()) {
      await each.ask('begin')
      answers.push((await each.send(insert(1090 + at))).success)
    }
    assert.deepEqual(answers, [...Array(9).fill(true), false])
    for (const each of [client, ...many]) await each.end()
    assert.deepEqual([await status(1081), await status(1090), sessionsOpen().length], [undefined, undefined, 0])
  })

  test('a statement that alone asks not to be committed is refused', async () => {
    const client = await RawSession.login(stand)
    const { success, message } = await client.send(insert(1099), undefined, undefined, { autocommit: false })
    assert.equal(success, false)
    assert.match(String(message), /nobody could commit it/)
    assert.equal((await client.send('select 1', undefined, undefined, { autocommit: false })).success, true)
  })

  test('a statement that alone asks to be committed, in a session that commits nothing by itself, is refused, and commits nothing', async () => {
    const client = await RawSession.login(stand)
    await client.ask('alter session set autocommit = false')
    await client.ask(insert(1101))
    for (const sql of [insert(1102), 'select 1', 'alter session set autocommit = true']) {
      const { success, message } = await client.send(sql, undefined, undefined, { AUTOCOMMIT: true })
      assert.equal(success, false)
      assert.match(String(message), /AUTOCOMMIT is off for the session, .* Nothing ran/)
    }
    await client.ask('rollback')
    const several = `alter session set autocommit = false; ${insert(1103)}`
    await client.ask('alter session set autocommit = true')
    const asked = { AUTOCOMMIT: 'on', MULTI_STATEMENT_COUNT: 2 }
    assert.match(String((await client.send(several, undefined, undefined, asked)).message), /Nothing ran/)
    await client.ask('begin')
    assert.equal((await client.send(insert(1104), undefined, undefined, { AUTOCOMMIT: true })).success, true)
    await client.ask('commit')
    assert.deepEqual(await Promise.all([1101, 1102, 1103, 1104].map(status)), [undefined, undefined, undefined, 'new'])
  })
})
