import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { onCallEnvironment, querywarden } from '#test/cli/command-line.ts'
import { type Agent, agentOf } from '#test/doors/agent.ts'
import { submitApproved } from '#test/doors/reviewers.ts'
import { reconfigure } from '#test/stand/reconfigure.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'

describe('a sensitive column that is written elsewhere by another connection', () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    stand = await startStand({ sizes: { customers: 40, orders: 300 } })
    await stand.snowflake.database.admin.run(`create table "DEMO"."SHOP"."THIRD" as select 0 as "N", '' as "NOTE"`)
    await stand.bigquery.connection.run(`create table shop.third as select 0 as n, '' as note`)
    await reconfigure(stand, ({ connections }) => {
      connections['shop-etl'] = { ...connections.shop, account: 'ACME_PROD' }
      connections['shop-dev'] = { ...connections.shop, account: 'acme-dev' }
      connections['lake-etl'] = { ...connections.lake }
    })
    agent = await agentOf(stand)
  })
  after(() => stand.stop())

  const write = (connection: string, sql: string) => submitApproved(stand, agent, { connection, sql })

  /** Asking about it is asked of people as long as it counts as sensitive. */
  const filter = async (connection: string) => {
    const sql = `select n from shop.third where note like 'c%' and n = 7`
    return (await agent.submit({ connection, sql })).body.status
  }

  test('is as sensitive on every connection to the same account, and is cleared for all of them', async () => {
    for (const [connection, table] of [
      ['shop', 'DEMO.SHOP.THIRD'],
      ['lake', 'acme-lake.shop.third'],
    ] as const) {
      const etl = `${connection}-etl`
      await write(etl, 'insert into shop.third (n, note) select id, email from shop.customers where id = 7')
      const { body } = await agent.submit({ connection, sql: 'select note from shop.third where n = 7' })
      assert.match(String(body.rows), /^.?\*\*\*@\*\*\*\.example$/)
      assert.equal(await filter(connection), 'pending_approval')
      const onCall = { env: onCallEnvironment(stand) }
      const listed = await querywarden(['taints', 'list', '--connection', connection], onCall)
      assert.match(listed.out, new RegExp(`${etl}  ${table}\\.note  contact`, 'i'))
      const said = ['taints', 'clear', table, '--connection', connection, '--reason', 'consented test rows']
      assert.match((await querywarden(said, onCall)).out, new RegExp(`no more \\(${connection}, ${etl}\\)`))
      assert.equal(await filter(etl), 'succeeded')
    }
  })

  test('says nothing of a table of that name in another account', async () => {
    await write('shop-etl', 'insert into shop.third (n, note) select id, email from shop.customers where id = 8')
    assert.equal(await filter('shop'), 'pending_approval')
    assert.equal(await filter('shop-dev'), 'succeeded')
  })
})
