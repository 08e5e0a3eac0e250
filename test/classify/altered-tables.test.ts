import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createClassifier } from '#src/classify/classify.ts'
import type { Dialect } from '#src/statement.ts'

const classifier = createClassifier()
after(() => classifier.close())

const columns = { id: 'INT64', ssn: 'STRING' }
const catalog = {
  objects: async (names: readonly string[]) =>
    new Map(names.map(name => [name, { kind: 'table', columns, version: '1' } as const])),
}
const judged = (sql: string, dialect: Dialect) => classifier.classify(sql, dialect, {}, catalog)

const understood = {
  snowflake: [
    'ALTER TABLE d.s.t ADD COLUMN a INT, b VARCHAR(20) NOT NULL',
    'ALTER TABLE IF EXISTS d.s.t ADD a INT, COLUMN b VARCHAR, ADD COLUMN c DATE',
    'ALTER TABLE d.s.t DROP COLUMN IF EXISTS a, b',
    "ALTER TABLE d.s.t ALTER COLUMN a SET DATA TYPE VARCHAR(20), COLUMN b DROP NOT NULL, c COMMENT 'x'",
    'ALTER TABLE d.s.t MODIFY a TYPE NUMBER(10, 2)',
    "ALTER TABLE d.s.t SET COMMENT = 'x'",
    'ALTER TABLE d.s.t UNSET COMMENT',
    "COMMENT ON TABLE d.s.t IS 'x'",
    "COMMENT IF EXISTS ON VIEW d.s.t IS 'x'",
    "COMMENT ON COLUMN d.s.t.a IS 'x'",
    'UNDROP TABLE d.s.t',
  ],
  bigquery: [
    "ALTER TABLE p.d.t SET DEFAULT COLLATE 'und:ci'",
    "CREATE TABLE p.d.t DEFAULT COLLATE 'und:ci' AS SELECT id FROM p.r.u",
    'CREATE MATERIALIZED VIEW p.d.t PARTITION BY DATE(x) CLUSTER BY id AS SELECT x, id FROM p.r.u',
    'CREATE OR REPLACE MATERIALIZED VIEW p.d.t CLUSTER BY id OPTIONS (enable_refresh = TRUE) AS SELECT id FROM p.r.u',
    'CREATE TABLE p.d.t CLONE p.r.u FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR)',
  ],
} as const

for (const dialect of ['snowflake', 'bigquery'] as const)
  for (const sql of understood[dialect])
    test(`understood, as a change of its table alone: ${sql}`, async () => {
      const { understood, cause, writes, reads, harmless } = await judged(sql, dialect)
      assert.deepEqual([understood, harmless], [true, false], cause)
      assert.deepEqual(writes, [dialect === 'snowflake' ? 'D.S.T' : 'p.d.t'])
      assert.deepEqual(reads, sql.includes('p.r.u') ? ['p.r.u'] : [])
    })

for (const sql of [
  'ALTER TABLE d.s.t ADD COLUMN a INT, b INT DEFAULT (SELECT MAX(x) FROM hr.s.pay)',
  'ALTER TABLE d.s.t ALTER COLUMN a SET DATA TYPE INT USING b',
  'ALTER TABLE d.s.t ALTER COLUMN a DROP NOT NULL, COLUMN b SET MASKING POLICY p',
  'ALTER TABLE d.s.t MODIFY COLUMN a UNSET MASKING POLICY, b DROP NOT NULL',
  'ALTER TABLE d.s.t ADD COLUMN a INT, CONSTRAINT c UNIQUE (a)',
  'ALTER TABLE d.s.t SET DATA_RETENTION_TIME_IN_DAYS = 0',
  "COMMENT ON SCHEMA d.s IS 'x'",
  'UNDROP SCHEMA d.s',
  "UNDROP TABLE IDENTIFIER('d.s.t')",
])
  test(`what does more is not taken for that: ${sql}`, async () => {
    assert.equal((await judged(sql, 'snowflake')).understood, false)
  })

test('a copy of what was once in a table may hold any column that it had', async () => {
  const answer = await judged("CREATE TABLE p.d.t CLONE p.r.u FOR SYSTEM_TIME AS OF '2026-01-01'", 'bigquery')
  assert.deepEqual([answer.understood, answer.hazards], [true, ['ddl', 'time_travel']])
  assert.deepEqual(answer.stores, [{ column: 'p.d.t.*', sources: ['p.r.u.*'], copied: true }])
})

for (const [dialect, sql, writes, reads] of [
  ['bigquery', "LOAD DATA INTO TEMP TABLE n (a INT64) FROM FILES (uris = ['gs://b/x'])", ['n'], []],
  ['bigquery', "LOAD DATA OVERWRITE TEMPORARY TABLE d.n FROM FILES (uris = ['gs://b/x'])", ['d.n'], []],
  ['bigquery', 'EXPORT TABLE METADATA FROM d.t', [], ['d.t']],
  ['snowflake', 'CREATE AGENT d.s.a FROM SPECIFICATION $$models: {}$$', ['D.S.A'], []],
  ['snowflake', 'DROP AGENT IF EXISTS d.s.a', ['D.S.A'], []],
] as const)
  test(`words of a statement are no tables: ${sql}`, async () => {
    const answer = await judged(sql, dialect)
    assert.deepEqual([answer.writes, answer.reads], [writes, reads])
  })
