import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { BigQuery } from '@google-cloud/bigquery'
import type { Connection } from 'snowflake-sdk'
import { Secret } from '#src/config/secret.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { type Agent, agentOf, firstGateway } from './agent.ts'
import { nodeClient } from './bigquery/node-client.ts'
import { RestCaller } from './bigquery/rest-caller.ts'
import { approve, ranTexts } from './reviewers.ts'
import { login, logout, run } from './snowflake/driver.ts'

/** Tables may be looked at, but for one; and some are read only when somebody says so. */
const policy = `${standPolicy.replace(
  'rules:\n',
  `rules:
  - name: asked-about
    when: statement.kind != "describe" && statement.reads.exists(t, t.matches("*.ORDERS") || t.matches("*.orders"))
    then: hold
    because: Somebody looks at who reads orders.
  - name: attic
    when: statement.reads.exists(t, t.matches("*attic*") || t.matches("*ATTIC*"))
    then: hold
    because: What is in the attic is nobody's business.
  - name: computes
    when: statement.kind == "select" && statement.hazards == ["unknown_function"] && statement.reads == ["DEMO.SHOP.PARTS"]
    then: allow
    as: AGENT_WRITER
`,
)}
  - name: looks-around
    when: statement.understood && statement.hazards == ["metadata"] && statement.kind == "describe"
    then: allow
`

const atOnce = /Nobody was asked about this one, and nothing ran/

describe('a statement that does not compile is answered at once, and nobody is asked', { timeout: 100_000 }, () => {
  let stand: Stand
  let agent: Agent
  let driver: Connection
  let client: BigQuery
  before(async () => {
    stand = await startStand({ sizes: { customers: 20, orders: 20 }, policy })
    for (const table of ['ATTIC', 'PARTS'])
      await stand.snowflake.database.admin.run(`create table "DEMO"."SHOP"."${table}" as select 1 as "ID"`)
    await stand.bigquery.connection.run('create table shop.attic as select 1 as id')
    agent = await agentOf(stand)
    driver = await login(stand)
    client = nodeClient({ url: firstGateway(stand).url, token: agent.token })
  })
  after(async () => {
    await logout(driver)
    await stand.stop()
  })

  const asked = () => stand.slack.state.messages.length

  const submitted = async (connection: string, sql: string) => (await agent.submit({ connection, sql })).body

  for (const [sql, code, sqlState, words] of [
    ['selec 1', '001003', '42000', /line 1 at position 0 unexpected 'SELEC'/i],
    ['select id,, city from customers', '001003', '42000', /./],
    ['select (id from customers', '001003', '42000', /./],
    ['delete from orders wher id = 1', '001003', '42000', /./],
    ['select nocol from orders', '000904', '42000', /invalid identifier 'NOCOL'/i],
    ["select id from orders where nocol = 'x'", '000904', '42000', /invalid identifier 'NOCOL'/i],
    ['select id from nosuch', '002003', '42S02', /NOSUCH/],
    ['select nofunc(id) from orders', '002140', '42601', /Unknown function NOFUNC/i],
  ] as const)
    test(`Snowflake driver: ${sql}`, { timeout: 8_000 }, async () => {
      const before = asked()
      await assert.rejects(run(driver, sql), error => {
        const { code: heard, sqlState: state, message } = error as Error & { code: string; sqlState: string }
        assert.deepEqual([heard, state], [code, sqlState], message)
        assert.match(message, words)
        assert.match(message, atOnce)
        return true
      })
      assert.equal(asked(), before)
      assert.equal(ranTexts(stand).includes(sql), false)
    })

  for (const [sql, status, reason, words] of [
    ['selec 1', 400, 'invalidQuery', /Syntax error/],
    ['select id,, city from shop.customers', 400, 'invalidQuery', /./],
    ['select (id from shop.customers', 400, 'invalidQuery', /./],
    ['select nocol from shop.orders', 400, 'invalidQuery', /Unrecognized name: nocol/],
    ['select id from shop.nosuch', 404, 'notFound', /Not found: Table acme-lake:shop.nosuch/],
    ['select nofunc(id) from shop.orders', 400, 'invalidQuery', /Function not found: nofunc/],
  ] as const)
    test(`BigQuery client: ${sql}`, { timeout: 8_000 }, async () => {
      const before = asked()
      await assert.rejects(client.query(sql), error => {
        const { code, errors, message } = error as Error & { code: number; errors?: readonly { reason: string }[] }
        assert.deepEqual([code, errors?.[0]?.reason], [status, reason], message)
        assert.match(message, words)
        assert.match(message, atOnce)
        return true
      })
      assert.equal(asked(), before)
      assert.equal(ranTexts(stand).includes(sql), false)
    })

  test('REST and MCP say the code and what to do; the record has it, and the same request the same answer', async () => {
    const sql = 'select nocol from orders'
    const key = { 'idempotency-key': 'mistyped' }
    const first = await agent.submit({ connection: 'shop', sql }, 0, key)
    assert.deepEqual([first.body.status, first.body.code], ['failed', 'not_compiled'], first.text)
    assert.match(first.text, atOnce)
    const again = await agent.submit({ connection: 'shop', sql }, 0, key)
    assert.equal(again.body.request_id, first.body.request_id)
    assert.equal((await agent.look(first.body.request_id, 'wait=0')).body.code, 'not_compiled')
    const args = { name: 'execute_sql', arguments: { connection: 'shop', sql: 'selec 1', purpose: 'a look' } }
    const accept = { accept: 'application/json, text/event-stream' }
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: args }
    const { text } = await agent.ask('/mcp', { body, headers: accept })
    assert.match(text, /syntax_error/)
    assert.match(text, atOnce)
  })

  test('what policy lets nobody look at is asked about, whether it compiles or not, and whether it is there or not', async () => {
    const held = [
      ['shop', 'select nocol from attic'],
      ['shop', 'select id from attic_of_others'],
      ['shop', 'select nofunc(id) from attic'],
      ['lake', 'select nocol from shop.attic'],
      ['lake', 'select id from shop.attic_of_others'],
      ['lake', 'select nofunc(id) from shop.attic'],
    ] as const
    for (const [connection, sql] of held) {
      const body = await submitted(connection, sql)
      assert.equal(body.status, 'pending_approval', `${sql}: ${JSON.stringify(body)}`)
    }
    // That a text has a syntax error is so whatever its tables are.
    assert.equal((await submitted('lake', 'select id,, id from shop.attic')).code, 'syntax_error')
  })

  test('a text of several statements, or that two lexers read differently, is put to nobody but people', async () => {
    const texts = ['select 1; selec 2', "select 'abc", 'selec 1 /* a /* b */', 'begin selec 1; end']
    for (const sql of texts)
      for (const connection of ['shop', 'lake']) {
        const { status } = await submitted(connection, sql)
        assert.equal(status, 'pending_approval', `${connection}: ${sql}`)
      }
  })

  test('Snowflake is put nothing but what it explains, and no word of what is computed while it is compiled', async () => {
    for (const sql of [
      'create tabel x (a int)',
      'call p(,)',
      'selec system$wait(5)',
      'with p as procedure () selec p()',
    ]) {
      assert.equal((await submitted('shop', sql)).status, 'pending_approval', sql)
      assert.ok(!stand.snowflake.statements().some(({ sqlText }) => sqlText.includes(sql)), sql)
    }
    assert.equal((await submitted('lake', 'create tabel x (a int64)')).code, 'syntax_error')
  })

  test('what compiling alone may do is not done before people are asked', async () => {
    for (const [connection, sql] of [
      ['shop', 'select system$wait(5)'],
      ['shop', `select identifier('"SYSTEM$WAIT"')(5)`],
      ['lake', "select * from external_query('us.crm', 'select 1')"],
    ] as const) {
      const asked = stand.bigquery.calls.filter(({ method }) => method === 'jobs.insert').length
      const { status, request_id } = await submitted(connection, sql)
      assert.equal(status, 'pending_approval', sql)
      assert.ok(!stand.snowflake.statements().some(({ sqlText }) => sqlText.includes(sql)), sql)
      assert.equal(stand.bigquery.calls.filter(({ method }) => method === 'jobs.insert').length, asked)
      await agent.withdraw(request_id)
    }
  })

  test('a function that the reader does not see may be one for another role: nothing runs unseen for that', async () => {
    const { status, request_id } = await submitted('shop', 'select nofunc(id) from parts')
    assert.equal(status, 'pending_approval')
    await agent.withdraw(request_id)
  })

  test('the words about a sensitive column are withheld, as those of any other error', async () => {
    const body = await submitted('shop', "select id from customers where email = 'a@b.example' and nocol = 1")
    assert.deepEqual([body.code, /withheld/.test(String(body.message))], ['not_compiled', true], JSON.stringify(body))
    assert.doesNotMatch(JSON.stringify(body), /NOCOL|000904/)
  })

  test('what waits already goes on waiting where its table has gone meanwhile', async () => {
    await stand.bigquery.connection.run('create table shop.passing as select 1 as id')
    const sql = 'select p.id from shop.passing as p, shop.orders'
    const waits = await submitted('lake', sql)
    assert.equal(waits.status, 'pending_approval')
    await stand.bigquery.connection.run('drop table shop.passing')
    const again = await submitted('lake', sql)
    assert.deepEqual([again.status, again.request_id], ['pending_approval', waits.request_id])
    await approve(stand, waits.request_id)
    assert.equal((await agent.look(waits.request_id)).body.status, 'failed')
  })

  test('while it waits, its agent hears sizes of what it may look at, and counts of what it may read', async () => {
    const accept = { accept: 'application/json, text/event-stream' }
    for (const [connection, sql, known] of [
      ['lake', 'select id from shop.attic', []],
      ['lake', 'delete from shop.attic where id = 1', []],
      ['shop', 'delete from attic where id = 1', []],
      ['lake', 'select id from shop.orders', ['bytes', 'cost', 'tables']],
      ['shop', "update orders set status = 'x' where id = 7", ['bytes', 'tableRows', 'tables']],
      ['shop', 'update parts set id = 2 where id = 7', ['bytes', 'counted', 'rows', 'tableRows', 'tables']],
    ] as const) {
      const { estimate = {}, request_id, status } = await submitted(connection, sql)
      assert.equal(status, 'pending_approval')
      assert.deepEqual(Object.keys(estimate as object).sort(), known, `${sql}: ${JSON.stringify(estimate)}`)
      const args = { name: 'get_query_status', arguments: { request_id, wait_seconds: 0 } }
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: args }
      const { text } = await agent.ask('/mcp', { body, headers: accept })
      assert.equal(/tableRows|bytes/.test(text), known.length > 0, text)
      const job = connection === 'lake' && (await agent.ask(`/bigquery/v2/projects/lake/jobs/${request_id}`)).text
      if (job) assert.doesNotMatch(job, /totalBytes/)
      await agent.withdraw(request_id)
    }
  })

  test('a dry run says no size of what may not be looked at', async () => {
    const caller = await RestCaller.of(stand)
    for (const [query, known] of [
      ['select id from shop.orders', true],
      ['select id from shop.attic', false],
      ['select id from shop.attic_of_others', false],
    ] as const) {
      const { text } = await caller.insert({ query }, { dryRun: true })
      assert.equal(/UPPER_BOUND/.test(text), known, text)
    }
  })

  test('explain says it too, at every door, and it is on record as any other failure', async () => {
    const records = await openRecordStore(new Secret(`sqlite:${join(stand.folder, 'records.db')}`))
    const sql = 'select id from orders where looked_at = 1'
    const { body } = await agent.ask('/v1/explain', { body: { connection: 'shop', sql } })
    assert.deepEqual([body.verdict, body.code, body.approvers], ['fail', 'not_compiled', undefined])
    assert.match(String(body.message), /LOOKED_AT/)
    const args = { name: 'explain_sql', arguments: { connection: 'shop', sql } }
    const accept = { accept: 'application/json, text/event-stream' }
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: args }
    const { text } = await agent.ask('/mcp', { body: call, headers: accept })
    assert.match(text, /"verdict":"fail"/)
    const caller = await RestCaller.of(stand)
    await caller.insert({ query: 'select looked_at from shop.orders' }, { dryRun: true })
    await assert.rejects(run(driver, 'select looked_at from parts', { describeOnly: true }))
    const found = await records.find({ text: 'looked_at', limit: 10 })
    await records.close()
    assert.deepEqual(
      found.map(({ state, connection }) => [state, connection]),
      [
        ['failed', 'shop'],
        ['failed', 'lake'],
        ['failed', 'shop'],
        ['failed', 'shop'],
      ],
    )
    const waiting = await agent.ask('/v1/explain', { body: { connection: 'shop', sql: 'select nocol from attic' } })
    assert.equal(waiting.body.verdict, 'hold')
  })

  test('a dry run says it too', async () => {
    const caller = await RestCaller.of(stand)
    for (const query of ['selec 1', 'select nocol from shop.orders', 'delete from shop.orders where nocol = 1']) {
      const { status, text } = await caller.insert({ query }, { dryRun: true })
      assert.deepEqual(
        [status, /invalidQuery/.test(text)],
        [query.startsWith('delete') ? 200 : 400, !query.startsWith('delete')],
        text,
      )
    }
  })
})
