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
  ['CREATE PROPERTY GRAPH d.g NODE TABLES (d.person)', 'd.g'],
  ['DROP SCHEMA IF EXISTS my-project.d CASCADE', 'my-project.d.*'],
  ['CREATE SCHEMA d', 'd.*'],
  ['ALTER SCHEMA `p.d` SET OPTIONS (default_table_expiration_days = 1)', 'p.d.*'],
  ['UNDROP SCHEMA d', 'd.*'],
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
  ["CREATE OR REPLACE SCHEMA IDENTIFIER('D.S')", '*.*.*'],
  ['DROP ROLE r', 'R'],
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
