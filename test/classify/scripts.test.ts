import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createClassifier } from '#src/classify/classify.ts'
import type { Dialect } from '#src/statement.ts'
import { catalogOf } from './corpus.ts'
import { lineageSchema } from './lineage-rows.ts'

const classifier = createClassifier()
after(() => classifier.close())
const catalog = catalogOf('bigquery', lineageSchema.bigquery)
const ask = (sql: string) => classifier.classify(sql, 'bigquery', {}, catalog)

/** A script, the tables it reads, and the columns it filters by or gives to variables. */
type ScriptRow = readonly [sql: string, reads: string, filters: string]

const understood: readonly ScriptRow[] = [
  ["DECLARE d DATE DEFAULT '2017-01-01'; SELECT id FROM orders WHERE created_at >= d", 'orders', 'orders.created_at'],
  ['DECLARE a, b INT64; SET a = 1; SET b = a + 1; SELECT id FROM customers WHERE id = b', 'customers', 'customers.id'],
  [
    "DECLARE l ARRAY<STRING>; SET l = ['a', 'b']; SELECT id FROM customers WHERE city IN UNNEST(l)",
    'customers',
    'customers.city',
  ],
  [
    'DECLARE s STRUCT<a INT64, b ARRAY<STRUCT<c STRING>>>; SELECT id FROM customers WHERE id = s.a',
    'customers',
    'customers.id',
  ],
  ['DECLARE n NUMERIC(10, 2) DEFAULT 1.5; SELECT id FROM customers LIMIT 3', 'customers', ''],
  ['DECLARE x INT64; SET (x) = 1; SELECT x', '', ''],
  ['DECLARE x, y INT64; SET (x, y) = (1, 2); SELECT x + y', '', ''],
  // A column of the name comes before the variable; of a table whose columns are known it is that alone.
  ["DECLARE ssn STRING DEFAULT 'x'; SELECT id FROM customers WHERE ssn = 'y'", 'customers', 'customers.ssn'],
  ["DECLARE SSN STRING DEFAULT 'x'; SELECT id FROM customers c WHERE c.ssn = ssn", 'customers', 'customers.ssn'],
  ["DECLARE v STRING DEFAULT 'x'; SELECT id FROM far WHERE v = 'y'", 'far', 'far.v'],
  ["DECLARE v STRING; SELECT id FROM staff WHERE EXISTS (SELECT 1 FROM far WHERE v = 'y')", 'staff far', 'far.v'],
  // What a variable was given comes along, whatever the case, the way and the depth it is used in.
  [
    'DECLARE m DEFAULT (SELECT MAX(email) FROM customers); SELECT id FROM staff WHERE mgr = M',
    'customers staff',
    'customers.email staff.mgr',
  ],
  ['DECLARE m STRING; SET `M` = (SELECT MAX(ssn) FROM customers); SELECT m', 'customers', 'customers.ssn'],
  [
    'DECLARE a, b STRING; SET a = (SELECT MAX(ssn) FROM customers); SET b = UPPER(a); SET a = NULL; SELECT id FROM staff WHERE EXISTS (SELECT 1 FROM orders WHERE status = b)',
    'customers staff orders',
    'customers.ssn orders.status',
  ],
  [
    'DECLARE a, b STRING; SET (a, b) = (SELECT AS STRUCT MAX(ssn), MIN(name) FROM customers); DELETE FROM staff WHERE email = a',
    'customers',
    'customers.ssn customers.name staff.email',
  ],
  ["DECLARE e BOOL DEFAULT EXISTS (SELECT 1 FROM customers WHERE ssn = '1'); SELECT e", 'customers', 'customers.ssn'],
  [
    'DECLARE x DEFAULT remote_f((SELECT MAX(ssn) FROM customers)); SELECT id FROM staff WHERE mgr = x',
    'customers staff',
    'customers.ssn staff.mgr',
  ],
  ['DECLARE x INT64 DEFAULT 1; BEGIN TRANSACTION; UPDATE staff SET mgr = x WHERE id = x; COMMIT', '', 'staff.id'],
  [
    'CREATE TEMP FUNCTION f(a FLOAT64, b ANY TYPE) RETURNS FLOAT64 AS ((a - b) / b); SELECT id FROM customers WHERE F(balance, 1) > 2',
    'customers',
    'customers.balance',
  ],
  [
    'CREATE TEMPORARY FUNCTION f(a ARRAY<STRUCT<k STRING, v STRING>>) AS ((SELECT MAX(t.v) FROM UNNEST(a) t)); SELECT id FROM events ORDER BY f(tags)',
    'events',
    'events.tags',
  ],
  [
    'CREATE TEMP FUNCTION f(d DATE) AS (EXTRACT(YEAR FROM d)); CREATE TEMP FUNCTION g(d DATE) AS (f(d) + 1); SELECT g(created_at) FROM orders',
    'orders',
    '',
  ],
]

describe('a script whose only procedure is variables and functions of its own', () => {
  for (const [sql, reads, filters] of understood) {
    test(sql, async () => {
      const answer = await ask(sql)
      assert.equal(answer.understood, true, answer.cause)
      assert.equal(answer.reads.join(' '), reads)
      assert.equal(answer.filters.toSorted().join(' '), filters.split(' ').toSorted().join(' '))
      // It stays what it is: no plain query, and its result is nobody's column.
      assert.deepEqual([answer.harmless, answer.outputs], [false, null])
      assert.ok(answer.hazards.includes('multi_statement') && answer.hazards.includes('script'))
    })
  }
})

const refused: readonly string[] = [
  // Not at the beginning, in a block, or not declared.
  "SELECT 1; DECLARE x STRING DEFAULT 'a'; SELECT x",
  'DECLARE x INT64; SELECT 1; DECLARE y INT64; SELECT y',
  'BEGIN DECLARE x INT64 DEFAULT 1; SELECT x; END',
  'SET x = (SELECT MAX(ssn) FROM customers); SELECT x',
  'DECLARE x INT64; SET y = (SELECT MAX(ssn) FROM customers); SELECT y',
  'DECLARE x INT64; SET (x, y) = (1, 2); SELECT x',
  'DECLARE x INT64 DEFAULT y; SELECT x',
  // What the steps after it mean, or do, is not in the text.
  "DECLARE x INT64; SET @@dataset_id = 'hr'; SELECT id FROM customers",
  "SET @@dataset_id = 'hr'; SELECT id FROM customers",
  "DECLARE q STRING DEFAULT 'SELECT 1'; EXECUTE IMMEDIATE q",
  "DECLARE q STRING; EXECUTE IMMEDIATE 'SELECT MAX(ssn) FROM customers' INTO q; SELECT q",
  'DECLARE x INT64 DEFAULT 1; IF x = 1 THEN SELECT 1; END IF',
  'DECLARE x INT64 DEFAULT 1; WHILE x < 3 DO SET x = x + 1; END WHILE',
  'DECLARE x INT64; CALL p(x); SELECT x',
  'DECLARE x INT64; FOR r IN (SELECT ssn FROM customers) DO SELECT r.ssn; END FOR',
  // A value that no parser, or only one, reads; a filter by what cannot be told.
  'DECLARE x INT64 DEFAULT; SELECT x',
  'DECLARE x INT64 (SELECT ssn FROM customers); SELECT x',
  'DECLARE x INT64 DEFAULT (SELECT 1) DEFAULT 2; SELECT x',
  'DECLARE x INT64 DEFAULT 1 FROM customers; SELECT x',
  'DECLARE x INT64; SET x; SELECT x',
  'DECLARE x INT64; SET x += 1; SELECT x',
  'DECLARE x DEFAULT (SELECT nothing FROM customers); SELECT id FROM staff WHERE mgr = x',
  'DECLARE x INT64; SELECT id FROM customers WHERE nothing = x',
  // Words that mean something else where they stand by themselves.
  'DECLARE current_date DATE DEFAULT (SELECT MAX(created_at) FROM orders); SELECT id FROM staff WHERE mgr = current_date',
  'DECLARE x, null INT64; SELECT x',
  // Functions that are more than an expression of their arguments.
  "CREATE TEMP FUNCTION f(x STRING) RETURNS STRING LANGUAGE js AS 'return x'; SELECT f(email) FROM customers",
  'CREATE TEMP FUNCTION f(x STRING) RETURNS STRING LANGUAGE js AS ("return x"); SELECT f(email) FROM customers',
  'CREATE TEMP FUNCTION f() AS ((SELECT MAX(ssn) FROM customers)); SELECT f()',
  'CREATE TEMP FUNCTION f(x STRING) AS (x IN (SELECT ssn FROM customers)); SELECT id FROM staff WHERE f(email)',
  'CREATE TEMP FUNCTION f(x STRING) AS (remote_f(x)); SELECT f(email) FROM customers',
  'CREATE TEMP FUNCTION f(x STRING) AS (f(x)); SELECT f(email) FROM customers',
  'CREATE TEMP FUNCTION f(x STRING) AS (CONCAT(x, @@project_id)); SELECT f(email) FROM customers',
  'DECLARE v STRING; CREATE TEMP FUNCTION f(x STRING) AS (CONCAT(x, v)); SELECT f(email) FROM customers',
  'CREATE TEMP FUNCTION f(x STRING DEFAULT (SELECT MAX(ssn) FROM customers)) AS (x); SELECT f()',
  "CREATE TEMP FUNCTION f(x STRING) AS (x) OPTIONS (description = 'x'); SELECT f(email) FROM customers",
  'CREATE TEMP FUNCTION f(x STRING) REMOTE WITH CONNECTION c AS (x); SELECT f(email) FROM customers',
  'CREATE TEMP AGGREGATE FUNCTION f(x STRING) AS (MAX(x)); SELECT f(email) FROM customers',
  'CREATE TEMP TABLE FUNCTION f() AS (SELECT ssn FROM customers); SELECT * FROM f()',
  'CREATE FUNCTION d.f(x STRING) AS (x); SELECT d.f(email) FROM customers',
]

describe('what else a script does is not understood', () => {
  for (const sql of refused) {
    test(sql, async () => {
      const { understood: is, harmless, hazards } = await ask(sql)
      assert.deepEqual([is, harmless, hazards.includes('not_understood')], [false, false, true])
    })
  }
})

test('a call of a function of the text is no unknown one; of any other name, or before it is there, it is', async () => {
  const make = 'CREATE TEMP FUNCTION f(x STRING) AS (UPPER(x))'
  const hazards = async (sql: string) => (await ask(sql)).hazards
  assert.ok(!(await hazards(`${make}; SELECT f(email) FROM customers`)).includes('unknown_function'))
  for (const sql of [
    `${make}; SELECT g(email) FROM customers`,
    `${make}; SELECT d.f(email) FROM customers`,
    `SELECT f(email) FROM customers; ${make}`,
    'DECLARE x STRING; SELECT x(email) FROM customers',
  ])
    assert.ok((await hazards(sql)).includes('unknown_function'), sql)
  const model = 'CREATE TEMP FUNCTION ai_sum(x STRING) AS (x); SELECT ai_sum(email) FROM customers'
  assert.ok((await hazards(model)).includes('external'))
})

test('what a script writes may hold all that its variables were given', async () => {
  const sql = 'DECLARE x STRING; SET x = (SELECT MAX(ssn) FROM customers); INSERT INTO staff (email) VALUES (x)'
  assert.deepEqual((await ask(sql)).stores, [{ column: 'staff.*', sources: ['customers.*'] }])
})

test('a WHERE of variables alone does not depend on the row', async () => {
  const hazards = async (where: string) =>
    (await ask(`DECLARE v STRING DEFAULT '1'; DELETE FROM staff WHERE ${where}`)).hazards
  for (const where of ['v IS NOT NULL', "V = '1'", "id = 1 OR v = '1'"])
    assert.ok((await hazards(where)).includes('constant_where'), where)
  assert.equal((await hazards('email = v')).includes('constant_where'), false)
})

test('no variable means anything in a view', async () => {
  const view = (sql: string) => ({
    objects: async () => new Map([['d.v', { kind: 'view' as const, columns: { id: 'INT64' }, definition: sql }]]),
  })
  const judge = (definition: string) =>
    classifier.classify('DECLARE zone STRING; SELECT id FROM d.v', 'bigquery', {}, view(definition))
  assert.ok((await judge('SELECT a.id FROM (SELECT 1 AS id) a WHERE zone = 1')).hazards.includes('view'))
  assert.ok(!(await judge('SELECT a.id FROM (SELECT 1 AS id) a')).hazards.includes('view'))
})

test('people read what is declared and set, in the words of the text', async () => {
  const { summary, kinds } = await ask(
    "DECLARE d DATE DEFAULT '2017-01-01'; SET d = '2018-01-01'; SELECT id FROM orders",
  )
  assert.equal(summary, "3 statements: declares d DATE DEFAULT '2017-01-01'; sets d = '2018-01-01'; reads from orders")
  assert.deepEqual(kinds, ['script', 'session', 'select'])
})

test('behind what changes the meaning of names nothing is understood; before it, it is', async () => {
  const is = async (sql: string) =>
    (await classifier.classify(sql, 'snowflake', { database: 'DEMO', schema: 'SHOP' })).understood
  for (const change of ['USE SCHEMA hr', 'USE DATABASE other', "ALTER SESSION SET SEARCH_PATH = 'hr'"]) {
    assert.equal(await is(`${change}; SELECT salary FROM employees`), false, change)
    assert.equal(await is(`SELECT salary FROM employees; ${change}`), true, change)
  }
})

test('variables of Snowflake stay what they were: the name of a table in one is no table', async () => {
  const snowflake = (sql: string) => classifier.classify(sql, 'snowflake' satisfies Dialect, {})
  assert.ok((await snowflake("SET v = 't'; SELECT a FROM IDENTIFIER($v)")).hazards.includes('dynamic_sql'))
  assert.equal((await snowflake('DECLARE x INT DEFAULT 1; SELECT x')).understood, false)
})
