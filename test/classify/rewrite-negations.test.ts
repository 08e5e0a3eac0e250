import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gate } from '#src/classify/gate.ts'
import { judge } from '#src/classify/judge/judge.ts'
import { startParsers } from '#src/classify/judge/parsers.ts'

const parsers = await startParsers()

const judged = (sql: string, dialect: 'snowflake' | 'bigquery') =>
  judge(parsers, { sql, dialect, context: {}, catalog: new Map() })

const analysed = (sql: string) => {
  const passage = gate(sql, 'snowflake')
  return passage.passed ? passage.statements.map(({ text }) => text) : []
}

for (const dialect of ['snowflake', 'bigquery'] as const) {
  for (const condition of [
    "not c like 'x'",
    "a = 1 and not t.c like 'x'",
    "(not c like 'x' or a = 1)",
    "not t.c like any ('x', 'y')",
    "a = 1 and not t.c[0] like 'x'",
    'not lower(c) like (select d from t)',
    "not concat(not concat(c) like 'x') like 'y'",
    'a = 1 and not c like any (select d from t)',
  ]) {
    test(`a query where ${condition} is understood, and filters by that column (${dialect})`, () => {
      const { harmless, cause, filters } = judged(`select a from t where ${condition}`, dialect)
      assert.equal(harmless, true, cause)
      assert.ok(filters.map(name => name.toUpperCase()).includes('T.C'), filters.join())
    })
  }

  test(`tables beside and behind a NOT … LIKE are still read (${dialect})`, () => {
    const { reads } = judged(
      "select a from t, u where not c like 'x' and not d like (select e from secret) or not f like g and h in (select i from other)",
      dialect,
    )
    assert.deepEqual(reads.map(name => name.toUpperCase()).sort(), ['OTHER', 'SECRET', 'T', 'U'])
  })
}

test('tables behind a NOT … LIKE ANY of a path into a value are still read', () => {
  const { harmless, reads, filters } = judged(
    'select a from t where not c:k.l ilike any (select e from u)',
    'snowflake',
  )
  assert.deepEqual([harmless, ...reads], [true, 'T', 'U'])
  assert.ok(filters.includes('T.C'), filters.join())
})

const same: readonly string[] = [
  'select 1 from t where a is not c like b',
  "select 1 from t where not (c) like 'x'",
  "select 1 from t where c not like 'x'",
  'create table if not exists t like u',
]
for (const sql of same) test(`"${sql}" stays as it is`, () => assert.deepEqual(analysed(sql), [sql]))
