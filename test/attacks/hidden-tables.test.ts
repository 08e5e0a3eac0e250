import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Agent, agentOf } from '#test/doors/agent.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'

/** Not known before the warehouse was asked. */
const bigScans = `
  - name: big-scans
    when: statement.dialect == "bigquery" && estimate.bytes > gib(20)
    then: hold

  - name: shown-before
    when: statement.purpose == "shown before"
    then: hold
    grants: { for: 1h, uses: 5 }
`

/** SOUNDEX as something else than the built-in function: it reads a table that no text shows. */
const hidden = (table: string) => `soundex(v) as (select max(email) from ${table})`

describe('tables that a text does not show', () => {
  let stand: Stand
  let agent: Agent
  const names = Array.from({ length: 50 }, (_none, at) => `many_${at}`)
  const others = Array.from({ length: 50 }, (_none, at) => `more_${at}`)
  before(async () => {
    stand = await startStand({ bots: 0, sizes: { customers: 40, orders: 300 }, policy: standPolicy + bigScans })
    await stand.snowflake.database.admin.run(`create macro "DEMO"."SHOP".${hidden('"DEMO"."SHOP"."CUSTOMERS"')}`)
    await stand.bigquery.connection.run(`create macro "acme-lake".main.${hidden('"acme-lake".shop.customers')}`)
    const many = [...names, ...others].map(name => `create table shop.${name} as select 1 as id, 'a' as note`)
    await stand.bigquery.connection.run(many.join(';'))
    await stand.bigquery.connection.run('create view shop.contacts as select id, email as note from shop.customers')
    agent = await agentOf(stand)
  })
  after(() => stand.stop())

  for (const [connection, orders, customers] of [
    ['shop', 'orders', 'DEMO.SHOP.CUSTOMERS'],
    ['lake', 'shop.orders', 'acme-lake.shop.customers'],
  ] as const) {
    test(`are read by the warehouse, so the statement waits for people (${connection})`, async () => {
      const { body } = await agent.submit({ connection, sql: `select soundex(status) from ${orders} limit 1` })
      assert.equal(body.status, 'pending_approval', JSON.stringify(body))
      const sql = `select soundex(status), id from ${orders}`
      const explained = await agent.ask('/v1/explain', { body: { connection, sql } })
      assert.ok((explained.body.hazards as readonly string[]).includes('other_tables'), JSON.stringify(explained.body))
      assert.match(String(explained.body.summary), new RegExp(`the warehouse also reads ${customers}$`))
      assert.equal(explained.body.columns, null)
    })

    test(`are not there, so the same statement runs at once (${connection})`, async () => {
      const { body } = await agent.submit({ connection, sql: `select upper(status) from ${orders} limit 1` })
      assert.equal(body.status, 'succeeded', JSON.stringify(body))
    })
  }

  test('may stand behind the end of the list that BigQuery gives: where that may have been cut, people are asked', async () => {
    const read = (column: string, tables: readonly string[]) =>
      agent.submit({
        connection: 'lake',
        sql: tables.map(name => `select ${column} from shop.${name}`).join(' union all '),
      })
    const hiding = await read('soundex(note)', names)
    assert.equal(hiding.body.status, 'pending_approval', JSON.stringify(hiding.body))
    const shown = { connection: 'lake', sql: names.map(name => `select id from shop.${name}`).join(' union all ') }
    const { body } = await agent.ask('/v1/explain', { body: { ...shown, purpose: 'shown before' } })
    assert.equal(body.rule, 'shown-before', JSON.stringify(body))
    assert.ok(body.columns, 'people look at it: what it reads is as well known as without a grant')
    const fewer = await read('note', names.slice(1))
    assert.equal(fewer.body.status, 'succeeded', JSON.stringify(fewer.body))
  })

  test('may be behind a view that there was no time to look up: nobody is told that it is a table', async () => {
    const rows = (tables: readonly string[]) =>
      tables.map(name => `select id, note from shop.${name}`).join(' union all ')
    const hazardsOf = async (sql: string, connection = 'lake') =>
      (await agent.ask('/v1/explain', { body: { connection, sql } })).body.hazards as readonly string[]
    for (const write of ['insert into shop.many_0 (id, note)', 'create table shop.copy as']) {
      const hidden = await hazardsOf(`${write} ${rows([...names, ...others, 'contacts'])}`)
      assert.ok(hidden.includes('view'), `${write}: ${hidden}`)
      const shown = await hazardsOf(`${write} ${rows([...names.slice(2), ...others])}`)
      assert.ok(!shown.includes('view'), `${write}: ${shown}`)
    }
    const looked = await hazardsOf('select table_name from shop.INFORMATION_SCHEMA.TABLES')
    assert.deepEqual(looked, ['metadata'])
    // Names of Snowflake's own, in databases and data sets that are not.
    for (const name of ['account_usage.contacts', 'shop.account_usage', 'shop.information_schema'])
      for (const connection of ['shop', 'lake']) {
        const hazards = await hazardsOf(`select id from ${name}`, connection)
        assert.ok(hazards.includes('view'), `${name} (${connection}): ${hazards}`)
      }
  })
})
