import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { Connection } from 'snowflake-sdk'
import { kill, says } from '#test/doors/on-call.ts'
import { approve, cardOf, ranTexts } from '#test/doors/reviewers.ts'
import { temporaryRules } from '#test/doors/temporary-rules.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { type LoginOptions, login, logout, run, start } from './driver.ts'
import { heldCard, runApproved } from './held-card.ts'
import { RawSession } from './raw-session.ts'

const policy = `${standPolicy
  .replace('when: statement.writes.size() > 0', 'when: statement.writes.size() > 0 && !context.temporary')
  .replace('when: statement.sensitive.exists', 'when: context.temporary == false && statement.sensitive.exists')
  .replace(
    'when: \'"coding-agents" in',
    'when: \'!context.temporary && "coding-agents" in',
  )}${temporaryRules(name => name.toUpperCase())}`

describe('Snowflake door: temporary tables', { timeout: 400_000 }, () => {
  let stand: Stand
  const open: Connection[] = []
  before(async () => {
    stand = await startStand({ sizes: { customers: 20, orders: 50 }, policy, gateways: 2 })
  })
  afterEach(async () => {
    for (const connection of open.splice(0)) await logout(connection).catch(() => undefined)
  })
  after(() => stand.stop())

  const session = async (options: LoginOptions = {}) => {
    const connection = await login(stand, options)
    open.push(connection)
    return connection
  }
  const rows = async (connection: Connection, sql: string) => (await run(connection, sql)).rows
  const held = async (connection: Connection, sql: string) => {
    const { done } = start(connection, sql)
    const id = await heldCard(stand, sql)
    const card = JSON.stringify((await cardOf(stand, id)).blocks)
    await approve(stand, id)
    await done
    return card
  }
  /** Those that hold temporary tables: no other statement of these tests has a session that stays. */
  const sessionsOf = (sql: string) => {
    const ids = new Set(stand.snowflake.statements().flatMap(each => (each.sqlText === sql ? [each.sessionId] : [])))
    return stand.snowflake.sessions().filter(({ id, endedAt }) => ids.has(id) && endedAt === undefined)
  }
  const count = async (asked: Promise<{ data?: Readonly<Record<string, unknown>> | null }>) => {
    const rowset = (await asked).data?.rowset
    return Array.isArray(rowset) ? rowset.length : undefined
  }
  const times = (sql: string) => ranTexts(stand).filter(text => text === sql).length
  const gone = { code: '002003', sqlState: '42S02' }
  const refused = (message: RegExp) => ({ code: '003001', message })

  test('is made from a query or from columns, read, written to and joined by its session, and gone with it', async () => {
    const connection = await session()
    const make = 'create temporary table mine as select id, status from orders where id <= 3'
    await run(connection, make)
    await run(
      connection,
      'create or replace temp table demo.shop.listed (id number(10, 0) not null, "note" varchar(20))',
    )
    await run(connection, "insert into listed select id, 'so' from mine")
    await run(connection, 'update listed set "note" = \'other\' where id = 2')
    await run(connection, 'delete from mine where id = 1')
    await run(connection, 'insert into listed values (?, ?)', {
      binds: [
        [8, 'a'],
        [9, 'b'],
      ],
    })
    assert.deepEqual(await rows(connection, 'select max(id) as m from listed'), [{ M: 9 }])
    assert.deepEqual(await rows(connection, 'select count(*) as n from demo.shop.mine'), [{ N: 2 }])
    const joined =
      'select l."note" as note from listed l join mine on mine.id = l.id join orders o on o.id = mine.id order by l.id'
    assert.deepEqual(await rows(connection, joined), [{ NOTE: 'other' }, { NOTE: 'so' }])
    assert.equal((await rows(connection, 'select id from orders where id = 1')).length, 1)
    assert.equal(sessionsOf(make).length, 1)
    await logout(connection)
    assert.equal(sessionsOf(make).length, 0)
    await assert.rejects(run(await session(), 'select * from mine'))
  })

  test('is held, and what is written to or from it; its card says what it is and what came before', async () => {
    const connection = await session()
    const make = 'create temporary table held_1 as select id, status from orders where id = 7'
    const card = await held(connection, make)
    assert.match(
      card,
      /creates DEMO\.SHOP\.HELD_1; seen by its session alone and gone with it, since \d\d:\d\d UTC, the first/,
    )
    const write = "insert into orders (id, customer_id, status) select id + 7000, 1, 'copied' from held_1"
    assert.match(
      await held(connection, write),
      /DEMO\.SHOP\.HELD_1; seen by its session alone.*after creates a temporary table held_1/,
    )
    assert.deepEqual(await rows(connection, 'select status from orders where id = 7007'), [{ STATUS: 'copied' }])
    assert.deepEqual([times(make), times(write)], [1, 1])
  })

  test('operators see that it is kept, and end what keeps it; its agent hears that it is gone', async () => {
    const connection = await session()
    const make = 'create temporary table held_2 as select id from orders where id = 8'
    const id = await runApproved(stand, connection, make)
    assert.match(await says(stand, `/qw show ${id}`), /Temporary tables of its session are there still/)
    const write = 'insert into held_2 select id from orders where id = 9'
    const waiting = start(connection, write).done.catch((error: unknown) => error)
    const other = await heldCard(stand, write)
    assert.match(
      await says(stand, `/qw kill ${id} keeps much`),
      /It has ended already/,
      'another statement waits there',
    )
    await approve(stand, other)
    await waiting
    const killed = await kill(stand, id, 'keeps much')
    assert.match(killed.asked, /It has ended, but not what it left open\. The session of its temporary tables is ended/)
    assert.match(killed.done, /had ended .* The session of its temporary tables was ended/)
    assert.equal(sessionsOf(make).length, 0)
    await assert.rejects(run(connection, 'select id from held_2'), {
      ...gone,
      message: /held_2 .*gone.*log in again/is,
    })
    assert.doesNotMatch(await says(stand, `/qw show ${id}`), /Temporary tables/)
    assert.match(await says(stand, `/qw kill ${id} once more`), /It has ended already/)
  })

  test('ends with what is killed while it waits on it', async () => {
    const connection = await session()
    const make = 'create temporary table kept_a as select 1 as a'
    await run(connection, make)
    const write = 'insert into orders (id, customer_id) select a + 8000, 1 from kept_a'
    const waiting = start(connection, write).done.catch((error: Error) => error.message)
    const killed = await kill(stand, await heldCard(stand, write), 'wrong table')
    assert.match(killed.asked, /credential ends\. The session of its temporary tables is ended/)
    assert.match(killed.done, /waited, and will never run\. The session of its temporary tables was ended/)
    assert.match(String(await waiting), /killed the statement: "wrong table"/)
    assert.deepEqual([sessionsOf(make).length, times(write)], [0, 0])
  })

  test('what comes from sensitive columns leaves masked, by whatever way it came in', async () => {
    const connection = await session()
    const plain = await stand.snowflake.database.admin.runAndReadAll(
      'select email from "DEMO"."SHOP"."CUSTOMERS" where id = 1',
    )
    const email = String(plain.getRowsJS()[0]?.[0])
    await run(connection, 'create temporary table copied as select id, email as contact from customers')
    await run(connection, 'create temp table whole as select * from customers')
    await run(connection, 'create temp table computed as select upper(email), id from customers')
    // Which no detector would know by what it looks like.
    await run(connection, 'create temp table parts as select id, substr(email, 1, 6) as part from customers')
    await run(connection, 'create temp table passed as select id, part as p from parts')
    for (const [part] of [
      ...(await rows(connection, 'select part from parts where id = 1')),
      ...(await rows(connection, 'select p from passed where id = 1')),
    ].map(row => Object.values(row)))
      assert.notEqual(part, email.slice(0, 6))
    await run(connection, 'create temp table filled (id number, word varchar)')
    assert.deepEqual(await rows(connection, 'select word from filled'), [])
    await run(connection, 'insert into filled select id, contact from copied')
    await run(connection, 'create temp table second as select word as w, id from filled')
    const seen = [
      ...(await rows(connection, 'select * from copied where id = 1')),
      ...(await rows(connection, 'select lower(contact) as c from copied where id = 1')),
      ...(await rows(connection, 'select * from whole where id = 1')),
      ...(await rows(connection, 'select * from filled where id = 1')),
      ...(await rows(connection, 'select w from demo.shop.second where id = 1')),
      ...(await rows(connection, 'select * from computed where id = 1')),
    ]
    assert.equal(seen.length, 6)
    const text = JSON.stringify(seen).toLowerCase()
    assert.equal(text.includes(email.toLowerCase()), false, text)
    assert.equal(text.includes(email.split('@')[0]?.toLowerCase() ?? ''), false, text)
  })

  test('means the same in every schema and by every gateway, for its session alone', async () => {
    const [one, two] = stand.gateways
    const client = await RawSession.login(stand)
    const make = 'create temporary table here as select id from orders where id <= 4'
    await client.ask(make, one)
    assert.equal(await count(client.ask('select id from here', two)), 4)
    await client.ask('use schema public', one)
    assert.equal(await count(client.ask('select id from demo.shop.here where id < 3', one)), 2)
    assert.equal((await client.send('select id from here', two)).success, false)
    await client.ask('use schema shop', two)
    stand.snowflake.expireSessions()
    assert.equal(await count(client.ask('select id from here', one)), 4)
    for (const stranger of [await RawSession.login(stand), await RawSession.login(stand, 'ci-bot')])
      assert.equal((await stranger.send('select id from demo.shop.here', one)).success, false)
    const mine = await RawSession.login(stand)
    await mine.ask('create temporary table here as select id from orders where id = 1')
    assert.equal(await count(mine.ask('select id from here')), 1)
    assert.equal(await count(client.ask('select id from here')), 4)
    await mine.end()
    await client.end()
    assert.equal(sessionsOf(make).length, 0)
  })

  test('does not hide a permanent table, nor is it taken for one that is made later', async () => {
    const connection = await session()
    for (const sql of [
      'create temporary table orders as select 1 as id',
      'create or replace temp table customers (id number, email varchar)',
      'create temp table demo.shop.orders (id number)',
    ])
      await assert.rejects(run(connection, sql), refused(/is also a permanent one, which the temporary one hides/), sql)
    await run(connection, 'create temp table later as select id from orders')
    const { admin } = stand.snowflake.database
    await admin.run('create table "DEMO"."SHOP"."LATER" as select email as id from "DEMO"."SHOP"."CUSTOMERS"')
    try {
      await assert.rejects(run(connection, 'select id from later'), refused(/is also a permanent one/))
    } finally {
      await admin.run('drop table "DEMO"."SHOP"."LATER"')
    }
  })

  test('only tables are kept, and only what can be followed runs on them', async () => {
    const connection = await session()
    await run(connection, 'create temp table followed as select id from orders where id <= 50')
    const { admin } = stand.snowflake.database
    await admin.run('create or replace view "DEMO"."SHOP"."SEEN" as select id, status from "DEMO"."SHOP"."ORDERS"')
    for (const sql of [
      'create temp table c clone customers',
      'create temporary table l like customers',
      'create temporary table if not exists i (a int)',
      'create temp table d (a int default 1)',
      'create local temporary table g (a int)',
      'create temporary view v as select id from orders',
      'CREATE OR REPLACE TEMPORARY STAGE SYSTEM$BIND file_format = (type = csv)',
      'create temporary sequence s',
      'create or replace temp table followed as select 2 as id',
      'create temp table "Quoted" (a int)',
      'drop table followed',
      'truncate table followed',
      'alter table followed rename to orders_2',
      'alter table followed swap with orders',
      'create table permanent as select * from followed',
      'create view over as select id from followed',
      'describe table followed',
      'select f.id from followed f join seen on seen.id = f.id',
      "with t as (select 1 as a) select * from identifier('followed')",
      'select f.id, my_function(f.id) from followed f',
      'select * from followed; select 1',
    ]) {
      await assert.rejects(
        run(connection, sql),
        ({ code }: Error & { code: string }) => /^(003001|00000[28])$/.test(code),
        sql,
      )
      assert.equal(times(sql), 0, sql)
    }
    await run(connection, 'create temp table others as select 1 as id')
    await assert.rejects(
      run(connection, 'select id from others'),
      refused(/kept under one role, these under AGENT_WRITER/),
    )
    await run(connection, 'begin')
    await assert.rejects(run(connection, 'select id from followed'), refused(/Commit or roll back first/))
    await assert.rejects(run(connection, 'create temp table more (a int)'), { message: /Commit or roll back first/ })
    await run(connection, 'rollback')
    assert.equal((await rows(connection, 'select id from followed')).length, 50)
  })

  test('one that failed to be made may be made again', async () => {
    const connection = await session()
    await assert.rejects(run(connection, "create temp table retried as select 'x'::int as a, id from orders"))
    await run(connection, 'create temp table retried as select 1 as a')
    assert.deepEqual(await rows(connection, 'select a from retried'), [{ A: 1 }])
  })

  test('one whose session was ended when it had failed to be made is not made outside of it, and no table is named', async () => {
    const connection = await session()
    const { done } = start(connection, "create temp table held_3 as select 'x'::int as a")
    const id = await heldCard(stand, 'held_3')
    await approve(stand, id)
    await assert.rejects(done)
    await kill(stand, id, 'nobody needs it')
    await assert.rejects(run(connection, 'create temp table other as select 1 as a'), {
      ...gone,
      message: /^The session of temporary tables has ended\. Nothing ran\./,
    })
  })

  test('where its session is lost every statement on it says so, and nothing runs elsewhere', async () => {
    const connection = await session()
    const make = 'create temp table lost as select id from orders where id <= 50'
    await run(connection, make)
    stand.snowflake.endSessions(sessionsOf(make).map(({ id }) => id))
    const insert = 'insert into lost values (1)'
    await assert.rejects(run(connection, insert), { ...gone, message: /DEMO\.SHOP\.LOST is gone.*Log in again/ })
    await assert.rejects(run(connection, 'select id from lost'), gone)
    await assert.rejects(run(connection, 'create temp table lost as select 1 as id'), gone)
    const several = { parameters: { MULTI_STATEMENT_COUNT: 2 } }
    await assert.rejects(run(connection, `select id from orders where id = 1; ${insert}`, several), {
      ...gone,
      message: /^Statement 2 of 2: .*DEMO\.SHOP\.LOST is gone.*Those before it have run/,
    })
    assert.equal(times(insert), 0)
    assert.equal((await rows(connection, 'select id from orders where id = 1')).length, 1)
    const next = await session()
    await run(next, make)
    assert.equal((await rows(next, 'select id from lost')).length, 50)
  })
})
