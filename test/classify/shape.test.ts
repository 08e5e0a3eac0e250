import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StatementKind } from '#src/classify/classification.ts'
import { type Shape, shapeOf } from '#src/classify/shape.ts'

import type { BindValue, Dialect } from '#src/statement.ts'

function shape(sql: string, dialect: Dialect = 'snowflake', binds: readonly BindValue[] = []): Shape {
  const found = maybeShape(sql, dialect, binds)
  assert.ok(found, sql)
  return found
}

function maybeShape(sql: string, dialect: Dialect = 'snowflake', binds: readonly BindValue[] = []): Shape | undefined {
  const kind = /^\w+/.exec(sql)?.[0].toLowerCase() as StatementKind
  return shapeOf({ sql, dialect, binds }, { kind })
}

/** What may vary of each, as people see it. */
const shapes: readonly (readonly [sql: string, text: string])[] = [
  ["delete from orders where status = 'test'", 'delete from orders where status = ?'],
  ["delete from o where at < '2020-01-01'", 'delete from o where at < ?'],
  ["delete from o where at < DATE '2020-01-01' and x >= 5", 'delete from o where at < DATE ? and x >= ?'],
  [
    'delete from o where a between 1 and 5 and b not in (1, 2)',
    'delete from o where a between ? and ? and b not in (?, ?)',
  ],
  ["update o set a = 1, b = 'x' where id = 5 or (t.c = 6)", 'update o set a = ?, b = ? where id = ? or (t.c = ?)'],
  ["insert into o (a, b) values (1, 'x'), (2, upper('y'))", "insert into o (a, b) values (?, ?), (?, upper('y'))"],
  [
    "select a from o join p on o.x = p.y and p.k = 'v' where o.id = 7",
    'select a from o join p on o.x = p.y and p.k = ? where o.id = ?',
  ],
  ["select a from o where v:a.b::string = 'x'", 'select a from o where v:a.b::string = ?'],
  [
    'select a from (select b from u where c = 1) where exists (select 1 from w where d = 2)',
    'select a from (select b from u where c = ?) where exists (select 1 from w where d = ?)',
  ],
]

/** Nothing of these varies but what is marked. */
const fixed: readonly (readonly [sql: string, dialect?: Dialect])[] = [
  ['select a from o limit 10 offset 20'],
  ['select top 5 a from o'],
  ["select a from o where at > current_date - interval '1 day'"],
  ["select a from o where current_date < '2030-01-01'"],
  ['select a from o where 1 = 1'],
  ["select a from o where 'a' = 'a'"],
  ["select a from identifier('o')"],
  ["select a from table('o')"],
  ['select a from table(generator(rowcount => 10))'],
  ["select a from table(flatten(input => v, path => 'a.b'))"],
  ["select $1 from @stage/path (pattern => '.*csv')"],
  ["select a from o where name like '%x'"],
  ["select a from o where name rlike 'x.*'"],
  ["select a from o where v['k'] is not null and get_path(v, 'a.b') is null"],
  ["select a from o where v['k'] = 'x'"],
  ["select a from o where get_path(v, 'a') = 'x'"],
  ["select a from o where to_char(at, 'YYYY') = '2026'"],
  ["select system$typeof('x') from o"],
  ["select to_date(x, 'YYYY') from o"],
  ['select a from o at(offset => -60)'],
  ["select a from o before(statement => 'x')"],
  ["select a, 'x' as label, 5 from o"],
  ['select a = 1 from o'],
  ['select case when a = 1 then 2 else 3 end from o'],
  ['select row_number() over (order by a rows between 1 preceding and 2 following) from o'],
  ['select a from o group by 1 order by 2'],
  ['select a from o sample (10)'],
  ['select a, count(*) n from o group by a having n >= 10'],
  ['select a, row_number() over (order by a) rn from o qualify rn <= 1'],
  ["select a from o where upper(b) = 'X'"],
  ["select a from o where b = 'x' || c"],
  ['select a from o where b = 5 + c'],
  ['select a from o where b = -5'],
  ['select a from o where b + 1 = 5'],
  ['select a from o where b in (select 5)'],
  ['select a from o where (a, b) in ((1, 2))'],
  ['select a from o where f(b = 1)'],
  ["select a from o where b = 'x' collate 'de'"],
  ["select a from o where b = 'x'::date"],
  ['select a from values (1), (2)'],
  ["update o set a = upper('x'), b = b + 1 where true"],
  ['merge into o using s on o.a = s.a when matched and f(1) then update set b = g(2)'],
  ["insert into o select 1, 'x'"],
  ['select with differential_privacy options(epsilon = 10, delta = 1) a from o', 'bigquery'],
  ["select a from o where _TABLE_SUFFIX = '2026'", 'bigquery'],
  ["select a from o where `_TABLE_SUFFIX` = '2026'", 'bigquery'],
  ["select a from o where o.`_table_suffix` = '2026'", 'bigquery'],
  ["select a from o for system_time as of timestamp '2026-01-01'", 'bigquery'],
  ['select a from o where b in unnest([1, 2])', 'bigquery'],
  ['from o |> limit 5', 'bigquery'],
]

describe('the shape of a statement', () => {
  for (const [sql, text] of shapes)
    test(sql, () => {
      assert.equal(shape(sql).text, text)
      assert.equal(shape(sql).places, text.split('?').length - 1)
    })

  for (const [sql, dialect] of fixed)
    test(`nothing varies: ${sql}`, () => {
      const kind: StatementKind = sql.startsWith('from') ? 'select' : (/^\w+/.exec(sql)?.[0] as StatementKind)
      const found = shapeOf({ sql, dialect: dialect ?? 'snowflake', binds: [] }, { kind })
      assert.equal(found?.places, 0)
    })

  const one = "delete from shop.orders where status = 'test' and day < '2020-01-01'"
  const others: readonly (readonly [what: string, sql: string, same: boolean])[] = [
    ['other values', "delete from shop.orders where status = 'old' and day < '2030-12-31'", true],
    ['other white space and a comment', "delete  from shop.orders\nwhere status = 'x' /* y */ and day < '1'", true],
    ['a value with a quote in it', "delete from shop.orders where status = 'a''b' and day < 'x'", true],
    ['a condition more', "delete from shop.orders where status = 'test' and day < '2020-01-01' or 1=1", false],
    ['another operator', "delete from shop.orders where status = 'test' or day < '2020-01-01'", false],
    ['another comparison', "delete from shop.orders where status = 'test' and day > '2020-01-01'", false],
    ['not equal', "delete from shop.orders where status <> 'test' and day < '2020-01-01'", false],
    ['a number instead of a text', "delete from shop.orders where status = 5 and day < '2020-01-01'", false],
    ['another column', "delete from shop.orders where state = 'test' and day < '2020-01-01'", false],
    ['another table', "delete from shop.customers where status = 'test' and day < '2020-01-01'", false],
    ['a column instead of a value', "delete from shop.orders where status = status and day < '2020-01-01'", false],
    ['a function of the value', "delete from shop.orders where status = lower('test') and day < '2020-01-01'", false],
    ['a condition less', "delete from shop.orders where status = 'test'", false],
    ['a condition in a comment', "delete from shop.orders where status = 'test' -- and day < '2020-01-01'", false],
  ]
  for (const [what, sql, same] of others)
    test(`${what}: ${same ? 'the same' : 'another'} shape`, () => {
      assert.equal(shape(sql).fingerprint === shape(one).fingerprint, same)
    })

  test('the number of values in a list, and of rows, belongs to it', () => {
    const list = (items: string) => shape(`select a from o where id in (${items})`).fingerprint
    assert.equal(list('1, 2'), list('8, 9'))
    assert.notEqual(list('1, 2'), list('1, 2, 3'))
    const rows = (text: string) => shape(`insert into o values ${text}`).fingerprint
    assert.equal(rows("(1, 'x')"), rows("(2, 'y')"))
    assert.notEqual(rows("(1, 'x')"), rows("(1, 'x'), (2, 'y')"))
    assert.notEqual(rows("(1, 'x')"), rows("('x', 1)"))
  })

  test('limits, patterns and other fixed values are part of it', () => {
    for (const [sql, other] of [
      ['select a from o limit 10', 'select a from o limit 100000'],
      ["select a from o where b like 'x'", "select a from o where b like '%'"],
      [
        "select a from o where at > current_date - interval '1 day'",
        "select a from o where at > current_date - interval '9 year'",
      ],
      ['select v:a.b from o', 'select v:a.c from o'],
      ["select get_path(v, 'a') from o", "select get_path(v, 'b') from o"],
    ] as const)
      assert.notEqual(shape(sql).fingerprint, shape(other).fingerprint, other)
  })

  test('binds vary in value, not in type, and only where a value stands', () => {
    const asked = (sql: string, ...binds: BindValue[]) => shape(sql, 'snowflake', binds).fingerprint
    const sql = 'select a from o where id = ? limit ?'
    assert.equal(asked(sql, 1, 10), asked(sql, 2, 10))
    assert.notEqual(asked(sql, 1, 10), asked(sql, 1, 1000))
    assert.notEqual(asked(sql, 1, 10), asked(sql, '1', 10))
    assert.notEqual(asked(sql, 1, 10), asked(sql, null, 10))
    assert.notEqual(asked('select a from o where id = ?', 1), shape('select a from o where id = 1').fingerprint)
    assert.equal(shape(sql, 'snowflake', [1, 10]).places, 1)
  })

  test('binds that name their type vary in value alone, and lists not at all', () => {
    const sql = 'select a from o where id = ?'
    const asked = (bind: BindValue) => shape(sql, 'bigquery', [bind]).fingerprint
    assert.equal(asked({ type: 'INT64', value: '1' }), asked({ type: 'INT64', value: '2' }))
    assert.notEqual(asked({ type: 'INT64', value: '1' }), asked({ type: 'STRING', value: '1' }))
    assert.notEqual(asked({ type: 'INT64', value: '1' }), asked({ type: 'INT64', value: null }))
    assert.notEqual(asked({ type: 'INT64', value: '1' }), asked('1'))
    const list = (...value: string[]): BindValue => ({ type: { array: 'INT64' }, value })
    assert.equal(asked(list('1')), asked(list('1')))
    assert.notEqual(asked(list('1')), asked(list('2')))
    assert.equal(maybeShape(sql, 'bigquery', [{ name: 'x', type: 'INT64', value: '1' }]), undefined)
  })

  test('what cannot be told has no shape', () => {
    assert.equal(maybeShape('select a from o where id = ?'), undefined)
    assert.equal(maybeShape('select a from o', 'snowflake', [1]), undefined)
    assert.equal(maybeShape('select a from o where id = :1', 'snowflake', [1]), undefined)
    assert.equal(maybeShape('select a from o where id = $x'), undefined)
    assert.equal(maybeShape('select a from o where id = @x', 'bigquery', [1]), undefined)
    assert.equal(maybeShape('select 1; select 2'), undefined)
    assert.equal(maybeShape("select 'a' 'b'"), undefined)
  })

  test('the same text is another shape in another dialect, and bytes are no text', () => {
    const sql = "select a from o where b = 'x'"
    assert.notEqual(shape(sql).fingerprint, shape(sql, 'bigquery').fingerprint)
    assert.notEqual(shape(sql, 'bigquery').fingerprint, shape("select a from o where b = b'x'", 'bigquery').fingerprint)
    assert.equal(shape(sql, 'bigquery').fingerprint, shape('select a from o where b = "y"', 'bigquery').fingerprint)
  })
})
