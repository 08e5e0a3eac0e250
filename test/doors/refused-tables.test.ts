import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { queryIdOf } from '#gateway/doors/snowflake/query-id.ts'
import type { SessionId } from '#src/statement.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { type Agent, agentOf } from './agent.ts'
import { RestCaller } from './bigquery/rest-caller.ts'
import { cardOf } from './reviewers.ts'
import { silentServer } from './silent-server.ts'
import { raw, tokenFor } from './snowflake/raw.ts'

const vault = `rules:
  - name: vault
    when: statement.reads.exists(t, t.matches("*.vault") || t.matches("*.VAULT"))
    then: deny
    because: This is for nobody.
  - name: attic
    when: statement.kind == "select" && statement.reads.exists(t, t.matches("*.attic"))
    then: deny
    because: This goes into tables alone.
`

const watch = (id: SessionId) => `/monitoring/queries/${queryIdOf(id)}`

/** A table that policy refuses is there for nobody, whichever door is asked; nor is what a view has of it. */
describe('21, 28: a refusal tells no more of tables than the statement says itself', { timeout: 120_000 }, () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    const sizes = { customers: 20, orders: 20 }
    stand = await startStand({ sizes, policy: standPolicy.replace('rules:\n', vault) })
    const { admin } = stand.snowflake.database
    await admin.run('create table "DEMO"."SHOP"."VAULT" as select 1 as "ID", 2 as "UNHEARD_OF"')
    await admin.run('create view "DEMO"."SHOP"."COUNTER" as select "UNHEARD_OF" as "N" from "DEMO"."SHOP"."VAULT"')
    const { connection } = stand.bigquery
    await connection.run('create table shop.vault as select 1 as id, 2 as unheard_of')
    await connection.run('create table shop.attic as select 1 as id, 2 as unheard_of')
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

  describe('a job with a destination', () => {
    let caller: RestCaller
    let token: string
    before(async () => {
      caller = await RestCaller.of(stand)
      token = await tokenFor(stand)
    })

    const destinationTable = { projectId: 'lake', datasetId: 'shop', tableId: 'orders' }
    const appended = (query: string, more: object = {}) =>
      caller.insert({ query, destinationTable, writeDisposition: 'WRITE_APPEND' }, more)
    /** What Snowflake's door says of a statement of this agent's. */
    const watched = async (id: SessionId) => (await raw(stand, watch(id), { method: 'GET', token })).text

    test('no column in the statement that it is taken for, through another door either', async () => {
      const { text } = await appended('select * from shop.vault')
      assert.match(text, /This is for nobody/)
      const [, id = ''] = /\(session ([\w-]+)\)/.exec(text) ?? []
      const seen = await watched(id)
      assert.match(seen, /FAILED_WITH_ERROR.*select \* from shop.vault/)
      assert.doesNotMatch(`${text}${seen}`, /unheard_of/)
    })

    test('it is refused by its rule and on record whatever is wrong with its form', async () => {
      for (const query of ['select count(*) from shop.vault', 'select count(*) from shop.attic']) {
        const { status, text } = await appended(query)
        assert.equal(status, 403, text)
        assert.match(text, /This is for nobody|This goes into tables alone/)
        const [, id = ''] = /\(session ([\w-]+)\)/.exec(text) ?? []
        assert.match((await agent.look(id)).text, /"status":"denied"/)
        const dry = await appended(query, { dryRun: true })
        assert.deepEqual([dry.status, /This is for nobody|This goes/.test(dry.text)], [403, true], dry.text)
      }
    })

    test('what is refused so is the job that was asked for: found by its name, and the same again is the same', async () => {
      const jobReference = { projectId: 'lake', jobId: 'counted' }
      const query = 'select count(*) from shop.vault'
      const heard = await Promise.all([1, 2].map(() => appended(query, { jobReference })))
      heard.push(await appended(query, { jobReference }))
      const [first] = heard
      assert.match(first?.text ?? '', /This is for nobody.*\(session /)
      for (const { status, text } of heard) assert.deepEqual([status, text], [403, first?.text])
      const { status, body, text } = await caller.get('jobs/counted')
      assert.deepEqual([status, body.status?.errorResult?.reason], [200, 'accessDenied'], text)
      assert.equal(body.configuration.query.destinationTable?.tableId, 'orders')
      const other = await appended('select count(1) from shop.vault', { jobReference })
      assert.deepEqual([other.status, /Already Exists: Job lake:.*counted/.test(other.text)], [409, true], other.text)
    })

    test('one made too long by the names of columns is refused by its rule, or by no number that tells their length', async t => {
      const outputs = [{ name: 'unheard_of'.repeat(20) }]
      let refusal: object | undefined
      const server = await silentServer({
        connections: () => [{ name: 'lake', dialect: 'bigquery' }],
        sqlBytes: () => 150,
        understand: async () => ({ understood: true, statements: 1, kind: 'select', outputs }) as never,
        refuse: async () => refusal as never,
      })
      t.after(() => server.close())
      const alone = new RestCaller('any', await server.listen({ host: '127.0.0.1', port: 0 }))
      const query = { query: 'select * from shop.vault', destinationTable, writeDisposition: 'WRITE_APPEND' }
      const { status, body, text } = await alone.insert(query)
      assert.deepEqual([status, /\d/.test(body.error?.message ?? '')], [413, false], text)
      refusal = { status: 'denied', id: 'A', code: 'denied', message: 'This is for nobody.' }
      assert.match((await alone.insert(query)).text, /This is for nobody/)
    })

    test('a write is judged as the write that it is, where its query alone is refused', async () => {
      const { status, body, text } = await appended('select * from shop.attic')
      assert.deepEqual([status, body.status?.state], [200, 'PENDING'], text)
      const id = body.jobReference.jobId
      assert.match(JSON.stringify((await cardOf(stand, id)).blocks), /INSERT INTO .*`id`, `unheard_of`/)
      const seen = await watched(id)
      assert.match(seen, /QUEUED.*"select \* from shop.attic"/)
      assert.doesNotMatch(`${text}${seen}`, /unheard_of/)
    })
  })
})
