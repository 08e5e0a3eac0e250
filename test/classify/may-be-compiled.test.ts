import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayBeCompiled } from '#src/classify/judge/may-be-compiled.ts'

test('nothing that names a function of the system, however it does, is put to EXPLAIN', () => {
  for (const sql of [
    'selec system$wait(5)',
    'select "SYSTEM$WAIT"(5),',
    `select identifier('"SYSTEM$WAIT"')(5),`,
    "select identifier('sys\\x74em$wait')(5),",
    'select identifier(?)(5),',
    'select identifier($what)(5),',
    'with p as procedure () select p()',
    'selec 1 ->> select 2',
  ])
    assert.equal(mayBeCompiled(sql, 'snowflake'), false, sql)
  for (const sql of ['selec 1', 'select id,, city from customers', '(selec 1)'])
    assert.equal(mayBeCompiled(sql, 'snowflake'), true, sql)
})

test('what is too large to be judged is too large to be compiled', () => {
  for (const dialect of ['snowflake', 'bigquery'] as const) {
    assert.equal(mayBeCompiled(`select ${'('.repeat(40)}1`, dialect), true)
    assert.equal(mayBeCompiled(`select ${'('.repeat(10_000)}1${')'.repeat(10_000)}`, dialect), false)
    assert.equal(mayBeCompiled(`select 1${' + 1'.repeat(1_000)},`, dialect), false)
    assert.equal(mayBeCompiled(`select ${'a.'.repeat(40)}b,`, dialect), false)
  }
})
