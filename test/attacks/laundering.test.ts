import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { onCallEnvironment, querywarden } from '#test/cli/command-line.ts'
import { type Agent, agentOf } from '#test/doors/agent.ts'
import { approve, submitApproved } from '#test/doors/reviewers.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'

describe('a sensitive column that is written elsewhere', () => {
  let stand: Stand
  /** On one gateway, and on another of the same installation. */
  let agent: Agent
  let elsewhere: Agent
  before(async () => {
    stand = await startStand({ gateways: 2, sizes: { customers: 40, orders: 300 } })
    const columns = "select 0 as n, '' as note, '' as tag"
    await stand.snowflake.database.admin.run(
      `create table "DEMO"."SHOP"."COPIES" as select 0 as "N", '' as "NOTE", '' as "TAG"; create table "DEMO"."SHOP"."SECOND" as from "DEMO"."SHOP"."COPIES"`,
    )
    await stand.bigquery.connection.run(
      `create table shop.copies as ${columns}; create table shop.second as ${columns}`,
    )
    agent = await agentOf(stand)
    const [, other] = stand.gateways
    assert.ok(other)
    elsewhere = await agentOf(stand, 'release-bot', other)
  })
  after(() => stand.stop())

  const write = (connection: string, sql: string) => submitApproved(stand, agent, { connection, sql })
  const rows = async (by: Agent, connection: string, sql: string) => {
    const { body, text } = await by.submit({ connection, sql })
    assert.equal(body.status, 'succeeded', text)
    return (body.rows as unknown[][]).flat()
  }

  /** Asking about it is asked of people as long as it counts as sensitive. */
  const filter = async (by: Agent, connection: string, table: string) => {
    const sql = `select n from shop.${table} where note like 'c%' and n = 7`
    return (await by.submit({ connection, sql })).body.status
  }

  for (const connection of ['shop', 'lake']) {
    test(`is as sensitive there, on every gateway, until somebody clears it (${connection})`, async () => {
      const copy =
        'insert into shop.copies (n, note, tag) select id, email, upper(country) from shop.customers where id = 7'
      const explained = await agent.ask('/v1/explain', { body: { connection, sql: copy } })
      assert.match(String(explained.body.summary), /; makes sensitive: \S+\.copies\.note \(contact\)$/i)
      await write(connection, copy)
      const read = 'select note, n from shop.copies where n = 7'
      for (const by of [agent, elsewhere]) {
        const [note, n] = await rows(by, connection, read)
        assert.match(String(note), /^.?\*\*\*@\*\*\*\.example$/)
        assert.equal(n, 7)
      }
      assert.equal(await filter(agent, connection, 'copies'), 'pending_approval')

      await write(connection, 'insert into shop.second (n, note) select n, lower(note) from shop.copies where n = 7')
      assert.deepEqual(await rows(elsewhere, connection, 'select note from shop.second where n = 7'), ['[masked]'])

      const onCall = { env: onCallEnvironment(stand) }
      const table = connection === 'shop' ? 'DEMO.SHOP.COPIES' : 'acme-lake.shop.copies'
      const listed = await querywarden(['taints', 'list', '--connection', connection], onCall)
      assert.match(listed.out, new RegExp(`${table}\\.note  contact \\(partial\\)`, 'i'))
      const unsaid = await querywarden(['taints', 'clear', table, '--connection', connection], onCall)
      assert.equal(unsaid.status, 2)
      const said = ['taints', 'clear', table, '--connection', connection, '--reason', 'consented test rows']
      const cleared = await querywarden(said, onCall)
      assert.equal(cleared.status, 0, cleared.out + cleared.err)
      assert.equal((await querywarden(said, onCall)).status, 1)
      for (const by of [agent, elsewhere]) {
        assert.equal(await filter(by, connection, 'copies'), 'succeeded')
        assert.equal(await filter(by, connection, 'second'), 'pending_approval')
      }
    })
  }

  for (const [into, told] of [
    [
      'insert all into archive.customers (id, note) select id, email from shop.customers',
      'DEMO.ARCHIVE.CUSTOMERS.NOTE',
    ],
    ['insert into archive.customers select id, email from shop.customers', 'DEMO.ARCHIVE.CUSTOMERS.*'],
    [
      'create table archive.customers (n int, note text) as select id, email from customers',
      'DEMO.ARCHIVE.CUSTOMERS.NOTE',
    ],
  ] as const)
    test(`is as sensitive in a table that has the name of its own: ${into}`, async () => {
      const { body } = await agent.ask('/v1/explain', { body: { connection: 'shop', sql: into } })
      assert.ok(String(body.summary).endsWith(`; makes sensitive: ${told} (contact)`), String(body.summary))
    })

  test('is as sensitive under a name with a dot in it', async () => {
    await stand.snowflake.database.admin.run(`create table "DEMO"."SHOP"."DOTTED" as select 0 as "N", '' as "n.note"`)
    await write('shop', 'insert into shop.dotted (n, "n.note") select id, email from shop.customers where id = 7')
    const [note] = await rows(elsewhere, 'shop', 'select "n.note" from shop.dotted where n = 7')
    assert.match(String(note), /^.?\*\*\*@\*\*\*\.example$/)
  })

  test('is as sensitive where what was read became so only while the statement waited in the warehouse', async () => {
    const columns = `select 0 as "N", '' as "NOTE"`
    for (const name of ['EARLY', 'LATE'])
      await stand.snowflake.database.admin.run(`create table "DEMO"."SHOP"."${name}" as ${columns}`)
    const gate = stand.snowflake.holdNext(/^insert into shop.late/)
    const { body } = await agent.submit({
      connection: 'shop',
      sql: 'insert into shop.late select n, note from shop.early',
    })
    await approve(stand, body.request_id)
    await gate.arrived
    await write('shop', 'insert into shop.early select id, email from shop.customers where id = 7')
    gate.release()
    assert.equal((await agent.look(body.request_id)).body.status, 'succeeded')
    const [note] = await rows(elsewhere, 'shop', 'select note from shop.late where n = 7')
    assert.match(String(note), /^.?\*\*\*@\*\*\*\.example$/)
  })

  test('is as sensitive where an earlier result brings it, of which nobody knows what it holds', async () => {
    const first = 'select email as x from shop.customers where id = 5'
    await rows(agent, 'shop', first)
    const ran = stand.snowflake.statements().find(({ sqlText, executions }) => sqlText === first && executions > 0)
    assert.ok(ran)
    await stand.snowflake.database.admin.run(`create table "DEMO"."SHOP"."FOUND" as select '' as "NOTE" where false`)
    await write('shop', `insert into shop.found (note) select left(x, 7) from table(result_scan('${ran.queryId}'))`)
    assert.deepEqual(await rows(elsewhere, 'shop', 'select note from shop.found'), ['[masked]'])
  })

  test('is as sensitive where a function brings it, whose body nobody sees', async () => {
    await stand.bigquery.connection.run(
      `create macro shop.note_of(n) as (select any_value(email) from shop.customers where id = n);
       create table shop.told as select 0 as n, '' as note`,
    )
    await write('lake', 'insert into shop.told (n, note) select 8, shop.note_of(8)')
    assert.deepEqual(await rows(elsewhere, 'lake', 'select n, note from shop.told where n = 8'), [8, '[masked]'])
  })

  test('is told by no error of what reads an earlier result, whose columns nobody knows', async () => {
    const first = 'select email as x from shop.customers where id = 7'
    await rows(agent, 'shop', first)
    const ran = stand.snowflake.statements().find(({ sqlText, executions }) => sqlText === first && executions > 0)
    assert.ok(ran)
    const sql = `select x::int from table(result_scan('${ran.queryId}'))`
    const { body } = await agent.submit({ connection: 'shop', sql })
    assert.equal(body.status, 'pending_approval', JSON.stringify(body))
    await approve(stand, body.request_id)
    const ended = await agent.look(body.request_id)
    assert.equal(ended.body.code, 'warehouse_error', ended.text)
    assert.match(ended.text, /withheld, because what it reads is not known/)
  })

  test('is as sensitive in each table of a schema that is copied whole, under whatever name', async () => {
    const { body } = await agent.submit({ connection: 'shop', sql: 'create schema twin clone shop' })
    assert.equal(body.status, 'pending_approval', JSON.stringify(body))
    for (const user of ['U0ONCALL1', 'U0ONCALL2']) await approve(stand, body.request_id, user)
    // The stand-in copies no schemas.
    assert.equal((await agent.look(body.request_id)).body.status, 'failed')
    const asked = (table: string) => ({ connection: 'shop', sql: `select n from ${table} where note like 'c%'` })
    const rule = async (table: string) => (await elsewhere.ask('/v1/explain', { body: asked(table) })).body.rule
    assert.deepEqual([await rule('twin.people'), await rule('other.people')], ['more-than-showing', 'default'])
  })

  test('what is written from nothing sensitive is not', async () => {
    await write('shop', 'insert into shop.copies (n, tag) select id, country from shop.customers where id = 9')
    const [tag] = await rows(agent, 'shop', 'select tag from shop.copies where n = 9')
    assert.match(String(tag), /^[A-Z]{2}$/)
  })

  test('is as sensitive in whatever table a name that the text does not tell means', async () => {
    const { body } = await agent.submit({
      connection: 'shop',
      sql: 'insert into identifier(?) select id, email from shop.customers',
      binds: ['shop.copies'],
    })
    assert.equal(body.status, 'pending_approval', JSON.stringify(body))
    for (const user of ['U0ONCALL1', 'U0ONCALL2']) await approve(stand, body.request_id, user)
    await agent.look(body.request_id)
    const asked = { connection: 'shop', sql: "select n from other.people where note like 'c%'" }
    assert.equal((await elsewhere.ask('/v1/explain', { body: asked })).body.rule, 'more-than-showing')
  })
})
