import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createClassifier } from '#src/classify/classify.ts'
import type { Dialect } from '#src/statement.ts'
import { catalogOf, compareLineage } from './corpus.ts'
import { bigqueryLineage } from './lineage-bigquery.ts'
import { type LineageRow, lineageSchema } from './lineage-rows.ts'
import { snowflakeLineage } from './lineage-snowflake.ts'

const classifier = createClassifier()
after(() => classifier.close())

const rows: readonly (readonly [Dialect, readonly LineageRow[]])[] = [
  ['snowflake', snowflakeLineage],
  ['bigquery', bigqueryLineage],
]

for (const [dialect, all] of rows) {
  describe(`where each column of a ${dialect} query comes from`, () => {
    const catalog = catalogOf(dialect, lineageSchema[dialect])
    for (const { sql, outputs } of all) {
      test(sql, async () => {
        const answer = await classifier.classify(sql, dialect, {}, catalog)
        assert.equal(compareLineage(outputs, answer), 'exact', answer.cause ?? JSON.stringify(answer.outputs))
      })
    }
  })
}

test('a column that is joined by comes from both sides, also of a table that is not known', async () => {
  for (const join of ['join (select k as id from b) c using (id)', 'natural join (select k as id from b) c']) {
    const answer = await classifier.classify(`select id from a ${join}`, 'snowflake', {})
    assert.deepEqual(answer.outputs?.[0]?.sources.toSorted(), ['A.ID', 'B.K'], join)
  }
})

test('under USING a column of Snowflake may be that of a table to the left which is not known', async () => {
  const rows = [
    ['select name from a join customers using (id)', ['A.NAME', 'CUSTOMERS.NAME']],
    ['select name from a left join customers using (id) join b using (x)', ['A.NAME', 'B.NAME', 'CUSTOMERS.NAME']],
    ['select id from a, b left join customers using (id)', ['A.ID', 'B.ID', 'CUSTOMERS.ID']],
    ['select name from a join customers on a.id = customers.id', ['CUSTOMERS.NAME']],
  ] as const
  for (const [sql, sources] of rows) {
    const { outputs } = await classifier.classify(sql, 'snowflake', {}, catalogOf('snowflake', lineageSchema.snowflake))
    assert.deepEqual(outputs?.[0]?.sources.toSorted(), sources, sql)
  }
  const from = '(select * from a union all select * from b) v join customers using (id)'
  const { outputs, filters } = await classifier.classify(`select ssn from ${from} where name = 'x'`, 'snowflake', {})
  assert.deepEqual([outputs, filters.filter(column => column.endsWith('.*'))], [null, ['A.*', 'B.*']])
})

test('what a star shows of rows that are values, and that are joined by their name, is not guessed', async () => {
  const from = "unnest([struct('x' as a)]) as e full join (select struct(ssn as a) as e from customers) using (e)"
  for (const star of ['*', 'e.*']) {
    const { understood, outputs } = await classifier.classify(`select ${star} from ${from}`, 'bigquery', {})
    assert.deepEqual([understood, outputs], [true, null], star)
  }
})

test('what NATURAL joins by may be a column of either side where neither is known', async () => {
  const sql = 'select v, w from (select k as v, x.* from a x) natural join (select k as w, y.* from b y)'
  const answer = await classifier.classify(sql, 'snowflake', {})
  assert.deepEqual(
    answer.outputs?.map(({ sources }) => sources.toSorted()),
    [
      ['A.K', 'B.V'],
      ['A.W', 'B.K'],
    ],
  )
})

for (const from of [
  'a natural join customers',
  'a join b join customers using (ssn)',
  'customers join a join b using (id) join c using (ssn)',
])
  test(`what may be joined by is surely a column of no table that is not known: ${from}`, async () => {
    const sql = `select ssn from (select a.* from ${from}) x cross join d`
    const { outputs } = await classifier.classify(sql, 'snowflake', {}, catalogOf('snowflake', lineageSchema.snowflake))
    assert.deepEqual(outputs?.[0]?.sources.toSorted(), ['A.SSN', 'D.SSN'])
    const joined = await classifier.classify(`select ssn from ${from}`, 'snowflake', {})
    assert.ok(joined.outputs?.[0]?.sources.includes('A.SSN'))
  })

test('a name may be that of a later item, and a second argument of TRUNC a column, where the table is not known', async () => {
  const answer = await classifier.classify('select k as v, trunc(x, d) as w, ssn as k from a', 'snowflake', {})
  assert.deepEqual(
    answer.outputs?.map(({ sources }) => sources.toSorted()),
    [['A.K', 'A.SSN'], ['A.D', 'A.X'], ['A.SSN']],
  )
})

test('a path into a value gives a column no name of its own', async () => {
  const answer = await classifier.classify("select b from (select data['x'].b from a) t, u", 'snowflake', {})
  assert.deepEqual(answer.outputs?.[0]?.sources, ['U.B'])
})

test('columns without a name are not joined by as if they had the same', async () => {
  const sides = '(select upper(a), id from t) x natural join (select upper(b), id from u) y'
  assert.equal((await classifier.classify(`select * from ${sides}`, 'snowflake', {})).understood, false)
})

test('a column of Snowflake may be written with more of the path than FROM has, where the context says which table it is', async () => {
  const sql = 'select s.t.a, (select max(s.t.b) from t) as b, db.public.v.c from x.s.t, db..v'
  const answer = await classifier.classify(sql, 'snowflake', { database: 'DB', schema: 'S' })
  assert.deepEqual(
    answer.outputs?.map(({ sources }) => sources),
    [['X.S.T.A'], ['DB.S.T.B'], ['DB.PUBLIC.V.C']],
  )
})
