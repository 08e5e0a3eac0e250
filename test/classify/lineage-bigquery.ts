import { parseRows } from './lineage-rows.ts'

/** GoogleSQL, one construct a row: `sql => name=base columns|columns that only decide; …`. */
export const bigqueryLineage = parseRows(`
SELECT s.range < date >> 0 AS y FROM (SELECT ssn AS \`range\`, 5 AS date FROM customers) AS s => y=customers.ssn
SELECT COALESCE(NULL, contribution_bounds_per_row + (0)) AS y FROM (SELECT ssn AS contribution_bounds_per_row FROM customers) WHERE EXISTS (SELECT WITH AGGREGATION_THRESHOLD id FROM orders) => y=customers.ssn
SELECT rec.ssn FROM events => ssn=events.rec
SELECT e.rec.addr.zip FROM events e => zip=events.rec
SELECT rec.* FROM events => ssn=events.rec; addr=events.rec
SELECT e.rec.* FROM events e => ssn=events.rec; addr=events.rec
SELECT rec.* EXCEPT (addr) FROM events => ssn=events.rec
SELECT * REPLACE (UPPER(ssn) AS city) FROM customers => id=customers.id; name=customers.name; email=customers.email; ssn=customers.ssn; balance=customers.balance; city=customers.ssn
SELECT * EXCEPT (ssn) REPLACE (0 AS balance) FROM customers => id=customers.id; name=customers.name; email=customers.email; balance=; city=customers.city
SELECT c FROM customers c => c=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT TO_JSON_STRING(c) j FROM customers c => j=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT TO_JSON_STRING(customers) j FROM customers => j=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT STRUCT(ssn, name AS n) s FROM customers => s=customers.ssn,customers.name
SELECT STRUCT<a STRING, b STRING>(ssn, name) s FROM customers => s=customers.ssn,customers.name
SELECT AS STRUCT ssn, name FROM customers => ssn=customers.ssn; name=customers.name
SELECT (SELECT AS STRUCT ssn, name FROM customers LIMIT 1).ssn x => x=customers.ssn
SELECT ARRAY(SELECT AS STRUCT ssn, id FROM customers) a => a=customers.ssn,customers.id
SELECT ARRAY(SELECT t.v FROM UNNEST(tags) t WHERE t.k = 'x') a FROM events => a=events.tags
SELECT (SELECT value.v FROM UNNEST(tags) AS value WHERE value.k = 'x') a FROM events => a=events.tags
SELECT tags[OFFSET(0)].v a, tags[SAFE_OFFSET(1)].k b, nums[ORDINAL(1)] c, nums[0] d FROM events => a=events.tags; b=events.tags; c=events.nums; d=events.nums
SELECT n, off FROM events, UNNEST(nums) AS n WITH OFFSET AS off => n=events.nums; off=|events.nums
SELECT n, o FROM events e, e.nums AS n WITH OFFSET o => n=events.nums; o=|events.nums
SELECT t.k, t.v, offset FROM events e, e.tags t WITH OFFSET => k=events.tags; v=events.tags; offset=|events.tags
SELECT t.k FROM events e, e.tags t => k=events.tags
SELECT t FROM events e, e.tags t => t=events.tags
SELECT k FROM events, UNNEST(tags) => k=events.tags
SELECT * FROM UNNEST([STRUCT(1 AS a, 'x' AS b)]) => a=; b=
SELECT * FROM UNNEST([1, 2]) AS x WITH OFFSET AS o => x=; o=
SELECT e.id, t.* FROM events e CROSS JOIN UNNEST(e.tags) t => id=events.id; k=events.tags; v=events.tags
SELECT id, n FROM events LEFT JOIN UNNEST(nums) n => id=events.id; n=events.nums
SELECT JSON_VALUE(payload, '$.a.b') v, payload.a.b w, payload['a'] x, STRING(payload.z) y FROM events => v=events.payload; w=events.payload; x=events.payload; y=events.payload
SELECT SAFE.SUBSTR(ssn, 1, 2) sx, SAFE.PARSE_DATE('%F', name) d FROM customers => sx=customers.ssn; d=customers.name
SELECT ssn s, COUNT(*) n FROM customers GROUP BY s HAVING n > 1 ORDER BY n => s=customers.ssn; n=
SELECT city, SUM(balance) s FROM customers GROUP BY ROLLUP(city) => city=customers.city; s=customers.balance
SELECT city, SUM(balance) s FROM customers GROUP BY ALL => city=customers.city; s=customers.balance
SELECT city, name, SUM(balance) s FROM customers GROUP BY GROUPING SETS (city, (city, name)) => city=customers.city; name=customers.name; s=customers.balance
SELECT city, name, SUM(balance) s FROM customers GROUP BY CUBE(city, name) => city=customers.city; name=customers.name; s=customers.balance
SELECT * FROM (SELECT customer_id, status, amount FROM orders) PIVOT(SUM(amount) FOR status IN ('a', 'b')) => customer_id=orders.customer_id; a=orders.amount|orders.status; b=orders.amount|orders.status
SELECT * FROM (SELECT customer_id, status, amount FROM orders) PIVOT(SUM(amount) AS s, COUNT(*) AS n FOR status IN ('a' AS aa, 'b')) => customer_id=orders.customer_id; s_aa=orders.amount|orders.status; n_aa=|orders.status; s_b=orders.amount|orders.status; n_b=|orders.status
SELECT * FROM (SELECT id, name, email FROM customers) UNPIVOT(val FOR col IN (name, email)) => id=customers.id; val=customers.name,customers.email; col=|customers.name,customers.email
SELECT * FROM (SELECT id, name, email FROM customers) UNPIVOT INCLUDE NULLS (val FOR col IN (name AS 'n', email AS 'e')) => id=customers.id; val=customers.name,customers.email; col=|customers.name,customers.email
SELECT * FROM customers JOIN staff USING (id) => id=customers.id,staff.id; name=customers.name; email=customers.email; ssn=customers.ssn; balance=customers.balance; city=customers.city; name=staff.name; email=staff.email; salary=staff.salary; mgr=staff.mgr
SELECT ssn FROM customers UNION ALL SELECT email FROM staff => ssn=customers.ssn,staff.email
SELECT ssn FROM customers EXCEPT DISTINCT SELECT email FROM staff => ssn=customers.ssn|staff.email
SELECT ssn FROM customers INTERSECT DISTINCT SELECT email FROM staff => ssn=customers.ssn,staff.email
SELECT id, email FROM customers UNION ALL BY NAME SELECT email, id FROM staff => id=customers.id,staff.id; email=customers.email,staff.email
WITH RECURSIVE r AS (SELECT id, email AS chain FROM staff UNION ALL SELECT s.id, CONCAT(r.chain, s.name) FROM staff s JOIN r ON s.mgr = r.id) SELECT * FROM r => id=staff.id; chain=staff.email,staff.name
FROM customers |> WHERE id = 1 |> SELECT ssn, name AS n => ssn=customers.ssn; n=customers.name
FROM customers |> EXTEND UPPER(ssn) AS u |> DROP id, name, email, ssn, balance => city=customers.city; u=customers.ssn
FROM orders |> AGGREGATE SUM(amount) AS total GROUP BY status => status=orders.status; total=orders.amount
FROM customers |> JOIN staff USING (id) |> SELECT id, ssn, salary => id=customers.id,staff.id; ssn=customers.ssn; salary=staff.salary
FROM customers |> SET ssn = name |> SELECT ssn => ssn=customers.name
SELECT * FROM customers |> WHERE id = 1 |> LIMIT 3 |> SELECT ssn => ssn=customers.ssn
FROM customers AS c |> SELECT c.ssn |> AS d |> SELECT d.ssn AS x => x=customers.ssn
FROM customers |> AGGREGATE COUNT(*) AS n, MAX(ssn) AS m => n=; m=customers.ssn
FROM customers |> ORDER BY balance DESC |> LIMIT 10 |> SELECT name => name=customers.name
FROM customers |> UNION ALL (SELECT * FROM customers) |> SELECT ssn => ssn=customers.ssn
SELECT FORMAT('%T', c) f FROM customers c => f=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT COUNT(DISTINCT ssn) a, COUNTIF(ssn = 'x') b, ARRAY_AGG(ssn IGNORE NULLS ORDER BY balance DESC LIMIT 3)[OFFSET(0)] c, STRING_AGG(DISTINCT name, ',' ORDER BY name) d FROM customers => a=customers.ssn; b=customers.ssn; c=customers.ssn|customers.balance; d=customers.name
SELECT APPROX_TOP_COUNT(ssn, 3) a, APPROX_QUANTILES(balance, 4)[OFFSET(2)] b, ANY_VALUE(name HAVING MAX balance) c, MAX_BY(name, balance) d FROM customers => a=customers.ssn; b=customers.balance; c=customers.name|customers.balance; d=customers.name|customers.balance
SELECT DATE_TRUNC(DATE(created_at), MONTH) m, DATE_DIFF(CURRENT_DATE(), DATE(created_at), DAY) d, TIMESTAMP_SUB(created_at, INTERVAL 1 DAY) t, EXTRACT(WEEK(MONDAY) FROM created_at) w FROM orders => m=orders.created_at; d=orders.created_at; t=orders.created_at; w=orders.created_at
SELECT IFNULL(ssn, name) a, IF(ssn IS NULL, name, email) b, NULLIF(ssn, 'x') c, COALESCE(ssn, email) d FROM customers => a=customers.ssn,customers.name; b=customers.name,customers.email|customers.ssn; c=customers.ssn; d=customers.ssn,customers.email
SELECT SUM(amount) OVER w s, LAG(status) OVER (w ROWS 1 PRECEDING) l FROM orders WINDOW w AS (PARTITION BY customer_id ORDER BY created_at) => s=orders.amount|orders.customer_id,orders.created_at; l=orders.status|orders.customer_id,orders.created_at
SELECT id, ssn FROM customers WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY city ORDER BY balance) = 1 => id=customers.id; ssn=customers.ssn
SELECT \`ssn\`, \`customers\`.\`name\`, CUSTOMERS.Email FROM customers => ssn=customers.ssn; name=customers.name; email=customers.email
SELECT SSN FROM customers => SSN=customers.ssn
SELECT t.X FROM (SELECT ssn AS x FROM customers) T => X=customers.ssn
SELECT x.ssn FROM customers AS x, orders AS o WHERE o.customer_id = x.id => ssn=customers.ssn
SELECT a.ssn FROM (SELECT AS STRUCT * FROM customers) a => ssn=customers.ssn
SELECT x.ssn FROM (SELECT c AS x FROM customers c) => ssn=customers.ssn
SELECT ARRAY_AGG(STRUCT(ssn, id)) a FROM customers => a=customers.ssn,customers.id
SELECT a.ssn FROM (SELECT ARRAY_AGG(STRUCT(ssn, id)) arr FROM customers), UNNEST(arr) a => ssn=customers.ssn
SELECT x FROM UNNEST(ARRAY(SELECT ssn FROM customers)) x => x=customers.ssn
SELECT EXISTS(SELECT 1 FROM UNNEST(tags) t WHERE t.k = 'x') e FROM events => e=|events.tags
SELECT 'x' IN UNNEST(nums) b, ssn IN ('a', 'b') c FROM events, customers => b=events.nums; c=customers.ssn
SELECT (SELECT COUNT(*) FROM UNNEST(nums)) n FROM events => n=|events.nums
SELECT CASE WHEN ssn LIKE 'a%' THEN name END x FROM customers => x=customers.name|customers.ssn
SELECT CAST(ssn AS INT64) a, SAFE_CAST(ssn AS FLOAT64) b, CAST(created_at AS STRING FORMAT 'YYYY') c FROM customers, orders => a=customers.ssn; b=customers.ssn; c=orders.created_at
SELECT GENERATE_DATE_ARRAY(DATE(created_at), CURRENT_DATE()) g FROM orders => g=orders.created_at
SELECT d FROM orders, UNNEST(GENERATE_ARRAY(1, amount)) d => d=orders.amount
SELECT ROW_NUMBER() OVER () r, PERCENTILE_CONT(amount, 0.5) OVER (PARTITION BY status) p FROM orders => r=; p=orders.amount|orders.status
SELECT * FROM (SELECT ssn, id FROM customers) AS t WHERE t.id IN (SELECT customer_id FROM orders) => ssn=customers.ssn; id=customers.id
SELECT * FROM customers TABLESAMPLE SYSTEM (10 PERCENT) => id=customers.id; name=customers.name; email=customers.email; ssn=customers.ssn; balance=customers.balance; city=customers.city
WITH t AS (SELECT ssn, id FROM customers) SELECT t FROM t => t=customers.ssn,customers.id
WITH t AS (SELECT STRUCT(ssn AS a, id AS b) AS s FROM customers) SELECT s.a, s.* FROM t => a=customers.ssn; a=customers.ssn; b=customers.id
WITH t AS (SELECT [STRUCT(ssn AS a)] AS arr FROM customers) SELECT u.a FROM t, t.arr u => a=customers.ssn
SELECT ARRAY_CONCAT(nums, [id]) a, ARRAY_LENGTH(tags) l, ARRAY_TO_STRING([CAST(id AS STRING)], ',') s FROM events => a=events.nums,events.id; l=events.tags; s=events.id
SELECT REGEXP_EXTRACT(ssn, r'\\d+') a, REGEXP_REPLACE(email, r'@.*', name) b FROM customers => a=customers.ssn; b=customers.email,customers.name
SELECT SHA256(ssn) a, TO_HEX(MD5(ssn)) b, FARM_FINGERPRINT(email) c FROM customers => a=customers.ssn; b=customers.ssn; c=customers.email
SELECT LAST_VALUE(ssn) OVER (ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) x FROM customers => x=customers.ssn|customers.id
SELECT a.id, b.id FROM customers a JOIN staff b ON a.id = b.id => id=customers.id; id=staff.id
SELECT t.v, t.k FROM events AS e, UNNEST(e.tags) AS t WHERE e.id = 1 => v=events.tags; k=events.tags
SELECT DISTINCT AS STRUCT ssn FROM customers => ssn=customers.ssn
SELECT x FROM (SELECT 1 AS x UNION ALL SELECT id FROM customers) => x=customers.id
SELECT ssn FROM customers LIMIT 10 OFFSET 5 => ssn=customers.ssn
SELECT rec.ssn AS a, e.rec.addr.zip b, (rec).ssn c FROM events e => a=events.rec; b=events.rec; c=events.rec
SELECT ARRAY_TRANSFORM(nums, x -> x + id) a, ARRAY_FILTER(nums, (n, i) -> i < 3) b FROM events => a=events.nums,events.id; b=events.nums
SELECT JSON_OBJECT('a', ssn, 'b', name) j, JSON_ARRAY(ssn) k, TO_JSON(STRUCT(email)) l FROM customers => j=customers.ssn,customers.name; k=customers.ssn; l=customers.email
SELECT ST_GEOGPOINT(balance, id) g FROM customers => g=customers.balance,customers.id
SELECT * FROM (SELECT 1 a, 2 b), (SELECT 3 c) => a=; b=; c=
SELECT ssn FROM customers WHERE EXISTS (SELECT 1 FROM orders WHERE customer_id = customers.id) => ssn=customers.ssn
SELECT ts, NET.HOST(JSON_VALUE(payload, '$.url')) h FROM events => ts=events.ts; h=events.payload
SELECT LEAST(ssn, name) a, GREATEST(email, city) b, ssn IS DISTINCT FROM name c FROM customers => a=customers.ssn,customers.name; b=customers.email,customers.city; c=customers.ssn,customers.name
SELECT e.rec = e.rec AS q, e.nums[0] + 1 r FROM events e => q=events.rec; r=events.nums
SELECT STRING(ts) a, FORMAT_TIMESTAMP('%F', ts, 'UTC') b, UNIX_SECONDS(ts) c, DATETIME(ts, 'Europe/Berlin') d FROM events => a=events.ts; b=events.ts; c=events.ts; d=events.ts
SELECT (SELECT name FROM UNNEST(ARRAY(SELECT AS STRUCT ssn AS name FROM customers)) x LIMIT 1) n FROM staff => n=customers.ssn
SELECT a.name FROM UNNEST(ARRAY(SELECT AS STRUCT ssn AS name FROM customers)) a => name=customers.ssn
FROM customers |> EXTEND 1 AS one |> SELECT customers.ssn AS s => s=customers.ssn
FROM customers AS c |> JOIN staff AS s ON c.id = s.mgr |> WHERE s.salary > 1 |> SELECT c.ssn, s.email AS e => ssn=customers.ssn; e=staff.email
FROM orders |> WHERE amount > 1 |> AGGREGATE SUM(amount) AS t, COUNT(*) AS n GROUP BY status AS st, customer_id |> WHERE n > 2 |> ORDER BY t |> LIMIT 5 => st=orders.status; customer_id=orders.customer_id; t=orders.amount; n=
FROM customers |> DISTINCT |> DROP id, name, email, balance => ssn=customers.ssn; city=customers.city
FROM customers |> SELECT id, name AS n |> UNION ALL (SELECT id, ssn FROM customers) |> SELECT n => n=customers.name,customers.ssn
WITH c AS (SELECT id, ssn FROM customers) FROM c |> WHERE ssn > '1' |> EXTEND UPPER(ssn) AS u => id=customers.id; ssn=customers.ssn; u=customers.ssn
FROM customers |> SELECT id, city, balance |> PIVOT(SUM(balance) FOR city IN ('a', 'b')) => id=customers.id; a=customers.balance|customers.city; b=customers.balance|customers.city
SELECT id << 2 AS a, id >> 1 AS b, ARRAY<INT64>[id] AS c FROM customers => a=customers.id; b=customers.id; c=customers.id
SELECT s.a, s.b FROM UNNEST(ARRAY<STRUCT<a INT64, b STRING>>[(1, 'x')]) AS s => a=; b=
SELECT x.* FROM customers c, UNNEST(ARRAY<STRUCT<p STRING, q INT64>>[(c.ssn, 1)]) AS x => p=customers.ssn; q=customers.ssn
SELECT id FROM customers WHERE NOT name LIKE 'a%' AND NOT id IN (1, 2) => id=customers.id
SELECT TO_JSON_STRING(customers) AS j, FORMAT('%t', customers) AS f FROM customers => j=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city; f=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT email FROM customers AS email => email=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT TO_JSON(city) j FROM customers city => j=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT nums FROM events e, UNNEST(e.nums) AS nums WITH OFFSET AS o => nums=events.nums
SELECT * FROM (SELECT e.id, e.tags FROM events e) c, c.tags => id=events.id; tags=events.tags; k=events.tags; v=events.tags
SELECT e.id, t.* FROM events e, e.tags AS t => id=events.id; k=events.tags; v=events.tags
SELECT t.* FROM events e, UNNEST(e.tags) t WITH OFFSET o => k=events.tags; v=events.tags
SELECT * FROM UNNEST([1]) AS x WITH OFFSET AS o, UNNEST([STRUCT(1 AS a)]) AS y WITH OFFSET AS p => x=; o=; a=; p=
SELECT email LIKE ALL ('a%', ssn) a, email LIKE SOME (city, name) b FROM customers => a=customers.email,customers.ssn; b=customers.email,customers.city,customers.name
FROM customers AS c |> SET name = 'x' |> EXTEND ssn AS s |> SELECT name, s => name=; s=customers.ssn
SELECT * FROM (SELECT id, name FROM customers) a JOIN (SELECT id, email FROM staff) b USING (id) CROSS JOIN (SELECT id, amount FROM orders) c => id=customers.id,staff.id; name=customers.name; email=staff.email; id=orders.id; amount=orders.amount
WITH name AS (SELECT name, ssn FROM customers) SELECT name FROM name => name=customers.name,customers.ssn
SELECT s.* FROM (SELECT ARRAY_AGG(STRUCT(ssn, name AS n)) AS a FROM customers) AS t, t.a AS s => ssn=customers.ssn; n=customers.name
SELECT * FROM UNNEST(SPLIT('a,b')) AS s, UNNEST(GENERATE_ARRAY(1, 2)) AS n => s=; n=
SELECT ARRAY_FILTER(tags, t -> t.k = 'x' AND t.v = ssn OR FALSE) a, name FROM events, customers => a=events.tags,customers.ssn; name=customers.name
SELECT id, email FROM customers FULL OUTER UNION ALL BY NAME SELECT id, salary FROM staff => id=customers.id,staff.id; email=customers.email; salary=staff.salary
SELECT id FROM (SELECT id, email FROM customers INNER UNION ALL CORRESPONDING BY (id) SELECT salary, id FROM staff) => id=customers.id,staff.id,customers.email,staff.salary
WITH c AS (FROM customers |> SELECT ssn AS x) SELECT x, (FROM staff AS s |> WHERE s.email = c.x |> AGGREGATE MAX(s.name)) AS m FROM c => x=customers.ssn; m=staff.name
SELECT (FROM staff AS c |> SELECT id |> SELECT c.ssn |> LIMIT 1) AS s FROM customers AS c => s=customers.ssn
FROM customers |> RENAME ssn AS n, name AS x |> SELECT n, x => n=customers.ssn; x=customers.name
FROM customers |> AGGREGATE MAX(ssn) AS m DESC, COUNT(*) AS n GROUP AND ORDER BY city DESC NULLS LAST => city=customers.city; m=customers.ssn; n=
(SELECT ssn FROM customers) |> UNION ALL (SELECT email FROM staff), (FROM staff |> SELECT name) => ssn=customers.ssn,staff.email,staff.name
SELECT NORMALIZE(ssn, NFKC) a, @p.ssn b, IFNULL(CAST(name AS INT64), 1) c FROM customers WHERE id = @p.id => a=customers.ssn; b=; c=customers.name
SELECT * FROM (SELECT name, id, salary FROM staff) PIVOT(SUM(salary) FOR id IN (1, -2)) => name=staff.name; _1=staff.salary|staff.id; minus_2=staff.salary|staff.id
SELECT * FROM (SELECT name, id, salary FROM staff) PIVOT(SUM(salary) AS s FOR id IN (1, -2)) => name=staff.name; s_1=staff.salary|staff.id; s_minus_2=staff.salary|staff.id
SELECT _1 AS one FROM (SELECT id, salary FROM staff) PIVOT(SUM(salary) FOR id IN (1)) => one=staff.salary|staff.id
SELECT WITH(a AS ssn, b AS CONCAT(a, email), b || name) AS x FROM customers => x=customers.ssn,customers.email,customers.name
SELECT WITH(email AS ssn, email) AS x FROM customers => x=customers.ssn
SELECT WITH(t AS STRUCT(c.email AS p, c.ssn AS q), t.q) AS x, WITH(a AS WITH(b AS city, b), a) AS y FROM customers AS c => x=customers.ssn; y=customers.city
SELECT ARRAY_TRANSFORM(nums, n -> WITH(m AS n + 1, m * id)) AS a FROM events WHERE WITH(t AS LOWER(CAST(ts AS STRING)), t = 'a' OR t = 'b') => a=events.nums,events.id
SELECT (SELECT WITH(a AS s.email, a || c.ssn) FROM staff s LIMIT 1) AS x FROM customers c => x=staff.email,customers.ssn
SELECT n, t.k, o FROM events e, UNNEST(e.nums AS n, e.tags AS t, mode => 'PAD') WITH OFFSET AS o => n=events.nums; k=events.tags; o=|events.tags
SELECT * FROM UNNEST([1] AS a, ['x'] AS b) WITH OFFSET WHERE offset = 0 => a=; b=; offset=
FROM customers |> ASSERT email IS NOT NULL, 'no address', name |> SELECT ssn => ssn=customers.ssn
FROM customers |> TABLESAMPLE SYSTEM (10 PERCENT) |> SELECT ssn => ssn=customers.ssn
FROM customers |> WINDOW MAX(ssn) OVER (PARTITION BY city) AS m |> SELECT m => m=customers.ssn|customers.city
FROM customers |> EXTEND MAX(ssn) OVER w AS m WINDOW w AS (ORDER BY name) |> SELECT m, COUNT(*) OVER v AS n WINDOW v AS (PARTITION BY city) => m=customers.ssn|customers.name; n=|customers.city
FROM customers |> WITH s AS (SELECT salary, id FROM staff), t AS (FROM s |> SELECT id, salary AS pay) |> JOIN t USING (id) |> SELECT ssn, pay => ssn=customers.ssn; pay=staff.salary
WITH a AS (SELECT ssn FROM customers) FROM a |> WITH b AS (SELECT ssn AS x FROM a) |> CROSS JOIN b |> SELECT x => x=customers.ssn
FROM orders |> AGGREGATE SUM(amount) AS total GROUP BY GROUPING SETS (status, (status, customer_id), ()) => status=orders.status; customer_id=orders.customer_id; total=orders.amount
FROM orders |> AGGREGATE COUNT(*) AS n GROUP BY customer_id, ROLLUP (status, created_at) |> SELECT created_at, n => created_at=orders.created_at; n=
FROM customers c |> JOIN orders o ON o.customer_id = c.id |> EXTEND o.amount * c.balance AS rev, UPPER(c.ssn) AS u |> WHERE rev > 1 |> EXTEND CONCAT(u, o.status) AS w |> SELECT c.name, rev, w => name=customers.name; rev=orders.amount,customers.balance; w=customers.ssn,orders.status
FROM staff s |> JOIN orders o ON o.customer_id = s.id |> WHERE s.salary > 1 |> ORDER BY o.amount |> LIMIT 3 |> WHERE o.status = 'a' |> EXTEND o.amount AS a |> DROP created_at, mgr => id=staff.id; name=staff.name; email=staff.email; salary=staff.salary; id=orders.id; customer_id=orders.customer_id; amount=orders.amount; status=orders.status; a=orders.amount
SELECT final.ssn, sample.email AS top FROM customers final JOIN staff sample ON sample.id = final.id WHERE final.city > 'a' => ssn=customers.ssn; top=staff.email
SELECT top, key.view, type.key.view AS v FROM (SELECT ssn AS top, STRUCT(email AS view) AS key FROM customers) type, staff index WHERE index.id = 1 => top=customers.ssn; view=customers.email; v=customers.email
SELECT sort.k, minus FROM events anti, UNNEST(anti.tags) sort, UNNEST(anti.nums) minus => k=events.tags; minus=events.nums
SELECT (ssn).UPPER() a, ('x').CONCAT(name, city).TRIM() b, [id].ARRAY_LENGTH() c, (email).SUBSTR(1, 2).UPPER() d FROM customers => a=customers.ssn; b=customers.name,customers.city; c=customers.id; d=customers.email
SELECT (c).TO_JSON_STRING() j, (SELECT MAX(s.email) FROM staff s WHERE s.id = c.id).LOWER() m FROM customers c WHERE (c.city).STARTS_WITH('a') AND NOT (c.name).ENDS_WITH('b') => j=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city; m=staff.email
SELECT ARRAY(SELECT ssn FROM customers).ARRAY_TO_STRING(',') a, tags[0].TO_JSON_STRING().UPPER() b, (e.rec.ssn).IF(TRUE, FALSE) c FROM events e => a=customers.ssn; b=events.tags; c=|events.rec
SELECT MAX(ssn).UPPER() a, (balance).SUM().ROUND(1) b FROM customers => a=customers.ssn; b=customers.balance
WITH c AS (SELECT ssn FROM customers) (SELECT ssn FROM c UNION ALL SELECT email FROM staff LIMIT 10) LIMIT 5 => ssn=customers.ssn,staff.email
SELECT * FROM (SELECT id, name, email, ssn, city FROM customers) UNPIVOT((a, b) FOR n IN ((name, email) AS 1, (ssn, city) AS 2)) => id=customers.id; a=customers.name,customers.email,customers.ssn,customers.city; b=customers.name,customers.email,customers.ssn,customers.city; n=|customers.name,customers.email,customers.ssn,customers.city
SELECT email LIKE ALL UNNEST([name, ssn]) a, STRUCT() b FROM customers => a=customers.email,customers.name,customers.ssn; b=
SELECT filter.ssn overlaps, begin.email percent FROM customers filter, staff begin WHERE filter.id = 1 ORDER BY begin.id NULLS LAST => overlaps=customers.ssn; percent=staff.email
FROM customers AS c |> SET name = UPPER(c.ssn) |> WHERE c.city > 'a' |> SELECT c.email, name, c.ssn => email=customers.email; name=customers.ssn; ssn=customers.ssn
FROM customers |> DROP email |> EXTEND CONCAT(customers.ssn, city) AS x |> RENAME name AS n |> SELECT customers.id, n, x => id=customers.id; n=customers.name; x=customers.ssn,customers.city
SELECT ssn AS \`it's\`, name \`>120 days\`, \`#a|b\`.email FROM customers \`#a|b\` WHERE \`#a|b\`.city > ' \`' => it's=customers.ssn; >120 days=customers.name; email=customers.email
SELECT (WITH c AS (SELECT secret FROM e.tags) SELECT MAX(secret) FROM c) AS m FROM events e => m=e.tags.secret
WITH a AS (SELECT ssn FROM customers) SELECT (WITH c AS (SELECT ssn FROM a), d AS (SELECT ssn FROM c) SELECT MAX(ssn) FROM d) AS m FROM events => m=customers.ssn
SELECT * FROM (SELECT id, ssn FROM customers), (SELECT 1 AS one) JOIN (SELECT id, salary FROM staff) USING (id) => id=customers.id,staff.id; ssn=customers.ssn; one=; salary=staff.salary
SELECT k FROM a, b JOIN c USING (k) => k=a.k,b.k,c.k
SELECT e.* FROM events, UNNEST(tags || tags) AS e => k=events.tags; v=events.tags
SELECT e.* FROM (SELECT [NULL, STRUCT(ssn AS a, name AS b)] AS xs FROM customers), UNNEST(xs) AS e => a=customers.ssn,customers.name; b=customers.ssn,customers.name
SELECT r.* FROM (SELECT ARRAY_AGG(t ORDER BY t.salary LIMIT 1)[OFFSET(0)] AS r FROM (SELECT id, email, salary FROM staff) AS t GROUP BY t.id) => id=staff.id|staff.salary; email=staff.email|staff.salary; salary=staff.salary
SELECT ANY_VALUE(t).* FROM (SELECT ssn, name FROM customers) AS t => ssn=customers.ssn; name=customers.name
SELECT tags[0].*, e.rec.addr.* FROM events AS e => k=events.tags; v=events.tags; zip=events.rec; city=events.rec
SELECT p.prof.b[OFFSET(0)].* FROM (SELECT STRUCT([STRUCT(ssn AS c, 1 AS d)] AS b) AS prof FROM customers) AS p => c=customers.ssn; d=
SELECT * FROM UNNEST(ARRAY(SELECT AS STRUCT id, ssn FROM customers ORDER BY name)) => id=customers.id; ssn=customers.ssn
SELECT (SELECT AS STRUCT ssn, 1 AS one FROM customers LIMIT 1).*, STRUCT(email AS a).* FROM staff => ssn=customers.ssn; one=; a=staff.email
SELECT city, COUNT(*) AS n, SAFE.NET.HOST(city) AS h FROM customers GROUP BY GROUPING SETS ((city), ROLLUP(city, name), CUBE(email), ()) => city=customers.city; n=; h=customers.city
FROM staff |> EXTEND salary AS x |> UNION ALL (FROM staff |> EXTEND staff.email AS y), (SELECT *, mgr FROM staff) |> SELECT x => x=staff.salary,staff.email,staff.mgr
FROM customers |> RENAME ssn AS s, id AS i |> SET name = s |> DROP balance => i=customers.id; name=customers.ssn; email=customers.email; s=customers.ssn; city=customers.city
FROM customers |> RENAME ssn AS name, name AS ssn |> WHERE city > 'a' => id=customers.id; ssn=customers.name; email=customers.email; name=customers.ssn; balance=customers.balance; city=customers.city
FROM staff AS s |> JOIN (SELECT id, ssn FROM customers) AS c USING (id) |> RENAME ssn AS n |> SELECT *, UPPER(n) AS u, GENERATE_UUID() AS w => id=staff.id,customers.id; name=staff.name; email=staff.email; salary=staff.salary; mgr=staff.mgr; n=customers.ssn; u=customers.ssn; w=
FROM unknown |> RENAME ssn AS n |> SELECT n, x => n=unknown.ssn; x=unknown.x
FROM (SELECT STRUCT(1 AS a, 2 AS f0_) AS rec, STRUCT(1 AS c, 2 AS d) AS rek, ssn FROM customers) AS t |> SET rec = STRUCT(1 AS a), rek = STRUCT(3 AS e, 4 AS c, 5 AS d) |> SELECT rec.*, ssn, rek.* => a=; ssn=customers.ssn; e=; c=; d=
SELECT rec.* FROM (SELECT * REPLACE (STRUCT(ssn AS a) AS rec) FROM (SELECT STRUCT(1 AS x, 2 AS y) AS rec, ssn FROM customers)) => a=customers.ssn
SELECT (SELECT MAX(p.v) FROM (SELECT rec.* FROM u) AS p) AS x FROM (SELECT STRUCT(1 AS v) AS rec) => x=u.rec
SELECT (SELECT AS STRUCT rec.* FROM u LIMIT 1) AS x FROM events => x=events.rec,u.rec
SELECT (SELECT AS STRUCT rec.* FROM customers LIMIT 1) AS x, (SELECT MAX(p.zip) FROM (SELECT e.rec.addr.* FROM customers) AS p) AS y FROM events AS e => x=events.rec; y=events.rec
SELECT (SELECT MAX(rec.ssn) FROM u) AS x, (SELECT MAX(rec.ssn) FROM staff) AS y FROM (SELECT 1 AS ssn) AS rec => x=u.rec; y=
SELECT p.s.* FROM (SELECT STRUCT(ssn AS a, NULLIF(name, 'x') AS b) AS s FROM customers) AS p => a=customers.ssn; b=customers.name
SELECT tags[OFFSET(0)].*, nums[safe_ordinal(id)] AS n, 'a' LIKE ANY UNNEST([rec.ssn]) AS l, ARRAY(SELECT ssn FROM customers) AS r FROM events => k=events.tags; v=events.tags; n=events.nums,events.id; l=events.rec; r=customers.ssn
FROM customers |> RENAME ssn AS s,name AS n,id i |> SET city=s,s=n |> DROP email, balance => i=customers.id; n=customers.name; s=customers.name; city=customers.ssn
FROM staff |> CROSS JOIN UNNEST(SPLIT(name, ',')) AS part |> WHERE part > 'a' |> DROP id, mgr => name=staff.name; email=staff.email; salary=staff.salary; part=staff.name
SELECT CAST(o.created_at AS STRING FORMAT o.status AT TIME ZONE c.city) a, SAFE_CAST(c.name AS DATE FORMAT CONCAT('YYYY', c.email)) b, CAST(c.ssn AS NUMERIC(10, 2) FORMAT (SELECT MAX(name) FROM staff)) d FROM orders o, customers c => a=orders.created_at,orders.status,customers.city; b=customers.name,customers.email; d=customers.ssn,staff.name
SELECT DETERMINISTIC_DECRYPT_STRING(k.name, c.ssn, c.city) d, SAFE.AEAD.DECRYPT_BYTES(k.name, c.email, '') e, DETERMINISTIC_ENCRYPT(k.name, c.ssn, '') f FROM customers c, staff k => d=staff.name,customers.ssn,customers.city; e=staff.name,customers.email; f=staff.name,customers.ssn
SELECT g.amount, c.ssn FROM GAP_FILL((SELECT amount, created_at FROM orders), ts_column => 'created_at', bucket_width => INTERVAL 1 DAY) AS g, customers c => amount=orders.amount,orders.created_at; ssn=customers.ssn
FROM customers, UNNEST(SAFE.SPLIT(name)) AS part |> SELECT ssn, part => ssn=customers.ssn; part=customers.name
SELECT LAX_STRING(j.name) n, j.sub[0].x, o FROM events e, UNNEST(JSON_QUERY_ARRAY(e.payload.items)) AS j WITH OFFSET AS o WHERE j.kind = 'x' => n=events.payload; x=events.payload; o=|events.payload
SELECT AS VALUE STRUCT(ssn AS a, ssn AS b) FROM customers => a=customers.ssn; b=customers.ssn
SELECT v.a, v FROM (SELECT AS VALUE STRUCT(ssn AS a) FROM customers) v => a=customers.ssn; v=customers.ssn
SELECT id, ssn FROM customers INNER UNION ALL BY NAME SELECT name, id FROM staff => id=customers.id,staff.id
SELECT id, ssn FROM customers UNION ALL CORRESPONDING SELECT name, email AS ssn, id FROM staff => id=customers.id,staff.id; ssn=customers.ssn,staff.email
FROM customers |> SELECT ssn, id |> INNER UNION DISTINCT BY NAME (SELECT id, email AS SSN, name FROM staff) => ssn=customers.ssn,staff.email|customers.id,customers.name; id=customers.id,staff.id
SELECT LAST_VALUE(ssn) OVER (d) l, SUM(balance) OVER d s FROM customers WINDOW a AS (PARTITION BY city), b AS (a ORDER BY id), c AS b, d AS c => l=customers.ssn|customers.city,customers.id; s=customers.balance|customers.city,customers.id
SELECT WITH DIFFERENTIAL_PRIVACY OPTIONS (epsilon = 10, delta = .01, privacy_unit_column = id) city, AVG(balance, contribution_bounds_per_group => (0, 100)) a FROM customers GROUP BY city => city=customers.city; a=customers.balance
SELECT WITH AGGREGATION_THRESHOLD city, COUNT(DISTINCT ssn) n FROM customers GROUP BY city => city=customers.city; n=customers.ssn
SELECT t.end, MAX(t.from) AS m, date.city FROM (SELECT ssn AS \`end\`, name AS \`from\` FROM customers) t JOIN customers AS date ON date.id > 1 GROUP BY t.end, date.city => end=customers.ssn; m=customers.name; city=customers.city
SELECT old.ssn FROM customers old WHERE old.id = 1 => ssn=customers.ssn
SELECT RANGE_CONTAINS(RANGE<TIMESTAMP> '[UNBOUNDED, 2026-01-01)', created_at) r, CAST(status AS RANGE<DATE>) s FROM orders => r=orders.created_at; s=orders.status
SELECT e.x, e.r FROM customers c, UNNEST(ARRAY<STRUCT<x STRING, r RANGE<DATE>>>[(c.ssn, NULL)]) e => x=customers.ssn; r=customers.ssn
SELECT c.ssn, o.status, id FROM staff s JOIN (customers c JOIN orders o USING (id)) USING (id) => ssn=customers.ssn; status=orders.status; id=staff.id,customers.id,orders.id
SELECT * FROM (SELECT 1 AS one), ((SELECT id, ssn FROM customers) JOIN (SELECT id, salary FROM staff) USING (id)) => one=; id=customers.id,staff.id; ssn=customers.ssn; salary=staff.salary
FROM staff s |> JOIN (customers c JOIN orders o ON c.id = o.customer_id) ON s.id = c.id |> EXTEND c.ssn AS x |> SELECT x, s.name => x=customers.ssn; name=staff.name
SELECT date.ssn, UPPER(time.email) AS u, timestamp.status FROM customers date JOIN staff AS time ON date.id = time.id, orders timestamp WHERE date.city > 'a' => ssn=customers.ssn; u=staff.email; status=orders.status
SELECT tags[0].* EXCEPT (k), STRUCT(ssn AS a, name AS b).* EXCEPT (a) FROM events, customers => v=events.tags; b=customers.name
SELECT c.city, ARRAY_AGG(c ORDER BY c.id LIMIT 1)[OFFSET(0)].* EXCEPT (name, email, ssn, city) FROM (SELECT * EXCEPT (balance) FROM customers) AS c GROUP BY c.city => city=customers.city; id=customers.id
SELECT (SELECT AS STRUCT salary, mgr, s.id = c.id AS same FROM staff s LIMIT 1).* EXCEPT (mgr) FROM customers c => salary=staff.salary; same=staff.id,customers.id
SELECT STRUCT(id AS a, name AS b).* REPLACE (ssn AS a) FROM customers => a=customers.ssn; b=customers.name
SELECT (SELECT AS STRUCT 1 AS a, 2 AS b).* EXCEPT (b) REPLACE ((SELECT MAX(salary) FROM staff) AS a), name FROM customers => a=staff.salary; name=customers.name
SELECT STRUCT(1 AS a).* REPLACE (c.ssn AS a) FROM customers c, staff s WHERE s.id = c.id => a=customers.ssn
SELECT * FROM (SELECT name, ssn FROM customers) PIVOT (MAX(ssn) FOR name IN ('x' ssn, 'y' y, 3 AS z)) => ssn=customers.ssn|customers.name; y=customers.ssn|customers.name; z=customers.ssn|customers.name
SELECT city IN ((SELECT MAX(email) FROM staff), name) AS a FROM customers WHERE id NOT IN ((SELECT MIN(id) FROM orders), (SELECT MAX(mgr) FROM staff)) => a=customers.city,staff.email,customers.name
SELECT * FROM (SELECT id, ssn FROM customers) AS c, UNNEST(IF(c.id > 1, [c.ssn], [])) AS x => id=customers.id; ssn=customers.ssn; x=customers.ssn|customers.id
SELECT * FROM (SELECT name, email FROM customers), UNNEST(COALESCE(SPLIT(name), [email])) AS x => name=customers.name; email=customers.email; x=customers.name,customers.email
SELECT t.* FROM events AS e, UNNEST(CASE WHEN e.id = 1 THEN e.tags WHEN e.user_id = 2 THEN NULL ELSE [] END) AS t => k=events.tags|events.id,events.user_id; v=events.tags|events.id,events.user_id
SELECT * FROM UNNEST((SELECT APPROX_QUANTILES(balance, 4) FROM customers)) AS q => q=customers.balance
SELECT t.*, a.id FROM (SELECT id, tags FROM events UNION ALL SELECT user_id, tags FROM events) AS a, UNNEST(a.tags) AS t => k=events.tags; v=events.tags; id=events.id,events.user_id
SELECT s.* FROM (SELECT STRUCT(ssn AS a, id AS b) AS s FROM customers UNION ALL SELECT STRUCT(email AS a, salary AS b) FROM staff) => a=customers.ssn,customers.id,staff.email,staff.salary; b=customers.ssn,customers.id,staff.email,staff.salary
WITH RECURSIVE r AS (SELECT SPLIT(name) AS ws, 1 AS n FROM customers UNION ALL SELECT ws, n + 1 FROM r) SELECT * FROM r, UNNEST(ws) AS w => ws=customers.name; n=; w=customers.name
SELECT * FROM UNNEST(ARRAY(SELECT DISTINCT LOWER(ssn) FROM customers)) AS s => s=customers.ssn
SELECT * FROM (SELECT ARRAY_AGG(DISTINCT DATE(created_at)) AS ds FROM orders), UNNEST(ds) AS d, UNNEST([-1, 2]) AS n, UNNEST([d IS NULL, TRUE]) AS b => ds=orders.created_at; d=orders.created_at; n=; b=orders.created_at
SELECT c.ssn, o.status FROM customers c LEFT JOIN staff s LEFT JOIN orders o JOIN events e USING (id) ON s.id = o.id ON c.id = s.id WHERE e.rec.ssn = 'x' => ssn=customers.ssn; status=orders.status
SELECT * FROM (SELECT id, ssn FROM customers) LEFT JOIN (SELECT id, salary FROM staff) INNER JOIN (SELECT id, amount FROM orders) USING (id) USING (id) => id=customers.id,staff.id,orders.id; ssn=customers.ssn; salary=staff.salary; amount=orders.amount
SELECT (SELECT MAX(ssn) FROM u.one AS e) AS o FROM untold AS u => o=untold.one|untold.ssn
SELECT (SELECT MAX(ssn) FROM UNNEST(u.list) AS e) AS o FROM untold AS u => o=untold.list|untold.ssn
SELECT (SELECT MAX(v) FROM UNNEST(ARRAY(SELECT t FROM UNNEST(e.tags) AS t))) AS o FROM events AS e, (SELECT 'x' AS v) => o=events.tags
SELECT (SELECT MAX(zz) FROM UNNEST([STRUCT(c.ssn AS zz, 1 AS \`é\`)])) AS o FROM customers AS c, (SELECT 'x' AS zz) => o=customers.ssn
SELECT (SELECT MAX(zz) FROM UNNEST([STRUCT<zz STRING, \`a-b\` INT64>(c.ssn, 1)])) AS o FROM customers AS c, (SELECT 'x' AS zz) => o=customers.ssn
SELECT (SELECT MAX(b) FROM (SELECT '1' AS a, '2' AS b UNION ALL BY NAME ON (a) SELECT '3' AS a, '4' AS b)) AS o FROM (SELECT ssn AS b FROM customers) => o=customers.ssn
SELECT (SELECT MAX(b) FROM (SELECT '1' AS a LEFT UNION ALL BY NAME SELECT '3' AS a, '4' AS b)) AS o FROM (SELECT ssn AS b FROM customers) => o=customers.ssn
SELECT (SELECT MAX(list.x) FROM orders JOIN a.s.list WITH OFFSET AS n) AS o FROM (SELECT STRUCT([STRUCT(ssn AS x)] AS list) AS s FROM customers) AS a, (SELECT 'x' AS x) AS list => o=customers.ssn
SELECT TO_JSON_STRING(q) AS o FROM (FROM customers |> AGGREGATE COUNT(*) AS n GROUP BY ROLLUP(UPPER(ssn), UPPER('SSN'))) AS q => o=customers.ssn
SELECT (SELECT MAX(pp) FROM (SELECT x.x.* FROM UNNEST(ARRAY(SELECT AS STRUCT STRUCT(ssn AS pp) AS x, 1 AS y FROM customers)) AS x)) AS o FROM (SELECT 'x' AS pp) => o=customers.ssn
SELECT (SELECT MAX(pp) FROM UNNEST(ARRAY(SELECT AS STRUCT [STRUCT(ssn AS pp)] AS x, 1 AS y FROM customers)) AS x, UNNEST(x.x)) AS o FROM (SELECT 'x' AS pp) => o=customers.ssn
SELECT \`d.t\`.ssn, \`p.d.u\`.s.a FROM \`p.d.t\`, \`p.d.u\` => ssn=p.d.t.ssn; a=p.d.u.s
SELECT s.a FROM (SELECT STRUCT(ssn AS a, email AS b) AS s FROM customers UNION ALL SELECT STRUCT(email AS a, ssn AS b) FROM customers) => a=customers.ssn,customers.email
SELECT s.a FROM (SELECT STRUCT(ssn AS a, email AS b) AS s FROM customers) JOIN (SELECT STRUCT(email AS a, ssn AS b) AS s FROM customers) USING (s) => a=customers.ssn,customers.email
SELECT s.a, s FROM (SELECT STRUCT(u.k AS a, u.s.b AS b) AS s FROM u) AS x RIGHT JOIN (u JOIN v ON u.i = v.j) USING (s) => a=u.k,u.s,v.s; s=u.k,u.s,v.s
SELECT e.a, e, f.q FROM UNNEST([STRUCT('x' AS a, 'y' AS b)]) AS e FULL JOIN (SELECT STRUCT(ssn AS a, name AS b) AS e, city AS q FROM customers) AS f USING (e) => a=customers.ssn,customers.name; e=customers.ssn,customers.name; q=customers.city
SELECT v.a, ANY_VALUE(v).b FROM (SELECT STRUCT(ssn AS a, name AS b) AS v FROM customers) LEFT JOIN (SELECT AS VALUE STRUCT(email AS a, city AS b) FROM customers) AS v USING (v) GROUP BY ALL => a=customers.ssn,customers.name,customers.email,customers.city; b=customers.ssn,customers.name,customers.email,customers.city
SELECT x, f.q FROM UNNEST(['x', 'y']) AS x FULL JOIN (SELECT ssn AS x, city AS q FROM customers) AS f USING (x) => x=customers.ssn; q=customers.city
SELECT ARRAY_CONCAT([STRUCT(ssn AS a, email AS b)], [STRUCT(email AS a, ssn AS b)])[0].a FROM customers => a=customers.ssn,customers.email
SELECT [STRUCT(ssn AS a, email AS b), STRUCT(email, ssn)][1].a, (([STRUCT(ssn AS a, email AS b)] || [STRUCT(email AS a, ssn AS b)])[0]).a FROM customers => a=customers.ssn,customers.email; a=customers.ssn,customers.email
SELECT IF(id = 1, STRUCT(ssn AS a, email AS b), STRUCT(email AS a, ssn AS b)).a, IF(id = 1, STRUCT(ssn AS a, email AS b), NULL).a FROM customers => a=customers.ssn,customers.email|customers.id; a=customers.ssn|customers.id
SELECT COALESCE(s, STRUCT(email AS a, ssn AS b)).a, CASE WHEN id = 1 THEN s ELSE STRUCT(email AS a, ssn AS b) END.a FROM (SELECT STRUCT(ssn AS a, email AS b) AS s, ssn, email, id FROM customers) => a=customers.ssn,customers.email; a=customers.ssn,customers.email|customers.id
SELECT l.a, f.a FROM (SELECT LAG(s, 1, STRUCT(email AS a, ssn AS b)) OVER (ORDER BY id) AS l, FIRST_VALUE(s) OVER (ORDER BY id) AS f FROM (SELECT STRUCT(ssn AS a, email AS b) AS s, ssn, email, id FROM customers)) => a=customers.ssn,customers.email|customers.id; a=customers.ssn|customers.id
WITH RECURSIVE r AS (SELECT 1 AS n, STRUCT(ssn AS a, email AS b, city AS c) AS s FROM customers UNION ALL SELECT n + 1, STRUCT(s.b AS a, s.c AS b, s.a AS c) FROM r WHERE n < 3) SELECT s.a FROM r => a=customers.ssn,customers.email,customers.city
WITH RECURSIVE r AS (SELECT 1 AS n, [STRUCT(ssn AS a, email AS b)] AS s FROM customers UNION ALL SELECT n + 1, ARRAY(SELECT AS STRUCT e.b AS a, e.a AS b FROM UNNEST(r.s) e) FROM r WHERE n < 3) SELECT e.a FROM r, r.s AS e => a=customers.ssn,customers.email
SELECT (SELECT s UNION ALL SELECT STRUCT(email AS a, ssn AS b)).a FROM (SELECT STRUCT(ssn AS a, email AS b) AS s, ssn, email FROM customers) => a=customers.ssn,customers.email
SELECT CAST(STRUCT(ssn AS a, email AS b) AS STRUCT<b STRING, a STRING>).b, STRUCT(ssn AS a, email AS a).a FROM customers => b=customers.ssn,customers.email; a=customers.ssn,customers.email
SELECT ARRAY_TRANSFORM([STRUCT(ssn AS a, email AS b)], e -> STRUCT(e.b AS a, e.a AS b))[0].a, ARRAY_FILTER(s, s -> s.b = city)[0].a FROM (SELECT [STRUCT(ssn AS a, email AS b)] AS s, ssn, email, city FROM customers) => a=customers.ssn,customers.email; a=customers.ssn,customers.email,customers.city
SELECT v.a FROM (SELECT id, STRUCT(ssn AS a, email AS b) AS x, STRUCT(email AS a, ssn AS b) AS y FROM customers) UNPIVOT(v FOR k IN (x, y)) => a=customers.ssn,customers.email
SELECT x.a, x.x.a FROM (SELECT STRUCT(ssn AS a, email AS b) AS x, city AS a FROM customers) AS x => a=customers.city,customers.ssn,customers.email; a=customers.ssn,customers.email
FROM customers |> EXTEND STRUCT(ssn AS a, email AS b) AS s |> SET s = STRUCT(email AS a, ssn AS b) |> SELECT s.a => a=customers.email
FROM customers |> AGGREGATE ARRAY_AGG(STRUCT(ssn AS a, email AS b) ORDER BY id LIMIT 1)[SAFE_OFFSET(0)] AS s GROUP BY city |> SELECT s.a, s.* => a=customers.ssn|customers.id; a=customers.ssn|customers.id; b=customers.email|customers.id
SELECT s.t[0].A, e.b, s.u FROM (SELECT STRUCT([STRUCT(ssn AS a, email AS b)] AS t, city AS u) AS s FROM customers), UNNEST(s.t) AS e => A=customers.ssn; b=customers.email; u=customers.city
SELECT s.rec.addr.zip, s.ssn, s.j.ssn FROM (SELECT STRUCT(rec, c.ssn, TO_JSON(STRUCT(c.email, c.ssn)) AS j) AS s FROM events, customers c) => zip=events.rec; ssn=customers.ssn; ssn=customers.email,customers.ssn
SELECT k.id, k.ssn, MAX_BY(k, city).id FROM (SELECT ANY_VALUE(c HAVING MAX c.balance) AS k, MAX(city) AS city FROM customers AS c GROUP BY c.city) GROUP BY ALL => id=customers.id|customers.balance; ssn=customers.ssn|customers.balance; id=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT DATE_ADD(day, INTERVAL value DAY) AS d, TIMESTAMP_ADD(day, INTERVAL Value.x DAY) e FROM (SELECT DATE(created_at) AS day, STRUCT(amount AS x) AS value FROM orders) => d=orders.created_at,orders.amount; e=orders.created_at,orders.amount
`)
