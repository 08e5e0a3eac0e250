import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { queryIdOf } from '#gateway/doors/snowflake/query-id.ts'
import type { SessionId } from '#src/statement.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { type Agent, agentOf } from './agent.ts'
import { RestCaller } from './bigquery/rest-caller.ts'
import { raw, tokenFor } from './snowflake/raw.ts'

const vault = `rules:
  - name: vault
    when: statement.reads.exists(t, t.matches("*.vault") || t.matches("*.VAULT"))
    then: deny
    because: This is for nobody.
`

const watch = (id: SessionId) => `/monitoring/queries/${queryIdOf(id)}`

/** A table that policy refuses is there for nobody, whichever door is asked; nor is what a view has of it. */
describe('21, 28: a refusal tells no more of tables than the statement says itself', { timeout: 120_000 }, () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    const sizes = { customers: 20, orders: 20 }
    stand = await startStand({ bots: 0, sizes, policy: standPolicy.replace('rules:\n', vault) })
    const { admin } = stand.snowflake.database
    await admin.run('create table "DEMO"."SHOP"."VAULT" as select 1 as "ID", 2 as "UNHEARD_OF"')
    await admin.run('create view "DEMO"."SHOP"."COUNTER" as select "UNHEARD_OF" as "N" from "DEMO"."SHOP"."VAULT"')
    const { connection } = stand.bigquery
    await connection.run('create table shop.vault as select 1 as id, 2 as unheard_of')
    await connection.run('create view shop.counter as select unheard_of as n from shop.vault')
    agent = await agentOf(stand)
  })
  after(() => stand.stop())

  /** Through MCP, by its tool of this name. */
  const callTool = (name: string, args: object) => {
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } }
    return agent.ask('/mcp', { body, headers: { accept: 'application/json, text/event-stream' } })
  }

  for (const [connection, dataset] of [
    ['shop', ''],
    ['lake', 'shop.'],
  ] as const) {
    test(`${connection}: no column behind a star, in whatever is asked`, async () => {
      const sql = `select * from ${dataset}vault`
      await agent.submit({ connection, sql })
      const refused = agent.heard.at(-1) ?? ''
      await agent.look(JSON.parse(refused.split('\n')[1] ?? '').request_id)
      await agent.ask('/v1/explain', { body: { connection, sql } })
      await callTool('execute_sql', { connection, sql, purpose: 'look' })
      await callTool('explain_sql', { connection, sql })
      const answers = agent.heard.splice(0)
      assert.equal(answers.length, 5)
      for (const answer of answers) {
        assert.match(answer, /This is for nobody/)
        assert.doesNotMatch(answer, /unheard_of/i)
      }
    })

    test(`${connection}: nothing of what is under a view`, async () => {
      const sql = `select n from ${dataset}counter`
      await agent.submit({ connection, sql })
      const { body } = await agent.ask('/v1/explain', { body: { connection, sql } })
      assert.deepEqual([body.verdict, body.rule], ['deny', 'vault'])
      assert.equal((body.reads as readonly string[]).length, 1)
      for (const answer of agent.heard.splice(0)) assert.doesNotMatch(answer, /unheard_of|\.vault/i)
    })
  }

  test('lake: no column in the statement that a job with a destination is taken for, through another door either', async () => {
    const caller = await RestCaller.of(stand)
    const destinationTable = { projectId: 'lake', datasetId: 'shop', tableId: 'orders' }
    const more = { destinationTable, writeDisposition: 'WRITE_APPEND' }
    const refused = await caller.insert({ query: 'select * from shop.vault', ...more })
    assert.match(refused.text, /"error"/)
    const token = await tokenFor(stand)
    const [, id = ''] = /\(session ([\w-]+)\)/.exec(refused.text) ?? []
    const watched = id === '' ? undefined : await raw(stand, watch(id as SessionId), { method: 'GET', token })
    assert.doesNotMatch(`${refused.text}${watched?.text}`, /unheard_of/)
  })
})
