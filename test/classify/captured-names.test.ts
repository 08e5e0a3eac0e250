import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createClassifier } from '#src/classify/classify.ts'
import type { Dialect } from '#src/statement.ts'
import { catalogOf } from './corpus.ts'

const classifier = createClassifier({ workers: 1 })
after(() => classifier.close())

const person = { id: 'INT64', name: 'STRING', ssn: 'STRING', k: 'INT64' }
const schema = {
  bigquery: {
    ...{ 'd.t': person, 'd.u': { id: 'INT64', secret: 'STRING' }, 'd.v': { id: 'INT64', ssn: 'STRING' } },
    'd.left': { a: 'STRING' },
    'd.now': { current_date: 'INT64', current_timestamp: 'INT64' },
    'd.pv': {
      ...person,
      d1: 'DATE',
      d2: 'DATE',
      day: 'STRING',
      s: 'STRUCT<a STRING, b ARRAY<INT64>>',
      arr: 'ARRAY<STRUCT<s STRUCT<b ARRAY<INT64>>, y INT64>>',
      secret: 'STRING',
    },
    'x.d': { t: 'STRUCT<ssn STRING>' },
  },
  snowflake: {
    t: { id: 'INT', ssn: 'TEXT', parent: 'INT' },
    'hr.prior': { id: 'INT' },
    running: { a: 'INT' },
    w: { id: 'INT', ssn: 'TEXT' },
  },
} as const

/** Every table and column that has to be heard of, or that nothing is said for certain. */
type Told = readonly string[] | 'refused'

const cases: readonly (readonly [dialect: Dialect, sql: string, told: Told])[] = [
  // What is put into a FROM clause, or beside one, must not give a name to what meant something else.
  [
    'bigquery',
    'SELECT y FROM UNNEST([STRUCT([STRUCT(1 AS secret)] AS u)] AS d, ARRAY(SELECT q.secret FROM d.u AS q) AS y)',
    'refused',
  ],
  ['bigquery', "SELECT (SELECT MAX(y) FROM UNNEST(['x'] AS ssn, [ssn] AS y)) AS m FROM d.t", 'refused'],
  ['bigquery', "SELECT (SELECT MAX(y) FROM UNNEST([STRUCT('x' AS ssn)] AS z, [ssn] AS y)) AS m FROM d.t", 'refused'],
  [
    'bigquery',
    "FROM d.t |> WHERE name IN (SELECT q.secret FROM d.u AS q) |> CROSS JOIN (SELECT [STRUCT('x' AS secret)] AS u) AS d |> SELECT name",
    ['d.u.secret', 'd.t.name'],
  ],
  [
    'bigquery',
    'SELECT (FROM d.u |> WHERE secret = ssn |> JOIN d.v ON TRUE |> SELECT 1 |> LIMIT 1) AS q FROM d.t',
    ['d.t.ssn', 'd.u.secret'],
  ],
  [
    'bigquery',
    "SELECT (FROM d.v AS q |> ASSERT b.ssn = 'x' |> JOIN (SELECT 'x' AS ssn) AS b ON TRUE |> SELECT 1) AS m FROM d.t AS b",
    ['d.t.ssn'],
  ],
  [
    'bigquery',
    "SELECT (FROM d.v AS q |> PIVOT(MAX(q.ssn) FOR q.id IN (1 AS one)) |> SELECT one) AS m FROM (SELECT 'x' AS ssn, 1 AS id) AS q",
    'refused',
  ],
  [
    'bigquery',
    "SELECT y FROM (SELECT [STRUCT('x' AS secret)] AS u) AS d FULL JOIN UNNEST(ARRAY(SELECT q.secret FROM d.u AS q)) AS y ON TRUE",
    ['d.u.secret'],
  ],
  [
    'bigquery',
    "SELECT (SELECT MAX(y) FROM (SELECT 'x' AS ssn) AS d RIGHT JOIN UNNEST([ssn]) AS y ON TRUE) AS m FROM d.t",
    ['d.t.ssn'],
  ],
  // A word that is a name where it stands.
  [
    'bigquery',
    'WITH pub AS (SELECT 1 AS p) SELECT ARRAY(SELECT AS STRUCT id, model pub, id FROM (SELECT id, ssn AS model FROM d.t)) AS x',
    ['d.t.id', 'd.t.ssn'],
  ],
  [
    'bigquery',
    "WITH pub AS (SELECT '1' AS ssn) SELECT ARRAY(SELECT ssn FROM (SELECT 1 AS i), model pub) AS x",
    ['model.ssn'],
  ],
  [
    'bigquery',
    'SELECT STRING_AGG(name ORDER BY id, model DESC) AS x FROM (SELECT id, name, ssn AS model FROM d.t)',
    ['d.t.name', 'd.t.ssn'],
  ],
  ['bigquery', 'SELECT * FROM ML.PREDICT(MODEL d.m, TABLE d.t)', ['d.m.*', 'd.t.ssn']],
  [
    'bigquery',
    "SELECT id FROM (SELECT id, ssn, 'x' AS `ssn-5` FROM d.t) WHERE 5 IS NOT DISTINCT FROM ssn-5",
    ['d.t.ssn'],
  ],
  [
    'bigquery',
    'SELECT id FROM (SELECT id, k, STRUCT(1 AS e2) AS `k-1` FROM d.t) WHERE 5 IS NOT DISTINCT FROM k-1.e2',
    ['d.t.k'],
  ],
  [
    'bigquery',
    'SELECT id FROM (SELECT id, k, STRUCT(1 AS e2) AS `k-1` FROM d.t) WHERE EXTRACT(YEAR FROM k-1.e2) = 1',
    ['d.t.k'],
  ],
  ['bigquery', 'INSERT INTO safe.orders (a, b) SELECT id, name FROM d.t', ['safe.orders']],
  ['bigquery', "SELECT * FROM safe.gap_fill(TABLE d.t, ts_column => 'id', bucket_width => INTERVAL 1 DAY)", 'refused'],
  ['bigquery', 'SELECT a FROM d.left UNION ALL BY NAME SELECT secret AS a FROM d.u', ['d.left.a', 'd.u.secret']],
  [
    'snowflake',
    'SELECT q.prior x FROM (SELECT ssn AS prior, 1 AS connect_by_root, id, parent FROM t) q CONNECT BY parent = PRIOR id',
    ['T.SSN'],
  ],
  [
    'snowflake',
    "SELECT q.id FROM (SELECT ssn AS prior, 1 AS connect_by_root, id, parent FROM t) q WHERE q.prior LIKE '1%' CONNECT BY parent = PRIOR id",
    ['T.SSN'],
  ],
  [
    'snowflake',
    'SELECT RANK() OVER (ORDER BY q.prior DESC) r FROM (SELECT ssn AS prior, 1 AS connect_by_root, id, parent FROM t) q CONNECT BY parent = PRIOR id',
    ['T.SSN'],
  ],
  [
    'snowflake',
    "SELECT CASE prior WHEN 'x' THEN 1 END c FROM (SELECT ssn AS prior, 1 AS connect_by_root, id, parent FROM t) q CONNECT BY parent = PRIOR id",
    ['T.SSN'],
  ],
  [
    'snowflake',
    "WITH connect_by_root AS (SELECT 1 AS id, 'x' AS ssn, 1 AS parent), prior AS (SELECT id, ssn, parent FROM t) SELECT p.ssn FROM prior p CONNECT BY p.parent = PRIOR p.id",
    ['T.SSN', 'T.PARENT'],
  ],
  ['snowflake', 'SELECT t.id FROM t JOIN hr.prior p ON p.id = t.id CONNECT BY t.parent = PRIOR t.id', ['HR.PRIOR.ID']],
  ['snowflake', 'SELECT PRIOR ssn AS p FROM t CONNECT BY parent = PRIOR id', ['T.SSN']],
  [
    'snowflake',
    'SELECT prior id FROM (SELECT ssn AS prior, 1 AS id, parent FROM t) CONNECT BY parent = PRIOR id',
    'refused',
  ],
  [
    'snowflake',
    'SELECT 1 + prior ssn FROM (SELECT ssn, 5 AS prior, id, parent FROM t) CONNECT BY parent = PRIOR id',
    'refused',
  ],
  ['snowflake', 'SELECT t.id FROM t, running count (a, b)', ['T.ID', 'RUNNING']],
  [
    'snowflake',
    "WITH outer AS (SELECT ssn FROM t) SELECT (SELECT MAX(directed.ssn) FROM outer directed JOIN (SELECT 1 one) u ON true) x FROM (SELECT 'x' ssn) directed",
    ['T.SSN'],
  ],
  // Which of several things a name means in GoogleSQL.
  [
    'bigquery',
    "SELECT * FROM (SELECT d1, d2, day, k FROM d.pv) PIVOT(MAX(DATE_DIFF(d1, d2, DAY)) FOR k IN ('x'))",
    'refused',
  ],
  [
    'bigquery',
    "SELECT * FROM (SELECT d1, d2, ssn AS monday, k FROM d.pv) PIVOT(MAX(DATE_DIFF(d1, d2, WEEK(MONDAY))) FOR k IN ('x'))",
    'refused',
  ],
  [
    'bigquery',
    "SELECT * FROM (SELECT arr, ssn, k FROM d.pv) PIVOT(MAX(ARRAY_LENGTH(ARRAY_FILTER(arr, ssn -> ssn > 1))) FOR k IN ('x'))",
    'refused',
  ],
  [
    'bigquery',
    "SELECT * FROM (SELECT arr, ssn, k FROM d.pv) PIVOT(SUM(ARRAY_LENGTH(ARRAY(SELECT ssn FROM UNNEST(arr) ssn))) FOR k IN ('x'))",
    'refused',
  ],
  [
    'bigquery',
    "SELECT * FROM (SELECT d1 AS quarter, ssn, k FROM d.pv) PIVOT(MAX(k) FOR quarter IN ('x'))",
    ['d.pv.ssn'],
  ],
  [
    'bigquery',
    "SELECT * FROM (SELECT ssn AS geography, d1, k FROM d.pv) PIVOT(MAX(ST_ASTEXT(CAST(d1 AS geography))) FOR k IN ('x'))",
    ['d.pv.ssn'],
  ],
  [
    'bigquery',
    "SELECT id FROM (SELECT id, ssn FROM d.t UNION ALL SELECT 1, 'a' ORDER BY 2 COLLATE 'und:ci' LIMIT 1)",
    ['d.t.ssn'],
  ],
  ['bigquery', "SELECT * FROM (SELECT s, secret AS a, k FROM d.pv) PIVOT(MAX(s.a) FOR k IN ('x'))", 'refused'],
  [
    'bigquery',
    "SELECT * FROM (SELECT s, secret, k FROM d.pv) PIVOT(MAX(s.a) FOR k IN ('x'))",
    ['d.pv.s', 'd.pv.secret'],
  ],
  [
    'bigquery',
    'SELECT TO_JSON_STRING(q) AS o FROM (SELECT ssn, k, id, name FROM d.pv) PIVOT(ARRAY_AGG(name ORDER BY UPPER(ssn) LIMIT 1) FOR k IN (1)) AS q',
    'refused',
  ],
  [
    'bigquery',
    "SELECT (SELECT TO_JSON_STRING(z) FROM (SELECT ssn, k, id FROM d.pv) PIVOT(MAX(o.ssn) FOR k IN (1)) AS z LIMIT 1) AS o FROM (SELECT 'x' AS ssn) AS o",
    'refused',
  ],
  [
    'bigquery',
    "SELECT (SELECT name FROM (SELECT 'x' AS name, k FROM d.pv) AS q PIVOT(MAX(TO_JSON_STRING(q)) FOR k IN (1)) LIMIT 1) AS o FROM d.t",
    'refused',
  ],
  [
    'bigquery',
    'SELECT * FROM (SELECT s, ssn, k, id FROM d.pv) AS q PIVOT(ARRAY_AGG(q.ssn ORDER BY id) AS a, MAX(s.a) AS b FOR q.k IN (1))',
    ['d.pv.ssn', 'd.pv.s'],
  ],
  ['bigquery', 'SELECT COUNT(*) AS n FROM d.pv AS t, `t`.`arr` AS e', ['d.pv.arr']],
  ['bigquery', 'FROM `d.pv` |> WHERE k > 1 |> CROSS JOIN pv.arr AS e |> SELECT e.y', 'refused'],
  ['bigquery', 'SELECT (SELECT AS STRUCT s.* FROM d.pv LIMIT 1) AS o FROM d.v AS s', 'refused'],
  [
    'bigquery',
    'SELECT (SELECT MAX(ssn) FROM (SELECT STRUCT([STRUCT(secret AS ssn)] AS arr) AS s FROM d.pv) AS q, UNNEST(s.arr) AS e) AS o FROM d.t, (SELECT [STRUCT(1 AS other)] AS arr) AS s',
    ['d.pv.secret'],
  ],
  ['bigquery', 'SELECT d.t.ssn AS o FROM d.t, x.d', ['x.d.t']],
  [
    'bigquery',
    'SELECT STRUCT(t.ssn AS id) AS u, v.id AS i FROM d.t, d.u AS u, d.v AS v ORDER BY u.id LIMIT 1',
    ['d.t.ssn'],
  ],
  ['bigquery', 'SELECT (SELECT MAX(y) FROM UNNEST(n.arr AS x, s.b AS y)) AS o FROM d.pv AS n', 'refused'],
  // A position is one however it is written, and of the list that it stands beside.
  ['bigquery', "SELECT id FROM (SELECT id, ssn FROM d.t UNION ALL SELECT 1, 'a' ORDER BY 0x2 LIMIT 1)", ['d.t.ssn']],
  ['bigquery', 'SELECT n FROM (SELECT ssn, COUNT(*) AS n FROM d.t GROUP BY ROLLUP(0X1))', ['d.t.ssn']],
  ['bigquery', 'FROM d.t |> ORDER BY ((3)) DESC |> LIMIT 1 |> SELECT id, name, 1 AS x', ['d.t.ssn']],
  ['bigquery', 'FROM d.t |> ORDER BY id, +3 |> LIMIT 1 |> SELECT id, name, 1 AS x', ['d.t.ssn']],
  [
    'bigquery',
    'FROM d.t |> AGGREGATE MAX(name) AS m GROUP BY (id, k) |> ORDER BY 2 |> LIMIT 1 |> SELECT 1 AS x',
    ['d.t.name'],
  ],
  [
    'bigquery',
    'FROM d.t |> AGGREGATE COUNT(*) AS n, MAX(name) AS m GROUP BY (k), k |> ORDER BY 4 |> LIMIT 1 |> SELECT 1 AS x',
    ['d.t.name'],
  ],
  [
    'bigquery',
    'FROM d.t |> AGGREGATE COUNT(*) AS n, MAX(name) AS m GROUP BY ROLLUP(t.k, k) |> ORDER BY 3 |> LIMIT 1 |> SELECT 1 AS x',
    'refused',
  ],
  // Whether such a number is a value, or says which column, the documentation does not tell.
  ['bigquery', 'FROM d.t |> AGGREGATE COUNT(*) AS n GROUP BY 3', 'refused'],
  ['bigquery', 'FROM d.t |> AGGREGATE COUNT(*) AS n GROUP BY id, ROLLUP (k, (0X3))', 'refused'],
  // What is negated is no column of its name.
  [
    'bigquery',
    'SELECT (FROM (SELECT TRUE AS flag) |> AGGREGATE COUNT(*) AS n GROUP BY (NOT flag) |> SELECT flag |> LIMIT 1) AS o FROM (SELECT ssn AS flag FROM d.t)',
    ['d.t.ssn'],
  ],
  [
    'bigquery',
    'SELECT (SELECT ssn FROM (SELECT STRUCT(NOT ssn).* FROM (SELECT TRUE AS ssn)) LIMIT 1) AS o FROM d.t',
    ['d.t.ssn'],
  ],
  [
    'bigquery',
    "SELECT (FROM UNNEST(q.arr AS e, q.arr AS g) |> EXTEND 1 AS one |> SELECT e.y |> LIMIT 1) AS o FROM d.pv AS q, (SELECT STRUCT('x' AS y) AS e)",
    'refused',
  ],
  // What `x.*` adds may be called as what was meant before.
  [
    'bigquery',
    "SELECT (FROM d.u AS a JOIN d.u AS b ON TRUE |> WHERE ssn = 'y' |> EXTEND STRUCT('x' AS ssn).* |> AGGREGATE COUNT(*) AS n) AS o FROM d.t",
    'refused',
  ],
  [
    'bigquery',
    "SELECT (FROM d.u AS a JOIN d.u AS b ON TRUE |> WHERE ssn = 'y' |> EXTEND STRUCT('x' AS ssn, 1 AS k).* EXCEPT (k) |> AGGREGATE COUNT(*) AS n) AS o FROM d.t",
    'refused',
  ],
  ['bigquery', "FROM d.unknown AS t |> EXTEND STRUCT('x' AS ssn).* |> SELECT t.ssn", 'refused'],
  [
    'bigquery',
    "SELECT u.id FROM d.u, safe.gap_fill((SELECT id FROM d.t), ts_column => 'id', bucket_width => INTERVAL 1 DAY) AS g",
    'refused',
  ],
  // Of the tables in a bracketed join, of names with dots, and of a table called as its column.
  [
    'bigquery',
    "SELECT (FROM (d.t AS b JOIN d.u AS c ON b.id = c.id) |> DISTINCT |> AGGREGATE MAX(b.ssn)) AS o FROM (SELECT 'x' AS ssn) AS b",
    'refused',
  ],
  [
    'bigquery',
    "SELECT (FROM (d.t AS b JOIN d.u AS c ON b.id = c.id) |> EXTEND 1 AS y |> AGGREGATE MAX(b.ssn)) AS o FROM (SELECT 'x' AS ssn) AS b",
    ['d.t.ssn'],
  ],
  [
    'bigquery',
    "SELECT (FROM (d.v AS a JOIN d.t AS b ON a.id = b.k) |> WHERE a.id = 1 |> JOIN d.u AS e ON b.ssn = e.secret |> AGGREGATE COUNT(*)) AS o FROM (SELECT 'x' AS ssn) AS b",
    'refused',
  ],
  [
    'bigquery',
    "SELECT (FROM (d.u AS c JOIN UNNEST([STRUCT('x' AS ssn)]) AS e ON TRUE) |> DISTINCT |> AGGREGATE MAX(ssn)) AS o FROM d.t",
    'refused',
  ],
  // What PIVOT keeps is what it groups by, also of a table whose columns are not known.
  ['bigquery', 'SELECT p FROM d.unk PIVOT(MAX(secret) FOR id IN (1 AS p))', ['d.unk.*']],
  // Of a bracket that gets no name, and whose query has no SELECT, the tables are still called as in it.
  ['bigquery', "SELECT (SELECT b.ssn FROM (FROM d.t AS b) LIMIT 1) AS o FROM (SELECT 'x' AS ssn) AS b", ['d.t.ssn']],
  ['bigquery', "SELECT (SELECT t.ssn FROM (FROM d.t) LIMIT 1) AS o FROM (SELECT 'x' AS ssn) AS t", ['d.t.ssn']],
  [
    'bigquery',
    "SELECT (FROM (FROM (WITH w AS (SELECT 1 AS y) FROM d.t |> WHERE id = 1 |> AS b)) |> AGGREGATE MAX(`b`.ssn)) AS o FROM (SELECT 'x' AS ssn) AS b",
    ['d.t.ssn'],
  ],
  [
    'bigquery',
    "FROM (SELECT 'x' AS ssn) AS b |> WHERE EXISTS (FROM d.u |> JOIN (FROM d.t AS b) ON TRUE |> WHERE b.ssn = 'y')",
    ['d.t.ssn'],
  ],
  [
    'bigquery',
    "SELECT (SELECT b.ssn FROM (FROM d.t AS b |> EXTEND 1 AS y) LIMIT 1) AS o FROM (SELECT 'x' AS ssn) AS b",
    'refused',
  ],
  [
    'bigquery',
    "SELECT (SELECT b.ssn FROM (FROM d.t AS b JOIN d.u AS c ON b.id = c.id) LIMIT 1) AS o FROM (SELECT 'x' AS ssn) AS b",
    'refused',
  ],
  ['bigquery', "SELECT ((FROM d.t AS b) |> AGGREGATE MAX(b.ssn)) AS o FROM (SELECT 'x' AS ssn) AS b", 'refused'],
  [
    'bigquery',
    "SELECT (SELECT b.ssn FROM ((FROM d.t AS b) ORDER BY id) LIMIT 1) AS o FROM (SELECT 'x' AS ssn) AS b",
    'refused',
  ],
  ['bigquery', 'SELECT (SELECT b.ssn FROM (FROM d.u AS b |> SELECT id) LIMIT 1) AS o FROM d.t AS b', ['d.t.ssn']],
  ['bigquery', 'FROM d.t JOIN d.u ON t.k = u.id |> DROP k |> WHERE id = 1', ['d.u.secret', 'd.t.id']],
  ['bigquery', 'SELECT d.t.* FROM d.t, (SELECT STRUCT(secret AS id) AS t FROM d.u) AS d', 'refused'],
  ['bigquery', 'SELECT d.t.ssn FROM d.t, d.unknown', ['d.unknown.d']],
  ['bigquery', "SELECT q.`a.b` AS o FROM (SELECT 'x' AS a, ssn AS `a.b` FROM d.t) AS q", ['d.t.ssn']],
  [
    'bigquery',
    "SELECT q.`a.b` AS o FROM (SELECT a, STRUCT(ssn AS `a.b`).* FROM (SELECT 'x' AS a, ssn FROM d.t)) AS q",
    ['d.t.ssn'],
  ],
  ['bigquery', "SELECT `a.b`.ssn AS o FROM d.t AS `a.b`, (SELECT STRUCT('x' AS ssn) AS b) AS a", 'refused'],
  [
    'bigquery',
    'SELECT `d.v`.ssn AS o FROM d.v, (SELECT s.* FROM (SELECT STRUCT(STRUCT(secret AS ssn) AS `d.v`) AS s FROM d.u))',
    ['d.u.secret'],
  ],
  [
    'bigquery',
    'SELECT (FROM (SELECT id AS q, name FROM d.t) AS q |> DROP q |> AGGREGATE MAX(q.name)) AS o FROM (SELECT ssn AS name FROM d.t) AS q',
    'refused',
  ],
  [
    'bigquery',
    'SELECT (FROM (SELECT id AS q, name FROM d.t) AS q |> SET q = 1 |> AGGREGATE MAX(q.name)) AS o FROM (SELECT ssn AS name FROM d.t) AS q',
    'refused',
  ],
  ['bigquery', 'WITH `\u212a` AS (SELECT 1 AS ssn) SELECT ssn FROM k', 'refused'],
  ['bigquery', 'WITH `É` AS (SELECT 1 AS ssn) SELECT ssn FROM `é`', 'refused'],
  // Which of several things a name means.
  [
    'snowflake',
    'merge into c using (select id, ssn as "default" from t) p on c.id = p.id when not matched then insert (id, b) values (p.id, "default")',
    ['C.B', 'T.SSN'],
  ],
  ['snowflake', 'select a_id, b_id from a join b on b_id = a_id, c', ['A.A_ID', 'B.A_ID', 'C.A_ID', 'C.B_ID']],
  // ON may use the name of a select item, whatever that is made of.
  ['snowflake', 'select secret as k from a join b on b_id = k', ['A.SECRET', 'B.SECRET', 'A.K', 'B.K']],
  ['snowflake', 'select id from (select t.ssn as e, w.ssn as f, w.id from t join w on e = f)', ['T.SSN', 'W.SSN']],
  [
    'snowflake',
    'select 1 as r from (select 1 as e) q where exists (select t.ssn as e from t join w on e = w.ssn)',
    ['T.SSN', 'W.SSN'],
  ],
  [
    'snowflake',
    'select id from (select w.id, left(t.ssn, 3) as k from t join w on w.id in (select a from running where a = k))',
    ['T.SSN', 'RUNNING.A'],
  ],
  [
    'snowflake',
    'select id from (select t.id, f as k, w.ssn as f from t asof join w match_condition (t.id >= k))',
    ['W.SSN'],
  ],
  ['snowflake', 'select t.id, (select ssn from unk) as k from t join w on k = w.ssn', ['UNK.SSN']],
  // But what it makes of a name that no item has is not known, nor what FLATTEN makes of one that ON uses as well.
  ['snowflake', 'select t.ssn as k from t join w on l = w.ssn', 'refused'],
  ['snowflake', 'select w.ssn as k, f.value from unk, lateral flatten(input => k) f join w on k = unk.y', 'refused'],
  // A select item's name that a subquery of FROM may mean: only where it is no other column than the name was taken for.
  [
    'snowflake',
    'select d.name, e.name, e.w from d, lateral (select name, v as w from e) e',
    ['D.NAME', 'E.NAME', 'E.V'],
  ],
  ['snowflake', 'select e.v as v, d.x from d, lateral (select v from e where e.k = d.k) e', ['E.V', 'D.X', 'E.K']],
  ['snowflake', 'select t.ssn as v, e.w from t, lateral (select v as w from e) e', 'refused'],
  ['snowflake', 'select left(d.v, 1) as v, e.w from d, lateral (select v as w from e) e', 'refused'],
  [
    'snowflake',
    'select f.v as v, e.w from d, lateral (select v as w from e) e, lateral (select v from f) f',
    'refused',
  ],
  ['snowflake', "select l.orig from t, lateral (select '***' as ssn, ssn as orig) l", ['T.SSN']],
  ['snowflake', "select id from t where exists (select 1 as ssn where ssn like '1%')", ['T.SSN']],
  ['snowflake', 'select n from (select ssn, count(*) n from t group by rollup(1))', ['T.SSN']],
  ['snowflake', 'select n from (select id, ssn, count(*) n from t group by grouping sets ((1), (2)))', ['T.SSN']],
  ['snowflake', 'select id from (select id, ssn from t order by (2) limit 1)', ['T.SSN']],
  ['snowflake', 'select id from (select * from unknown order by 3 limit 1)', ['UNKNOWN.*']],
  ['snowflake', 'select (select max(hr.prior.id) from hr.prior x) from e.hr.prior', ['E.HR.PRIOR.ID']],
  ['snowflake', 'select (select max(ssn) from (select (ssn) from w) x) y from t', ['W.SSN']],
  ['snowflake', 'select y from (select id as x, x as y, ssn as x from t)', ['T.SSN']],
  ['snowflake', 'CREATE SCHEMA evil; CREATE TABLE x AS SELECT ssn FROM t', 'refused'],
  // A column that its query gave no name has one all the same: its text, or what stands in its brackets.
  ['snowflake', "select * ilike '%ssn%' from (select max(ssn) from t)", 'refused'],
  ['snowflake', "select object_construct(* ilike '%ssn%') o from (select count(distinct ssn) from t)", 'refused'],
  ['snowflake', 'select a.* replace (b.ssn as "MAX(ID)") from (select max(id) from t) a, w b', 'refused'],
  ['snowflake', 'select a.* replace (b.ssn as id) from (select (id) from t) a, w b', 'refused'],
  ['snowflake', 'select $2 from (select * exclude "MAX(ID)" from (select max(id), parent, ssn from t))', 'refused'],
  ['snowflake', 'select $2 from (select * exclude "NULL" from (select null, parent, ssn from t))', 'refused'],
  [
    'snowflake',
    'select $1 from (select max(id), parent, ssn from t) pivot(max("MAX(ID)") for parent in (\'x\'))',
    'refused',
  ],
  ['snowflake', 'select $1 from (select max(id), ssn from t) unpivot(v for n in ("MAX(ID)"))', 'refused'],
  [
    'snowflake',
    'select $2 from (select * from (select max(id), ssn from t) join (select max(id) from w) using ("MAX(ID)"))',
    'refused',
  ],
  [
    'snowflake',
    "select (select max(ssn) from (select (ssn) from t union all select 'x')) y from (select 'a' as ssn)",
    ['T.SSN'],
  ],
  // RECURSIVE changes nothing: a name that is not read as documented is a table's.
  ['snowflake', 'with recursive t as (select * from t) select count(*) c from t', 'refused'],
  ['snowflake', "with recursive t as (select ssn from t union all select 'x') select count(*) c from t", 'refused'],
  ['snowflake', "with recursive t as (select 'x' as ssn except select ssn from t) select count(*) c from t", 'refused'],
  [
    'snowflake',
    'with recursive t as (((with z as (select * from t) select ssn from z) union all select 1) union all select 1 from t) select count(*) c from t',
    'refused',
  ],
  // A condition of a join sees no bare name of what a comma or its brackets keep apart.
  [
    'snowflake',
    "select (select count(*) from (select 'x' as ssn) q, running r join hr.prior p on ssn = r.a) c from t",
    ['T.SSN'],
  ],
  [
    'snowflake',
    "select (select count(*) from (select 'x' as ssn) q join (running r join hr.prior p on ssn = r.a) on true) c from t",
    ['T.SSN'],
  ],
  [
    'snowflake',
    'select (select count(*) from (select 1 as parent) q, running r asof join hr.prior p match_condition (parent >= p.id)) c from t',
    ['T.PARENT'],
  ],
  ['snowflake', 'select t.id from t join (running r join unk k on ssn = r.a) on true', ['UNK.SSN']],
  ['snowflake', 'update t set id = 1 from running r join unk k on ssn = r.a where t.id = r.a', ['UNK.SSN']],
  // What is made of a select item's name in FROM, or of the name that a star gives.
  [
    'snowflake',
    "select (select listagg(v) from (select split(w.ssn, ',') as x, f.value as v from w join running r on w.ssn = r.a, lateral flatten(input => x) f)) y from (select 'a' as x)",
    'refused',
  ],
  [
    'snowflake',
    "select split(w.ssn, ',') as x, f.z from w join unk u on w.ssn = u.a, lateral (select x as z) f",
    'refused',
  ],
  [
    'snowflake',
    "select (select listagg(v) from (select w.* rename (ssn as x), f.value as v from w, lateral flatten(input => split(x, ',')) f)) y from (select 'a' as x)",
    'refused',
  ],
  [
    'snowflake',
    "select (select max(y) from (select z as y, * rename (ssn as z) from w)) from (select 'a' as z)",
    ['W.SSN'],
  ],
  [
    'snowflake',
    "select (select max(y) from (select * rename (ssn as z), z as y from w)) from (select 'a' as z)",
    ['W.SSN'],
  ],
  // What a clause of MERGE sees: without a match one side only.
  [
    'snowflake',
    "merge into t using unk p on t.id = p.id when not matched and ssn like '1%' then insert (id) values (1)",
    ['UNK.SSN'],
  ],
  [
    'snowflake',
    'merge into t using unk p on t.id = p.id when not matched then insert (id) values (ssn)',
    ['T.ID', 'UNK.SSN'],
  ],
  [
    'bigquery',
    'merge into d.t using d.unk p on t.id = p.id when not matched by target then insert (id) values (ssn)',
    ['d.t.id', 'd.unk.ssn'],
  ],
  [
    'bigquery',
    "merge into d.unk using d.t p on unk.id = p.id when not matched by source and ssn = 'x' then delete",
    ['d.unk.ssn'],
  ],
  // Which table a path is of, where FROM writes less of it or nothing of that name.
  ['snowflake', 'select hr.t.ssn from t, (select 1 as hr)', 'refused'],
  ['snowflake', 'select (select max(hr.t.ssn) from t) from e.hr.t', 'refused'],
  ['snowflake', 'select e.public.prior.id from e..prior, (select 1 as e)', 'refused'],
  ['snowflake', 'select t.ssn.id from t', 'refused'],
  ['snowflake', 'select (select object_construct(hr.t.*) from t) from e.hr.t', 'refused'],
  ['snowflake', 'select o from (select hr.w.*, 1 as o from w), e.hr.w', 'refused'],
  ['snowflake', 'select prior.id, hr.prior.id, q.prior.id from hr.prior, q.prior', ['HR.PRIOR.ID', 'Q.PRIOR.ID']],
  [
    'snowflake',
    "select (select max(w.ssn) from w pivot(max(id) for ssn in ('a'))) y from (select 'x' as ssn) w",
    'refused',
  ],
  [
    'snowflake',
    "select (select max(w.ssn) from w match_recognize(partition by ssn measures count(*) as l pattern (a+) define a as id > 1)) y from (select 'x' as ssn) w",
    'refused',
  ],
  // The tables that an UPDATE or a MERGE takes its values from see nothing of the one it changes.
  ['bigquery', 'merge d.pv t using t.arr a on t.id = a.x when not matched then insert (name) values (a.y)', ['t.arr']],
  ['bigquery', "update d.pv t set name = 'x' from t.arr a where t.id = a.x", ['t.arr']],
  [
    'bigquery',
    'update d.t set name = k.n from d.u join d.unk k on ssn = u.secret where t.id = k.id',
    ['d.u', 'd.unk.ssn'],
  ],
  [
    'snowflake',
    'update t set ssn = f.value from unk k, lateral flatten(input => ssn) f where t.id = k.id',
    ['T.SSN', 'UNK.SSN'],
  ],
  // Nor does what is joined see what stands before a comma or a bracket.
  ['snowflake', "select f.value from (select 'x' as o) q, unk k join lateral flatten(input => o) f on true", ['UNK.O']],
  [
    'snowflake',
    "select f.z from (select 'x' as o) q join (unk k join lateral (select o as z) f on true) on true",
    ['UNK.O'],
  ],
  [
    'snowflake',
    "select (select max(f.value) from (select 'x' as o) q, w join table(flatten(input => o)) f on true) from unk",
    ['UNK.O'],
  ],
  // COLLATE is a column where no string follows.
  ['snowflake', 'select prior collate as p from unk connect by prior id = parent', ['UNK.COLLATE']],
  ['snowflake', 'select prior collate p from unk connect by prior id = parent', ['UNK.COLLATE']],
  ['snowflake', "select prior collate 'en' as p from unk", ['UNK.PRIOR']],
  // A CTE that reads itself does so in FROM of a part of UNION ALL; elsewhere the name is a table's.
  [
    'snowflake',
    "with recursive t as (select 'x' as ssn except select ssn from t union all select 'y') select count(*) c from t",
    'refused',
  ],
  [
    'snowflake',
    "with recursive t as (select 'x' as ssn union all (select 'y' except select ssn from t)) select count(*) c from t",
    'refused',
  ],
  [
    'snowflake',
    "with recursive t as (select 'x' as ssn union all select 'y' where exists (select 1 from t)) select count(*) c from t",
    'refused',
  ],
  // After a dot it is a column that is called like a function without brackets.
  ['bigquery', 'select max(x) from (select t.current_date as x from d.now t)', ['d.now.current_date']],
  ['bigquery', 'select x.current_date as z from (select t.current_date from d.now t) x', ['d.now.current_date']],
  ['bigquery', 'delete from d.now t where t.current_timestamp > 1', ['d.now.current_timestamp']],
  // An array of a table outside may stand first in FROM, with its offset.
  ['bigquery', 'select (select max(e.y) from t.arr e with offset o where o = 1) x from d.pv t', ['d.pv.arr']],
  // What DISTINCT looks at, whatever kind of row comes out.
  ['bigquery', 'select count(*) c from (select distinct as struct ssn from d.t)', ['d.t.ssn']],
  ['bigquery', 'select count(*) c from (select distinct as value t from d.t)', ['d.t.ssn']],
  // Nor, by its name, of a table that stands there, where one around is called alike, or another beside that is not known.
  [
    'snowflake',
    "select (select count(*) from (select 'x' as ssn) q, running r join hr.prior p on q.ssn = r.a) c from t q",
    'refused',
  ],
  [
    'snowflake',
    "select (select count(*) from (select 'x' as ssn) q join (running r join hr.prior p on q.ssn = r.a) on true) c from t q",
    'refused',
  ],
  [
    'snowflake',
    "select (select max(f.value) from (select 'x' as ssn) q, running r join table(flatten(input => q.ssn)) f on true) c from t q",
    'refused',
  ],
  ['snowflake', 'select count(*) c from t q, running r join unk q on q.ssn = r.a', ['T.SSN', 'UNK.SSN']],
  // ORDER BY means what the query shows, also where that is a star over columns that are not known.
  ['snowflake', 'select id from (select k.* from unk k join w on true order by ssn limit 1)', ['UNK.SSN', 'W.SSN']],
  ['bigquery', 'SELECT k.* FROM d.unk AS k JOIN d.u ON TRUE ORDER BY secret LIMIT 1', ['d.unk.secret', 'd.u.secret']],
  // What a string holds beyond plain characters is not what the parser says.
  ['snowflake', `select {* ilike '%ä%'} as o from (select ssn as "ä" from t)`, 'refused'],
  ['snowflake', `select {* ilike '_'} as o from (select ssn as "ß" from t)`, 'refused'],
  ['snowflake', "select {* ilike 's\\\\sn'} as o from t", 'refused'],
  [
    'snowflake',
    `select (select max("'ä'") from (select ssn, id, parent from t) pivot(max(ssn) for parent in ('ä'))) y from (select 1 as "'ä'")`,
    ['T.SSN'],
  ],
  [
    'snowflake',
    'select (select max("1") from (select ssn, id, parent from t) pivot(max(ssn) for parent in (01))) y from (select 1 as "1")',
    ['T.SSN'],
  ],
  [
    'bigquery',
    "SELECT (SELECT MAX(`ä`) FROM (SELECT k, name, ssn FROM d.t) PIVOT(MAX(ssn) FOR name IN ('ä'))) AS y FROM (SELECT 1 AS `ä`)",
    ['d.t.ssn'],
  ],
]

for (const [dialect, sql, told] of cases)
  test(`what a rewritten text says is what was written (${dialect}): ${sql}`, async () => {
    const answer = await classifier.classify(sql, dialect, {}, catalogOf(dialect, schema[dialect]))
    const { harmless, reads, writes, filters, outputs, stores = [] } = answer
    if (told === 'refused') return assert.equal(harmless, false, JSON.stringify(answer))
    const columns = outputs?.flatMap(({ sources, indirect }) => [...sources, ...indirect]) ?? []
    const stored = stores.flatMap(({ column, sources }) => (sources.length > 0 ? [column, ...sources] : []))
    const said = new Set([...reads, ...writes, ...filters, ...columns, ...stored])
    assert.deepEqual(
      told.filter(name => !said.has(name)),
      [],
      JSON.stringify(answer),
    )
  })
