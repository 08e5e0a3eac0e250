import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Hazard } from '#src/classify/classification.ts'
import { createClassifier } from '#src/classify/classify.ts'
import type { Dialect } from '#src/statement.ts'

const classifier = createClassifier({ workers: 1 })
after(() => classifier.close())
const ask = (sql: string) => classifier.classify(sql, 'bigquery', {})

/** A step that no parser reads, what it does, and what it reads and writes. */
const steps: readonly (readonly [dialect: Dialect, sql: string, hazards: readonly Hazard[], touched: string])[] = [
  ['bigquery', "BEGIN EXPORT DATA OPTIONS (uri = 'gs://b/*') AS SELECT * FROM customers; END", ['unload'], 'customers'],
  [
    'bigquery',
    "IF TRUE THEN EXPORT DATA OPTIONS (uri = 'gs://b/*') AS SELECT * FROM customers; END IF",
    ['unload'],
    'customers',
  ],
  [
    'bigquery',
    'LOOP IF TRUE THEN SELECT 1; ELSE GRANT `roles/v` ON TABLE d.t TO "user:a"; END IF; END LOOP',
    ['grant'],
    'd.t',
  ],
  ['bigquery', 'l: BEGIN CALL d.p(); EXCEPTION WHEN ERROR THEN DROP TABLE d.t; END l', ['call', 'ddl'], 'd.t'],
  ['bigquery', 'CREATE PROCEDURE d.p() BEGIN EXECUTE IMMEDIATE q; END', ['ddl', 'dynamic_sql'], 'd.p'],
  ['bigquery', "EXECUTE IMMEDIATE 'CREATE TABLE d.n AS SELECT ssn AS s FROM customers'", ['ddl'], 'customers d.n'],
  [
    'bigquery',
    `BEGIN EXECUTE IMMEDIATE "BEGIN EXECUTE IMMEDIATE 'SELECT MAX(ssn) FROM customers' INTO x; CALL d.p(); END"; END`,
    ['call', 'dynamic_sql'],
    'customers x',
  ],
  ['bigquery', "EXECUTE IMMEDIATE 'SELECT /* ? /* */ */ 1 FROM customers'", ['dynamic_sql'], ''],
  ['bigquery', "EXECUTE IMMEDIATE CONCAT('DROP TABLE ', 'd.' || 't')", ['dynamic_sql', 'ddl'], 'd.t'],
  ['bigquery', "EXECUTE IMMEDIATE (FORMAT('GRANT `r` ON TABLE d.%s TO %T', 't', 'user:a'))", ['grant'], 'd.t'],
  [
    'bigquery',
    "EXECUTE IMMEDIATE FORMAT('CREATE TABLE d.n_%s AS SELECT ssn FROM %s', x, 'customers')",
    ['ddl'],
    'customers d.*',
  ],
  [
    'bigquery',
    "EXECUTE IMMEDIATE 'INSERT INTO ' || t || ' SELECT ssn FROM customers WHERE a = ' || x USING 1",
    [],
    '*.*.* customers',
  ],
  ['bigquery', "EXECUTE IMMEDIATE 'SELECT a FROM `p.d.t_' || x || '`'", [], 'p.d.*'],
  [
    'bigquery',
    "EXECUTE IMMEDIATE IF(x, 'EXPORT DATA OPTIONS (uri = \"gs://b/*\") AS SELECT * FROM customers', 'DROP TABLE d.t')",
    ['unload', 'ddl'],
    'customers d.t',
  ],
  ['bigquery', "DECLARE q STRING DEFAULT 'TRUNCATE TABLE d.t'; EXECUTE IMMEDIATE q", ['dynamic_sql'], 'd.t'],
  [
    'bigquery',
    "BEGIN DECLARE q STRING; SET q = 'SELECT ssn FROM customers'; EXECUTE IMMEDIATE 'INSERT INTO d.n ' || q; END",
    [],
    'customers d.n',
  ],
  ['bigquery', "DECLARE q STRING DEFAULT 'd.t is update'; EXECUTE IMMEDIATE q", ['dynamic_sql'], ''],
  ['snowflake', 'BEGIN COPY INTO @st FROM hr.people; END', ['unload'], '@ST HR.PEOPLE'],
  ['snowflake', 'EXECUTE IMMEDIATE $$ BEGIN GRANT ROLE a TO USER b; END $$', ['grant'], ''],
  ['snowflake', "EXECUTE IMMEDIATE 'DELETE FROM ' || 'd.s.t' || ' WHERE a = 1'", ['dynamic_sql'], 'D.S.T'],
  [
    'snowflake',
    "EXECUTE IMMEDIATE $$ DECLARE q STRING; BEGIN LET q := 'COPY INTO @st FROM hr.people'; EXECUTE IMMEDIATE :q; END $$",
    ['unload'],
    '@ST HR.PEOPLE',
  ],
  [
    'snowflake',
    "BEGIN LET r RESULTSET := (EXECUTE IMMEDIATE 'DROP TABLE ' || 'd.s.t'); RETURN TABLE(r); END",
    ['dynamic_sql', 'ddl'],
    'D.S.T',
  ],
  ['snowflake', "CREATE TASK t SCHEDULE = '1 MINUTE' AS COPY INTO @st FROM hr.people", ['unload'], '@ST HR.PEOPLE T'],
  ['snowflake', "CREATE FUNCTION f() RETURNS TEXT AS 'SELECT MAX(ssn) FROM hr.people'", ['script'], 'F HR.PEOPLE'],
  [
    'snowflake',
    'CREATE PROCEDURE p() RETURNS TEXT LANGUAGE SQL AS $$ BEGIN COPY INTO @st FROM hr.people; END $$',
    ['unload'],
    '@ST HR.PEOPLE P',
  ],
  [
    'snowflake',
    'WITH p AS PROCEDURE () RETURNS TEXT LANGUAGE SQL AS $$ BEGIN DROP TABLE s.t; END $$ CALL p()',
    ['call', 'ddl'],
    'S.T',
  ],
  ['snowflake', 'CREATE FUNCTION f() RETURNS INT LANGUAGE PYTHON AS $$ from hr import people $$', ['script'], 'F'],
  ['snowflake', 'CREATE SNOWFLAKE.ML.FORECAST m (INPUT_DATA => TABLE(hr.people))', ['ddl'], 'HR.PEOPLE'],
  ['snowflake', "CALL m!DETECT(INPUT_DATA => SYSTEM$REFERENCE('TABLE', 'hr.people'))", ['call'], 'HR.PEOPLE'],
  ['snowflake', "CALL p('hr.people', 'full', 2.5)", ['call'], 'HR.PEOPLE'],
  ['snowflake', "BEGIN CALL p('hr.people'); SELECT 'a.b'; END", ['call'], 'HR.PEOPLE'],
  ['snowflake', 'SELECT 1 ->> COPY INTO @st FROM hr.people ->> CALL p()', ['unload', 'call'], '@ST HR.PEOPLE'],
  ['snowflake', 'SELECT ssn FROM hr.people ->> INSERT INTO s.t SELECT * FROM $1', [], 'HR.PEOPLE S.T'],
  ['snowflake', "CALL m!DETECT(SYSTEM$QUERY_REFERENCE('SELECT ssn FROM hr.people'))", ['call'], 'HR.PEOPLE'],
  ['snowflake', 'CREATE SEMANTIC VIEW v TABLES (p AS hr.people PRIMARY KEY (id), s.t)', ['ddl'], 'HR.PEOPLE S.T V'],
]

describe('of steps that no parser reads, the words tell what they do', () => {
  for (const [dialect, sql, hazards, touched] of steps) {
    test(sql, async () => {
      const answer = await classifier.classify(sql, dialect, {})
      for (const hazard of hazards) assert.ok(answer.hazards.includes(hazard), `${hazard} ${answer.hazards}`)
      assert.deepEqual([...new Set([...answer.reads, ...answer.writes])].toSorted().join(' '), touched)
      assert.equal(answer.understood, false)
    })
  }
})

test('what only looks at a table writes nothing to it', async () => {
  for (const sql of [
    'SHOW GRANTS ON TABLE hr.people',
    'SHOW POLICIES ON VIEW hr.people',
    'DESC DYNAMIC TABLE hr.people',
  ]) {
    const { reads, writes, stores, understood } = await classifier.classify(sql, 'snowflake', {})
    assert.deepEqual([reads, writes, stores, understood], [['HR.PEOPLE'], [], undefined, false], sql)
  }
})

test('what a procedure is told of may be in what else it is told of', async () => {
  const stored = async (sql: string) =>
    ((await classifier.classify(sql, 'snowflake', {})).stores ?? []).map(
      ({ column, sources }) => `${column} < ${[...new Set(sources)].join(' ')}`,
    )
  const copy = "CALL p(source => 'hr.people', target => 's.w')"
  assert.deepEqual(await stored(copy), ['HR.PEOPLE.* < S.W.*', 'S.W.* < HR.PEOPLE.*'])
  assert.deepEqual(await stored("CALL p('hr.people', 'full', 7)"), ['HR.PEOPLE.* < '])
  assert.deepEqual(await stored("CALL p('full')"), [])
})

test('what a procedure gives a variable may come from any table', async () => {
  const made = async (call: string, dialect: Dialect = 'bigquery') => {
    const value = dialect === 'bigquery' ? 'x' : ':x'
    const sql = `DECLARE x STRING; BEGIN ${call}; INSERT INTO d.n (a) VALUES (${value}); END`
    const stores = (await classifier.classify(sql, dialect, {})).stores ?? []
    return stores.find(({ column }) => column.toLowerCase() === 'd.n.*')?.sources.includes('*.*.*.*')
  }
  for (const call of ['CALL d.p(x)', 'CALL `p.d.p`(1, x)', 'EXECUTE IMMEDIATE q INTO x'])
    assert.equal(await made(call), true, call)
  for (const call of ['CALL d.p(1, NULL, x + 1)', 'EXECUTE IMMEDIATE q', "SELECT 1 AS call, ('x')"])
    assert.equal(await made(call), false, call)
  assert.equal(await made('CALL d.p() INTO :x', 'snowflake'), true)
  assert.equal(await made('CALL d.p(:x)', 'snowflake'), true)
  assert.equal(await made('CALL d.p()', 'snowflake'), false)
})

test('each statement of a chain is one of its own', async () => {
  const asked = await classifier.classify('SHOW TABLES ->> DROP TABLE s.t ->> GRANT ROLE a TO USER b', 'snowflake', {})
  assert.deepEqual(asked.kinds, ['show', 'drop', 'grant'])
  const { stores = [] } = await classifier.classify(
    'SELECT ssn FROM p ->> CREATE TABLE w AS SELECT * FROM $1',
    'snowflake',
    {},
  )
  assert.deepEqual(stores.find(({ column }) => column === 'W.*')?.sources, ['P.*'])
})

test('texts that run texts are read in no more time than they take', async () => {
  const inner = (depth: number): string =>
    depth === 0 ? 'SELECT 1' : `EXECUTE IMMEDIATE x || ${JSON.stringify(inner(depth - 1))} || y`
  const sql = `${inner(14)}; ${'EXECUTE IMMEDIATE q;'.repeat(190)}; SET q = '${'INSERT INTO d.t '.repeat(2_000)}'`
  const started = performance.now()
  assert.ok((await ask(sql)).hazards.includes('dynamic_sql'))
  assert.ok(performance.now() - started < 2_000)
})

test('in a CASE after THEN stands a column, and no step', async () => {
  const sql = 'BEGIN SELECT CASE WHEN a THEN list ELSE comment END, b AS call FROM t; END'
  assert.deepEqual((await classifier.classify(sql, 'snowflake', {})).hazards, [
    'script',
    'multi_statement',
    'not_understood',
  ])
})

test('what a text that is run puts somewhere is there, whatever variable it goes through', async () => {
  const stores = async (sql: string) => (await ask(sql)).stores
  const made = "EXECUTE IMMEDIATE 'CREATE TABLE d.n AS SELECT ssn AS s FROM customers'"
  assert.deepEqual(await stores(made), [{ column: 'd.n.*', sources: ['customers.*', 'd.n.*'] }])
  const through = "EXECUTE IMMEDIATE 'SELECT MAX(ssn) FROM customers' INTO x; INSERT INTO staff (email) VALUES (x)"
  const staff = (await stores(`DECLARE x STRING; ${through}`))?.find(({ column }) => column === 'staff.*')
  assert.ok(staff?.sources.includes('customers.*'))
  const held = "DECLARE q STRING DEFAULT 'INSERT INTO staff SELECT * FROM customers'; EXECUTE IMMEDIATE q"
  assert.deepEqual(await stores(held), [{ column: 'staff.*', sources: ['customers.*', 'staff.*'] }])
  const any = await stores("EXECUTE IMMEDIATE 'INSERT INTO ' || t || ' SELECT * FROM customers'")
  assert.ok(any?.find(({ column }) => column === '*.*.*.*')?.sources.includes('customers.*'))
})

test('what somebody’s connection or a model reaches is told, also where no parser reads it', async () => {
  const hazards = async (sql: string) => (await ask(sql)).hazards
  const iceberg = "WITH CONNECTION `p.us.c` OPTIONS (storage_uri = 'gs://b/x')"
  for (const sql of [
    `CREATE TABLE d.n (a INT64) ${iceberg}`,
    "CREATE FUNCTION d.f(x STRING) RETURNS STRING REMOTE WITH CONNECTION `p.us.c` OPTIONS (endpoint = 'x')",
    "LOAD DATA INTO d.n FROM FILES (uris = ['gs://b/x']) WITH CONNECTION `p.us.c`",
    'FROM customers |> CALL ML.PREDICT(MODEL d.m)',
    'FROM customers |> CALL `ai`.generate_text(MODEL d.m)',
  ]) {
    const told = await hazards(sql)
    assert.ok(told.includes('external') && !told.includes('unload'), `${sql} ${told}`)
  }
  const copied = await hazards(`CREATE TABLE d.n ${iceberg} AS SELECT * FROM customers`)
  assert.ok(copied.includes('external') && copied.includes('unload'))
  for (const call of ['OBJ.FETCH_METADATA(ssn)', 'AI.IF(ssn)', '`ml`.f(ssn)'])
    assert.deepEqual(await hazards(`SELECT ${call} FROM customers`), ['external'])
  const transformed = await hazards("SELECT * FROM EXTERNAL_OBJECT_TRANSFORM(TABLE d.n, ['SIGNED_URL'])")
  assert.ok(transformed.includes('external'))
  assert.ok(!(await hazards('INSERT INTO ml.scores (a) SELECT 1 |> NOTHING')).includes('external'))
  const named = 'CREATE TABLE d.n AS WITH connection AS (SELECT 1 AS a) SELECT a FROM connection WHERE a LIKE ANY b'
  assert.ok(!(await hazards(named)).includes('external'))
})
