import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withinTemporary } from '#src/decide/within-temporary.ts'
import { createsTemporary } from '#src/pinned/temporary-tables.ts'
import { sampleHold } from '#test/bot/sample-hold.ts'

const { statement, decision } = sampleHold().terms
const temporary = { id: 't', openedAt: 0, role: 'WRITER', count: 1, latest: [], tables: ['DEMO.SHOP.T'] }
const refusal = { because: 'It is hidden.', instead: 'Another name.' }

test('temporary tables are kept under one role, and what is not followed is refused whatever a rule says', () => {
  const decided = (role: string, given: { refusal?: typeof refusal } = {}) => {
    const after = withinTemporary({ ...decision, role }, { statement: { ...statement, temporary }, ...given })
    return `${after.verdict} ${after.rule} ${after.role} ${after.reasons[0]?.code}`
  }
  assert.equal(decided('WRITER'), `${decision.verdict} ${decision.rule} WRITER ${decision.reasons[0]?.code}`)
  assert.equal(decided('READER'), 'deny temporary table  temporary_table')
  assert.equal(decided('WRITER', { refusal }), 'deny temporary table  temporary_table')
})

test('a temporary table is followed where its text is a name with columns, or with a query, and nothing besides', () => {
  for (const [sql, followed] of [
    ['create temporary table t as select 1 as a', true],
    ['create or replace temp table a.b."c" as with x as (select 1) select * from x', true],
    ['create temp table t (a number(10, 2) not null, "b" double precision)', true],
    ['create temp table t (a int default 1)', false],
    ['create temp table t (a int as (1))', false],
    ["create temp table t (a 'int')", false],
    ['create temp table t (a int) as select 1', false],
    ['create temp table t (a int) cluster by (a)', false],
    ['create temp table t copy grants as select 1', false],
    ['create temp table t clone u', false],
    ['create temp table t like u', false],
    ['create temp table if not exists t (a int)', false],
    ['create temp table t using template (select 1)', false],
    ['create volatile table t (a int)', false],
    ['create temp view t as select 1', false],
    ['create /* */ local temporary table t (a int)', false],
    ['create table t (a int)', undefined],
    ['create transient table t as select 1', undefined],
  ] as const)
    assert.equal(createsTemporary({ sql, dialect: 'snowflake' })?.followed, followed, sql)
})
