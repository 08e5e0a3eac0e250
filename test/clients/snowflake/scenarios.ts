import assert from 'node:assert/strict'
import { approve, deny, ranTexts } from '#test/doors/reviewers.ts'
import { heldCard } from '#test/doors/snowflake/held-card.ts'
import type { Stand } from '#test/stand/stand.ts'
import type { Answer, Scenario } from '../client.ts'

/** A text of its own for each use, so that no client finds the statement of another. */
let uses = 0
const executions = (stand: Stand, sql: string) => ranTexts(stand).filter(text => text === sql).length

function rowsOf(answer: Answer | undefined): readonly Readonly<Record<string, unknown>>[] {
  assert.ok(answer?.rows, JSON.stringify(answer))
  return answer.rows
}

/** Values as numbers where they are ones: clients differ in what they make of decimals. */
function numbers(row: Readonly<Record<string, unknown>> | undefined, ...names: readonly string[]): number[] {
  return names.map(name => Number(row?.[name]))
}

const types = `select 7 as i, 1.25::number(10, 2) as n, 0.5::double as d, 'text' as t, true as yes, false as no,
  '2026-01-02'::date as day, '2026-01-02 03:04:05'::timestamp_ntz as at, null::varchar as nothing, null::number as none`

export const scenarios: readonly Scenario[] = [
  {
    name: 'values of every type, null and not',
    steps: [{ sql: types }],
    check([answer]) {
      const [row] = rowsOf(answer)
      assert.deepEqual(numbers(row, 'I', 'N', 'D'), [7, 1.25, 0.5])
      assert.deepEqual([row?.T, row?.YES, row?.NO], ['text', true, false])
      assert.deepEqual([row?.DAY, row?.AT], ['2026-01-02', '2026-01-02T03:04:05'])
      assert.deepEqual([row?.NOTHING, row?.NONE], [null, null])
    },
  },
  {
    name: 'masked: under another name, with * and through a CTE',
    steps: [
      { sql: 'select email as e, phone as p from customers order by id limit 2' },
      { sql: 'with c as (select * from customers) select * from c order by id limit 1' },
    ],
    check([named, starred]) {
      for (const row of rowsOf(named)) {
        assert.equal(row.E, 'c***@***.example')
        assert.match(String(row.P), /\*/)
      }
      assert.equal(rowsOf(starred)[0]?.EMAIL, 'c***@***.example')
    },
  },
  {
    name: 'a result of 10,000 rows, whole and in order',
    steps: [{ sql: 'select id, status, ordered_at from orders order by id limit 10000' }],
    check([answer]) {
      const rows = rowsOf(answer)
      assert.equal(rows.length, 10_000)
      assert.ok(rows.every(({ ID }, at) => Number(ID) === at + 1))
    },
  },
  {
    name: 'values are bound',
    steps: [{ sql: 'select id from customers where id in (?, ?) order by id', binds: [3, 5] }],
    check([answer]) {
      assert.deepEqual(
        rowsOf(answer).map(row => Number(row.ID)),
        [3, 5],
      )
    },
  },
  {
    name: 'denied: code, SQL state, rule and reason',
    steps: [{ sql: "copy into 's3://elsewhere/x' from customers" }],
    check([answer]) {
      assert.deepEqual([Number(answer?.code), answer?.sqlState], [3001, '42501'])
      assert.match(answer?.message ?? '', /no-unload: Data may not be copied out.*session \w{4}-\w{4}-\w{4}/s)
    },
  },
  held(
    'held, then approved',
    async (stand, sql) => approve(stand, await heldCard(stand, sql)),
    ([answer]) => {
      assert.deepEqual(numbers(rowsOf(answer)[0], 'number of rows updated'), [1])
    },
  ),
  held(
    'held, then denied',
    async (stand, sql) => deny(stand, await heldCard(stand, sql), 'not now'),
    ([answer]) => {
      assert.deepEqual([Number(answer?.code), answer?.sqlState], [3001, '42501'])
      assert.match(answer?.message ?? '', /denied by oncall-1: "not now"/)
    },
  ),
  held('held, and given up by the client', undefined, ([answer]) => {
    assert.equal(Number(answer?.code), 604)
  }),
  {
    name: 'a statement that does not wait, fetched later',
    steps: [{ sql: 'select id, email from customers order by id limit 2', detached: true }],
    check([answer]) {
      assert.deepEqual(
        rowsOf(answer).map(row => [Number(row.ID), row.EMAIL]),
        [1, 2].map(id => [id, 'c***@***.example']),
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
      assert.deepEqual(numbers(rowsOf(read)[0], 'ID'), [1])
      assert.deepEqual([Number(role?.code), role?.sqlState], [2, '0A000'])
    },
  },
  {
    name: 'a wrong token is refused with the reason',
    steps: [],
    login: async stand => ({ token: await stand.issuer.tokenFor('release-bot', { claims: { exp: 1 } }) }),
    check([answer]) {
      assert.match(answer?.message ?? '', /expired/)
    },
  },
]

/** A write that people decide on; without `decide`, the client gives up first. */
function held(
  name: string,
  decide: ((stand: Stand, sql: string) => Promise<unknown>) | undefined,
  check: (answers: readonly Answer[]) => void,
): Scenario {
  const id = 100 + scenarioCount()
  let sql = ''
  return {
    name,
    get steps() {
      uses += 1
      sql = `update orders set status = 'use ${uses}' where id = ${id}`
      return [{ sql, ...(decide ? {} : { cancelAfterSeconds: 2 }) }]
    },
    ...(decide ? { meanwhile: async stand => decide(stand, sql) } : {}),
    check(answers, stand) {
      check(answers)
      assert.equal(executions(stand, sql), answers[0]?.rows ? 1 : 0)
    },
  }
}

function scenarioCount(): number {
  uses += 1
  return uses
}
