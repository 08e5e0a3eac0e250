import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Agent, agentOf } from '#test/doors/agent.ts'
import { approve, ranTexts, submitApproved } from '#test/doors/reviewers.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'

const policy = standPolicy.replace(
  'sensitive:\n',
  'sensitive:\n  - { columns: ["*.people*.secret"], class: secret, mask: redact }\n',
)

/** What stands behind a name before and after somebody changed it, where the same text then puts out what it did not before. */
const changes: readonly (readonly [
  what: string,
  name: string,
  before: string,
  after: string,
  sql: string,
  lake?: string,
])[] = [
  [
    'columns that changed places under new names',
    'people_a',
    `table people_a as select 'id-1' as id, 'raw-1' as secret`,
    `table people_a as select 'raw-1' as secret, 'id-1' as id`,
    "select a from (select 'x' as a, 'y' as b union all select * from shop.people_a)",
  ],
  [
    'a column that came in the place of another',
    'people_b',
    `table people_b as select 'id-1' as id, 'city-1' as city`,
    `table people_b as select 'id-1' as id, 'raw-1' as secret`,
    'with t(a, b) as (select * from shop.people_b) select b from t',
    "select b from (select 'x' as a, 'y' as b union all select * from shop.people_b)",
  ],
  [
    'a view that became another',
    'shown',
    `view shown as select id as handle from shop.people`,
    `view shown as select secret as handle from shop.people`,
    'select handle from shop.shown',
  ],
  [
    'a table that became a view',
    'kept',
    `table kept as select 'id-1' as handle`,
    `view kept as select secret as handle from shop.people`,
    'select handle from shop.kept',
  ],
]

describe('what changed between the judgement and the run', () => {
  let stand: Stand
  let agent: Agent
  /** DuckDB’s own names: those of the Snowflake stand-in are upper case. */
  const define = {
    shop: (what: string) =>
      stand.snowflake.database.admin.run(
        `use "DEMO"."SHOP"; create or replace ${what.replace(/'[^']*'|[^']+/g, part => (part.startsWith("'") ? part : part.toUpperCase()))}`,
      ),
    lake: (what: string) => stand.bigquery.connection.run(`create or replace ${what.replace(/^(\w+) /, '$1 shop.')}`),
  }
  before(async () => {
    stand = await startStand({ sizes: { customers: 40, orders: 300 }, policy })
    for (const make of Object.values(define)) await make(`table people as select 'id-1' as id, 'raw-1' as secret`)
    agent = await agentOf(stand)
  })
  after(() => stand.stop())

  const ask = (connection: string, sql: string) => agent.submit({ connection, sql })

  for (const connection of ['shop', 'lake'] as const) {
    for (const [what, name, earlier, later, text, lake = text] of changes) {
      const sql = connection === 'lake' ? lake : text
      test(`${what}: no row leaves, and the next judgement is about what is there (${connection})`, async () => {
        await define[connection](earlier)
        assert.equal((await ask(connection, sql)).body.status, 'succeeded')
        await replace(connection, name, earlier, later)
        const changed = await ask(connection, sql)
        assert.deepEqual([changed.body.status, changed.body.code], ['failed', 'schema_changed'], changed.text)
        const again = await ask(connection, sql)
        assert.match(String(again.body.status), /^(succeeded|pending_approval)$/, again.text)
        const rows = (again.body.rows ?? []) as string[][]
        assert.ok(rows.flat().every(cell => cell === '[masked]'))
        assert.ok(!agent.heard.some(text => text.includes('raw-1')))
      })
    }

    test(`a write that people approved over other columns does not run (${connection})`, async () => {
      await define[connection](`table target as select 'id-1' as id, 'x' as note`)
      const sql = `update shop.target set note = 'changed by ${connection}' where id = 'id-1'`
      const { body } = await ask(connection, sql)
      assert.equal(body.status, 'pending_approval')
      await define[connection](`table target as select 'id-1' as note, 'x' as id`)
      await approve(stand, body.request_id)
      const ended = await agent.look(body.request_id)
      assert.deepEqual([ended.body.status, ended.body.code], ['failed', 'schema_changed'], ended.text)
      assert.ok(!ranTexts(stand).includes(sql))
    })

    test(`rows that came and went are no change (${connection})`, async () => {
      const sql = `select id from shop.rows order by id`
      await define[connection](`table rows as select 'id-1' as id`)
      assert.deepEqual((await ask(connection, sql)).body.rows, [['id-1']])
      await define[connection](`table rows as select 'id-2' as id`)
      assert.deepEqual((await ask(connection, sql)).body.rows, [['id-2']])
    })
  }

  test('what an agent itself drops and makes anew, with other columns, is no change to it', async () => {
    const approved = (sql: string) => submitApproved(stand, agent, { connection: 'lake', sql })
    const rows = async (sql: string) => (await ask('lake', sql)).body.rows
    await approved("create table shop.own as select 'id-1' as id")
    assert.deepEqual(await rows('select id from shop.own'), [['id-1']])
    await approved('drop table shop.own')
    await approved("create table shop.own as select 'new' as note")
    assert.deepEqual(await rows('select note from shop.own'), [['new']])
    await approved("create or replace table shop.own as select 'newer' as later")
    assert.deepEqual(await rows('select later from shop.own'), [['newer']])
  })

  /** DuckDB replaces a table by a table only. */
  async function replace(connection: 'shop' | 'lake', name: string, earlier: string, later: string): Promise<void> {
    if (earlier.split(' ')[0] !== later.split(' ')[0]) {
      const admin = connection === 'shop' ? stand.snowflake.database.admin : stand.bigquery.connection
      const table = connection === 'shop' ? `"DEMO"."SHOP"."${name.toUpperCase()}"` : `shop.${name}`
      await admin.run(`drop table ${table}`)
    }
    await define[connection](later)
  }
})

describe('what changed while a plain read waited for people, where only risky ones are compared', () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    const asked = '\n  - { name: asked, when: \'statement.purpose == "look at it"\', then: hold }\n'
    stand = await startStand({ sizes: { customers: 40, orders: 300 }, policy: policy + asked, verify: 'risky' })
    agent = await agentOf(stand)
  })
  after(() => stand.stop())

  for (const [connection, admin, name, people] of [
    ['shop', 'snowflake', '"DEMO"."SHOP"."KEPT"', '"DEMO"."SHOP"."PEOPLE"'],
    ['lake', 'bigquery', 'shop.kept', 'shop.people'],
  ] as const)
    test(`no row leaves (${connection})`, async () => {
      const database = admin === 'snowflake' ? stand.snowflake.database.admin : stand.bigquery.connection
      const [handle, secret] = admin === 'snowflake' ? ['"HANDLE"', '"SECRET"'] : ['handle', 'secret']
      await database.run(`create table ${people} as select 'raw-1' as ${secret}`)
      await database.run(`create table ${name} as select 'id-1' as ${handle}`)
      const sql = 'select handle from shop.kept'
      const { body, text } = await agent.submit({ connection, sql, purpose: 'look at it' })
      assert.equal(body.status, 'pending_approval', text)
      await database.run(`drop table ${name}; create view ${name} as select ${secret} as ${handle} from ${people}`)
      await approve(stand, body.request_id)
      const ended = await agent.look(body.request_id)
      assert.deepEqual([ended.body.status, ended.body.code], ['failed', 'schema_changed'], ended.text)
      assert.ok(!agent.heard.some(heard => heard.includes('raw-1')))
    })
})
