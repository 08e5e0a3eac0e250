import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import type { BigQuery, Job, Query } from '@google-cloud/bigquery'
import { until } from '#test/chaos/until.ts'
import { kill, says } from '#test/doors/on-call.ts'
import { approve, cardOf, ranTexts } from '#test/doors/reviewers.ts'
import { heldCard } from '#test/doors/snowflake/held-card.ts'
import { temporaryRules } from '#test/doors/temporary-rules.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { type ClientError, nodeClient } from './node-client.ts'
import { RestCaller } from './rest-caller.ts'

const policy = `${standPolicy
  .replace(
    'when: statement.writes.size() > 0',
    'when: statement.writes.size() > 0 && !context.temporary && !(context.transaction && statement.kind == "insert")',
  )
  .replace('when: statement.sensitive.exists', 'when: context.temporary == false && statement.sensitive.exists')
  .replace('when: \'"coding-agents" in', 'when: \'!context.temporary && !context.transaction && "coding-agents" in')}
  - name: transactions
    when: context.transaction && (statement.harmless || statement.kind == "insert")
    then: allow
    as: AGENT_WRITER${temporaryRules(name => name)}`

const opening = 'create temp table opening as select 1 as one'

/** A session as Google's client for Node has it: a name in the job that opened it, to be said with each query. */
class Session {
  readonly client: BigQuery
  readonly id: string

  private constructor(client: BigQuery, id: string) {
    this.client = client
    this.id = id
  }

  static async open(client: BigQuery, sql = 'select 1 as one', more: Partial<Query> = {}): Promise<Session> {
    const [job] = await client.createQueryJob({ query: sql, createSession: true, ...more })
    await job.getQueryResults()
    const [{ statistics }] = await job.getMetadata()
    return new Session(client, statistics.sessionInfo.sessionId)
  }

  at(client: BigQuery): Session {
    return new Session(client, this.id)
  }

  async start(query: string, more: Partial<Query> = {}): Promise<Job> {
    const connectionProperties = [{ key: 'session_id', value: this.id }]
    const [job] = await this.client.createQueryJob({ query, connectionProperties, ...more })
    return job
  }

  async rows(query: string, more: Partial<Query> = {}): Promise<Record<string, unknown>[]> {
    const [rows] = await (await this.start(query, more)).getQueryResults()
    return rows
  }

  abort(): Promise<unknown> {
    return this.rows('CALL BQ.ABORT_SESSION()')
  }
}

describe('BigQuery door: sessions', { timeout: 400_000 }, () => {
  let stand: Stand
  let client: BigQuery
  before(async () => {
    stand = await startStand({ sizes: { customers: 20, orders: 50 }, policy, gateways: 2 })
    client = await clientOf('release-bot')
  })
  after(() => stand.stop())

  const clientOf = async (agent: string, at = 0) =>
    nodeClient({ url: stand.gateways[at]?.url ?? '', token: await stand.issuer.tokenFor(agent) })
  const open = (sql?: string, more?: Partial<Query>) => Session.open(client, sql, more)
  const held = async (session: Session, sql: string) => {
    const job = await session.start(sql)
    const id = await heldCard(stand, sql)
    const card = JSON.stringify((await cardOf(stand, id)).blocks)
    await approve(stand, id)
    await job.getQueryResults()
    return card
  }
  const upstream = () => stand.bigquery.sessions.filter(({ endedAt }) => endedAt === undefined)
  const times = (sql: string) => ranTexts(stand).filter(text => text === sql).length
  const refused = (message: RegExp) => (error: ClientError) => {
    assert.match(error.message, message)
    return true
  }

  test('holds temporary tables, made from a query or from columns, read, written to and joined, and gone with it', async () => {
    const before = upstream().length
    const session = await open()
    assert.match(session.id, /^[0-9a-f-]{36}$/)
    assert.equal(upstream().length, before, 'nothing needs a session there yet')
    await session.rows('create temp table mine as select id, status from shop.orders where id <= 3')
    await session.rows('create or replace temporary table listed (id int64 not null, note string)')
    assert.equal(upstream().length, before + 1)
    assert.notEqual(upstream().at(-1)?.id, session.id)
    await session.rows("insert into listed select id, 'so' from mine")
    await session.rows("update listed set note = 'other' where id = 2")
    await session.rows('delete from mine where id = 1')
    await session.rows(
      "merge listed l using mine m on l.id = m.id when matched then update set note = concat(note, '!')",
    )
    const [{ n }] = (await session.rows('select count(*) as n from mine')) as [{ n: number }]
    assert.equal(n, 2)
    const joined =
      'select l.note from listed l join mine on mine.id = l.id join shop.orders o on o.id = mine.id order by l.id'
    assert.deepEqual(
      (await session.rows(joined)).map(({ note }) => note),
      ['other!', 'so!'],
    )
    assert.equal((await session.rows('select id from shop.orders where id = 1')).length, 1)
    const parameters = { params: { least: 3 } }
    assert.deepEqual(await session.rows('select id from mine where id >= @least', parameters), [{ id: 3 }])
    await session.abort()
    assert.equal(upstream().length, before)
    await assert.rejects(session.rows('select id from mine'), refused(/none of this agent's here, or has ended/))
    await assert.rejects(session.abort(), refused(/has ended/))
  })

  test('in one request: jobs.query says which session it is, and the same request again opens no other', async () => {
    const caller = await RestCaller.of(stand)
    const first = await caller.query('select 1 as one', { createSession: true, requestId: 'same-request' })
    const again = await caller.query('select 1 as one', { createSession: true, requestId: 'same-request' })
    const session = first.body.sessionInfo?.sessionId
    assert.ok(session)
    assert.equal(again.body.sessionInfo?.sessionId, session)
    const within = { connectionProperties: [{ key: 'session_id', value: session }] }
    const made = await caller.query('create temp table t as select 5 as a', within)
    assert.deepEqual([made.status, made.body.jobComplete, made.body.schema], [200, true, undefined])
    assert.equal((await caller.query('select a from t', within)).body.rows?.[0]?.f[0]?.v, '5')
    const ended = await caller.query('call bq.abort_session();', { ...within, requestId: 'the end' })
    assert.equal(ended.body.jobComplete, true)
    assert.equal((await caller.query('call bq.abort_session();', { ...within, requestId: 'the end' })).status, 200)
    const { jobId } = ended.body.jobReference
    assert.equal((await caller.get(`jobs/${jobId}`)).body.status.state, 'DONE')
    const cancel = `/bigquery/v2/projects/lake/jobs/${jobId}/cancel`
    assert.equal((await caller.ask('POST', cancel)).status, 200, 'what has ended stays as it is')
    const stranger = await RestCaller.of(stand, 'ci-bot')
    assert.equal((await stranger.get(`jobs/${jobId}`)).status, 404)
    assert.equal((await stranger.ask('POST', cancel)).status, 404)
    assert.equal((await caller.query('select a from t', within)).status, 400)
    const one = await caller.query('select 1', { createSession: true })
    const both = { createSession: true, connectionProperties: [{ key: 'session_id', value: 'x' }] }
    assert.deepEqual([one.status, (await caller.query('select 1', both)).status], [200, 400])
  })

  test('a table is held, and what is written to or from it; its card says what it is and what came before', async () => {
    const session = await open()
    const make = 'create temp table held_1 as select id, status from shop.orders where id = 7'
    const card = await held(session, make)
    assert.match(
      card,
      /creates acme-lake\.shop\.held_1; seen by its session alone and gone with it, since \d\d:\d\d UTC, the first/,
    )
    const write = "insert into shop.orders (id, customer_id, status) select id + 7000, 1, 'copied' from held_1"
    assert.match(
      await held(session, write),
      /shop\.held_1; seen by its session alone.*after creates a temp table held_1/,
    )
    assert.deepEqual(await session.rows('select status from shop.orders where id = 7007'), [{ status: 'copied' }])
    assert.deepEqual([times(make), times(write)], [1, 1])
    const waiting = await session.start('create temp table held_2 as select 1 as a')
    await heldCard(stand, 'held_2')
    await assert.rejects(session.rows('select id from held_1'), refused(/still waits or runs/))
    const caller = await RestCaller.of(stand)
    const within = { connectionProperties: [{ key: 'session_id', value: session.id }] }
    const destinationTable = { projectId: 'lake', datasetId: 'shop', tableId: 'orders' }
    const unnamed = {
      query: 'select count(*) from held_1',
      destinationTable,
      writeDisposition: 'WRITE_APPEND',
      ...within,
    }
    for (const dry of [{}, { dryRun: true } as const]) {
      const { status, text } = await caller.insert(unnamed, dry)
      assert.deepEqual([status, /still waits or runs/.test(text)], [400, true], text)
    }
    assert.equal((await caller.insert({ query: 'select id from held_1', ...within }, { dryRun: true })).status, 400)
    await session.abort()
    await assert.rejects(waiting.getQueryResults(), refused(/withdrawn/))
  })

  test('operators end one by any statement of it, with the transaction in it; its agent hears that it has ended', async () => {
    const before = upstream().length
    const session = await open()
    const write = "update shop.orders set status = 'in a session' where id = 9"
    const job = await session.start(write)
    const id = await heldCard(stand, write)
    await approve(stand, id)
    await job.getQueryResults()
    assert.match(await says(stand, `/qw kill ${id} for nothing`), /It has ended already/, 'nothing is open there')
    await session.rows('create temp table kept as select 1 as a')
    await session.rows('begin transaction')
    await session.rows("insert into shop.orders (id, customer_id, status) values (7100, 1, 'never')")
    assert.equal(upstream().length, before + 2)
    const shown = await says(stand, `/qw show ${id}`)
    for (const open of [/Transaction open/, /Temporary tables of its session/]) assert.match(shown, open)
    const { done } = await kill(stand, id, 'keeps much')
    assert.match(done, /had ended .* Its transaction was ended.* The session of its temporary tables was ended/)
    assert.equal(upstream().length, before)
    for (const sql of ['select a from kept', 'commit', 'select 1 as one', 'CALL BQ.ABORT_SESSION()'])
      await assert.rejects(session.rows(sql), refused(/none of this agent's here, or has ended/), sql)
    const [left] = await client.query('select id from shop.orders where id = 7100')
    assert.deepEqual(left, [])
  })

  test('what comes from sensitive columns leaves masked, by whatever way it came in', async () => {
    const session = await open()
    const plain = await stand.bigquery.connection.runAndReadAll('select email from shop.customers where id = 1')
    const email = String(plain.getRowsJS()[0]?.[0])
    await session.rows('create temp table copied as select id, email as contact from shop.customers')
    await session.rows('create temp table whole as select * from shop.customers')
    await session.rows('create temp table computed as select upper(email) as u, id from shop.customers')
    await session.rows('create temp table parts as select id, substr(email, 1, 6) as part from shop.customers')
    await session.rows('create temp table passed as select id, part as p from parts')
    await session.rows('create temp table cased as select ID, Part as Mixed from parts')
    await session.rows('create temp table listed (id int64, Word string)')
    await session.rows('insert into listed (ID, WORD) select id, part from parts')
    for (const sql of [
      'select part from parts where id = 1',
      'select p from passed where id = 1',
      'select MIXED from cased where id = 1',
      'select x.word from listed x where x.Id = 1',
      'select * from listed where id = 1 order by word',
    ])
      assert.equal(JSON.stringify(await session.rows(sql)).includes(email.slice(0, 6)), false, sql)
    await session.rows('create temp table filled (id int64, word string)')
    assert.deepEqual(await session.rows('select word from filled'), [])
    await session.rows('insert into filled select id, contact from copied')
    await session.rows('create temp table second as select word as w, id from filled')
    const seen = []
    for (const sql of [
      'select * from copied where id = 1',
      'select lower(contact) as c from copied where id = 1',
      'select * from whole where id = 1',
      'select * from filled where id = 1',
      'select w from second where id = 1',
      'select * from computed where id = 1',
      'select to_json_string(c) as j from copied c where id = 1',
      'select c from copied c where id = 1',
      'select array_agg(contact) as a from copied where id = 1',
      'with copied_2 as (select * from copied) select * from copied_2 where id = 1',
    ])
      seen.push(...(await session.rows(sql)))
    assert.equal(seen.length, 10)
    const text = JSON.stringify(seen).toLowerCase()
    assert.equal(text.includes(email.toLowerCase()), false, text)
    assert.equal(text.includes(email.split('@')[0]?.toLowerCase() ?? ''), false, text)
    await stand.bigquery.connection.run('create table shop.held_notes (part varchar)')
    await held(session, 'insert into shop.held_notes (part) select part from parts where id = 1')
    const [[left]] = await client.query('select part from shop.held_notes')
    assert.notEqual(left.part, email.slice(0, 6), 'through a permanent table')
    await session.abort()
  })

  test('is its own alone: not of another agent, not of one that acts for somebody else, by no other way in', async () => {
    const session = await open()
    await session.rows('create temp table secret as select id, email from shop.customers where id <= 2')
    assert.equal((await session.at(await clientOf('release-bot', 1)).rows('select id from secret')).length, 2)
    const hidden = upstream().at(-1)
    assert.ok(hidden)
    for (const stranger of [await clientOf('ci-bot'), await clientOf('release-bot')]) {
      const other = await Session.open(stranger, opening)
      await assert.rejects(other.rows('select id from secret'))
      await other.rows('create temp table secret as select 99 as id')
      assert.deepEqual(await other.rows('select id from secret'), [{ id: 99 }])
      await other.abort()
    }
    const strange = session.at(await clientOf('ci-bot'))
    for (const sql of ['select id from secret', 'CALL BQ.ABORT_SESSION()', 'select 1 as one'])
      await assert.rejects(strange.rows(sql), refused(/none of this agent's here, or has ended/), sql)
    const naming = (await clientOf('ci-bot')).query(`CALL BQ.ABORT_SESSION('${session.id}')`)
    await assert.rejects(naming, refused(/none of this agent's here/))
    for (const name of [session.id, hidden.id])
      await assert.rejects(
        new Promise((resolve, reject) =>
          client.createQueryJob(
            {
              query: 'select 1',
              connectionProperties: [{ key: 'session_id', value: name === session.id ? `${name}0` : name }],
            },
            error => (error ? reject(error) : resolve(undefined)),
          ),
        ),
        refused(/none of this agent's here/),
      )
    // The hidden data set is open to the account of the role, whoever its agent is: no door leads there past people.
    const away = await Session.open(await clientOf('ci-bot'), opening)
    for (const table of [`acme-lake.${hidden.dataset}.secret`, `${hidden.dataset}.secret`]) {
      const sql = `select id, email from \`${table}\``
      assert.equal(await comesTo(away, sql), 'waits', sql)
      assert.equal(await comesTo(away, `create temp table c as ${sql}`), 'refused', sql)
      // Its text is its own, and so is its card.
      assert.equal(await comesTo(session, `${sql} where id = 1`), 'waits', sql)
    }
    const rest = await RestCaller.of(stand)
    for (const path of ['', '/data']) {
      const heard = await rest.get(`datasets/${hidden.dataset}/tables/secret${path}`)
      assert.notEqual(heard.status, 200)
    }
    assert.equal((await rest.get('datasets')).text.includes(hidden.dataset), false)
    assert.equal((await session.rows('select id from secret')).length, 2)
    await session.abort()
  })

  test('a table does not hide a permanent one, nor is it taken for one that is made later', async () => {
    const session = await open('select 1 as one', { defaultDataset: { projectId: 'acme-lake', datasetId: 'shop' } })
    for (const sql of [
      'create temp table orders as select 1 as id',
      'create or replace temp table customers (id int64)',
    ])
      await assert.rejects(session.rows(sql), refused(/is also a permanent one, which the temporary one hides/), sql)
    await session.rows('create temp table later as select id from orders')
    assert.equal((await session.rows('select id from later')).length > 0, true)
    const { connection } = stand.bigquery
    await connection.run('create table shop.later as select email as id from shop.customers')
    try {
      await assert.rejects(session.rows('select id from later'), refused(/is also a permanent one/))
    } finally {
      await connection.run('drop table shop.later')
    }
    const elsewhere = { defaultDataset: { projectId: 'acme-lake', datasetId: 'other' } }
    await assert.rejects(session.rows('select id from later', elsewhere), refused(/Names without a data set mean shop/))
    await session.abort()
  })

  test('only tables are kept, and only what can be followed runs on them or changes a session', async () => {
    const session = await open()
    await session.rows('create temp table followed as select id from shop.orders where id <= 50')
    const ran = stand.bigquery.executed.length
    for (const sql of [
      'create temp table c clone shop.customers',
      'create temp table l like shop.customers',
      'create temp table if not exists i (a int64)',
      'create temp table d (a int64 default 1)',
      'create temp table _SESSION.s (a int64)',
      'create temp table shop.s (a int64)',
      'create temp table `q` (a int64)',
      'create temp table o (a int64) options (expiration_timestamp = null)',
      'create temp function f(x int64) as (x + 1)',
      'create or replace temp table followed as select 2 as id',
      'create temp table FOLLOWED as select 2 as id',
      'drop table followed',
      'truncate table followed',
      'alter table followed rename to orders_2',
      'create table shop.permanent as select * from followed',
      'create view shop.over as select id from followed',
      'select f.id, shop.my_function(f.id) from followed f',
      'select * from followed; select 1',
      'declare x int64 default 1',
      "set @@dataset_id = 'shop'",
      "set @@time_zone = 'UTC'",
      'begin select 1; end',
      'commit transaction',
      "execute immediate 'select id from followed'",
      'call shop.procedure()',
      'insert into shop.missing select id from followed',
    ])
      assert.equal(await comesTo(session, sql), 'refused', sql)
    assert.equal(await comesTo(session, 'select id from _SESSION.followed'), 'waits')
    for (const name of ['shop.followed', '`shop.followed`', '`acme-lake`.shop.`followed`', 'acme-lake.Shop.followed'])
      assert.equal(await comesTo(session, `select f.id from ${name} f`), 'refused', name)
    for (const sql of [
      'select id from shop . followed',
      'select f.id from followed f join `acme-lake.shop.followed` o on o.id = f.id',
      'insert into shop.followed (id) values (1)',
    ])
      await assert.rejects(session.rows(sql), refused(/Behind a data set .* means a permanent one/), sql)
    for (const sql of ['select id, @@session_id as s from shop.orders', 'select id, @@session_id as s from followed'])
      await assert.rejects(session.rows(sql), refused(/System variables/), sql)
    assert.equal(stand.bigquery.executed.length, ran)
    await session.rows('create temp table others as select 1 as id')
    await assert.rejects(
      session.rows('select id from others'),
      refused(/kept under one role, these under AGENT_WRITER/),
    )
    await session.abort()
  })

  test('a dry run sees its tables and changes nothing; a time zone would be kept by it', async () => {
    const session = await open('create temp table dry as select id, email from shop.customers')
    const before = stand.bigquery.executed.length
    const looked = await session.start('select id from dry', { dryRun: true })
    assert.equal(looked.metadata.status.state, 'DONE')
    await session.start('create temp table dry_2 as select 1 as a', { dryRun: true })
    await assert.rejects(session.start('declare x int64', { dryRun: true }), refused(/are followed here/))
    const opening = client.createQueryJob({ query: 'select 1', createSession: true, dryRun: true })
    await assert.rejects(opening, refused(/A dry run opens no session/))
    assert.equal(stand.bigquery.executed.length, before)
    const caller = await RestCaller.of(stand)
    const zone = { key: 'time_zone', value: 'Asia/Tokyo' }
    const within = { connectionProperties: [{ key: 'session_id', value: session.id }, zone] }
    for (const more of [within, { createSession: true, connectionProperties: [zone] }])
      assert.match((await caller.query('select id from dry', more)).body.error?.message ?? '', /A time zone/)
    await session.abort()
  })

  test('one that failed to be made may be made again', async () => {
    const session = await open()
    await assert.rejects(
      session.rows("create temp table retried as select cast('x' as int64) as a, id from shop.orders"),
    )
    await session.rows('create temp table retried as select 1 as a')
    assert.deepEqual(await session.rows('select a from retried'), [{ a: 1 }])
    await session.abort()
  })

  test('what BigQuery calls a session of its own is said to nobody, and only what it knows no more counts as ended', async () => {
    const before = upstream().length
    const session = await open(opening)
    const [there] = upstream().slice(-1)
    assert.ok(there)
    const mostOpen = upstream().length
    there.busy = true
    const busy = (error: ClientError) => !error.message.includes(there.id) && !error.message.includes(there.dataset)
    await assert.rejects(session.rows('insert into opening values (2)'), busy)
    await session.abort()
    assert.equal(upstream().length, mostOpen, 'it is there, whatever BigQuery says of its end')
    there.busy = false
    await until(() => upstream().length === before, 'its end', 20_000)
  })

  test('a job of a name is that job alone: other parameters are not answered with its rows', async () => {
    const session = await open()
    const sql = 'select id from shop.orders where id = @id'
    const jobId = `one-${Date.now()}`
    assert.deepEqual(await session.rows(sql, { jobId, params: { id: 1 } }), [{ id: 1 }])
    await assert.rejects(session.rows(sql, { jobId, params: { id: 2 } }), refused(/Already Exists/))
    await session.abort()
  })

  test('where BigQuery ended it, the next statement on it says so, and nothing runs elsewhere', async () => {
    const session = await open()
    await session.rows('create temp table lost as select id from shop.orders where id <= 50')
    const [there] = upstream().slice(-1)
    assert.ok(there)
    await stand.bigquery.endSession(there)
    const insert = 'insert into lost values (1)'
    await assert.rejects(session.rows(insert), refused(/lost is gone.*open another session/))
    assert.equal(times(insert), 0)
    await assert.rejects(session.rows('select id from lost'), refused(/has ended/))
  })

  describe('with transactions', () => {
    const order = (id: number, status: string) =>
      `insert into shop.orders (id, customer_id, status) values (${id}, 1, '${status}')`
    const look = (id: number) => `select status from shop.orders where id = ${id}`
    const outside = async (id: number) => (await client.query(look(id)))[0].map(({ status }) => status)

    test('what was allowed and held is seen in it alone, at any gateway, and stays with COMMIT, once', async () => {
      const before = upstream().length
      const session = await open('BEGIN TRANSACTION')
      assert.equal(upstream().length, before)
      await session.rows(order(9_001, 'first'))
      assert.equal(upstream().length, before + 1)
      const update = "update shop.orders set status = 'second' where id = 9001"
      const card = await held(session, update)
      assert.match(card, /becomes permanent only with COMMIT; open since \d\d:\d\d UTC, after inserts/)
      const there = session.at(await clientOf('release-bot', 1))
      assert.deepEqual(await there.rows(look(9_001)), [{ status: 'second' }])
      assert.deepEqual(await outside(9_001), [])
      await there.rows('COMMIT TRANSACTION')
      assert.deepEqual(await outside(9_001), ['second'])
      assert.deepEqual([times(order(9_001, 'first')), times(update)], [1, 1])
      assert.equal(upstream().length, before)
      assert.deepEqual(await session.rows(look(9_001)), [{ status: 'second' }])
      await session.abort()
    })

    test('is gone with ROLLBACK, with the session, and with the first statement that fails', async () => {
      const session = await open()
      const id = upstream().length
      await session.rows('begin')
      await session.rows(order(9_002, 'a'))
      await session.rows('rollback')
      await session.rows('begin transaction')
      await session.rows(order(9_003, 'b'))
      await assert.rejects(session.rows("insert into shop.orders (id) values (cast('x' as int64))"))
      for (const sql of [order(9_004, 'c'), look(9_003), 'commit'])
        await assert.rejects(session.rows(sql), refused(/The transaction is over/), sql)
      assert.equal(times(order(9_004, 'c')), 0)
      await session.rows('rollback')
      await session.rows('begin')
      await session.rows(order(9_005, 'd'))
      await session.abort()
      assert.deepEqual((await Promise.all([9_002, 9_003, 9_005].map(outside))).flat(), [])
      assert.equal(upstream().length, id)
    })

    test('its end while a statement of it waits is refused as that, and not as a job that is there already', async () => {
      const session = await open('begin transaction')
      const caller = await RestCaller.of(stand)
      const within = { connectionProperties: [{ key: 'session_id', value: session.id }] }
      const update = "update shop.orders set status = 'waits' where id = 9012"
      const waiting = await session.start(update)
      await heldCard(stand, update)
      for (const sql of ['commit', 'rollback']) {
        await assert.rejects(session.rows(sql), refused(/still waits or runs.*Wait for it, or cancel it/), sql)
        const { status, body } = await caller.query(sql, within)
        assert.deepEqual([status, body.error?.errors[0]?.reason], [400, 'invalid'], sql)
      }
      await waiting.cancel()
      await session.rows('rollback')
      await session.abort()
    })

    test('where BigQuery ended it, nothing runs outside of it and COMMIT says so', async () => {
      const session = await open('begin transaction')
      await session.rows(order(9_006, 'a'))
      const [there] = upstream().slice(-1)
      assert.ok(there)
      await stand.bigquery.endSession(there)
      for (const sql of [order(9_007, 'b'), 'commit transaction'])
        await assert.rejects(session.rows(sql), refused(/The transaction is over/), sql)
      await session.rows('rollback transaction')
      assert.deepEqual([times(order(9_007, 'b')), ...(await outside(9_006))], [0])
      await session.abort()
    })

    test('begins once, ends once, and holds only what can be taken back with it', async () => {
      const session = await open()
      const before = upstream().length
      for (const sql of ['commit', 'rollback transaction'])
        await assert.rejects(session.rows(sql), refused(/No active transaction/), sql)
      await session.rows('begin')
      await assert.rejects(session.rows('begin transaction'), refused(/open in this session already/))
      await session.rows('commit')
      assert.equal(upstream().length, before, 'nothing was in it')
      await session.rows('begin')
      await session.rows(order(9_008, 'a'))
      for (const sql of [
        'create table shop.made as select 1 as a',
        'create temp table t as select 1 as a',
        'drop table shop.orders',
        'truncate table shop.orders',
        "set @@time_zone = 'UTC'",
        'call shop.procedure()',
        'insert into shop.orders (id) values (1); commit',
      ])
        assert.equal(await comesTo(session, sql), 'refused', sql)
      await session.rows('commit')
      assert.deepEqual(await outside(9_008), ['a'])
      await session.abort()
    })

    test('the same request again is the same BEGIN, also where nothing kept that it was answered', async () => {
      const answered = () => open('begin transaction', { jobId: 'one-begin' })
      const session = await answered()
      const holds = new DatabaseSync(join(stand.folder, 'holds.db'), { timeout: 5_000 })
      holds.exec("DELETE FROM kept WHERE key LIKE '%bigquery command'")
      holds.close()
      assert.equal((await answered()).id, session.id)
      await session.rows(order(9_010, 'a'))
      assert.deepEqual(await outside(9_010), [])
      await session.rows('commit')
      assert.deepEqual(await outside(9_010), ['a'])
      await session.abort()
    })

    test('the same request again is the same COMMIT', async () => {
      const session = await open('begin transaction')
      await session.rows(order(9_009, 'a'))
      const jobId = 'one-commit'
      for (let attempt = 0; attempt < 2; attempt++) {
        const job = await session.start('commit', { jobId })
        await job.getQueryResults()
      }
      assert.deepEqual(await outside(9_009), ['a'])
      await session.abort()
    })
  })

  /** What a statement comes to without anybody's help; one that waits for people, as its card says, is withdrawn then. */
  async function comesTo(session: Session, sql: string): Promise<'runs' | 'waits' | 'refused'> {
    let job: Job
    try {
      job = await session.start(sql)
    } catch (error) {
      // What waits already would hide how this one is judged.
      assert.doesNotMatch((error as ClientError).message, /still waits or runs/, sql)
      return 'refused'
    }
    if (job.metadata.status.state !== 'PENDING') return 'runs'
    await heldCard(stand, sql)
    await job.cancel()
    await assert.rejects(job.getQueryResults(), refused(/withdrawn/))
    return 'waits'
  }
})
