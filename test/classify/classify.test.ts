import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Hazard, NameContext, StatementKind } from '#src/classify/classification.ts'
import { createClassifier } from '#src/classify/classify.ts'
import { GivenCatalog } from '#src/classify/given-catalog.ts'
import type { Dialect } from '#src/statement.ts'
import { catalogOf } from './corpus.ts'

const classifier = createClassifier()
after(() => classifier.close())
const context = { database: 'DEMO', schema: 'SHOP' }
const ask = (sql: string, dialect: Dialect = 'snowflake') =>
  classifier.classify(sql, dialect, dialect === 'snowflake' ? context : { database: 'demo', schema: 'shop' })

test('what tables are made of, and which warehouses there are, is understood as a look at metadata, and nothing else that SHOW and DESC can do', async () => {
  for (const sql of [
    'show /* sqlalchemy */ primary keys in schema demo.shop',
    'show unique keys in table demo.shop.orders',
    'show imported keys',
    'desc view shop.recent',
    'desc table shop.orders type = columns',
    'explain using text select id from shop.orders',
    "show warehouses like 'x%'",
  ]) {
    const { understood, hazards, harmless } = await ask(sql)
    assert.deepEqual([understood, hazards, harmless], [true, ['metadata'], false], sql)
  }
  assert.deepEqual((await ask('desc view shop.recent')).reads, ['DEMO.SHOP.RECENT'])
  assert.deepEqual((await ask('explain using json select id from shop.orders')).reads, ['DEMO.SHOP.ORDERS'])
  for (const sql of [
    ...[
      'show grants',
      'show users',
      'show parameters in account',
      'show integrations',
      "desc result 'x'",
      'desc user x',
    ],
    ...['desc table shop.orders type = stage', 'show primary keys ->> select * from $1', 'show primary'],
    ...['show warehouses x y', 'show warehouses ->> select * from $1'],
  ])
    assert.equal((await ask(sql)).understood, false, sql)
})

test('with CASCADE, as dbt writes it, a view is dropped as without', async () => {
  for (const [sql, ...expected] of [
    ['drop view if exists shop.recent cascade', true, 'DEMO.SHOP.RECENT'],
    ['drop view cascade', true, 'DEMO.SHOP.CASCADE'],
    ['drop view shop.cascade', true, 'DEMO.SHOP.CASCADE'],
    ['drop view recent orders cascade', false, 'DEMO.SHOP.RECENT'],
  ] as const) {
    const { understood, writes } = await ask(sql)
    assert.deepEqual([understood, ...writes], expected, sql)
  }
})

test('a plain query is harmless, with its table and columns resolved', async () => {
  const answer = await ask('select id, email, city from shop.customers limit 3')
  assert.equal(answer.harmless, true)
  assert.deepEqual(answer.reads, ['DEMO.SHOP.CUSTOMERS'])
  assert.deepEqual(
    answer.outputs?.map(output => [output.name, ...output.sources]),
    [
      ['ID', 'DEMO.SHOP.CUSTOMERS.ID'],
      ['EMAIL', 'DEMO.SHOP.CUSTOMERS.EMAIL'],
      ['CITY', 'DEMO.SHOP.CUSTOMERS.CITY'],
    ],
  )
  assert.equal(answer.summary, 'reads ID, EMAIL, CITY from DEMO.SHOP.CUSTOMERS, at most 3 rows')
})

test('a name of several parts that stands plainly in a string is that table', async () => {
  for (const form of ['identifier', 'table']) {
    const answer = await ask(
      `select id from ${form}('other.customers') c join identifier ( 'Db.Sch.orders' ) using (id)`,
    )
    assert.equal(answer.harmless, true, answer.cause)
    assert.deepEqual(answer.reads, ['DEMO.OTHER.CUSTOMERS', 'DB.SCH.ORDERS'])
  }
})

test('a plain BigQuery query resolves in its project and dataset', async () => {
  const answer = await ask('select id from customers where email = "x"', 'bigquery')
  assert.equal(answer.harmless, true)
  assert.deepEqual(answer.reads, ['demo.shop.customers'])
  assert.deepEqual(answer.filters, ['demo.shop.customers.email'])
})

test('a parameter in back-ticks, as SQLAlchemy writes it, is that parameter; another one in them is not understood', async () => {
  const columns = '`customers`.`id`'
  const answer = await ask(`select ${columns} from customers where ${columns} = @\`id_1\``, 'bigquery')
  assert.equal(answer.harmless, true, answer.cause)
  assert.deepEqual(answer.reads, ['demo.shop.customers'])
  for (const other of ['@`a b`', '@`a`.`b`c', '@@`a`', '@ `a`', '@`a\\``'])
    assert.equal((await ask(`select id from customers where id = ${other}`, 'bigquery')).understood, false, other)
})

test('DELETE says which rows, and how to count them', async () => {
  for (const [dialect, table] of [
    ['snowflake', 'DEMO.SHOP.ORDERS'],
    ['bigquery', 'demo.shop.orders'],
  ] as const) {
    const answer = await ask("delete from shop.orders where status = 'test'", dialect)
    assert.equal(answer.understood, true)
    assert.equal(answer.harmless, false)
    assert.equal(answer.kind, 'delete')
    assert.deepEqual(answer.writes, [table])
    assert.deepEqual(answer.hazards, [])
    assert.equal(answer.summary, `deletes rows from ${table} where status = 'test'`)
    assert.equal(answer.countSql, "select count(*) from shop.orders where status = 'test'")
  }
})

test('UPDATE is counted too; a predicate that is no harmless query is not', async () => {
  const update = await ask("update shop.orders o set status = 'x' where o.id = 1")
  assert.equal(update.countSql, 'select count(*) from shop.orders o where o.id = 1')
  const udf = await ask('delete from shop.orders where my_udf(id) = 1')
  assert.equal(udf.countSql, undefined)
  const joined = await ask('update orders set a = c.a from customers c where c.id = orders.id')
  assert.equal(joined.countSql, undefined)
  assert.deepEqual([joined.writes, joined.reads], [['DEMO.SHOP.ORDERS'], ['DEMO.SHOP.CUSTOMERS']])
})

test('DELETE with USING, as dbt writes it, is understood as what it reads and writes', async () => {
  const sql =
    'delete from db.s.t as dest using db.s.tmp as source join db.s.w using (id), (select k from db.s.u) u where (source.id = dest.id and dest.k = u.k)'
  const { understood, cause, kind, reads, writes, filters } = await ask(sql, 'snowflake')
  assert.equal(understood, true, cause)
  assert.equal(kind, 'delete')
  assert.deepEqual(reads, ['DB.S.TMP', 'DB.S.W', 'DB.S.U'])
  assert.deepEqual(writes, ['DB.S.T'])
  for (const column of ['DB.S.TMP.ID', 'DB.S.W.ID', 'DB.S.T.ID', 'DB.S.T.K', 'DB.S.U.K'])
    assert.ok(filters.includes(column), column)
})

test('MERGE names what it reads and writes', async () => {
  const answer = await ask('merge into orders t using (select * from staged) s on t.id = s.id when matched then delete')
  assert.equal(answer.kind, 'merge')
  assert.equal(answer.understood, true)
  assert.deepEqual([answer.writes, answer.reads], [['DEMO.SHOP.ORDERS'], ['DEMO.SHOP.STAGED']])
})

test('a comment changes the table, view or column that it is about', async () => {
  for (const what of ['table shop.orders', 'view shop.orders', 'column shop.orders.id'])
    for (const begin of ['comment on', 'comment if exists on'])
      assert.deepEqual((await ask(`${begin} ${what} is 'x'`)).writes, ['DEMO.SHOP.ORDERS'], what)
})

test('a stage is named whole, with its path, whether it is read or loaded from', async () => {
  for (const [stage, name] of [
    ['@demo.shop.landing/in/', '@DEMO.SHOP.LANDING/IN/'],
    ['@landing/in/a.b.csv', '@LANDING/IN/A.B.CSV'],
    ['@demo."SHOP"."Land ing"/in', '@DEMO.SHOP."Land ing"/IN'],
    ['@~/in', '@~/IN'],
    ['@demo.shop.%people', '@DEMO.SHOP.%PEOPLE'],
  ] as const) {
    assert.deepEqual((await ask(`select $1 from ${stage}`)).reads, [name])
    assert.deepEqual((await ask(`copy into people from ${stage}`)).reads, [name])
    assert.deepEqual((await ask(`copy into ${stage} from people`)).writes, [name])
  }
})

test('what a table is called says nothing of what becomes of it', async () => {
  for (const sql of [
    'drop table shop.user',
    'create table task (id int)',
    'create table shop.role as select id from orders',
    'create schema account',
  ])
    assert.deepEqual((await ask(sql)).hazards, ['ddl'], sql)
})

test('rights on tables and files of stages are told with the table and the stage', async () => {
  for (const [sql, ...writes] of [
    ['grant select on shop.orders to role r', 'DEMO.SHOP.ORDERS'],
    ['revoke select on all tables in schema shop from role r', 'DEMO.SHOP.*'],
    ['grant all on schema shop to role r', 'DEMO.SHOP.*'],
    ['remove @in/a', '@IN/A'],
  ] as const) {
    const answer = await ask(sql)
    assert.ok(answer.understood, sql)
    assert.deepEqual(answer.writes, writes, sql)
  }
  assert.deepEqual((await ask('list @in/a')).reads, ['@IN/A'])
})

test('unloads are unloads, however the target is written and whether or not a parser reads them', async () => {
  const statements: readonly (readonly [Dialect, string])[] = [
    ['snowflake', 'copy into @export from shop.customers'],
    ['snowflake', "COPY INTO '@stage/x' FROM shop.customers"],
    ['snowflake', "copy into 's3://out/x' from (select * from shop.customers) credentials = (aws_key_id = 'a')"],
    ['snowflake', "copy into @export/x/ from shop.customers file_format = (format_name = ff) nonsense = 'x' y z"],
    ['bigquery', "export data options (uri = 'gs://b/x*.csv', format = 'CSV') as select * from shop.customers"],
    [
      'bigquery',
      "EXPORT DATA WITH CONNECTION `demo.us.c` OPTIONS (uri = 'x') AS (SELECT a FROM shop.customers |> WHERE TRUE)",
    ],
  ]
  for (const [dialect, sql] of statements) {
    const answer = await ask(sql, dialect)
    assert.equal(answer.kind, 'unload', sql)
    assert.ok(answer.hazards.includes('unload'), sql)
    assert.equal(answer.harmless, false)
    assert.ok(
      answer.reads.some(table => table.toUpperCase() === 'DEMO.SHOP.CUSTOMERS'),
      `${sql}: ${answer.reads}`,
    )
    assert.match(answer.summary, /^copies data out to /)
  }
  assert.match(
    (await ask('copy into @export from shop.customers')).summary,
    /^copies data out to stage @EXPORT from DEMO.SHOP.CUSTOMERS$/,
  )
})

const kinds: readonly (readonly [sql: string, kind: StatementKind, hazard: Hazard, dialect?: Dialect])[] = [
  ['BEGIN SELECT 1; EXCEPTION WHEN OTHER THEN DROP TABLE t; END', 'script', 'script'],
  ['BEGIN; DELETE FROM t WHERE id = 1; COMMIT', 'delete', 'multi_statement'],
  ["EXECUTE IMMEDIATE 'DROP TABLE t'", 'script', 'dynamic_sql'],
  ['CALL p(1)', 'call', 'call'],
  ["WITH p AS PROCEDURE () RETURNS STRING LANGUAGE SQL AS 'x' CALL p()", 'call', 'call'],
  ["create or replace task tk warehouse = wh schedule = '1 minute' as delete from t", 'create', 'deferred'],
  ['alter task tk resume', 'alter', 'deferred'],
  ['create share s', 'create', 'share'],
  ["create stage s url = 's3://x'", 'create', 'external'],
  ['grant role accountadmin to user me', 'grant', 'not_understood'],
  ['grant usage on integration i to role r', 'grant', 'not_understood'],
  ['drop user u', 'drop', 'grant'],
  ['drop row access policy p on d.t', 'drop', 'grant', 'bigquery'],
  ["create row access policy p on d.t grant to ('user:me@x.y') filter using (true)", 'create', 'grant', 'bigquery'],
  ['create or replace masking policy p as (v string) returns string -> v', 'create', 'grant'],
  ['alter table db.s.t modify column ssn unset masking policy', 'alter', 'grant'],
  ['alter table t drop all row access policies', 'alter', 'grant'],
  ['alter table t modify column ssn unset tag pii', 'alter', 'grant'],
  ['alter table d.t alter column ssn set options (policy_tags = [])', 'alter', 'grant', 'bigquery'],
  ['alter table d.t alter column ssn set options (`policy_tags` = NULL)', 'alter', 'grant', 'bigquery'],
  ['alter table d.t alter column ssn set options (data_policies -= ["x"])', 'alter', 'grant', 'bigquery'],
  ['alter table d.t set options (labels = [])', 'alter', 'grant', 'bigquery'],
  ['alter account set network_policy = x', 'alter', 'grant'],
  ['create service s in compute pool p from specification x', 'create', 'deferred'],
  ['create materialized view v as select id from t', 'create', 'deferred'],
  ['create failover group g', 'create', 'share'],
  [
    "create iceberg table x external_volume = 'v' catalog = 'snowflake' base_location = 'b' as select id from t",
    'create',
    'unload',
  ],
  ["create table x (id int) external_volume = 'v'", 'create', 'external'],
  [
    "create table d.x options (storage_uri = 'gs://b/x', table_format = 'ICEBERG') as select id from d.t",
    'create',
    'unload',
    'bigquery',
  ],
  ['use role accountadmin', 'use', 'role_change'],
  ['use secondary roles all', 'use', 'role_change'],
  ['use schema x', 'use', 'session_change'],
  ["alter session set search_path = 'x'", 'session', 'session_change'],
  ['put file://x @s', 'file', 'file_transfer'],
  ['ls @~', 'file', 'file_transfer'],
  ['show tables foo bar drop table t', 'show', 'not_understood'],
  ['show tables', 'show', 'metadata'],
  ['explain delete from t', 'explain', 'not_understood'],
  ['explain insert into t select ssn from u', 'explain', 'not_understood'],
  ['update t set a = 1', 'update', 'no_where'],
  ['delete from t where 1 = 1', 'delete', 'constant_where'],
  ['delete from t where id = 1 or true', 'delete', 'constant_where'],
  ['delete from t where id = id', 'delete', 'constant_where'],
  ['delete from t where id = id and true', 'delete', 'constant_where'],
  ['delete from t where (id) = ((t.id))', 'delete', 'constant_where'],
  ['delete from t where not (id <> t.id)', 'delete', 'constant_where'],
  ['delete from t where id in (1, id)', 'delete', 'constant_where'],
  ['delete from t where not id not between id and (id)', 'delete', 'constant_where'],
  ["delete from t where current_user = 'x'", 'delete', 'constant_where'],
  ['delete from t where exists (select 1)', 'delete', 'constant_where'],
  ['delete from t where 1 in (select 1 from table(generator(rowcount => 1)))', 'delete', 'constant_where'],
  ['delete from t using t u where t.id = u.id', 'delete', 'constant_where'],
  ['merge into t using t u on u.id = t.id when matched then delete', 'merge', 'constant_where'],
  ['delete from d.t where true', 'delete', 'constant_where', 'bigquery'],
  ["delete from t where '1'::number = 1", 'delete', 'constant_where'],
  ["delete from t where datediff(day, '2020-01-01'::date, current_date) > 1", 'delete', 'constant_where'],
  ["delete from d.t where cast('1' as byteint) = 1", 'delete', 'constant_where', 'bigquery'],
  [
    'delete from d.t where date_diff(current_date(), date "2020-01-01", week(monday)) > 1',
    'delete',
    'constant_where',
    'bigquery',
  ],
  ['select * from table(result_scan(last_query_id()))', 'select', 'opaque_source'],
  ['select $1 from table(result_scan())', 'select', 'opaque_source'],
  ['select * from identifier($x)', 'select', 'dynamic_sql'],
  ["with t as (select 1 as a) select * from table('t')", 'select', 'dynamic_sql'],
  ["with t as (select 1 as a) select * from identifier('t')", 'select', 'dynamic_sql'],
  ["select * from identifier('d.\\x74')", 'select', 'dynamic_sql'],
  ['select * from identifier(\'"d".t\')', 'select', 'dynamic_sql'],
  ["select * from identifier('d.s.' || 't')", 'select', 'dynamic_sql'],
  ["select * from a, identifier('d.s.t')", 'select', 'dynamic_sql'],
  ["select identifier('d.s.t') from a", 'select', 'dynamic_sql'],
  ['select * from table($t)', 'select', 'dynamic_sql'],
  ['select * from table(?)', 'select', 'dynamic_sql'],
  ["select * from identifier('d.f')(1)", 'select', 'opaque_source'],
  ["select * from identifier('snowflake.account_usage.query_history')", 'select', 'metadata'],
  ['select * from @s/x', 'select', 'stage_read'],
  ['select @s', 'select', 'stage_read'],
  ['select {c.* exclude (select ssn from e)} from c', 'select', 'not_understood'],
  ['select {c.* exclude (ssn, f(1))} from c', 'select', 'not_understood'],
  ['select hash(c.* exclude ssn, f(1)) from c', 'select', 'not_understood'],
  ["select timestamp('2026-01-01')", 'select', 'unknown_function'],
  ['select * from semantic_view(v metrics a)', 'select', 'not_understood'],
  ['select * from values (1), (u)', 'select', 'not_understood'],
  [
    'select * from t match_recognize (measures 1 as o pattern (a) subset s = (select b from u) define a as true)',
    'select',
    'not_understood',
  ],
  ['select * from t, values (1), (u) as v', 'select', 'not_understood'],
  ['select 1 ->> select * from $1', 'select', 'not_understood'],
  ['select a ->> b from t', 'other', 'not_understood'],
  ['select system$cancel_all_queries(1)', 'select', 'unknown_function'],
  ["select get_presigned_url(@s, 'x')", 'select', 'unknown_function'],
  ["select get_ddl('table', 't')", 'select', 'unknown_function'],
  ['select "sum"(a) from t', 'select', 'unknown_function'],
  ['select seq1.nextval', 'select', 'unknown_function'],
  ['select (seq1).nextval', 'select', 'unknown_function'],
  ['select seq1.nextval.a from t', 'select', 'unknown_function'],
  ["select snowflake.cortex.complete('m', ssn) from t", 'select', 'external'],
  ['select ml.guess(ssn) from t', 'select', 'unknown_function'],
  ['select d.ai.ai_guess(ssn) from t', 'select', 'unknown_function'],
  ['select p.ml.guess(a) from t', 'select', 'unknown_function', 'bigquery'],
  ['select * from snowflake.account_usage.query_history', 'select', 'metadata'],
  ['select * from copies.account_usage.query_history', 'select', 'metadata'],
  ['select * from organization_usage.query_history', 'select', 'metadata'],
  ['select * from t at(offset => -60)', 'select', 'time_travel'],
  ['select * from t for system_time as of timestamp "2026-01-01"', 'select', 'time_travel', 'bigquery'],
  ["select * from external_query('c', 'select 1')", 'select', 'external', 'bigquery'],
  ["from d.t |> select a |> export data options(uri = 'gs://b/*')", 'unload', 'unload', 'bigquery'],
  ["from d.t |> fork (|> select a), (|> export data options(uri = 'gs://b/*'))", 'unload', 'unload', 'bigquery'],
  ['from d.t |> call d.f(1)', 'select', 'opaque_source', 'bigquery'],
  ['select 1 |> call d.f(1)', 'select', 'opaque_source', 'bigquery'],
  ['with a as (from d.t) from a |> create table d.u', 'create', 'ddl', 'bigquery'],
  ['select * from ml.predict(model d.m, table d.t)', 'select', 'external', 'bigquery'],
  ["select * from vector_search(table d.t, 'e', table d.q)", 'select', 'opaque_source', 'bigquery'],
  [
    "select deterministic_decrypt_string(keys.keyset_chain('k', b'x'), a, '') from d.t",
    'select',
    'unknown_function',
    'bigquery',
  ],
  ["select aead.encrypt(keys.new_wrapped_keyset('k', 'x'), a, '') from d.t", 'select', 'unknown_function', 'bigquery'],
  ['select a like safe.unnest(b) from d.t', 'select', 'unknown_function', 'bigquery'],
  ['select a[safe.offset(1)] from d.t', 'select', 'unknown_function', 'bigquery'],
  ['select count(*) from d.t group by grouping sets (safe.rollup(a))', 'select', 'unknown_function', 'bigquery'],
  ['select b from d.t, safe.unnest(t.a) as b', 'select', 'opaque_source', 'bigquery'],
  ['select json_object(a value b) from d.t', 'select', 'not_understood', 'bigquery'],
  ['select safe.array(select a from d.t)', 'select', 'not_understood', 'bigquery'],
  ['select * from _hidden.anon', 'select', 'opaque_source', 'bigquery'],
  ['select * from `d.t@-3600000`', 'select', 'time_travel', 'bigquery'],
  ['select * from `region-us`.INFORMATION_SCHEMA.JOBS', 'select', 'metadata', 'bigquery'],
  ['from d.t |> call d.f() |> where x = 1', 'select', 'not_understood', 'bigquery'],
  ['declare x int64; select x', 'script', 'script', 'bigquery'],
  ['create temp function f() as (1); select f()', 'create', 'multi_statement', 'bigquery'],
]
for (const [sql, kind, hazard, dialect = 'snowflake'] of kinds) {
  test(`${kind} with ${hazard}: ${sql}`, async () => {
    const answer = await ask(sql, dialect)
    assert.equal(answer.harmless, false)
    assert.equal(answer.kind, kind)
    assert.ok(answer.hazards.includes(hazard), `${answer.hazards} ${answer.cause}`)
    assert.equal(answer.understood, !answer.hazards.includes('not_understood'))
  })
}

test('a table that is joined with itself by another column, or in part, is not written as a whole', async () => {
  for (const sql of [
    'delete from t using t u where t.mgr = u.id',
    'delete from t where id not in (id) or not id = id or id <> id or not id in (id)',
    'delete from t using t u where t.id = u.id and u.x = 1',
    "delete from t where date_trunc(made, 'month') = '2020-01-01'",
    'merge into t using u on u.id = t.id when matched then delete',
    'merge into t using (select id from t where x = 1) u on u.id = t.id when matched then delete',
  ])
    assert.equal((await ask(sql, 'snowflake')).hazards.includes('constant_where'), false, sql)
})

test('a model is found without its path where names resolve in the database of the models', async () => {
  const sql = "select complete('m', note), x.v from db.s.t, table(ai_look(t.note)) x"
  const asked = async (context: NameContext) => (await classifier.classify(sql, 'snowflake', context)).hazards
  assert.ok((await asked({ database: 'DB', schema: 'CORTEX' })).includes('unknown_function'))
  assert.deepEqual(await asked({ database: 'SNOWFLAKE', schema: 'CORTEX' }), ['opaque_source', 'external'])
})

test('stars need the catalog; without it no column is claimed to be known', async () => {
  const tables = catalogOf('snowflake', { 'DEMO.SHOP.CUSTOMERS': { id: 'INT', ssn: 'VARCHAR' } })
  const sql = 'with a as (select * from customers) select * exclude id from a'
  assert.equal((await ask(sql)).outputs, null)
  const known = await classifier.classify(sql, 'snowflake', context, tables)
  assert.deepEqual(known.outputs, [{ name: 'SSN', sources: ['DEMO.SHOP.CUSTOMERS.SSN'], indirect: [], copied: true }])
})

test('a wildcard table is the tables it stands for, with the columns of the last', async () => {
  const tables = new GivenCatalog('bigquery', {
    'p.d.events_20260101': { id: 'INT64', old: 'STRING' },
    'p.d.events_20260102': { id: 'INT64', email: 'STRING' },
    'p.d.events_20260102_backup': { backup: 'INT64' },
    'p.other.events_20270101': { far: 'INT64' },
  })
  const judge = (sql: string) => classifier.classify(sql, 'bigquery', { database: 'p', schema: 'd' }, tables)
  const star = await judge("select *, _table_suffix as day from `p.d.events_2026010*` where _TABLE_SUFFIX > '1'")
  assert.equal(star.harmless, true, star.cause)
  assert.deepEqual(star.reads, ['p.d.events_2026010*'])
  assert.deepEqual(
    star.outputs?.map(({ name, sources }) => [name, ...sources]),
    [['backup', 'p.d.events_2026010*.backup'], ['day']],
  )
  const one = await judge('select e.email from `events_20260102` as e')
  assert.deepEqual(one.outputs?.[0]?.sources, ['p.d.events_20260102.email'])
  for (const table of [
    'p.*.events_1',
    'p.d.ev*ts_1',
    'p.d.events_*$1',
    'p.d._x*y',
    '_d.events_*',
    'p.d.INFORMATION_SCHEMA.*',
  ])
    assert.equal((await judge(`select 1 from \`${table}\``)).harmless, false, table)
})

test('the rows of the largest table are known where the catalog counts all that are touched, and a wildcard is not counted', async () => {
  const tables = {
    'p.d.a': { id: 'INT64' },
    'p.d.b': { id: 'INT64' },
    'p.d.day_1': { id: 'INT64' },
    'p.d.v': { id: 'INT64' },
  }
  const catalog = new GivenCatalog('bigquery', tables, ['p.d.v'], {
    'p.d.a': 7,
    'p.d.b': 4_210,
    'p.d.day_1': 9,
    'p.d.v': 1,
  })
  const rows = async (sql: string) =>
    (await classifier.classify(sql, 'bigquery', { database: 'p', schema: 'd' }, catalog)).tableRows
  assert.equal(await rows('select 1 from a join b using (id)'), 4_210)
  assert.equal(await rows('delete from a where id = 1'), 7)
  for (const unknown of ['select 1 from a, c', 'select 1 from a, `day_*`', 'select 1 from v', 'call p.d.x()'])
    assert.equal(await rows(unknown), undefined, unknown)
})

test('columns that come in another order are another answer', async () => {
  const names = async (columns: Record<string, string>) => {
    const tables = catalogOf('snowflake', { 'DEMO.SHOP.MOVED': columns })
    const answer = await classifier.classify('select * from moved', 'snowflake', context, tables)
    return answer.outputs?.map(output => output.name)
  }
  assert.deepEqual(await names({ id: 'INT', ssn: 'VARCHAR' }), ['ID', 'SSN'])
  assert.deepEqual(await names({ ssn: 'VARCHAR', id: 'INT' }), ['SSN', 'ID'])
})

test('a catalog that fails is a catalog that does not know', async () => {
  const answer = await classifier.classify('select * from customers', 'snowflake', context, {
    objects: () => Promise.reject(new Error('down')),
  })
  assert.equal(answer.harmless, true)
  assert.equal(answer.outputs, null)
})

test('ordering and grouping by position are filters', async () => {
  const answer = await ask('select ssn, count(*) from customers group by 1 order by 1')
  assert.deepEqual(answer.filters, ['DEMO.SHOP.CUSTOMERS.SSN'])
})

test('a name of a CTE is that CTE only where it is in scope', async () => {
  const answer = await ask('select * from (with x as (select 1 as a) select * from x) q join x on q.a = x.a')
  assert.deepEqual(answer.reads, ['DEMO.SHOP.X'])
})

test('after close everything is not understood, and nothing throws', async () => {
  const closed = createClassifier({ workers: 1 })
  await closed.close()
  const answer = await closed.classify('select 1', 'snowflake', {})
  assert.equal(answer.understood, false)
  assert.match(answer.cause ?? '', /shut down/)
})

test('how many columns a star shows is not guessed where the elements of an array may be structs, or only some columns come', async () => {
  const known = catalogOf('bigquery', { c: { id: 'INT64', ssn: 'STRING' } })
  for (const sql of [
    'SELECT * FROM UNNEST(ARRAY(SELECT AS VALUE c FROM c)) AS s',
    'SELECT * FROM UNNEST(ARRAY(SELECT AS STRUCT id, ssn FROM c UNION ALL SELECT AS STRUCT 1, NULL)) AS s',
    'SELECT * FROM (SELECT ARRAY_AGG(u) AS a FROM u) AS t, t.a AS s',
    'SELECT s.* FROM c, u AS x, UNNEST([c]) AS s',
    'SELECT s.* FROM UNNEST([@p]) AS s',
    'SELECT * FROM (SELECT NULL || @p AS p), UNNEST(p) AS s',
    'SELECT * FROM c AS id, UNNEST([id]) AS s',
    'SELECT e.* FROM (SELECT STRUCT(NULLIF(id, 1) AS arr) AS r FROM c), UNNEST(r.arr) AS e',
    'SELECT e.* FROM (SELECT t AS r FROM (SELECT NULLIF(id, 1) AS arr FROM c) AS t), UNNEST(r.arr) AS e',
    'SELECT rec.* FROM (SELECT * REPLACE (NULLIF(id, 1) AS rec) FROM (SELECT STRUCT(1 AS a) AS rec, id FROM c))',
    'SELECT q.s.* FROM (SELECT * FROM (SELECT STRUCT(id AS a) AS s FROM c) FULL JOIN (SELECT STRUCT(1 AS b) AS s) USING (s)) AS q',
    'SELECT q.s.* FROM (SELECT STRUCT(id AS a) AS s FROM c UNION ALL BY NAME SELECT STRUCT(2 AS b) AS s) AS q',
    'SELECT id, ssn FROM c LEFT UNION ALL BY NAME SELECT 1 AS id, 2 AS x',
    'SELECT id, ssn FROM c FULL UNION ALL CORRESPONDING BY (id) SELECT 1 AS id',
  ]) {
    const { harmless, outputs } = await classifier.classify(sql, 'bigquery', {}, known)
    assert.deepEqual([harmless, outputs], [true, null], sql)
  }
})

for (const sql of [
  'select * from a window, secret where x +* 1',
  'select * from a as window, secret where x +* 1',
  'select * from values (1), secret s where x +* 1',
])
  test(`where no parser reads a statement, what is called like a clause ends no list of tables: ${sql}`, async () => {
    const { understood, reads } = await ask(sql)
    assert.equal(understood, false)
    assert.ok(reads.includes('DEMO.SHOP.SECRET'), String(reads))
  })

test('where no parser reads a statement, the tables that it names in brackets are told', async () => {
  const sql = 'select * from (d.a join d.b using (x)) join (d.c) using (x), ((d.e)), (select y from (d.f))'
  const { understood, reads } = await ask(sql, 'bigquery')
  assert.equal(understood, false)
  assert.deepEqual(
    reads.toSorted(),
    ['a', 'b', 'c', 'e', 'f'].map(name => `demo.d.${name}`),
  )
})

test('tables and models that a table function is given are read', async () => {
  const sql = 'SELECT * FROM ML.PREDICT(MODEL d.m, TABLE `p.d.t`), d.f(a => TABLE d.u, b => 1)'
  assert.deepEqual((await ask(sql, 'bigquery')).reads, ['demo.d.m', 'p.d.t', 'demo.d.u'])
})

test('a pipe is not read where plain SQL would show other columns, or those of another row', async () => {
  const known = catalogOf('bigquery', {
    c: { id: 'INT64', ssn: 'STRING', a: 'ARRAY<STRUCT<ssn STRING, x STRING>>' },
    d: { id: 'INT64', t: 'STRUCT<ssn STRING>' },
  })
  for (const sql of [
    'FROM c, UNNEST(c.a) AS e',
    "FROM c, UNNEST(SPLIT('x') || @p) AS e",
    'FROM (SELECT a AS generate_a FROM c) AS g, UNNEST(generate_a) AS e',
    'FROM c AS k, k.a AS e |> EXTEND 1 AS x',
    'FROM c |> EXTEND 1 AS x |> SELECT c.*',
    'FROM c |> RENAME ssn AS s |> SELECT c.ssn',
    "FROM c AS t, d |> SET ssn = 'x' |> SELECT t.ssn",
    "FROM c |> EXTEND 1 AS x |> SET ssn = 'x' |> SELECT c.ssn",
    'FROM c |> EXTEND id AS x |> DROP ssn |> EXTEND 1 AS y |> SELECT c.ssn',
    'FROM c AS k, d |> WHERE x > 1 |> EXTEND 1 AS x |> SELECT k.ssn',
    'FROM c |> WITH c AS (SELECT 1 AS id) |> JOIN c AS k USING (id)',
    'WITH RECURSIVE r AS (SELECT 1 AS id) FROM r |> WITH d AS (SELECT id FROM d) |> JOIN d USING (id)',
    'SELECT WITH(a AS 1, a AS ssn, a) FROM c',
    'FROM c |> SELECT AS STRUCT id, ssn |> EXTEND 1 AS x',
    'SELECT DISTINCT AS STRUCT id, ssn FROM c |> AS q |> WINDOW SUM(id) OVER () AS x',
    'FROM c |> SELECT AS VALUE c |> WHERE id > 1 |> LEFT JOIN d AS k USING (id)',
    'FROM (SELECT AS STRUCT id, ssn FROM c) AS q, d AS k',
    'FROM d AS k |> CROSS JOIN (SELECT AS STRUCT id, ssn FROM c) AS q',
    'WITH v AS (SELECT AS STRUCT id, ssn FROM c), q AS (FROM v) FROM q |> EXTEND 1 AS x',
  ]) {
    const { understood, harmless } = await classifier.classify(sql, 'bigquery', {}, known)
    assert.deepEqual([understood, harmless], [false, false], sql)
  }
})

test('rows that are structs are read in a pipe as in plain SQL where no other column stands beside them', async () => {
  for (const sql of [
    'FROM d.c |> SELECT AS STRUCT id, ssn |> WHERE id > 1',
    'FROM (SELECT AS STRUCT id, ssn FROM d.c) |> WHERE id > 1',
    'FROM d.c |> SELECT AS STRUCT id, ssn |> EXTEND 1 AS x |> SELECT *',
    'WITH v AS (SELECT AS STRUCT id, ssn FROM d.c) FROM v |> AGGREGATE COUNT(*) AS n GROUP BY ssn |> EXTEND 1 AS x',
    'FROM d.c |> EXTEND ARRAY(FROM d.e |> SELECT AS STRUCT x, y) AS z |> JOIN d.k USING (id)',
  ])
    assert.equal((await ask(sql, 'bigquery')).harmless, true, sql)
})

test("a project's name may end in digits, and a part of a system variable is no column", async () => {
  const answer = await ask('SELECT x FROM my-proj-12.d.t AS a, e.f JOIN other-9a-1e5-b.d.u USING (x)', 'bigquery')
  assert.deepEqual([answer.harmless, answer.reads], [true, ['my-proj-12.d.t', 'demo.e.f', 'other-9a-1e5-b.d.u']])
  for (const sql of ['SELECT a-1.b FROM d.t', 'SELECT x FROM d.t, a-1.d.t'])
    assert.equal((await ask(sql, 'bigquery')).harmless, false, sql)
  assert.deepEqual((await ask('SELECT @@error.message', 'bigquery')).hazards, ['metadata'])
})

test('a join in brackets sees no table before it, and TABLE names no array: what looks like an array of a row there is a table', async () => {
  for (const [from, reads] of [
    ['d.t AS x, (d.u AS y JOIN x.arr ON TRUE)', 'd.t d.u x.arr'],
    ['d.t AS x LEFT JOIN (x.arr JOIN d.u ON TRUE) ON TRUE', 'd.t d.u x.arr'],
    ['d.t AS x, (d.u JOIN d.v ON EXISTS (SELECT 1 FROM x.arr))', 'd.t d.u d.v x.arr'],
    ['d.t AS x, (d.u AS y JOIN y.arr ON TRUE), x.arr, y.arr', 'd.t d.u'],
    ['d.t AS x JOIN x.a JOIN x.b', 'd.t'],
    ['d.t AS x WHERE EXISTS (SELECT 1 FROM (d.u JOIN x.arr ON TRUE))', 'd.t d.u'],
    ["d.t AS x, GAP_FILL(TABLE x.arr, ts_column => 'a')", 'd.t x.arr'],
  ]) {
    const answer = await classifier.classify(`SELECT 1 FROM ${from}`, 'bigquery', {})
    assert.equal(answer.harmless, true, answer.cause)
    assert.deepEqual(answer.reads.toSorted(), reads?.split(' '), from)
  }
})
