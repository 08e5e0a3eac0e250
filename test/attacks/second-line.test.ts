import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Agent, agentOf } from '#test/doors/agent.ts'
import { secureMark } from '#test/fakes/snowflake/information-schema.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'

/** What masking cannot stop alone, and the policy of the stand holds: each of them answers a question about a masked value. */
const held: readonly (readonly [title: string, connection: string, sql: string])[] = [
  ['a view that hides its definition', 'shop', 'select handle from guarded'],
  ['a view over one that hides its definition', 'shop', 'select handle from above_guarded'],
  ['a view that filters by a personal column', 'shop', 'select id from contactable'],
  ['filtering by a view’s column', 'shop', "select id from directory where handle like 'c%'"],
  ['filtering by a view’s column', 'lake', "select id from shop.directory where handle like 'c%'"],
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
    for (const view of [
      `create view "DEMO"."SHOP"."ADDRESSES" as select * from "DEMO"."SHOP"."DIRECTORY"`,
      `create view "DEMO"."SHOP"."GUARDED" as ${renamed}; comment on view "DEMO"."SHOP"."GUARDED" is '${secureMark}'`,
      `create view "DEMO"."SHOP"."ABOVE_GUARDED" as select * from "DEMO"."SHOP"."GUARDED"`,
      `create view "DEMO"."SHOP"."CONTACTABLE" as select "ID" from "DEMO"."SHOP"."CUSTOMERS" where "PHONE" is not null`,
    ])
      await stand.snowflake.database.admin.run(view)
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

  const seenThrough = [
    ['a view that renames the column', 'shop', 'select id, handle from directory limit 3', 'view DEMO.SHOP.DIRECTORY'],
    ['a view over a view', 'shop', 'select a.id, a.handle from addresses a limit 3', 'view DEMO.SHOP.ADDRESSES'],
    ['a view that renames the column', 'lake', 'select id, handle from shop.directory limit 3', 'shop.directory'],
  ] as const
  for (const [title, connection, sql, told] of seenThrough) {
    test(`${title} is seen through, and leaves masked: ${sql} (${connection})`, async () => {
      const { body } = await agent.submit({ connection, sql })
      assert.equal(body.status, 'succeeded', JSON.stringify(body))
      for (const [id, handle] of body.rows as readonly (readonly unknown[])[]) {
        assert.equal(typeof id, 'number')
        assert.match(String(handle), /^(.|)\*\*\*@\*\*\*\.example$/)
      }
      const explained = await agent.ask('/v1/explain', { body: { connection, sql } })
      assert.ok(String(explained.body.summary).includes(`${told} (over `), String(explained.body.summary))
    })
  }

  test('showing columns as they are, masked, needs nobody', async () => {
    const { body } = await agent.submit({ connection: 'shop', sql: 'select id, email, city from customers limit 3' })
    assert.equal(body.status, 'succeeded')
  })
})
