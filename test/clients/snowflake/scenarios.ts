import assert from 'node:assert/strict'
import { approve } from '#test/doors/reviewers.ts'
import { heldCard } from '#test/doors/snowflake/held-card.ts'
import type { Answer, Scenario } from '../client.ts'
import { assertRefused, changed, rowsOf } from './answers.ts'
import { heldScenarios } from './held-scenarios.ts'
import { freshName, freshUpdate } from './held-statement.ts'
import { networkScenarios } from './network-scenarios.ts'
import { typeScenarios } from './type-scenarios.ts'

const masked = 'c***@***.example'
/** Clients whose steps share a session. */
const withSessions = ['snowflake-sdk', 'python', 'sqlalchemy', 'gosnowflake', 'jdbc']
const firstTwo = 'select id, email from customers order by id limit 2'

export const scenarios: readonly Scenario[] = [
  {
    name: 'a wrong token is refused with the reason',
    steps: [],
    login: async stand => ({ token: await stand.issuer.tokenFor('release-bot', { claims: { exp: 1 } }) }),
    check([answer]) {
      assert.match(answer?.message ?? '', /expired/)
    },
  },
  ...typeScenarios,
  {
    name: 'masked under another name, in an expression, with *, through a CTE and as RESULT_SCAN',
    steps: [
      { sql: 'select email as e from customers order by id limit 2' },
      { sql: "select upper(email) || '' as e from customers order by id limit 2" },
      { sql: 'select * from customers order by id limit 2' },
      { sql: 'with c as (select * from customers) select email as e from c order by id limit 2' },
      { sql: "select * from table(result_scan('{last}'))" },
    ],
    check([named, computed, starred, cte, scanned]) {
      for (const [answer, column, shown] of [
        [named, 'E', masked],
        [computed, 'E', '[masked]'],
        [starred, 'EMAIL', masked],
        [cte, 'E', masked],
        [scanned, 'E', masked],
      ] as const)
        assert.deepEqual(
          rowsOf(answer).map(row => row[column]),
          [shown, shown],
        )
    },
  },
  {
    name: 'a result of 200,000 rows, masked, whole and in order',
    long: true,
    steps: [{ sql: 'select o.id, c.email from orders o join customers c on c.id = o.customer_id order by o.id' }],
    check([answer]) {
      const rows = rowsOf(answer)
      assert.equal(rows.length, 200_000)
      assert.ok(rows.every(({ ID, EMAIL }, at) => Number(ID) === at + 1 && EMAIL === masked))
    },
  },
  {
    name: 'values are bound',
    steps: [{ sql: 'select id from customers where id in (?, ?) order by id', binds: [3, 5] }],
    check([answer]) {
      assert.deepEqual(ids(answer), [3, 5])
    },
  },
  {
    name: 'denied: code, SQL state, rule and reason',
    steps: [{ sql: "copy into 's3://elsewhere/x' from customers" }],
    check([answer]) {
      assertRefused(answer, 3001, '42501', /no-unload: Data may not be copied out.*session \w{4}-\w{4}-\w{4}/s)
    },
  },
  ...heldScenarios,
  {
    name: 'a statement that does not wait, fetched later',
    steps: [{ sql: firstTwo, detached: true }],
    check([answer]) {
      assert.deepEqual(
        rowsOf(answer).map(row => [Number(row.ID), row.EMAIL]),
        [1, 2].map(id => [id, masked]),
      )
    },
  },
  {
    name: 'the session keeps its schema and its time zone; roles it cannot choose',
    steps: [
      { sql: 'use demo.shop' },
      { sql: "alter session set timezone = 'Europe/Berlin'" },
      { sql: 'select id from customers order by id limit 1' },
      { sql: 'use role agent_writer' },
    ],
    check([use, alter, read, role]) {
      assert.equal(rowsOf(use).length + rowsOf(alter).length, 2)
      assert.deepEqual(ids(read), [1])
      assertRefused(role, 2, '0A000', /Roles are chosen by the policy/)
    },
  },
  {
    name: 'a table’s columns and keys, as SQLAlchemy’s inspect and reflection ask for them',
    onlyFor: ['sqlalchemy'],
    steps: [{ sql: '', reflect: 'keyed' }],
    check([answer]) {
      const [id, status, found] = rowsOf(answer)
      assert.deepEqual([id?.name, status?.name, status?.type], ['id', 'status', 'VARCHAR(16777216)'])
      const { table, keys, foreign, whole, views, schemas } = found ?? {}
      assert.deepEqual([table, keys, foreign, whole], [true, ['id'], [], ['id', 'status']])
      assert.ok(Array.isArray(views) && Array.isArray(schemas) && schemas.includes('shop'))
    },
  },
  inTransaction('commit'),
  inTransaction('rollback'),
  temporaryTable(),
  twoSessions(),
  ...networkScenarios,
]

function ids(answer: Answer | undefined): number[] {
  return rowsOf(answer).map(row => Number(row.ID))
}

function inTransaction(end: 'commit' | 'rollback'): Scenario {
  let sql = ''
  const read = () => `select status from orders where id = ${/\d+$/.exec(sql)?.[0]}`
  return {
    name: `a transaction: what was held and approved in it is seen in it, and ${end === 'commit' ? 'stays with COMMIT' : 'is gone with ROLLBACK'}`,
    onlyFor: withSessions,
    get steps() {
      sql = freshUpdate()
      return [{ sql: 'begin' }, { sql }, { sql: read() }, { sql: end }, { sql: read() }]
    },
    meanwhile: async stand => approve(stand, await heldCard(stand, sql)),
    check([, update, inside, , after]) {
      const [, status] = /'(.*)'/.exec(sql) ?? []
      assert.equal(changed(update), 1)
      assert.equal(rowsOf(inside)[0]?.STATUS, status)
      assert.equal(rowsOf(after)[0]?.STATUS === status, end === 'commit')
    },
  }
}

function temporaryTable(): Scenario {
  let [name, sql] = ['', '']
  return {
    name: 'a temporary table: held, approved, then read as masked as what it was made from',
    onlyFor: withSessions,
    get steps() {
      name = freshName()
      sql = `create temporary table ${name} as select id, email as e from customers where id <= 2`
      return [{ sql: 'use schema demo.shop' }, { sql }, { sql: `select id, e from ${name} order by id` }]
    },
    meanwhile: async stand => approve(stand, await heldCard(stand, sql)),
    check([, , read]) {
      assert.deepEqual(
        rowsOf(read).map(row => [Number(row.ID), row.E]),
        [1, 2].map(id => [id, masked]),
      )
    },
  }
}

function twoSessions(): Scenario {
  let sql = ''
  return {
    name: 'two sessions at the same time: one waits, the other reads',
    steps: [{ sql: 'use schema shop' }, { sql: 'select id from orders order by id limit 1' }],
    get beside() {
      sql = freshUpdate()
      return [{ sql }]
    },
    meanwhile: async stand => approve(stand, await heldCard(stand, sql)),
    check([use, read, waited]) {
      assert.equal(rowsOf(use).length, 1)
      assert.deepEqual(ids(read), [1])
      assert.equal(changed(waited), 1)
    },
  }
}
