import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Catalog } from '#src/classify/catalog.ts'
import { createClassifier } from '#src/classify/classify.ts'
import { GivenCatalog } from '#src/classify/given-catalog.ts'
import type { Dialect } from '#src/statement.ts'
import { listOf } from './hostile-texts.ts'

const classifier = createClassifier()
after(() => classifier.close())

const text = (...names: readonly string[]) => Object.fromEntries(names.map(name => [name, 'TEXT']))
const catalogs: Readonly<Record<Dialect, Catalog>> = {
  snowflake: new GivenCatalog('snowflake', {
    'D.S.PEOPLE': text('ID', 'EMAIL', 'CITY'),
    'D.S.COPIED': text('A', 'B', 'C'),
  }),
  bigquery: new GivenCatalog('bigquery', {
    'p.s.people': text('id', 'email', 'city'),
    'p.s.copied': text('a', 'b', 'c'),
  }),
}
const contexts = { snowflake: { database: 'D', schema: 'S' }, bigquery: { database: 'p', schema: 's' } }

/** `COLUMN < SOURCE …`, without the names that all of them begin with; `=` where the value is copied. */
const cases: readonly (readonly [sql: string, stores: readonly string[], dialect?: Dialect])[] = [
  [
    'insert into copied (b, a) select email, upper(city) from people',
    ['COPIED.B = PEOPLE.EMAIL', 'COPIED.A < PEOPLE.CITY'],
  ],
  [
    'insert into copied select * from people',
    ['COPIED.A = PEOPLE.ID', 'COPIED.B = PEOPLE.EMAIL', 'COPIED.C = PEOPLE.CITY'],
  ],
  ["insert into copied (a) values ('x')", ['COPIED.A <']],
  ['insert into unknown select id, email from people', ['UNKNOWN.* < PEOPLE.EMAIL PEOPLE.ID']],
  ['create table made as select email as x, 1 as n from people', ['MADE.X = PEOPLE.EMAIL', 'MADE.N <']],
  ['create table made as select * from elsewhere', ['MADE.* < ELSEWHERE.*']],
  // What USING joins by may stand anywhere.
  [
    'create table made as select * from (select email, id from people) p join (select city, id from people) q using (id)',
    ['MADE.ID = PEOPLE.ID', 'MADE.EMAIL = PEOPLE.EMAIL', 'MADE.CITY = PEOPLE.CITY'],
  ],
  [
    'create table made (a, b) as select * from (select email, id from people) p join (select id from people) q using (id)',
    ['MADE.* < PEOPLE.EMAIL PEOPLE.ID'],
  ],
  [
    'insert into copied select * from (select email, id from people) p join (select id from people) q using (id)',
    ['COPIED.* < PEOPLE.EMAIL PEOPLE.ID'],
  ],
  ['create view seen as select email from people', ['SEEN.EMAIL = PEOPLE.EMAIL']],
  ['create table twin clone people', ['TWIN.CITY = PEOPLE.CITY', 'TWIN.EMAIL = PEOPLE.EMAIL', 'TWIN.ID = PEOPLE.ID']],
  [
    'create or replace table twin copy people',
    ['twin.city = people.city', 'twin.email = people.email', 'twin.id = people.id'],
    'bigquery',
  ],
  ['create table twin clone people at (offset => -60)', ['TWIN.* = PEOPLE.*']],
  ['create table twin clone elsewhere', ['TWIN.* = ELSEWHERE.*']],
  [
    'create table made (n int, "x" text) as select id, email from people',
    ['MADE.N = PEOPLE.ID', 'MADE.x = PEOPLE.EMAIL'],
  ],
  ['create table made (n, "x") as select id, email from people', ['MADE.N = PEOPLE.ID', 'MADE.x = PEOPLE.EMAIL']],
  [
    "create or replace dynamic table if not exists s.made (n, x) target_lag = '1 hour' warehouse = w as select id, email from people",
    ['MADE.N = PEOPLE.ID', 'MADE.X = PEOPLE.EMAIL'],
  ],
  ['create view seen (x) as select upper(email) from people', ['SEEN.X < PEOPLE.EMAIL']],
  ['create table made (n int, x text) as select * from elsewhere', ['MADE.* < ELSEWHERE.*']],
  ['create table made as select email as "a.b" from people', ['MADE."a.b" = PEOPLE.EMAIL']],
  ['alter table people rename column email to note', ['PEOPLE.NOTE = PEOPLE.EMAIL']],
  [
    'alter table people rename column email to city, rename column city to email',
    ['people.city = people.email', 'people.email = people.city'],
    'bigquery',
  ],
  ['alter table people add column note varchar as (email)', ['PEOPLE.* < PEOPLE.*']],
  ['alter table people add column if not exists note varchar as (email)', ['PEOPLE.* < PEOPLE.*']],
  ['alter table people rename to persons', ['PEOPLE.* = PERSONS.*', 'PERSONS.* = PEOPLE.*']],
  ['update copied set b = people.email from people where people.id = copied.a', ['COPIED.B = PEOPLE.EMAIL']],
  [
    'merge into copied t using people s on t.a = s.id when matched then update set b = s.email when not matched then insert (a, c) values (s.id, lower(s.city))',
    ['COPIED.A = PEOPLE.ID', 'COPIED.B = PEOPLE.EMAIL', 'COPIED.C < PEOPLE.CITY'],
  ],
  ['insert into copied (a) select case when email is null then 1 else 2 end from people', ['COPIED.A < PEOPLE.EMAIL']],
  [
    'insert all into copied into made select id, email from people',
    ['COPIED.A = PEOPLE.ID', 'COPIED.B = PEOPLE.EMAIL', 'MADE.* < PEOPLE.EMAIL PEOPLE.ID'],
  ],
  [
    'insert all into copied (c, a) into made (x, y) values (n, default) select id as n, email from people',
    ['COPIED.A = PEOPLE.EMAIL', 'COPIED.C = PEOPLE.ID', 'MADE.X = PEOPLE.ID', 'MADE.Y <'],
  ],
  [
    "insert first when city = 'x' then into copied (b) values (upper(email)) else into copied (a) select * from people",
    ['COPIED.* < PEOPLE.CITY PEOPLE.EMAIL', 'COPIED.A = PEOPLE.ID', 'COPIED.B < PEOPLE.EMAIL'],
  ],
  ['insert all into copied (b) select * from elsewhere', ['COPIED.* < ELSEWHERE.*']],
  [
    'insert into copied (a, b) select my_udf(email), city from people',
    ['COPIED.A < *.*.*.* PEOPLE.* PEOPLE.EMAIL', 'COPIED.B = PEOPLE.CITY'],
  ],
  ['insert into copied (a, b) select seq1.nextval, city from people', ['COPIED.A <', 'COPIED.B = PEOPLE.CITY']],
  ['insert into copied (a) select seq1.nextval from people seq1', ['COPIED.A < PEOPLE.*']],
  ['insert into copied (a) select people.nextval from s.people', ['COPIED.A < PEOPLE.*']],
  [
    'update s.copied set b = d.f(1), c = ai.generate(a) where a = "1"',
    ['copied.b < *.*.*.*', 'copied.c < copied.a'],
    'bigquery',
  ],
  [
    'insert into s.copied (b, c) select h.x, 1 from _kept.anon1 h',
    ['copied.b < *.*.*.* p._kept.anon1.x', 'copied.c <'],
    'bigquery',
  ],
  ['from s.people |> call d.f() |> insert into s.copied', ['copied.* < *.*.*.* people.*'], 'bigquery'],
  ["insert into copied (a) select x from table(result_scan('01b2'))", ['COPIED.A < *.*.*.*']],
  ['create table made as select * from table(result_scan(last_query_id()))', ['MADE.* < *.*.*.*']],
  ['insert into copied (a) select x from table($found), people', ['COPIED.A < *.*.*.* PEOPLE.*']],
  ['begin insert into copied select * from table(result_scan(last_query_id())); end', ['COPIED.* < *.*.*.* COPIED.*']],
  ['create table made as select value from nonsense nonsense nonsense, table(flatten(x))', ['MADE.* < NONSENSE.*']],
  ['insert into copied (a) select email from people; select 1', ['COPIED.* < PEOPLE.*']],
  ['copy into @out/a.csv from people', ['@OUT.* < PEOPLE.CITY PEOPLE.EMAIL PEOPLE.ID']],
  ['copy into @d.s."Out x"/a.csv from (select email from people)', ['@OUT X.* < PEOPLE.EMAIL']],
  ['copy into @d.s."a.b" from (select my_udf(1))', ['@A_B.* < *.*.*.*']],
  ['copy into @%people from people; select 1', ['@%PEOPLE.* < PEOPLE.*']],
  ["copy into 's3://bucket/x.csv' from people", ['@*.* < PEOPLE.*']],
  ['copy into copied from @other.out/a.csv', ['COPIED.* < @OUT.$1']],
  ['copy into copied (c, b) from (select $1, upper(f.$2) from @"OUT" f)', ['COPIED.C < @OUT.$1', 'COPIED.B < @OUT.$1']],
  ['copy into copied (a) from (select my_udf($1) from @out)', ['COPIED.A < *.*.*.* @OUT.$1']],
  ["copy into copied from 's3://bucket/x.csv'", ['COPIED.* < @*.*']],
  ['insert into copied (a) select $1 from @out/a.b', ['COPIED.A < @OUT.*']],
  ['copy files into @d.s.other from @out', ['@OTHER.* < @OTHER.* @OUT.*']],
  ['create stage other clone s.out', ['@OTHER.* < @OUT.*']],
  ['alter stage out rename to s.other', ['@OUT.* < @OTHER.* @OUT.*', '@OTHER.* < @OTHER.* @OUT.*']],
  ["create stage other url = 's3://bucket/x'", ['@OTHER.* < @*.*']],
  ['create external table made location = @out/x file_format = (type = csv)', ['MADE.* < @OUT.*']],
  ['delete from copied where a in (select email from people)', []],
  ['select email from people', []],
  ['create table s.made as from s.people |> select email as x', ['made.x = people.email'], 'bigquery'],
  [
    'create or replace view s.made options (description = "x") as with p as (from s.people) from p |> extend 1 as n |> drop id, city',
    ['made.email = people.email', 'made.n <'],
    'bigquery',
  ],
  ['insert into s.copied (b) from s.people |> where id = 1 |> select email', ['copied.b = people.email'], 'bigquery'],
  ['insert into s.copied (b) select email from s.people', ['copied.b = people.email'], 'bigquery'],
  ['insert into s.copied (b) select (not email) from s.people', ['copied.b < people.email'], 'bigquery'],
  [
    'merge s.copied t using s.people p on t.a = p.id when not matched then insert row',
    [
      ...['copied.a = people.id', 'copied.b = people.email', 'copied.c = people.city'],
      ...['copied.id = people.id', 'copied.email = people.email', 'copied.city = people.city'],
    ],
    'bigquery',
  ],
  [
    'merge s.copied t using s.people p on t.a = p.id when not matched then insert (c, a, b) row',
    ['copied.a = people.email', 'copied.b = people.city', 'copied.c = people.id'],
    'bigquery',
  ],
  [
    'merge s.copied t using s.elsewhere p on t.a = p.id when not matched then insert row',
    ['copied.* < elsewhere.*'],
    'bigquery',
  ],
]
for (const [sql, expected, dialect = 'snowflake'] of cases) {
  test(`${sql} (${dialect})`, async () => {
    const { stores = [] } = await classifier.classify(sql, dialect, contexts[dialect], catalogs[dialect])
    const short = (name: string) => name.replace(/^(D\.S|p\.s)\./, '')
    const told = stores.map(({ column, sources, copied }) =>
      [short(column), copied ? '=' : '<', ...sources.map(short).toSorted()].join(' '),
    )
    assert.deepEqual(told.toSorted(), expected.toSorted())
  })
}

test('what is not understood may put all that it reads into all that it writes', async () => {
  const sql = 'insert into copied select $1 nonsense nonsense from people'
  const { understood, stores } = await classifier.classify(sql, 'snowflake', contexts.snowflake, catalogs.snowflake)
  assert.equal(understood, false)
  assert.deepEqual(stores, [{ column: 'D.S.COPIED.*', sources: ['D.S.PEOPLE.*'] }])
})

test('what shows another table, and is said of it by the word TABLE alone, holds what that holds', async () => {
  for (const sql of ['create stream seen on table people', 'create view seen as table people']) {
    const { stores } = await classifier.classify(sql, 'snowflake', contexts.snowflake, catalogs.snowflake)
    assert.deepEqual(stores?.find(({ column }) => column === 'D.S.SEEN.*')?.sources, ['D.S.PEOPLE.*'], sql)
  }
})

test('what another statement follows is stored as without it, also within one table', async () => {
  for (const sql of [
    'update people set city = email where id > 0',
    'alter table people rename column email to note',
    'alter table people rename to made',
  ])
    for (const text of [`${sql}; select 1`, `begin transaction; ${sql}; commit transaction`]) {
      const { stores } = await classifier.classify(text, 'bigquery', contexts.bigquery, catalogs.bigquery)
      assert.ok(stores?.every(({ sources }) => sources.includes('p.s.people.*')) && stores.length > 0, text)
    }
  const values = "insert into people (id) values ('1'); insert into people (id) values ('2')"
  const { stores } = await classifier.classify(values, 'bigquery', contexts.bigquery, catalogs.bigquery)
  assert.deepEqual(stores, [{ column: 'p.s.people.*', sources: [] }])
})

test('what is renamed or swapped by a statement that is not understood may be under either name', async () => {
  for (const sql of ['alter view people rename to seen', 'alter dynamic table people swap with seen']) {
    const { writes, stores } = await classifier.classify(sql, 'snowflake', contexts.snowflake, catalogs.snowflake)
    assert.deepEqual([...writes].sort(), ['D.S.PEOPLE', 'D.S.SEEN'], sql)
    assert.ok(stores?.find(({ column }) => column === 'D.S.SEEN.*')?.sources.includes('D.S.PEOPLE.*'), sql)
  }
})

test('a table of listed columns, or of some of a PIVOT by its rows, is one like others', async () => {
  const pivot = 'people pivot (max(id) for email in (any)) as p'
  for (const sql of [
    `create table made (a text, b text, c text) as select * from ${pivot}`,
    `create table made as select count(*) as n from ${pivot}`,
  ])
    assert.equal((await classifier.classify(sql, 'snowflake', contexts.snowflake, catalogs.snowflake)).cause, undefined)
})

const notFollowed: readonly (readonly [sql: string, cause: RegExp])[] = [
  ["copy into copied from @incoming validation_mode = 'RETURN_5_ROWS'", /VALIDATION_MODE/],
  [
    'create table made as select * from (select id, email, city from people) pivot (max(id) for email in (any))',
    /called by the values of rows/,
  ],
  [
    'create view seen as select p.* from people pivot (max(id) for email in (select email from people)) p',
    /called by the values of rows/,
  ],
  ['explain insert into copied select * from people', /EXPLAIN of anything but a query/],
  ['create schema twin clone s', /a copy of all that a schema or database holds/],
  ['create or replace database twin clone d', /a copy of all that a schema or database holds/],
]
for (const [sql, cause] of notFollowed) {
  test(`${sql}: is not understood, because nobody could follow what it shows, copies or names`, async () => {
    const found = await classifier.classify(sql, 'snowflake', contexts.snowflake, catalogs.snowflake)
    assert.equal(found.understood, false)
    assert.match(found.cause ?? '', cause)
  })
}

test('what names too much keeps its tables: a rule still denies one, and a copy of it is tainted', async () => {
  const copy = 'create table copied as select ssn from emp where'
  const columns = listOf(1_500, at => `c${at}`)
  const texts = [
    [`${copy} '' <> (select min($1) from @st/${'a.'.repeat(36)}a)`, 'EMP.*'],
    [`${copy} '' <> (select min($1) from @st/${'a'.repeat(3_000)})`, 'EMP.*'],
    [
      `create table copied as with w as (select greatest(${columns}) x from emp) select ${listOf(100, at => `x x${at}`)} from w`,
      'EMP.*',
    ],
    [`${copy} 0 < (select count(*) from ${listOf(1_001, at => `t${at}`)})`, '*.*'],
    [
      `insert all ${'into copied '.repeat(2)}${listOf(300, at => `into t${at}`).replaceAll(',', ' ')} select * from emp, ${listOf(600, at => `t${at}`)}`,
      '*.*',
    ],
  ] as const
  for (const [sql, source] of texts) {
    const { cause, reads, writes, stores = [] } = await classifier.classify(sql, 'snowflake', {})
    const what = sql.slice(0, 120)
    assert.match(cause ?? '', /names more/, what)
    assert.ok(reads.includes('EMP'), what)
    assert.ok(writes.includes('COPIED'), what)
    const copied = stores.find(({ column }) => column === 'COPIED.*')
    assert.ok(copied?.sources.includes(source), `${what}: ${copied?.sources.slice(0, 5)}`)
    assert.ok(JSON.stringify(stores).length < 2_000_000, what)
  }
})
