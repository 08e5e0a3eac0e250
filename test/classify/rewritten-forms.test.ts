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

for (const [from, filters] of [
  ["customers AS c FOR SYSTEM_TIME AS OF '2020-01-01'", []],
  [
    'customers c FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY) JOIN staff USING (id)',
    ['id'],
  ],
  ['staff, customers c FOR SYSTEM_TIME AS OF (SELECT MAX(created_at) FROM orders)', ['created_at']],
] as const)
  test(`an earlier state of a table is read as the table is, and said to be one: ${from}`, async () => {
    const answer = await judged(`SELECT c.ssn FROM ${from} WHERE c.email > 'a'`, 'bigquery')
    assert.equal(answer.understood, true)
    assert.deepEqual(answer.outputs?.[0]?.sources, ['customers.ssn'])
    assert.deepEqual(answer.hazards, ['time_travel'])
    assert.equal(answer.harmless, false)
    assert.equal(answer.reads.includes('orders'), from.includes('orders'))
    for (const column of ['email', ...filters])
      assert.ok(
        answer.filters.some(filter => filter.endsWith(`.${column}`)),
        column,
      )
  })

test('without an alias an earlier state has the name of its table', async () => {
  const { outputs, filters } = await judged(
    "SELECT customers.ssn FROM `p.d.orders` FOR SYSTEM_TIME AS OF f(1), customers FOR SYSTEM_TIME AS OF f(2) WHERE orders.x = 'a'",
    'bigquery',
  )
  assert.deepEqual(outputs?.[0]?.sources, ['customers.ssn'])
  assert.deepEqual(filters, ['p.d.orders.x'])
})

for (const sql of [
  'SELECT (ssn).secret() AS x FROM customers',
  'SELECT (name).CONCAT((SELECT MAX(ssn) FROM customers)).d.f() AS x FROM customers',
])
  test(`a call after a dot is of its function, whatever stands before: ${sql}`, async () => {
    const { harmless, outputs, reads } = await judged(sql, 'bigquery')
    assert.equal(harmless, false)
    assert.equal(outputs, null)
    assert.deepEqual(reads, ['customers'])
  })

for (const sql of [
  'SELECT id FROM (SELECT ssn AS id FROM customers).f()',
  'SELECT SUM(id) OVER (ORDER BY ssn).ROUND() FROM customers',
  'SELECT id FROM customers WHERE id IN (1).ABS()',
])
  test(`what is no operand is given to no function: ${sql}`, async () => {
    const { understood, reads } = await judged(sql, 'bigquery')
    assert.equal(understood, false)
    assert.deepEqual(reads, ['customers'])
  })

for (const [sql, column] of [
  ['SELECT c.id FROM customers c ASOF JOIN staff s MATCH_CONDITION (c.balance >= s.salary) ON c.ssn = s.email', 'SSN'],
  ['SELECT id FROM customers ORDER BY ssn NULLS FIRST, name', 'SSN'],
  ['SELECT LAST_VALUE(id) OVER (ORDER BY ssn ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM customers', 'SSN'],
] as const)
  test(`a word of a clause stays one: ${sql}`, async () => {
    const { understood, filters, outputs } = await judged(sql, 'snowflake')
    assert.equal(understood, true)
    const all = [...filters, ...(outputs ?? []).flatMap(({ indirect }) => indirect)]
    assert.ok(all.includes(`CUSTOMERS.${column}`), all.join())
  })

for (const options of [
  '(FILE_FORMAT => myformat)',
  '(PATTERN => \'.*x\', FILE_FORMAT => db."my s".f)',
  "(file_format => 'f')",
])
  test(`files that are read with options are those of the stage: ${options}`, async () => {
    const { understood, hazards, reads, harmless, outputs } = await judged(
      `SELECT t.$1, c.ssn FROM @inbox/new ${options} t, customers c WHERE t.$2 = c.id`,
      'snowflake',
    )
    assert.equal(understood, true)
    assert.deepEqual(hazards, ['stage_read'])
    assert.deepEqual(reads.toSorted(), ['@INBOX/NEW', 'CUSTOMERS'])
    assert.equal(harmless, false)
    assert.equal(outputs, null)
  })

test('a column that is added unless it is there is an added column', async () => {
  for (const added of ['COLUMN IF NOT EXISTS note TEXT', 'IF NOT EXISTS note TEXT']) {
    const { understood, writes, hazards } = await judged(`ALTER TABLE customers ADD ${added}`, 'snowflake')
    assert.deepEqual([understood, writes, hazards], [true, ['CUSTOMERS'], ['ddl']], added)
  }
})

for (const options of ['(PATTERN => (SELECT MAX(ssn) FROM customers))', '(FILE_FORMAT => f(ssn))', '(id)'])
  test(`what is no option of a stage is not left out: ${options}`, async () => {
    const { understood } = await judged(`SELECT t.$1 FROM @inbox ${options} t`, 'snowflake')
    assert.equal(understood, false)
  })

for (const [sql, reads] of [
  ['INSERT d.t (a, b) VALUES (1, DEFAULT), (2, 3)', []],
  ['INSERT `p.d.t` VALUES ((SELECT MAX(ssn) FROM customers))', ['customers']],
] as const)
  test(`INSERT needs no INTO: ${sql}`, async () => {
    const answer = await judged(sql, 'bigquery')
    assert.deepEqual([answer.understood, answer.kind, answer.harmless], [true, 'insert', false])
    assert.deepEqual(answer.writes, [sql.includes('p.d.t') ? 'p.d.t' : 'd.t'])
    assert.deepEqual(answer.reads, reads)
  })

test('a query of WITH inside another sees no rows around it: what looks like an array of one is a table', async () => {
  const sql = 'SELECT id FROM events AS e WHERE id IN (WITH c AS (SELECT id FROM e.tags) SELECT id FROM c)'
  assert.deepEqual((await judged(sql, 'bigquery')).reads.toSorted(), ['e.tags', 'events'])
})

test('the unit of a private query decides which rows come, and what its options hold is read', async () => {
  for (const clause of ['DIFFERENTIAL_PRIVACY', 'AGGREGATION_THRESHOLD']) {
    const query = (unit: string) =>
      `SELECT WITH ${clause} OPTIONS (a = 1, privacy_unit_column = ${unit}) COUNT(*) AS n FROM customers`
    assert.deepEqual((await judged(query('ssn'), 'bigquery')).filters, ['customers.ssn'])
    assert.deepEqual((await judged(query('(SELECT MAX(id) FROM d.secret)'), 'bigquery')).reads, [
      'customers',
      'd.secret',
    ])
    assert.equal((await judged(query('evil(id)'), 'bigquery')).harmless, false)
  }
})

test('what was appended or changed is read as a past of its table', async () => {
  for (const name of ['APPENDS', 'CHANGES']) {
    const answer = await judged(`SELECT ssn FROM ${name}(TABLE customers, NULL, CURRENT_TIMESTAMP())`, 'bigquery')
    assert.deepEqual([answer.understood, answer.hazards, answer.reads], [true, ['time_travel'], ['customers']])
    assert.ok(answer.outputs?.[0]?.sources.includes('customers.ssn'))
  }
})

test('MERGE takes rows of an array, and what that is made of is read', async () => {
  const merge = (array: string) =>
    `MERGE customers c USING UNNEST(${array}) AS s ON c.id = s.id WHEN MATCHED THEN UPDATE SET name = s.v`
  const answer = await judged(merge('ARRAY(SELECT AS STRUCT id, email AS v FROM staff)'), 'bigquery')
  assert.deepEqual([answer.understood, answer.writes, answer.reads], [true, ['customers'], ['staff']])
  assert.ok(answer.stores?.[0]?.sources.includes('staff.email'))
  assert.equal((await judged(merge('@rows'), 'bigquery')).understood, true)
})

for (const [sql, dialect] of [
  [
    "SELECT CASE WHEN'x'= name THEN'a'ELSE'b'END AS v, id FROM customers WHERE ssn = 'y'AND name = \"z\"OR id = 1",
    'bigquery',
  ],
  ['SELECT table.id FROM customers table WHERE table.ssn > 1', 'bigquery'],
  ['SELECT new.id FROM customers new JOIN staff old ON new.id = old.id WHERE new.ssn IS NULL', 'snowflake'],
  ['SELECT only.id FROM customers only WHERE only.ssn IS NULL', 'snowflake'],
  ['SELECT trim.id FROM customers AS trim WHERE trim.ssn IS NULL', 'snowflake'],
] as const)
  test(`what GoogleSQL or Snowflake reads, though it looks like something else, is a plain query: ${sql}`, async () => {
    const { harmless, cause, filters, outputs } = await judged(sql, dialect)
    assert.equal(harmless, true, cause)
    assert.ok(
      filters.some(filter => filter.toUpperCase() === 'CUSTOMERS.SSN'),
      filters.join(),
    )
    assert.equal(outputs?.at(-1)?.sources[0]?.toUpperCase(), 'CUSTOMERS.ID')
  })

for (const sql of [
  "SELECT 'a'b FROM customers",
  "SELECT ssn'a' FROM customers",
  "SELECT id FROM customers WHERE ssn = 'a'or'b'c",
])
  test(`a name and a string without a blank between are held: ${sql}`, async () => {
    assert.equal((await judged(sql, 'bigquery')).understood, false)
  })

for (const [sql, read] of [
  ['SELECT STRUCT(id AS a, (SELECT MAX(s) FROM d.secret) AS b).* EXCEPT (a) FROM customers', 'd.secret'],
  ['SELECT STRUCT(id AS a).* REPLACE ((SELECT MAX(s) FROM d.secret) AS a) FROM customers', 'd.secret'],
  ["SELECT id FROM customers WHERE name IN ((SELECT s FROM d.secret LIMIT 1), 'b')", 'd.secret'],
  ['SELECT id FROM customers WHERE name IN ((SELECT MAX(name) FROM staff), (SELECT s FROM d.secret))', 'd.secret'],
  ['SELECT date.id FROM customers date, d.secret time WHERE time.s = date.id', 'd.secret'],
  ['SELECT x FROM UNNEST(IF(TRUE, [], (SELECT ARRAY_AGG(s) FROM d.secret))) AS x', 'd.secret'],
] as const)
  test(`a table inside of it is still read: ${sql}`, async () => {
    const { understood, reads } = await judged(sql, 'bigquery')
    assert.equal(understood, true)
    assert.ok(reads.includes(read), reads.join())
  })

for (const [sql, dialect] of [
  ['SELECT evil(c).* EXCEPT (a) FROM customers c', 'bigquery'],
  ['SELECT STRUCT(evil(id) AS a, 1 AS b).* EXCEPT (a) FROM customers', 'bigquery'],
  ['SELECT STRUCT(1 AS a, 2 AS b).* EXCEPT (b) REPLACE (evil(id) AS a) FROM customers', 'bigquery'],
  [
    'SELECT x FROM customers MATCH_RECOGNIZE (ORDER BY id MEASURES pattern(HASH(*)) AS x PATTERN (a+?) DEFINE a AS id > 1)',
    'snowflake',
  ],
  ["SELECT id FROM customers WHERE name IN ((SELECT evil(email) FROM staff), 'b')", 'bigquery'],
  ['SELECT x FROM customers, UNNEST(IF(evil(id), [name], [])) AS x', 'bigquery'],
  ['SELECT payload:a[evil(id) - 1] FROM events', 'snowflake'],
  ["SELECT * FROM customers PIVOT (MAX(evil(ssn)) FOR city IN ('x' a))", 'snowflake'],
  ["SELECT date.id FROM TABLE(evil('x')) date", 'snowflake'],
] as const)
  test(`a function inside of it is still seen: ${sql}`, async () => {
    const { harmless, hazards } = await judged(sql, dialect)
    assert.equal(harmless, false)
    assert.ok(
      hazards.some(hazard => /unknown_function|opaque_source/.test(hazard)),
      hazards.join(),
    )
  })

for (const [from, sources] of [
  [
    '((SELECT id FROM staff) UNION ALL SELECT c.id FROM customers c JOIN staff s USING (id))',
    ['staff.id', 'customers.id'],
  ],
  ['((SELECT id FROM staff) |> AS s |> JOIN customers c ON c.id = s.id |> SELECT c.id)', ['customers.id']],
  ['(WITH s AS (SELECT 1 AS x) (SELECT id FROM customers) |> WHERE id > 1)', ['customers.id']],
] as const)
  test(`a query may begin with one in brackets: ${from}`, async () => {
    const { harmless, outputs, cause } = await judged(`SELECT * FROM ${from}`, 'bigquery')
    assert.equal(harmless, true, cause)
    assert.deepEqual(outputs?.[0]?.sources, sources)
    const nameless = await judged(`SELECT ${from}, 1 AS one`, 'bigquery')
    assert.deepEqual(
      nameless.outputs?.map(({ name }) => name),
      ['', 'one'],
    )
  })

for (const [sql, reads] of [
  ['CREATE TABLE d.z AS (SELECT ssn FROM customers) |> SET ssn = UPPER(ssn)', ['customers']],
  [
    'CREATE TABLE d.z AS SELECT table.ssn FROM customers table, staff key WHERE key.id = table.id',
    ['customers', 'staff'],
  ],
  [
    'INSERT INTO d.z (a) SELECT table.ssn FROM customers table JOIN staff key ON key.id = table.id',
    ['customers', 'staff'],
  ],
  ['SELECT * FROM ML.PREDICT(MODEL my-project.d.m, TABLE my-project.d.t)', ['my-project.d.m', 'my-project.d.t']],
] as const)
  test(`what is stored, or given to a model, is read as in any query: ${sql}`, async () => {
    const answer = await judged(sql, 'bigquery')
    assert.equal(answer.understood, true, answer.cause)
    assert.deepEqual(answer.reads.toSorted(), reads)
  })

for (const values of [
  'IF(id > 1, [STRUCT(ssn AS a)], [STRUCT(name AS b)])',
  'IF(id > 1, [name], [STRUCT(ssn AS a)])',
  'COALESCE([name], @p)',
  'CASE id WHEN 1 THEN [name] ELSE u.x END',
])
  test(`which columns a star shows is not guessed from one of several values: ${values}`, async () => {
    assert.equal((await judged(`SELECT * FROM customers, UNNEST(${values}) AS x`, 'bigquery')).outputs, null)
  })

for (const queries of [
  'SELECT [STRUCT(ssn AS a)] AS s FROM customers UNION ALL SELECT [STRUCT(name AS b)] FROM staff',
  'SELECT SPLIT(ssn) AS s FROM customers UNION ALL SELECT [STRUCT(name AS b)] FROM staff',
  'SELECT SPLIT(ssn) AS s FROM customers UNION ALL SELECT @p',
  'SELECT [evil(ssn)] AS s FROM customers',
])
  test(`nor from one of several queries, or a function that is not known: ${queries}`, async () => {
    assert.equal((await judged(`SELECT * FROM (${queries}), UNNEST(s) AS x`, 'bigquery')).outputs, null)
  })

test('joins in each other see their own tables and functions, and what may be an array is not put into brackets', async () => {
  const nested = (table: string, condition: string) =>
    judged(`SELECT c.id FROM customers c JOIN staff s JOIN ${table} o ON ${condition} ON c.id = s.id`, 'bigquery')
  const query = await nested('(SELECT MAX(x) AS id FROM d.secret)', 'o.id = s.salary')
  assert.deepEqual([query.understood, query.reads.includes('d.secret')], [true, true])
  assert.ok(query.filters.includes('staff.salary'))
  assert.equal((await nested('orders', 'evil(o.id) = s.id')).harmless, false)
  assert.equal((await nested('orders', 'o.status = c.ssn')).understood, false)
  for (const table of ['c.tags', '`c.tags`', 'tags.items', 'UNNEST(c.tags)', 'd.f(1)'])
    assert.equal((await nested(table, 'o.id = 1')).understood, false, table)
})

for (const from of ['events, rec.addr AS x', 'events JOIN rec.addr AS x ON TRUE'])
  test(`a path that begins with the name of a column may be its array, or a table: ${from}`, async () => {
    const { outputs, reads, filters } = await judged(`SELECT x.city FROM ${from}`, 'bigquery')
    assert.deepEqual([outputs, reads.toSorted(), filters], [null, ['events', 'rec.addr'], ['events.rec']])
  })

test('a name of one part in a string may be that of a CTE, and waits', async () => {
  const sql = "WITH customers AS (SELECT email AS id FROM staff) SELECT id FROM IDENTIFIER('customers')"
  const { harmless, hazards } = await judged(sql, 'snowflake')
  assert.deepEqual([harmless, hazards], [false, ['dynamic_sql']])
})
