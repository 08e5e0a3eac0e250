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
  'SELECT CONNECT_BY_ROOT ssn FROM (SELECT email AS connect_by_root, ssn FROM customers)',
  'SELECT CONNECT_BY_ROOT ssn FROM customers',
  'SELECT CONNECT_BY_ROOT ssn FROM (SELECT id, mgr, email AS connect_by_root, ssn FROM customers) CONNECT BY PRIOR id = mgr',
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

for (const sql of [
  'SELECT id FROM (SELECT * REPLACE ("new;name"(id, ssn, name) AS id) FROM customers)',
  'SELECT id FROM (SELECT * REPLACE ("new;name"(ssn) AS id) FROM customers)',
])
  test(`a function of Snowflake may have any name, also one that stands for something in GoogleSQL: ${sql}`, async () => {
    const { harmless, hazards } = await judged(sql, 'snowflake')
    assert.equal(harmless, false)
    assert.deepEqual(hazards, ['unknown_function'])
  })

for (const type of [
  '(SELECT MAX(ssn) FROM customers)',
  'OBJECT(k (WITH c AS (TABLE customers) SELECT 1))',
  'f(FROM customers)',
])
  test(`what is read is no type of a parameter: ${type}`, async () => {
    const { harmless, understood } = await judged(`SELECT TRANSFORM([1], (a ${type}) -> a) AS v`, 'snowflake')
    assert.deepEqual([harmless, understood], [false, false])
  })

for (const call of [
  '`cube`(1)',
  '`Rollup`(ssn)',
  '`case`(1)',
  '`cast`(1)',
  '`safe_cast`(ssn)',
  '`array`(1)',
  '`unnest`(ssn)',
  '`extract`(ssn)',
  'SAFE.cube(1)',
  'offset(ssn)',
  '[1][`offset`(id)]',
  '[1][OFFSET(offset(id))]',
  "'a' LIKE ANY `unnest`(ssn)",
])
  test(`a word of the grammar is the name of a user's function where the grammar has no such word: ${call}`, async () => {
    const { harmless, hazards } = await judged(`SELECT ${call} AS x FROM customers`, 'bigquery')
    assert.equal(harmless, false)
    assert.deepEqual(hazards, ['unknown_function'])
  })

for (const call of [
  ...['ARRAY_MAX([id])', 'IFERROR(name, ssn)', 'ARRAY_FILTER([id], true)', 'NET.MAKE_NET(ssn, 8)'],
  ...['NULLIFZERO(id)', 'ZEROIFNULL(id)', "STRING_ARRAY(JSON '[]')", '`net.host`(ssn)'],
])
  test(`what other products have of GoogleSQL may be anybody's function in BigQuery: ${call}`, async () => {
    const { harmless, hazards } = await judged(`SELECT ${call} AS x FROM customers`, 'bigquery')
    assert.equal(harmless, false)
    assert.deepEqual(hazards, ['unknown_function'])
  })

test('what GROUPING SETS hold in back-ticks is a call', async () => {
  const sql = 'SELECT COUNT(*) AS n FROM customers GROUP BY GROUPING SETS (city, `cube`(name))'
  assert.deepEqual((await judged(sql, 'bigquery')).hazards, ['unknown_function'])
  assert.equal((await judged(sql.replaceAll('`', ''), 'bigquery')).harmless, true)
})
