import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createClassifier } from '#src/classify/classify.ts'
import type { Dialect } from '#src/statement.ts'
import { catalogOf } from './corpus.ts'
import { lineageSchema } from './lineage-rows.ts'

const classifier = createClassifier({ workers: 1 })
after(() => classifier.close())

const judged = (sql: string, dialect: Dialect) =>
  classifier.classify(sql, dialect, {}, catalogOf(dialect, lineageSchema[dialect]))

const recursive =
  'WITH RECURSIVE a AS (SELECT name FROM staff), b AS (SELECT ssn AS name FROM customers) SELECT name FROM a'

test('a CTE that names one after it is not taken for a reader of a table', async () => {
  const { harmless, outputs } = await judged(recursive.replace('FROM staff', 'FROM b'), 'bigquery')
  assert.equal(harmless, false)
  assert.equal(outputs, null)
  assert.equal((await judged(recursive, 'bigquery')).harmless, true)
})

for (const operators of [
  "SET email = 'x' |> SELECT c.email",
  'DROP email |> EXTEND 1 AS one |> SELECT c.email',
  'EXTEND 1 AS email |> SELECT c.email',
  'EXTEND 1 AS one, name email |> WHERE id = 1 |> SELECT c.email',
  "DROP ssn |> EXTEND 'x' AS `email` |> EXTEND c.email AS y |> SELECT y",
  "SET email = 'x' |> WHERE id = 1 |> WHERE id = 2 |> SELECT C.email",
  "SET email = 'x' |> SELECT c.*",
  "SET email = 'x' |> SELECT c.id, `c.email`",
  "SET id = 1 |> EXTEND 2 AS two |> SET email = 'x' |> DISTINCT |> SELECT c.id, c.`EMAIL`",
  'RENAME email AS mail |> SELECT c.id, c.email',
  'RENAME ssn AS email |> SELECT c.email',
  'JOIN staff AS s ON s.id = c.id |> SET salary = 1 |> SELECT c.ssn',
  "SET email = 'x' |> AGGREGATE ANY_VALUE(c) AS r |> SELECT r.email",
])
  test(`after SET, DROP and EXTEND the table's name stands for the rows as they were: ${operators}`, async () => {
    const { harmless, outputs } = await judged(`FROM customers AS c |> ${operators}`, 'bigquery')
    assert.equal(harmless, false)
    assert.equal(outputs, null)
  })

for (const sql of ['SELECT seq."NEXTVAL"', 'SELECT db.s."seq"."nextval" FROM customers'])
  test(`a sequence moves however its column is written: ${sql}`, async () => {
    assert.equal((await judged(sql, 'snowflake')).harmless, false)
  })

for (const [sql, dialect] of [
  ['SET v = (SELECT MAX(ssn) FROM customers)', 'snowflake'],
  ['SET (a, b) = (1, (SELECT MAX(ssn) FROM customers))', 'snowflake'],
  ['SET v = (SELECT MAX(ssn) FROM customers)', 'bigquery'],
] as const)
  test(`what a variable is set to is read, in ${dialect}: ${sql}`, async () => {
    const { reads, filters } = await judged(sql, dialect)
    const name = (text: string) => (dialect === 'snowflake' ? text.toUpperCase() : text)
    assert.deepEqual(reads, [name('customers')])
    assert.deepEqual(filters, [name('customers.ssn')])
  })

for (const sql of [
  'SELECT TOP (5) ssn FROM customers',
  'SELECT top(5) ssn FROM customers',
  'SELECT TOP 5 percent ssn FROM (SELECT id AS percent, ssn FROM customers)',
  'SELECT TOP 5 PERCENT ssn FROM customers',
  'SELECT interval(5) AS v FROM customers',
  'SELECT table:ssn AS v FROM customers',
  'SELECT bigint "v" FROM (SELECT ssn AS bigint FROM customers)',
])
  test(`what Snowflake reads as a call, a column or an alias is no literal and no number of rows: ${sql}`, async () => {
    const { harmless, outputs } = await judged(sql, 'snowflake')
    assert.equal(harmless, false)
    assert.equal(outputs, null)
  })
