import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Agent, agentOf } from '#test/doors/agent.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'

/** What masking cannot stop alone, and the policy of the stand holds: each of them answers a question about a masked value. */
const held: readonly (readonly [title: string, connection: string, sql: string])[] = [
  ['a view that renames the column', 'shop', 'select handle from directory'],
  ['a view that renames the column', 'lake', 'select handle from shop.directory'],
  ['a view over a view', 'shop', 'select handle from (select * from directory) d'],
  ['what nobody knows to be a table', 'shop', 'select id from missing'],
  ['failure as an answer', 'shop', "select iff(email like 'c%', to_number('x'), 1) from customers where id = 17"],
  ['failure as an answer', 'shop', 'select 1 / (ascii(email) - 99) from customers where id = 17'],
  ['failure as an answer', 'lake', "select if(email like 'c%', error('x'), 1) from shop.customers where id = 17"],
  ['failure as an answer', 'lake', 'select cast(email as int64) from shop.customers where id = 17'],
]

describe('what a masked column still tells is asked of people', () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    stand = await startStand({ bots: 0, sizes: { customers: 40, orders: 300 }, maxPending: 100 })
    const renamed = 'select "ID", "EMAIL" as "HANDLE" from "DEMO"."SHOP"."CUSTOMERS"'
    await stand.snowflake.database.admin.run(`create view "DEMO"."SHOP"."DIRECTORY" as ${renamed}`)
    await stand.bigquery.connection.run('create view shop.directory as select id, email as handle from shop.customers')
    agent = await agentOf(stand)
  })
  after(() => stand.stop())

  for (const [title, connection, sql] of held) {
    test(`${title}: ${sql} (${connection})`, async () => {
      const { body } = await agent.submit({ connection, sql })
      assert.equal(body.status, 'pending_approval', JSON.stringify(body))
    })
  }

  test('showing columns as they are, masked, needs nobody', async () => {
    const { body } = await agent.submit({ connection: 'shop', sql: 'select id, email, city from customers limit 3' })
    assert.equal(body.status, 'succeeded')
  })
})
