import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Hazard } from '#src/classify/classification.ts'
import { createClassifier } from '#src/classify/classify.ts'
import type { Dialect } from '#src/statement.ts'
import { catalogOf } from './corpus.ts'
import { lineageSchema } from './lineage-rows.ts'

const classifier = createClassifier()
after(() => classifier.close())

/** A statement, and the columns among those it filters, joins, groups or orders by. */
type FilterRow = readonly [sql: string, columns: string]

const snowflake: readonly FilterRow[] = [
  ["SELECT id FROM customers WHERE ssn = 'x'", 'ssn'],
  ["SELECT ssn AS zz FROM customers WHERE zz = 'x'", 'ssn'],
  ["SELECT UPPER(ssn) AS name FROM customers WHERE name = 'x'", 'ssn name'],
  ['SELECT c.id FROM customers c JOIN staff s ON s.email = c.email', 'email'],
  ['SELECT c.id FROM customers c JOIN staff s USING (email)', 'email'],
  ['SELECT id FROM customers ORDER BY ssn', 'ssn'],
  ['SELECT COUNT(*) n FROM customers GROUP BY ssn', 'ssn'],
  ['SELECT COUNT(*) n, ssn FROM customers GROUP BY 2', 'ssn'],
  ["SELECT MAX(ssn) m FROM customers HAVING m > 'x'", 'ssn'],
  ['SELECT id FROM customers QUALIFY RANK() OVER (ORDER BY ssn) = 1', 'ssn'],
  ['SELECT id FROM staff WHERE EXISTS (SELECT 1 FROM customers c WHERE c.ssn = staff.email)', 'ssn'],
  ['SELECT id FROM staff WHERE email IN (SELECT ssn FROM customers)', 'ssn'],
  ['SELECT DISTINCT ssn FROM customers', 'ssn'],
  ['SELECT ssn FROM customers UNION SELECT email FROM staff', 'ssn'],
  ["WITH c AS (SELECT ssn s FROM customers) SELECT 1 x FROM c WHERE s LIKE 'a%'", 'ssn'],
  ["SELECT x.v FROM (SELECT ssn v, id i FROM customers) x WHERE x.v > '1' AND x.i IN (1)", 'ssn'],
  ['SELECT id FROM orders o ASOF JOIN customers c MATCH_CONDITION (o.created_at >= c.ssn)', 'ssn'],
  ["SELECT id FROM customers START WITH ssn = '1' CONNECT BY PRIOR id = balance", 'ssn'],
  [
    "SELECT id FROM customers CONNECT BY PRIOR id = balance AND ssn IN ('a') AND city BETWEEN 'a' AND email OR name LIKE 'x'",
    'ssn city email name',
  ],
  [
    "SELECT id FROM (SELECT id, ssn AS limit FROM customers CONNECT BY name IS NULL AND PRIOR id = balance) WHERE limit > 'a' LIMIT 1",
    'name balance ssn',
  ],
  ["DELETE FROM customers WHERE ssn = '1'", 'ssn'],
  ["UPDATE customers SET name = 'x' WHERE ssn = '1'", 'ssn'],
  ["MERGE INTO staff s USING customers c ON s.email = c.ssn WHEN MATCHED AND c.city = 'x' THEN DELETE", 'ssn'],
  ["SELECT * FROM customers PIVOT(MAX(id) FOR ssn IN ('a'))", 'ssn'],
  ["SELECT id FROM customers, LATERAL FLATTEN(SPLIT(ssn,'')) f WHERE f.value = '1'", 'ssn'],
  [
    'SELECT * FROM customers MATCH_RECOGNIZE (PARTITION BY ssn ORDER BY id MEASURES 1 AS o PATTERN (a) DEFINE a AS id > 1)',
    'ssn',
  ],
]

const bigquery: readonly FilterRow[] = [
  ["SELECT id FROM events, UNNEST(tags) t WHERE t.k = 'x'", 'tags'],
  ["SELECT id FROM events WHERE EXISTS (SELECT 1 FROM UNNEST(tags) t WHERE t.v = 'x')", 'tags'],
  ["SELECT id FROM events WHERE 'a' IN UNNEST(nums)", 'nums'],
  ['SELECT ARRAY_FILTER(tags, t -> EXISTS (SELECT 1 FROM customers c WHERE c.ssn = t.v)) f FROM events', 'tags ssn'],
  [
    'SELECT ARRAY_TRANSFORM([1], (n, i) -> ARRAY_TRANSFORM([c.ssn], s -> (SELECT MAX(id) FROM staff WHERE name = s))) f FROM customers c',
    'name ssn',
  ],
  ["SELECT id FROM events WHERE rec.ssn = 'x'", 'rec'],
  ["FROM customers |> WHERE ssn = '1' |> SELECT id", 'ssn'],
  ['FROM customers |> AGGREGATE COUNT(*) AS n GROUP BY ssn', 'ssn'],
  ['FROM customers |> ORDER BY ssn |> SELECT id', 'ssn'],
  ["FROM customers |> EXTEND ssn AS q |> WHERE q = '1' |> SELECT id", 'ssn'],
  ['FROM customers |> ORDER BY 4 |> SELECT id', 'ssn'],
  ["FROM customers |> ASSERT city > 'a', 'no', ssn |> SELECT id", 'ssn'],
  ["FROM customers c |> JOIN staff s USING (id) |> WHERE s.mgr = 1 |> WHERE c.ssn = '1' |> SELECT id", 'ssn'],
  ["SELECT id FROM customers WHERE WITH(q AS ssn, q = '1')", 'ssn'],
  ["SELECT id FROM customers WHERE (SELECT ssn) = '1'", 'ssn'],
  ["SELECT c.id FROM customers c WHERE STRUCT(c.ssn, 1) = STRUCT('a', 1)", 'ssn'],
  ["SELECT id FROM customers c WHERE TO_JSON_STRING(c) LIKE '%x%'", 'ssn'],
  [
    'SELECT STRUCT(email AS a, ssn AS b) AS s FROM (SELECT STRUCT(ssn AS a, email AS b) AS s, ssn, email FROM customers) ORDER BY s.b',
    'ssn email',
  ],
]

const statements: readonly (readonly [Dialect, readonly FilterRow[]])[] = [
  ['snowflake', snowflake],
  ['bigquery', bigquery],
]

for (const [dialect, rows] of statements) {
  describe(`columns that decide which rows a ${dialect} statement takes`, () => {
    const catalog = catalogOf(dialect, lineageSchema[dialect])
    for (const [sql, columns] of rows) {
      test(sql, async () => {
        const { filters, understood, cause } = await classifier.classify(sql, dialect, {}, catalog)
        assert.equal(understood, true, cause)
        const named = filters.map(column => column.slice(column.lastIndexOf('.') + 1).toLowerCase())
        for (const column of columns.split(' ')) assert.ok(named.includes(column), `${column} is not in ${filters}`)
      })
    }
  })
}

describe('what is no column of a table is no gap in the filters, but a hazard', () => {
  const foreign: readonly (readonly [Dialect, string, Hazard])[] = [
    ['snowflake', 'select id from customers where my_udf(id) = 1', 'unknown_function'],
    ['snowflake', 'select id from customers where id = $limit', 'opaque_source'],
    ['snowflake', 'select * from table(result_scan(last_query_id())) where x = 1 order by y', 'opaque_source'],
    ['snowflake', 'with r as (select * from table(db.s.rows_of(1))) select a from r group by a', 'opaque_source'],
    ['snowflake', 'select $1 from @stage where $2 = 3', 'stage_read'],
    ['bigquery', 'select id from customers where d.f(id).a.b = 1', 'unknown_function'],
    ['bigquery', "select * from external_query('c', 'select 1') where a = 1", 'external'],
  ]
  for (const [dialect, sql, hazard] of foreign) {
    test(sql, async () => {
      const answer = await classifier.classify(sql, dialect, {}, catalogOf(dialect, lineageSchema[dialect]))
      assert.equal(answer.understood, true, answer.cause)
      assert.ok(answer.hazards.includes(hazard), answer.hazards.join())
      assert.equal(answer.harmless, false)
    })
  }

  const gaps: readonly (readonly [Dialect, string])[] = [
    ['snowflake', "select id from customers where identifier('ssn') = 'x'"],
    ['snowflake', 'select id from customers where nowhere_to_be_found = 1'],
    ['bigquery', 'select id from customers where nowhere_to_be_found.a = d.f(1)'],
  ]
  for (const [dialect, sql] of gaps) {
    test(`a gap: ${sql}`, async () => {
      const answer = await classifier.classify(sql, dialect, {}, catalogOf(dialect, lineageSchema[dialect]))
      assert.equal(answer.understood, false)
    })
  }
})

test('a column that cannot be told apart from others of its tables counts as any of theirs', async () => {
  const rows: readonly (readonly [Dialect, string, string])[] = [
    ['snowflake', 'select * from (select * from a union all select * from b) where x = 1', 'A.* B.*'],
    ['snowflake', 'select 1 from table(f(1)) t, (select * from a union all select * from b) u where x = 1', 'A.* B.*'],
    ['snowflake', 'select * from a pivot(sum(x) for y in (any)) order by k', 'A.Y A.* A.K A.X'],
    ['snowflake', 'select 1 from a pivot(max(x) for y in (any order by y)) as p where p.k = 1', 'A.Y A.* A.K A.X'],
    ['snowflake', 'select 1 from a pivot(max(x) for y in (any)) as p (m, n) where p.m = 1', 'A.Y A.* A.X'],
    ['snowflake', "select 1 from a pivot(max(x) for y in ('v'))", 'A.Y A.*'],
    ['snowflake', 'select p.m from a as p (m, n) where p.n = 1', 'A.*'],
    ['snowflake', 'select 1 from (select * from a, table(f(1))) as p (m) where m = 1', 'A.*'],
    [
      'snowflake',
      'with recursive c (m) as (select * from a union all select c.m || b.x from c, b) select 1 from c where m = 1',
      'A.* B.X',
    ],
    ['bigquery', 'select distinct * from d.a', 'd.a.*'],
    ['bigquery', 'select * from d.a order by a.x', 'd.a.x d.a.a'],
    ['bigquery', 'select * from d.a qualify rank() over (order by a.x) = 1', 'd.a.x d.a.a'],
    ['bigquery', 'select * from d.a order by array_length(array_filter(b, e -> e > a.x))', 'd.a.b d.a.x d.a.a'],
    ['bigquery', 'select * from d.a except distinct select * from d.b', 'd.a.* d.b.*'],
    ['bigquery', 'select 1 from d.a as x where x is not null', 'd.a.x d.a.*'],
    ['bigquery', 'select 1 from d.a where to_json_string(a) > "x"', 'd.a.a d.a.*'],
  ]
  for (const [dialect, sql, filters] of rows) {
    const answer = await classifier.classify(sql, dialect, {}, catalogOf(dialect, lineageSchema[dialect]))
    assert.deepEqual([answer.understood, answer.filters.join(' ')], [true, filters], sql)
  }
  const { outputs } = await classifier.classify('select a from d.a', 'bigquery', {})
  assert.deepEqual(outputs?.[0], { name: 'a', sources: ['d.a.a', 'd.a.*'], indirect: [] })
  const pivoted = await classifier.classify('select k, * from a pivot(max(x) for y in (any))', 'snowflake', {})
  assert.deepEqual([pivoted.outputs, pivoted.reads], [null, ['A']])
  const named = await classifier.classify('select k from a pivot(max(x) for y in (any))', 'snowflake', {})
  assert.deepEqual(named.outputs, [{ name: 'K', sources: ['A.K', 'A.X'], indirect: ['A.Y'] }])
  const renamed = await classifier.classify('select p.m from a as p (m, n)', 'snowflake', {})
  assert.equal(renamed.outputs, null)
})

for (const [sql, columns] of [
  ["SELECT c.id FROM c JOIN (SELECT ssn, 'x' AS a FROM z) u USING (ssn)", ['C.SSN', 'Z.SSN']],
  ["SELECT c.id FROM (SELECT 'x' AS ssn) u JOIN c USING (ssn)", ['C.SSN']],
  ["SELECT c.ssn FROM c NATURAL JOIN (SELECT 'x' AS ssn) u", ['C.SSN']],
] as const)
  test(`what is joined by is a column of either side, though the columns of one are not known: ${sql}`, async () => {
    const { filters } = await classifier.classify(sql, 'snowflake', {})
    assert.deepEqual(filters.toSorted(), columns)
  })
