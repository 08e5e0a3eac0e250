import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createClassifier } from '#src/classify/classify.ts'
import type { Dialect } from '#src/statement.ts'

const classifier = createClassifier()
after(() => classifier.close())

const snowflake: readonly (readonly [sql: string, summary: string])[] = [
  ['create or replace secure view v (a) copy grants as select a from s', 'creates or replaces a secure view v from S'],
  ['create table x clone y', 'creates a table x as a copy of Y'],
  ['create table if not exists x like y', 'creates a table x in the form of Y'],
  [
    "create task tk warehouse = wh schedule = '1 minute' as delete from t",
    "creates a task tk warehouse = wh schedule = '1 minute' as delete from t",
  ],
  ["create user u password = 'hunter2' default_role = r", "creates a user u password = '…' default_role = r"],
  ["alter user u set password = 'hunter2'", "changes user u: set password = '…'"],
  [
    "create stage s url = 's3://b' credentials = (aws_key_id = 'a' aws_secret_key = 'b')",
    "creates a stage s url = 's3://b' credentials = (aws_key_id = '…' aws_secret_key = '…')",
  ],
  ['undrop table t', 'brings back table t'],
  ['drop table if exists t', 'drops table t'],
  ['delete from t where id = 1 or limit > 0', 'deletes rows from T where id = 1 or limit > 0'],
  [
    'select a from t where id = 1 or t.window > 0 limit 5',
    'reads A from T where id = 1 or t.window > 0, at most 5 rows',
  ],
  ['update t set a = 1, "b c" = 2 where d = 3', 'updates A, "b c" in rows of T where d = 3'],
  [
    "merge into t using (select * from s join r on s.k = r.k) s on t.id = s.id and s.n > 3 when matched and s.gone then delete when matched then update set a = 1 when not matched then insert (a) values ('x')",
    "merges rows into T from S, R: deletes, updates, inserts (on t.id = s.id and s.n > 3 when matched and s.gone then delete when matched then update set a = 1 when not matched then insert (a) values ('x'))",
  ],
  [
    'merge into t using s on true when matched then delete',
    'merges rows into T from S: deletes (on true when matched then delete), which does not depend on the row',
  ],
  ['alter table t swap with u', 'changes table t: swap with u'],
  ['alter task tk resume', 'changes task tk: resume'],
  ['grant role accountadmin to user me', 'grants role accountadmin to user me'],
  ['revoke select on t from role r', 'revokes select on t from role r'],
  ['use secondary roles all', 'switches to secondary roles all'],
  ["execute immediate 'drop table t'", "runs SQL that a text or variable holds: 'drop table t'"],
  ['execute task tk', 'starts task tk'],
  ["call p(1, 'x')", "calls the procedure p(1, 'x')"],
  ['remove @stg/x', 'deletes files: @stg/x'],
  ['begin work', 'begins a transaction'],
  ['rollback', 'takes the transaction back'],
  ['explain using json delete from t', 'explains, without running it: using json delete from t'],
  ['copy into t from @s purge = true', 'loads data into T, deleting the files, from @S'],
  ['copy into t from @s purge = false', 'loads data into T from @S'],
  ["create pipe p as copy into t from '@s'", "creates a pipe p as copy into t from '@s'"],
]

const bigquery: typeof snowflake = [
  ['delete from d.t where true', 'deletes rows from d.t where true, which does not depend on the row'],
  [
    "load data overwrite d.t (a int64) from files (format = 'CSV', uris = ['gs://b/x.csv'])",
    "loads data into d.t, replacing all rows, from 'gs://b/x.csv'",
  ],
  ['create function d.f(x int64) as (x + 1)', 'creates a function d.f(x int64) as (x + 1)'],
  [
    "create row access policy r on d.t grant to ('allAuthenticatedUsers') filter using (true)",
    "creates a row access policy r on d.t grant to ('allAuthenticatedUsers') filter using (true)",
  ],
  ['from d.t |> where a = 1 |> select b', 'reads b from d.t where a = 1'],
  ['from d.t |> select b |> limit 1', 'reads b from d.t, at most 1 row'],
  ['from d.t |> select b |> limit 5', 'reads b from d.t, at most 5 rows'],
  ['from d.t |> limit 1 |> cross join d.u |> select b', 'reads b from d.t, d.u'],
  ['select a from d.t where b = 1 union all select a from d.t limit 9', 'reads a from d.t, at most 9 rows'],
  ['select a from d.t where not b << 2 like c', 'reads a from d.t where not b << 2 like c'],
  ['drop all row access policies on d.t', 'drops all row access policies on d.t'],
  ["raise using message = 'x'", "runs a step of a script: raise using message = 'x'"],
]

const statements: readonly (readonly [Dialect, typeof snowflake])[] = [
  ['snowflake', snowflake],
  ['bigquery', bigquery],
]

for (const [dialect, rows] of statements) {
  describe(`what people are told that a ${dialect} statement does`, () => {
    for (const [sql, summary] of rows) {
      test(sql, async () => {
        assert.equal((await classifier.classify(sql, dialect, {})).summary, summary)
      })
    }
  })
}

test('many statements that begin alike are told once, with how many they are, and none of another kind is lost among them', async () => {
  const updates = Array.from({ length: 60 }, (_, at) => `update orders set amount = 1 where id = ${at}`)
  const summaryOf = async (sqls: readonly string[]) =>
    (await classifier.classify(sqls.join('; '), 'snowflake', {})).summary
  const alike = /^60 statements: updates AMOUNT in rows of ORDERS where id =… \(60 alike\)$/
  assert.match(await summaryOf(updates), alike)
  assert.match(
    await summaryOf([...updates, 'drop table customers']),
    /^61 statements: drops table customers; updates AMOUNT in rows of ORDERS where id =… \(60 alike\)$/,
  )
})
