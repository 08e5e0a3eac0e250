import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createClassifier } from '#src/classify/classify.ts'
import type { Dialect } from '#src/statement.ts'

const classifier = createClassifier()
after(() => classifier.close())

/** A statement, and what it writes and reads. */
type Defined = readonly [sql: string, writes: string, reads?: string]

const bigquery: readonly Defined[] = [
  ["CREATE OR REPLACE MODEL `p.d.m` TRANSFORM (a) OPTIONS (model_type = 'x') AS SELECT a FROM d.t", 'p.d.m', 'd.t'],
  ['CREATE MODEL IF NOT EXISTS my-project.d.m REMOTE WITH CONNECTION `p.us.c`', 'my-project.d.m'],
  ["ALTER MODEL d.m SET OPTIONS (description = 'x')", 'd.m'],
  ['DROP MODEL IF EXISTS d.m', 'd.m'],
  ["EXPORT MODEL d.m OPTIONS (uri = 'gs://b/x')", '', 'd.m'],
  ['CREATE SEARCH INDEX IF NOT EXISTS i ON p.d.t (ALL COLUMNS)', 'p.d.t'],
  ["CREATE OR REPLACE VECTOR INDEX i ON my-project.d.t (e) STORING (a) OPTIONS (index_type = 'IVF')", 'my-project.d.t'],
  ['DROP VECTOR INDEX i ON d.t', 'd.t'],
  ["CREATE ROW ACCESS POLICY r ON d.t GRANT TO ('user:a') FILTER USING (a IN (SELECT a FROM d.u))", 'd.t', 'd.u'],
  ['DROP ROW ACCESS POLICY IF EXISTS r ON d.t', 'd.t'],
  ['DROP ALL ROW ACCESS POLICIES ON d.t', 'd.t'],
  ["CREATE DATA_POLICY IF NOT EXISTS `p.region-us.x` OPTIONS (masking_expression = 'SHA256')", 'p.region-us.x'],
  ['DROP DATA_POLICY `p.region-us.x`', 'p.region-us.x'],
  ['CREATE RESERVATION `p.region-us.r` OPTIONS (slot_capacity = 100)', 'p.region-us.r'],
  ["CREATE ASSIGNMENT `p.region-us.r.a` OPTIONS (assignee = 'projects/x')", 'p.region-us.r.a'],
  ["CREATE EXTERNAL TABLE d.x WITH CONNECTION p.us.c OPTIONS (uris = ['gs://b/*'])", 'd.x'],
  ['CREATE SNAPSHOT TABLE IF NOT EXISTS d.s CLONE d.t', 'd.s', 'd.t'],
  ['DROP SNAPSHOT TABLE d.s', 'd.s'],
  ['CREATE TABLE FUNCTION d.f(x INT64) AS SELECT a FROM d.t WHERE a = x', 'd.f', 'd.t'],
  ['DROP FUNCTION IF EXISTS d.f', 'd.f'],
  ['DROP PROCEDURE d.f', 'd.f'],
  ['CREATE PROPERTY GRAPH d.g NODE TABLES (d.person)', 'd.g', 'd.person'],
  [
    'CREATE PROPERTY GRAPH d.g NODE TABLES (d.a KEY (id), `p.d.b` AS x) EDGE TABLES (d.e KEY (id) SOURCE KEY (a) REFERENCES a (id))',
    'd.g',
    'd.a p.d.b d.e',
  ],
  ['CREATE MATERIALIZED VIEW d.v OPTIONS (replication_interval_seconds = 60) AS REPLICA OF p.d.t', 'd.v', 'p.d.t'],
  ["CREATE MODEL d.m OPTIONS (model_type = 'x') AS WITH a AS (SELECT b FROM d.t) SELECT * FROM a", 'd.m', 'd.t'],
  ['ALTER TABLE IF EXISTS my-project.d.t RENAME TO u', 'my-project.d.u my-project.d.t'],
  ['DROP SCHEMA IF EXISTS my-project.d CASCADE', 'my-project.d.*'],
  ['CREATE SCHEMA d', 'd.*'],
  ['ALTER SCHEMA `p.d` SET OPTIONS (default_table_expiration_days = 1)', 'p.d.*'],
  ['UNDROP SCHEMA d', 'd.*'],
  ['GRANT `roles/v` ON SCHEMA my-project.d TO "user:a"', 'my-project.d.*'],
  ['REVOKE `roles/v` ON SCHEMA `p.d` FROM "user:a"', 'p.d.*'],
]

const snowflake: readonly Defined[] = [
  ['CREATE MASKING POLICY d.s.mp AS (v STRING) RETURNS STRING -> NULL', 'D.S.MP'],
  ['ALTER MASKING POLICY d.s.mp SET BODY -> v', 'D.S.MP'],
  ['CREATE ROW ACCESS POLICY d.s.rp AS (v STRING) RETURNS BOOLEAN -> EXISTS (SELECT 1 FROM d.s.m)', 'D.S.RP', 'D.S.M'],
  ['DROP ROW ACCESS POLICY IF EXISTS d.s.rp', 'D.S.RP'],
  ['ALTER TABLE d.s.t ADD ROW ACCESS POLICY d.s.rp ON (a)', 'D.S.T'],
  ['CREATE MODEL d.s.m FROM MODEL d.s.n', 'D.S.M', 'D.S.N'],
  ['DROP MODEL d.s."m"', 'D.S.m'],
  ['CREATE CORTEX SEARCH SERVICE d.s.x ON txt WAREHOUSE = w AS SELECT txt FROM d.s.t', 'D.S.X', 'D.S.T'],
  ['CREATE EXTERNAL TABLE d.s.e LOCATION = @d.s.stg FILE_FORMAT = (TYPE = PARQUET)', 'D.S.E'],
  ['CREATE INDEX i ON d.s.h (a)', 'D.S.H'],
  ['CREATE TASK d.s.k WAREHOUSE = w AS INSERT INTO d.s.u SELECT a FROM d.s.t', 'D.S.K D.S.U', 'D.S.T'],
  ['CREATE TASK d.s.k AS MERGE INTO d.s.u USING d.s.t x ON u.a = x.a WHEN MATCHED THEN DELETE', 'D.S.K D.S.U', 'D.S.T'],
  ['CREATE TABLE d.s.c CLONE d.s.t', 'D.S.C', 'D.S.T'],
  ['CREATE SEQUENCE d.s.q', 'D.S.Q'],
  ['DROP FUNCTION d.s.f(INT)', 'D.S.F'],
  ['DROP SCHEMA d.s CASCADE', 'D.S.*'],
  ['DROP DATABASE IF EXISTS "d"', 'd.*.*'],
  ['CREATE OR REPLACE TRANSIENT SCHEMA d.s WITH MANAGED ACCESS', 'D.S.*'],
  ['CREATE DATABASE c CLONE d', 'C.*.*', 'D.*.*'],
  ['CREATE SCHEMA d.c CLONE d.s', 'D.C.*', 'D.S.*'],
  ['ALTER SCHEMA d.s SWAP WITH d.u', 'D.S.* D.U.*'],
  ['ALTER DATABASE d RENAME TO e', 'D.*.* E.*.*'],
  ['UNDROP DATABASE d', 'D.*.*'],
  ['DROP DATABASE ROLE d.r', ''],
  ["CREATE OR REPLACE SCHEMA IDENTIFIER('D.S')", 'D.S.*'],
  ['CREATE SCHEMA IDENTIFIER(?)', '*.*.*'],
  ['DROP TABLE IDENTIFIER($x)', '*.*.*'],
  [`TRUNCATE TABLE IDENTIFIER('d."s".t')`, 'D.s.T'],
  ['TRUNCATE TABLE IDENTIFIER(?)', '*.*.*'],
  [`DELETE FROM IDENTIFIER('"T"') WHERE a = 1`, 'T'],
  ['INSERT INTO IDENTIFIER($x) SELECT a FROM d.s.t', '*.*.*', 'D.S.T'],
  ['COPY INTO IDENTIFIER(?) FROM (SELECT a FROM d.s.t)', '*.*.*', 'D.S.T'],
  ['SELECT a FROM IDENTIFIER($x)', '', '*.*.*'],
  ["PUT 'file:///tmp/a.csv' @d.s.stage/in", '@D.S.STAGE/IN'],
  ['PUT file:///tmp/a-*.csv @d.s.stage/in OVERWRITE = TRUE', '@D.S.STAGE/IN'],
  ['/* a */ put file://C:\\tmp\\a.csv @~', '@~'],
  ['GET @d.s.stage/in file:///tmp/', '', '@D.S.STAGE/IN'],
  ['CREATE STAGE IF NOT EXISTS s.out', '@S.OUT'],
  ['DROP STAGE s.out', '@S.OUT'],
  ['SELECT * FROM DIRECTORY(@d.s.stage)', '', '@D.S.STAGE'],
  ['COPY INTO t FROM (SELECT (SELECT MAX(a) FROM hidden) FROM @stage)', 'T', '@STAGE HIDDEN'],
  ["GET @d.s.stage/in 'file:///tmp'", '', '@D.S.STAGE/IN'],
  ['SELECT v FROM d.s.u, TABLE(f(TABLE(d.s.t)))', '', 'D.S.U D.S.T'],
  ['DROP ROLE r', 'R'],
  ['GRANT OWNERSHIP ON DATABASE d TO ROLE r', 'D.*.*'],
  ['GRANT SELECT ON FUTURE TABLES IN SCHEMA d.s TO ROLE r', 'D.S.*'],
  ['GRANT DATABASE ROLE d.r TO ROLE s', ''],
]

const statements: readonly (readonly [Dialect, readonly Defined[]])[] = [
  ['bigquery', bigquery],
  ['snowflake', snowflake],
]

for (const [dialect, rows] of statements) {
  describe(`what a ${dialect} statement defines, changes or drops is written`, () => {
    for (const [sql, writes, reads = ''] of rows) {
      test(sql, async () => {
        const answer = await classifier.classify(sql, dialect, {})
        assert.deepEqual(answer.writes, writes.split(' ').filter(Boolean))
        for (const table of reads.split(' ').filter(Boolean))
          assert.ok(answer.reads.includes(table), answer.reads.join())
        assert.equal(answer.harmless, false)
      })
    }
  })
}

test('what BigQuery makes of a table is understood, and goes where the table was', async () => {
  for (const [sql, stored] of [
    ['ALTER TABLE d.t RENAME TO u', 'd.u.*'],
    ["CREATE SNAPSHOT TABLE d.u CLONE d.t OPTIONS (description = 'x')", 'd.u.*'],
    ['CREATE OR REPLACE TABLE d.u COPY d.t OPTIONS (labels = [])', 'd.u.*'],
    ["CREATE MODEL d.u OPTIONS (model_type = 'x') AS SELECT a FROM d.t", 'd.u.a'],
  ] as const) {
    const { understood, cause, stores } = await classifier.classify(sql, 'bigquery', { database: 'p', schema: 'other' })
    assert.equal(understood, true, cause)
    assert.ok(
      stores?.some(({ column, sources }) => column === `p.${stored}` && sources[0]?.startsWith('p.d.t.')),
      sql,
    )
  }
  const options = 'CREATE TABLE d.u COPY d.t OPTIONS (description = (SELECT MAX(a) FROM d.secret))'
  assert.equal((await classifier.classify(options, 'bigquery', {})).understood, false)
  assert.ok((await classifier.classify('CREATE MODEL d.m AS SELECT 1', 'bigquery', {})).hazards.includes('external'))
})

test('what a BigQuery table is called in words is its own; other options are not understood', async () => {
  const asked = (sql: string) => classifier.classify(sql, 'bigquery', {})
  for (const sql of [
    "ALTER TABLE d.t SET OPTIONS (description = 'x', friendly_name = NULL, require_partition_filter = TRUE)",
    'ALTER TABLE IF EXISTS `d.t` ALTER COLUMN IF EXISTS a SET OPTIONS (description = "x")',
    "ALTER VIEW d.t SET OPTIONS (description = 'x')",
    'ALTER MATERIALIZED VIEW d.t SET OPTIONS (refresh_interval_minutes = 60)',
    "ALTER TABLE d.t ALTER COLUMN a SET OPTIONS (description = 'x'), ALTER COLUMN b SET OPTIONS (description = 'y, z')",
  ]) {
    const { understood, cause, writes, stores } = await asked(sql)
    assert.equal(understood, true, cause)
    assert.deepEqual([...writes, ...(stores ?? [])], ['d.t'])
  }
  for (const sql of [
    'ALTER TABLE d.t SET OPTIONS (description = (SELECT MAX(a) FROM d.u))',
    'ALTER TABLE d.t SET OPTIONS (description = NULL, expiration_timestamp = CURRENT_TIMESTAMP())',
    "ALTER TABLE d.t SET OPTIONS (description = 'x'), RENAME TO u",
    'ALTER EXTERNAL TABLE d.t SET OPTIONS (description = NULL)',
    "ALTER TABLE d.t ALTER COLUMN a SET OPTIONS (description = 'x'), ALTER COLUMN b SET OPTIONS (description = (SELECT 'y'))",
  ]) {
    const { understood, writes } = await asked(sql)
    assert.deepEqual([understood, writes.includes('d.t')], [false, true], sql)
  }
})

test('a BigQuery schema may be made with words of its own, a place and a collation; other options are not understood', async () => {
  const asked = (options: string) => classifier.classify(`CREATE SCHEMA IF NOT EXISTS p.d ${options}`, 'bigquery', {})
  for (const options of [
    "OPTIONS (location = 'eu', description = 'x')",
    "DEFAULT COLLATE 'und:ci'",
    "DEFAULT COLLATE 'und:ci' OPTIONS (default_table_expiration_days = 3.5)",
  ]) {
    const { understood, cause, writes, hazards } = await asked(options)
    assert.equal(understood, true, cause)
    assert.deepEqual([writes, hazards], [['p.d.*'], ['ddl']])
  }
  for (const options of [
    'OPTIONS (is_case_insensitive = TRUE)',
    'OPTIONS (description = (SELECT MAX(a) FROM d.u))',
    "OPTIONS (location = 'eu') OPTIONS (labels = [('a', 'b')])",
  ])
    assert.deepEqual((await asked(options)).understood, false, options)
})

test('a table in brackets that looks like a row of VALUES is named', async () => {
  for (const rows of ['values (1), (u) s', '(values (1), (u)) s', '(values (1, 2), (u) s)']) {
    const answer = await classifier.classify(`select * from t, ${rows}`, 'snowflake', {})
    assert.deepEqual([answer.understood, ...answer.reads], [false, 'T', 'U'], rows)
  }
})

test('the words of scripts and graphs name what they read and write', async () => {
  for (const [sql, writes, reads] of [
    ['IF TRUE THEN DELETE d.a WHERE TRUE; ELSE INSERT d.b VALUES (1); END IF', 'd.a d.b', ''],
    ['BEGIN MERGE d.a USING d.b ON TRUE WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT ROW; END', 'd.a', 'd.b'],
    ['GRAPH d.g MATCH (n) RETURN n.name', '', 'd.g'],
    ['SELECT * FROM GRAPH_TABLE(d.g MATCH (n)-[e]->(m) RETURN n.name)', '', 'd.g'],
  ] as const) {
    const answer = await classifier.classify(sql, 'bigquery', {})
    assert.equal(answer.harmless, false)
    assert.deepEqual(answer.writes.toSorted(), writes.split(' ').filter(Boolean), sql)
    assert.deepEqual(answer.reads, reads.split(' ').filter(Boolean), sql)
  }
})

test('a model is never a query of WITH that has its name', async () => {
  const predicted = (name: string) =>
    classifier.classify(`WITH ${name} AS (SELECT 1 AS a) SELECT * FROM ML.PREDICT(MODEL m, TABLE d.t)`, 'bigquery', {})
  assert.deepEqual((await predicted('n')).reads.toSorted(), ['d.t', 'm'])
  assert.equal((await predicted('M')).understood, false)
})
