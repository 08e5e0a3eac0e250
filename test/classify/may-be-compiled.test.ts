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
