import { parseRows } from './lineage-rows.ts'

/** Snowflake, one construct a row: `sql => name=base columns|columns that only decide; …`. */
export const snowflakeLineage = parseRows(`
SELECT * EXCLUDE ssn FROM customers => id=customers.id; name=customers.name; email=customers.email; balance=customers.balance; city=customers.city
SELECT * EXCLUDE (ssn, email) FROM customers => id=customers.id; name=customers.name; balance=customers.balance; city=customers.city
SELECT * RENAME ssn AS s FROM customers => id=customers.id; name=customers.name; email=customers.email; s=customers.ssn; balance=customers.balance; city=customers.city
SELECT * RENAME (ssn AS s, id AS i) FROM customers => i=customers.id; name=customers.name; email=customers.email; s=customers.ssn; balance=customers.balance; city=customers.city
SELECT * EXCLUDE (id, name) RENAME (ssn AS s) FROM customers => email=customers.email; s=customers.ssn; balance=customers.balance; city=customers.city
SELECT * REPLACE (UPPER(ssn) AS city) FROM customers => id=customers.id; name=customers.name; email=customers.email; ssn=customers.ssn; balance=customers.balance; city=customers.ssn
SELECT c.* EXCLUDE ssn, o.id AS oid FROM customers c, orders o => id=customers.id; name=customers.name; email=customers.email; balance=customers.balance; city=customers.city; oid=orders.id
SELECT * FROM customers NATURAL JOIN staff => id=customers.id,staff.id; name=customers.name,staff.name; email=customers.email,staff.email; ssn=customers.ssn; balance=customers.balance; city=customers.city; salary=staff.salary; mgr=staff.mgr
SELECT * FROM staff JOIN customers USING (id) => id=staff.id,customers.id; name=staff.name; email=staff.email; salary=staff.salary; mgr=staff.mgr; name=customers.name; email=customers.email; ssn=customers.ssn; balance=customers.balance; city=customers.city
SELECT * FROM staff s FULL JOIN customers c USING (id, name) => id=staff.id,customers.id; name=staff.name,customers.name; email=staff.email; salary=staff.salary; mgr=staff.mgr; email=customers.email; ssn=customers.ssn; balance=customers.balance; city=customers.city
SELECT f.* FROM events e, LATERAL FLATTEN(input => e.payload) f => seq=|events.payload; key=events.payload; path=events.payload; index=|events.payload; value=events.payload; this=events.payload
SELECT * FROM events e, LATERAL FLATTEN(e.payload) => id=events.id; user_id=events.user_id; payload=events.payload; ts=events.ts; seq=|events.payload; key=events.payload; path=events.payload; index=|events.payload; value=events.payload; this=events.payload
SELECT f.seq, f.key, f.path, f.index, f.value, f.this FROM events e, TABLE(FLATTEN(input => e.payload, outer => true, mode => 'ARRAY', path => 'x.y', recursive => true)) f => seq=|events.payload; key=events.payload; path=events.payload; index=|events.payload; value=events.payload; this=events.payload
SELECT value:a.b[0]::string AS v FROM events, LATERAL FLATTEN(input => payload) => v=events.payload
SELECT g.value::string AS v FROM events e, LATERAL FLATTEN(input => e.payload:items) f, LATERAL FLATTEN(input => f.value:sub) g => v=events.payload
SELECT e.payload:a:b.c['d'][0]::number(10,2) AS x, payload['k']::varchar y FROM events e => x=events.payload; y=events.payload
SELECT payload:"a b"."c" AS z FROM events => z=events.payload
SELECT ssn AS zz, zz || name AS n2 FROM customers => zz=customers.ssn; n2=customers.ssn,customers.name
SELECT UPPER(ssn) AS u, u AS v, LENGTH(v) AS w FROM customers => u=customers.ssn; v=customers.ssn; w=customers.ssn
SELECT balance AS b, b + 1 AS c1 FROM customers WHERE b > 10 => b=customers.balance; c1=customers.balance
SELECT city, COUNT(*) AS n, MAX(ssn) AS m FROM customers GROUP BY ALL HAVING n > 1 ORDER BY m => city=customers.city; n=; m=customers.ssn
SELECT city, SUM(balance) s, GROUPING(city) g FROM customers GROUP BY ROLLUP (city, name) => city=customers.city; s=customers.balance; g=customers.city
SELECT city, name, SUM(balance) s FROM customers GROUP BY GROUPING SETS ((city), (name), ()) => city=customers.city; name=customers.name; s=customers.balance
SELECT city, name, SUM(balance) s FROM customers GROUP BY CUBE (1, 2) => city=customers.city; name=customers.name; s=customers.balance
WITH RECURSIVE r (id, chain, lvl) AS (SELECT id, email, 1 FROM staff WHERE mgr IS NULL UNION ALL SELECT s.id, r.chain || s.name, r.lvl + 1 FROM staff s JOIN r ON s.mgr = r.id) SELECT * FROM r => id=staff.id; chain=staff.email,staff.name; lvl=
WITH RECURSIVE r AS (SELECT id AS a, name AS b, ssn AS c FROM customers UNION ALL SELECT a, c, b FROM r WHERE a < 5) SELECT b, c FROM r => b=customers.name,customers.ssn; c=customers.name,customers.ssn
WITH r AS (SELECT id, 0 AS d FROM staff UNION ALL SELECT id, d + 1 FROM r WHERE d < 3) SELECT id, d FROM r => id=staff.id; d=
SELECT id, name, LEVEL AS l, SYS_CONNECT_BY_PATH(email, '/') p, CONNECT_BY_ROOT name AS rt FROM staff START WITH mgr IS NULL CONNECT BY mgr = PRIOR id => id=staff.id; name=staff.name; l=; p=staff.email; rt=staff.name
SELECT id, PRIOR email AS boss FROM staff START WITH mgr IS NULL CONNECT BY PRIOR id = mgr => id=staff.id; boss=staff.email
SELECT * FROM (SELECT status, amount FROM orders) PIVOT(SUM(amount) FOR status IN ('a', 'b')) => 'a'=orders.amount|orders.status; 'b'=orders.amount|orders.status
SELECT * FROM (SELECT customer_id, status, amount FROM orders) PIVOT(SUM(amount) FOR status IN ('a' AS aa, 'b' AS bb)) => customer_id=orders.customer_id; aa=orders.amount|orders.status; bb=orders.amount|orders.status
SELECT * FROM (SELECT customer_id, status, amount FROM orders) PIVOT(SUM(amount) FOR status IN ('a', 'b')) AS p (cid, a, b) => cid=orders.customer_id; a=orders.amount|orders.status; b=orders.amount|orders.status
SELECT p.cid, p."'a'" x FROM (SELECT customer_id AS cid, status, amount FROM orders) PIVOT(MAX(amount) FOR status IN ('a', 'b')) p => cid=orders.customer_id; x=orders.amount|orders.status
SELECT * FROM (SELECT id, name, email FROM customers) UNPIVOT(val FOR col IN (name, email)) => id=customers.id; col=|customers.name,customers.email; val=customers.name,customers.email
SELECT id, val FROM customers UNPIVOT(val FOR col IN (ssn, email, name)) ORDER BY id => id=customers.id; val=customers.ssn,customers.email,customers.name
SELECT * FROM (SELECT id, name, email FROM customers) UNPIVOT INCLUDE NULLS (val FOR col IN (name AS n, email AS e)) u => id=customers.id; col=|customers.name,customers.email; val=customers.name,customers.email
SELECT o.id, c.ssn FROM orders o ASOF JOIN customers c MATCH_CONDITION (o.created_at >= c.balance) ON o.customer_id = c.id => id=orders.id; ssn=customers.ssn
SELECT c.name, (SELECT MAX(o.amount) FROM orders o WHERE o.customer_id = c.id) AS mx FROM customers c => name=customers.name; mx=orders.amount
SELECT c.name, (SELECT c.ssn) AS x FROM customers c => name=customers.name; x=customers.ssn
SELECT ARRAY_AGG(OBJECT_CONSTRUCT('n', name, 's', ssn)) WITHIN GROUP (ORDER BY balance) AS a FROM customers => a=customers.name,customers.ssn|customers.balance
SELECT OBJECT_CONSTRUCT('id', id, 'c', OBJECT_CONSTRUCT('e', email)) o FROM customers => o=customers.id,customers.email
SELECT {'s': ssn, 'n': name} AS o, [email, city] AS a FROM customers => o=customers.ssn,customers.name; a=customers.email,customers.city
SELECT OBJECT_CONSTRUCT(c.*) o FROM customers c JOIN orders d ON d.id = c.id => o=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT {*} AS o FROM customers => o=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT COUNT(DISTINCT ssn) a, COUNT(ssn) b, COUNT(*) c, APPROX_COUNT_DISTINCT(email) d FROM customers => a=customers.ssn; b=customers.ssn; c=; d=customers.email
SELECT FILTER([1,2,3], x -> x > id) f, REDUCE(ARRAY_CONSTRUCT(balance), 0, (acc, v) -> acc + v + LENGTH(ssn)) r FROM customers => f=customers.id; r=customers.balance,customers.ssn
SELECT TRANSFORM(payload:items, i OBJECT -> i:ssn::string) t FROM events => t=events.payload
SELECT FIRST_VALUE(ssn) OVER (PARTITION BY city ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) fv, LAG(email, 1, name) IGNORE NULLS OVER (ORDER BY id) lg FROM customers => fv=customers.ssn|customers.city,customers.id; lg=customers.email,customers.name|customers.id
SELECT id, ssn FROM customers QUALIFY ROW_NUMBER() OVER (PARTITION BY city ORDER BY balance DESC) = 1 => id=customers.id; ssn=customers.ssn
SELECT id, ROW_NUMBER() OVER (ORDER BY ssn) AS rn FROM customers QUALIFY rn = 1 => id=customers.id; rn=|customers.ssn
SELECT t.* FROM (VALUES (1, 'a'), (2, 'b')) AS t (x, y) => x=; y=
SELECT column1, column2 FROM VALUES (1, 'a'), (2, 'b') => column1=; column2=
SELECT $1 FROM VALUES (1, 'a') => $1=
SELECT t.$2 AS q FROM customers t => q=customers.name
SELECT id FROM customers UNION ALL BY NAME SELECT id FROM staff => id=customers.id,staff.id
SELECT id, email FROM customers UNION ALL BY NAME SELECT email, id FROM staff => id=customers.id,staff.id; email=customers.email,staff.email
SELECT id, email FROM customers UNION BY NAME SELECT email, salary FROM staff => id=customers.id; email=customers.email,staff.email; salary=staff.salary
SELECT ssn FROM customers MINUS SELECT email FROM staff => ssn=customers.ssn|staff.email
SELECT ssn FROM customers INTERSECT SELECT email FROM staff => ssn=customers.ssn,staff.email
SELECT ssn FROM customers EXCEPT SELECT email FROM staff => ssn=customers.ssn|staff.email
(SELECT id FROM customers ORDER BY 1 LIMIT 1) UNION ALL (SELECT salary FROM staff LIMIT 1) => id=customers.id,staff.salary
SELECT "ID" AS "My Id", "NAME" FROM "CUSTOMERS" => My Id=customers.id; name=customers.name
SELECT c."SSN" AS "ssn" FROM customers AS c => ssn=customers.ssn
SELECT CUSTOMERS.ssn FROM customers => ssn=customers.ssn
SELECT TO_JSON(OBJECT_CONSTRUCT(*)) j FROM staff => j=staff.id,staff.name,staff.email,staff.salary,staff.mgr
SELECT a.id, b.id FROM customers a JOIN staff b ON a.id = b.id => id=customers.id; id=staff.id
SELECT x.id FROM (SELECT a.id, b.salary FROM customers a JOIN staff b ON a.id = b.id) x => id=customers.id
SELECT ssn, ssn FROM customers => ssn=customers.ssn; ssn=customers.ssn
SELECT MAX(CASE WHEN status = 'a' THEN amount END) AS m FROM orders => m=orders.amount|orders.status
SELECT IFF(ssn IS NULL, name, email) i, NVL2(ssn, name, email) n, ZEROIFNULL(balance) z FROM customers => i=customers.name,customers.email|customers.ssn; n=customers.name,customers.email|customers.ssn; z=customers.balance
SELECT id IN (SELECT customer_id FROM orders) AS has FROM customers => has=customers.id,orders.customer_id
SELECT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id) AS has FROM customers c => has=|orders.customer_id,customers.id
SELECT ssn LIKE '1%' AS l, ssn BETWEEN 'a' AND name AS b, ssn IS NULL AS n, NOT (email = name) AS q FROM customers => l=customers.ssn; b=customers.ssn,customers.name; n=customers.ssn; q=customers.email,customers.name
SELECT DATE_TRUNC('month', created_at) m, DATEDIFF(day, created_at, CURRENT_DATE()) d, EXTRACT(year FROM created_at) y, created_at::date dt FROM orders => m=orders.created_at; d=orders.created_at; y=orders.created_at; dt=orders.created_at
SELECT TRIM(BOTH ' ' FROM ssn) a, POSITION('a' IN ssn) b, SUBSTRING(ssn FROM 2 FOR 3) c FROM customers => a=customers.ssn; b=customers.ssn; c=customers.ssn
SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY amount) OVER (PARTITION BY status) p FROM orders => p=orders.amount|orders.status
SELECT MEDIAN(amount) md, MODE(status) mo, STDDEV(amount) sd FROM orders => md=orders.amount; mo=orders.status; sd=orders.amount
SELECT MAX_BY(ssn, balance) mb, MIN_BY(name, balance, 3) mi, ANY_VALUE(email) av FROM customers => mb=customers.ssn|customers.balance; mi=customers.name|customers.balance; av=customers.email
SELECT c.id FROM customers c, LATERAL (SELECT amount FROM orders o WHERE o.customer_id = c.id) l => id=customers.id
SELECT l.m FROM customers c, LATERAL (SELECT c.ssn || o.status AS m FROM orders o WHERE o.customer_id = c.id) l => m=customers.ssn,orders.status
SELECT SYSTEM$TYPEOF(c.ssn) AS t FROM customers c => t=customers.ssn
SELECT c.value::string v, c.index i FROM customers, LATERAL SPLIT_TO_TABLE(ssn, '-') c => v=customers.ssn; i=|customers.ssn
SELECT s.value v FROM customers, TABLE(STRTOK_SPLIT_TO_TABLE(email, '@')) s => v=customers.email
SELECT SEQ4() s, UNIFORM(1, 10, RANDOM()) u FROM TABLE(GENERATOR(ROWCOUNT => 10)) => s=; u=
SELECT ROW_NUMBER() OVER (ORDER BY SEQ4()) n FROM TABLE(GENERATOR(ROWCOUNT => 10)) g => n=
WITH c AS (SELECT id, ssn FROM customers), o AS (SELECT * FROM orders) SELECT c.*, o.* FROM c JOIN o ON o.customer_id = c.id => id=customers.id; ssn=customers.ssn; id=orders.id; customer_id=orders.customer_id; amount=orders.amount; status=orders.status; created_at=orders.created_at
WITH customers AS (SELECT id, ssn AS name FROM customers) SELECT name FROM customers => name=customers.ssn
SELECT TOP 5 ssn, name FROM customers ORDER BY balance => ssn=customers.ssn; name=customers.name
SELECT DISTINCT city FROM customers => city=customers.city
SELECT ALL city FROM customers => city=customers.city
SELECT c.ssn FROM customers AS c TABLESAMPLE BERNOULLI (10) SEED (3) => ssn=customers.ssn
SELECT ssn FROM customers AT (OFFSET => -60) => ssn=customers.ssn
SELECT ssn FROM customers BEFORE (STATEMENT => '8e5d0ca9-005e-44e6-b858-a8f5b37c5726') => ssn=customers.ssn
SELECT a.ssn, b.email FROM customers a JOIN (SELECT * FROM staff) b ON a.id = b.mgr => ssn=customers.ssn; email=staff.email
SELECT ssn AS id FROM customers ORDER BY id => id=customers.ssn
SELECT id FROM customers ORDER BY ssn DESC NULLS LAST LIMIT 5 OFFSET 2 => id=customers.id
SELECT * FROM orders, customers WHERE orders.customer_id = customers.id => id=orders.id; customer_id=orders.customer_id; amount=orders.amount; status=orders.status; created_at=orders.created_at; id=customers.id; name=customers.name; email=customers.email; ssn=customers.ssn; balance=customers.balance; city=customers.city
SELECT CONCAT_WS('-', name, ssn) a, LISTAGG(email, ';') WITHIN GROUP (ORDER BY id) OVER (PARTITION BY city) l FROM customers => a=customers.name,customers.ssn; l=customers.email|customers.id,customers.city
SELECT ARRAY_CONSTRUCT(ssn)[0] AS x, ARRAY_TO_STRING(ARRAY_AGG(name), ',') y FROM customers GROUP BY ssn => x=customers.ssn; y=customers.name
SELECT REGEXP_SUBSTR(ssn, '\\\\d+', 1, 1, 'e') r, REGEXP_REPLACE(email, '@.*', name) q FROM customers => r=customers.ssn; q=customers.email,customers.name
SELECT TRY_PARSE_JSON(name):x.y::string j FROM customers => j=customers.name
SELECT CASE status WHEN 'a' THEN amount ELSE id END r FROM orders => r=orders.amount,orders.id|orders.status
SELECT CAST(ssn AS VARCHAR) a, ssn::varchar(3) b, TRY_CAST(ssn AS INT) c FROM customers => a=customers.ssn; b=customers.ssn; c=customers.ssn
SELECT x.* FROM (SELECT * EXCLUDE ssn FROM customers) x => id=customers.id; name=customers.name; email=customers.email; balance=customers.balance; city=customers.city
SELECT RANK() OVER (PARTITION BY city ORDER BY balance) r, NTILE(4) OVER (ORDER BY ssn) n, CUME_DIST() OVER (ORDER BY balance) c FROM customers => r=|customers.city,customers.balance; n=|customers.ssn; c=|customers.balance
SELECT WIDTH_BUCKET(balance, 0, 100, 5) w, balance % 10 m, -balance n FROM customers => w=customers.balance; m=customers.balance; n=customers.balance
SELECT t.c FROM (SELECT ssn AS c FROM customers UNION ALL SELECT NULL UNION ALL SELECT name FROM staff) t => c=customers.ssn,staff.name
SELECT a.c1 FROM (SELECT * FROM (SELECT id, ssn FROM customers) AS z (c0, c1)) a => c1=customers.ssn
SELECT GREATEST(ssn, name) g, LEAST(email, city) l, EQUAL_NULL(ssn, name) e FROM customers => g=customers.ssn,customers.name; l=customers.email,customers.city; e=customers.ssn,customers.name
SELECT ssn COLLATE 'en-ci' AS c FROM customers => c=customers.ssn
SELECT created_at + INTERVAL '1 day' AS t, created_at AT TIME ZONE 'UTC' z FROM orders => t=orders.created_at; z=orders.created_at
SELECT ARRAYS_OVERLAP(ARRAY_CONSTRUCT(ssn), ARRAY_CONSTRUCT(name)) o FROM customers => o=customers.ssn,customers.name
SELECT OBJECT_AGG(name, ssn::variant) o FROM customers => o=customers.name,customers.ssn
SELECT XMLGET(PARSE_XML(name), 'a'):"$"::string x FROM customers => x=customers.name
SELECT id FROM customers WHERE (id, name) IN (SELECT id, name FROM staff) => id=customers.id
SELECT id FROM customers WHERE ssn = ANY (SELECT email FROM staff) AND balance > ALL (SELECT salary FROM staff) => id=customers.id
SELECT id, SUM(SUM(amount)) OVER (ORDER BY status) x FROM orders GROUP BY id, status => id=orders.id; x=orders.amount|orders.status
SELECT COUNT_IF(ssn = 'x') c, BOOLOR_AGG(balance > 3) b FROM customers => c=customers.ssn; b=customers.balance
SELECT HLL(ssn) h, BITAND(id, 3) b, HASH_AGG(*) ha FROM customers => h=customers.ssn; b=customers.id; ha=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT COUNT(c.*) n FROM customers c => n=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT ssn s FROM customers GROUP BY s => s=customers.ssn
SELECT ssn email FROM customers WHERE email = 'x' => email=customers.ssn
SELECT UPPER(name) AS name, name AS b FROM customers => name=customers.name; b=customers.name
SELECT a.* , b.* EXCLUDE (id, name, email) FROM staff a JOIN staff b ON a.mgr = b.id => id=staff.id; name=staff.name; email=staff.email; salary=staff.salary; mgr=staff.mgr; salary=staff.salary; mgr=staff.mgr
SELECT ssn FROM customers c WHERE c.id = (SELECT MAX(customer_id) FROM orders WHERE orders.customer_id = c.id) => ssn=customers.ssn
SELECT * FROM (customers c JOIN orders o ON c.id = o.customer_id) => id=customers.id; name=customers.name; email=customers.email; ssn=customers.ssn; balance=customers.balance; city=customers.city; id=orders.id; customer_id=orders.customer_id; amount=orders.amount; status=orders.status; created_at=orders.created_at
WITH a AS (SELECT id FROM customers), b AS (WITH a AS (SELECT ssn AS id FROM customers) SELECT id FROM a) SELECT b.id x, a.id y FROM a, b => x=customers.ssn; y=customers.id
SELECT * FROM (SELECT name, DECODE(city, 'x', ssn, 'y', email, name) d FROM customers) => name=customers.name; d=customers.ssn,customers.email,customers.name|customers.city
SELECT SPLIT_PART(email, '@', 2) d, SPLIT(name, ' ')[0]::string f FROM customers => d=customers.email; f=customers.name
SELECT ARRAY_SIZE(payload:a) n, OBJECT_KEYS(payload) k, TYPEOF(payload:z) t, IS_NULL_VALUE(payload:q) q FROM events => n=events.payload; k=events.payload; t=events.payload; q=events.payload
SELECT PRIOR email AS boss, id FROM staff START WITH mgr IS NULL CONNECT BY PRIOR id = mgr => boss=staff.email; id=staff.id
SELECT PARSE_JSON(name):a.b::string AS x, ARRAY_AGG(ssn)[0]:k AS y, email::variant:z AS z FROM customers GROUP BY name, email => x=customers.name; y=customers.ssn; z=customers.email
SELECT {c.*} AS o FROM customers c => o=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT ARRAY_AGG({*}) AS a FROM staff => a=staff.id,staff.name,staff.email,staff.salary,staff.mgr
SELECT u.* FROM (SELECT id, ssn FROM customers UNION BY NAME SELECT id, salary FROM staff) u => id=customers.id,staff.id; ssn=customers.ssn; salary=staff.salary
SELECT email ILIKE ALL ('a%', ssn) a FROM customers WHERE name LIKE ALL ('x', city) => a=customers.email,customers.ssn
SELECT (SELECT MAX(email) FROM orders email) e FROM customers => e=customers.email
SELECT * ILIKE '%M_I%' FROM customers => email=customers.email
SELECT c.* ILIKE '%a%' RENAME (name AS n) FROM customers c => n=customers.name; email=customers.email; balance=customers.balance
SELECT {* EXCLUDE (email, ssn)}:name AS v, {* ILIKE 'b%'} AS w FROM customers => v=customers.id,customers.name,customers.balance,customers.city; w=customers.balance
SELECT {'a': {'b': ssn}}:a.b::string AS v FROM customers => v=customers.ssn
SELECT TRANSFORM([1], x -> OBJECT_CONSTRUCT(*)) AS v FROM customers => v=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT ssn AS d, TRUNC(balance, d) t, NEXT_DAY(balance, d) n, TRUNC(balance, month) m FROM customers => d=customers.ssn; t=customers.balance,customers.ssn; n=customers.balance,customers.ssn; m=customers.balance
SELECT TRUNC(a.balance, d) v FROM (SELECT balance, id AS d FROM customers) a JOIN (SELECT id AS d FROM staff) b USING (d) => v=customers.balance,customers.id,staff.id
SELECT UPPER(k) AS v, ssn AS k FROM customers => v=customers.ssn; k=customers.ssn
SELECT (SELECT MAX(z) FROM (SELECT status AS email, email AS z FROM orders)) AS m FROM customers => m=customers.email,orders.status
SELECT * FROM (SELECT customer_id, status, amount, id AS max FROM orders) PIVOT(MAX(amount) FOR status IN ('a')) => customer_id=orders.customer_id; max=orders.id; 'a'=orders.amount|orders.status
SELECT p."'a'" AS a FROM (SELECT customer_id, status, amount FROM orders) PIVOT(MAX(amount) FOR status IN (ANY)) p WHERE customer_id > 1 => a=orders.amount,orders.customer_id,orders.status
SELECT ((SELECT ssn FROM customers) UNION ALL (SELECT name FROM staff)) AS v => v=customers.ssn,staff.name
WITH w AS (SELECT ssn AS s FROM customers) (SELECT s FROM w) ORDER BY s LIMIT 1 => s=customers.ssn
SELECT CAST(ssn AS ARRAY(INT NOT NULL))[0] AS v, DATE_PART(year FROM city) AS y FROM customers INNER DIRECTED JOIN orders ON true => v=customers.ssn; y=customers.city
SELECT "MAX(SSN)" AS m FROM (SELECT MAX(ssn), COUNT(*) FROM customers) WHERE "COUNT(*)" > 1 => m=customers.ssn
SELECT v FROM (SELECT UPPER(ssn), name AS v FROM customers UNION ALL BY NAME SELECT UPPER(email), name AS v FROM staff) => v=customers.ssn,customers.name,staff.email,staff.name
SELECT array.id AS x FROM customers AS array (z, id, e, s, b, c) => x=customers.name
SELECT {c.* EXCLUDE (email)} AS x FROM customers c => x=customers.id,customers.name,customers.email,customers.ssn,customers.balance,customers.city
SELECT "1" AS a, "'2'" AS b FROM (SELECT status, amount FROM orders) PIVOT(SUM(amount) FOR status IN (1, '2')) => a=orders.amount|orders.status; b=orders.amount|orders.status
SELECT interval - 1 AS v, interval || 'x' w, interval "Gap" FROM (SELECT ssn AS interval FROM customers) => v=customers.ssn; w=customers.ssn; Gap=customers.ssn
SELECT array[0] AS v, array [0] || name AS w FROM (SELECT SPLIT(ssn, '-') AS array, name FROM customers) => v=customers.ssn; w=customers.ssn,customers.name
SELECT json:k::string AS v, date "Day", text['k'] AS w, ssn::date "Born" FROM (SELECT ssn AS json, name AS date, email AS text, ssn FROM customers) => v=customers.ssn; Day=customers.name; w=customers.email; Born=customers.ssn
SELECT id FROM staff CONNECT BY PRIOR id = mgr UNION ALL SELECT PRIOR salary AS s FROM staff CONNECT BY PRIOR id = mgr => id=staff.id,staff.salary
WITH q AS (SELECT prior x FROM (SELECT ssn AS prior, name AS x FROM customers)) SELECT q.x FROM q, staff CONNECT BY PRIOR mgr = id => x=customers.ssn
SELECT NTH_VALUE(ssn, 2) FROM FIRST OVER (PARTITION BY city ORDER BY id) v, NTH_VALUE(name, (1 + 1)) FROM LAST IGNORE NULLS OVER (ORDER BY id) w FROM customers => v=customers.ssn|customers.city,customers.id; w=customers.name|customers.id
SELECT d AS e, c AS d, UPPER(b) AS c, ssn AS b FROM customers => e=customers.ssn; d=customers.ssn; c=customers.ssn; b=customers.ssn
SELECT b || c AS a, UPPER(c) AS b, ssn AS c FROM customers => a=customers.ssn; b=customers.ssn; c=customers.ssn
SELECT x.ssn, x.name FROM staff x, customers x => ssn=customers.ssn; name=staff.name,customers.name
SELECT f.value FROM customers c, LATERAL FLATTEN(SPLIT(c.name, ' ')) f, LATERAL FLATTEN(SPLIT(c.ssn, '-')) f => value=customers.name,customers.ssn
SELECT * FROM (SELECT name, id FROM customers) c NATURAL JOIN (SELECT id, salary FROM staff) d NATURAL JOIN (SELECT id AS salary, amount FROM orders) o => salary=staff.salary,orders.id; id=customers.id,staff.id; name=customers.name; amount=orders.amount
SELECT * FROM (SELECT id, name FROM customers) c JOIN (SELECT id, salary FROM staff) d USING (id) JOIN (SELECT amount, id FROM orders) o USING (id) => id=customers.id,staff.id,orders.id; name=customers.name; salary=staff.salary; amount=orders.amount
SELECT * FROM (SELECT ssn FROM customers) a, (SELECT id FROM staff) b CROSS JOIN (SELECT name FROM staff) c JOIN (SELECT amount, id FROM orders) o USING (id) => ssn=customers.ssn; id=staff.id,orders.id; name=staff.name; amount=orders.amount
SELECT * FROM (SELECT city, name FROM customers) a JOIN ((SELECT salary, name, email FROM staff) b JOIN (SELECT ssn, email FROM customers) c USING (email)) USING (name) => name=customers.name,staff.name; city=customers.city; email=staff.email,customers.email; salary=staff.salary; ssn=customers.ssn
SELECT ARRAY_AGG(ssn) OVER (PARTITION BY city)[0]::string v, ARRAY_AGG({*}) WITHIN GROUP (ORDER BY (id + 1))[0]:email::string AS w FROM (SELECT id, ssn, city, email FROM customers) => v=customers.ssn|customers.city; w=customers.id,customers.ssn,customers.city,customers.email
SELECT ARRAYAGG(ssn) a, OBJECTAGG(name, id) o, BIT_AND_AGG(id) b, REGEXP_EXTRACT_ALL(email, name) r FROM customers GROUP BY email, name => a=customers.ssn; o=customers.name,customers.id; b=customers.id; r=customers.email,customers.name
SELECT filter.ssn overlaps, begin.email percent FROM customers filter, staff begin WHERE filter.id = 1 ORDER BY begin.id NULLS LAST => OVERLAPS=CUSTOMERS.SSN; PERCENT=STAFF.EMAIL
SELECT sort.ssn FROM customers sort JOIN staff cache ON cache.id = sort.id => SSN=CUSTOMERS.SSN
WITH r AS ((SELECT email AS x, ssn AS y FROM customers UNION ALL SELECT y, x FROM r)) SELECT x FROM r => x=customers.email,customers.ssn
WITH RECURSIVE r (x, y) AS ((SELECT email, ssn FROM customers) UNION ALL (SELECT y, x FROM r)) SELECT x FROM r => x=customers.email,customers.ssn
SELECT CURRENT_USER AS u, ssn FROM customers WHERE email = CURRENT_USER => u=; ssn=customers.ssn
SELECT REDUCE(SPLIT(ssn, '-'), '', (acc VARCHAR, v OBJECT(k INT)) -> acc || v || name) r, TRANSFORM([1], (x NUMBER(10, 2)) -> x + id) t FROM customers => r=customers.ssn,customers.name; t=customers.id
SELECT GREATEST(**[ssn, name], city) g FROM customers WHERE id IN (**[1, 2]) => g=customers.ssn,customers.name,customers.city
SELECT ssn::OBJECT(x INT):x v, CAST(email AS MAP(VARCHAR, NUMBER(10, 2)))['k'] w, TRY_CAST(name AS OBJECT(x INT NOT NULL, y ARRAY(VARCHAR))):y[0] z FROM customers => v=customers.ssn; w=customers.email; z=customers.name
SELECT * FROM customers MATCH_RECOGNIZE (ORDER BY id MEASURES FINAL LAST(ssn) AS f, RUNNING SUM(x.balance) AS g PATTERN (x+) DEFINE x AS city = 'a') => f=customers.ssn|customers.id,customers.city; g=customers.balance|customers.id,customers.city
SELECT * FROM customers NATURAL JOIN (SELECT id, salary FROM staff) s LEFT JOIN (SELECT amount, id FROM orders) o ON o.id = customers.id => id=customers.id,staff.id; name=customers.name; email=customers.email; ssn=customers.ssn; balance=customers.balance; city=customers.city; salary=staff.salary; amount=orders.amount; id=orders.id
WITH q (a, b, c) AS (SELECT * FROM (SELECT id, ssn FROM customers) c JOIN (SELECT amount FROM orders) o JOIN (SELECT salary, id FROM staff) s USING (id)) SELECT a, b, c FROM q => a=customers.id,staff.id; b=customers.ssn; c=orders.amount
SELECT * FROM (SELECT id, payload FROM events) e LEFT JOIN LATERAL FLATTEN(e.payload) f JOIN (SELECT name, id FROM staff) s USING (id) => id=events.id,staff.id; payload=events.payload; seq=|events.payload; key=events.payload; path=events.payload; index=|events.payload; value=events.payload; this=events.payload; name=staff.name
SELECT * FROM (SELECT id AS a FROM customers) x LEFT JOIN (SELECT id AS b FROM staff) y LEFT JOIN (SELECT id AS c FROM orders) z ON b = c ON a = b => a=customers.id; b=staff.id; c=orders.id
SELECT DECODE(**[1, 1, ssn]) AS a, NVL2(**[id, ssn, name]) AS b, GREATEST(1, **[(id), ABS(**[balance])], 3) AS c FROM customers => A=CUSTOMERS.SSN; B=CUSTOMERS.SSN,CUSTOMERS.NAME|CUSTOMERS.ID; C=CUSTOMERS.ID,CUSTOMERS.BALANCE
SELECT TRANSFORM([ssn], (a OBJECT(k INT NOT NULL, "b c" NUMBER(10, 2))) -> a) AS v, ARRAY_CONSTRUCT(ssn)::ARRAY(VARCHAR(9) NOT NULL) AS w FROM customers => V=CUSTOMERS.SSN; W=CUSTOMERS.SSN
SELECT * FROM (SELECT customer_id, amount, created_at FROM orders) MATCH_RECOGNIZE (PARTITION BY customer_id ORDER BY created_at MEASURES LAST(b.amount) AS l PATTERN (a b{2,} {- c -}) DEFINE b AS amount > 1) AS m => customer_id=orders.customer_id; l=orders.amount|orders.customer_id,orders.created_at
WITH o AS (SELECT id, status FROM orders) SELECT m.status, m.f, c.ssn FROM customers c JOIN (SELECT * FROM o) MATCH_RECOGNIZE (ORDER BY id MEASURES FIRST(status) AS f ALL ROWS PER MATCH WITH UNMATCHED ROWS PATTERN (a) DEFINE a AS id > (SELECT MAX(mgr) FROM staff)) AS m ON m.id = c.id => status=orders.status; f=orders.status|orders.id,staff.mgr; ssn=customers.ssn
SELECT OBJECT_CONSTRUCT(s.* EXCLUDE (email, mgr)) o, HASH(s.* ILIKE '%name%') h FROM staff s JOIN orders o2 ON o2.id = s.id => o=staff.id,staff.name,staff.salary|staff.email,staff.mgr; h=staff.name|staff.id,staff.email,staff.salary,staff.mgr
SELECT s, f FROM orders MATCH_RECOGNIZE (ORDER BY id MEASURES SUM(u.amount) AS s, LAST(w.status) AS f PATTERN (PERMUTE(a, b) c) SUBSET u = (a, b), w = (c) DEFINE b AS PREV(u.customer_id) > 1) => s=orders.amount|orders.id,orders.customer_id; f=orders.status|orders.id,orders.customer_id
SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY id MEASURES LAST(b.status) AS s PATTERN (^ a (b | c)+? d{2,3}? e?? $) DEFINE d AS amount > 1, e AS d.customer_id > 1) => s=orders.status|orders.id,orders.amount,orders.customer_id
SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY id MEASURES LAST("b".status) AS s, LAST(c$.amount) AS a PATTERN (a|"b"|c$|$) DEFINE a AS status = 'x') => s=orders.status|orders.id,orders.status; a=orders.amount|orders.id,orders.status
SELECT * FROM ((SELECT id, email FROM customers) UNION ALL (SELECT id, name FROM staff)) MATCH_RECOGNIZE (ORDER BY id MEASURES LAST(email) AS e PATTERN (a+) DEFINE a AS id > 1) => e=customers.email,staff.name|customers.id,staff.id
SELECT (SELECT MAX(ssn) FROM customers MATCH_RECOGNIZE (PARTITION BY (ssn) ORDER BY id MEASURES COUNT(*) AS n PATTERN (a+) DEFINE a AS id > 1)) AS y FROM (SELECT 'x' AS ssn) AS q => y=customers.ssn
SELECT COUNT(DISTINCT *) AS n, COUNT(ALL *) AS m FROM (SELECT ssn, city FROM customers) => n=customers.ssn,customers.city; m=
SELECT c.ssn, v.y FROM customers c, VALUES (1, 'a'), (2, (SELECT MAX(email) FROM staff)) AS v (x, y) WHERE v.x = c.id => ssn=customers.ssn; y=staff.email
SELECT ssn::VARCHAR(3) COLLATE 'en-ci' AS s, name::STRING COLLATE 'de' || email AS n FROM customers => s=customers.ssn; n=customers.name,customers.email
SELECT date.ssn, UPPER(time.email) AS u, timestamp.status FROM customers date JOIN staff AS time ON date.id = time.id, orders timestamp WHERE date.city > 'a' => ssn=customers.ssn; u=staff.email; status=orders.status
SELECT city IN ((SELECT MAX(email) FROM staff), name) AS a FROM customers WHERE id NOT IN ((SELECT MIN(id) FROM orders), (SELECT MAX(mgr) FROM staff)) => a=customers.city,staff.email,customers.name
SELECT * FROM (SELECT id, ssn, city FROM customers) PIVOT (MAX(ssn) FOR city IN ('x' a, 'y' AS b, 3 c)) => id=customers.id; a=customers.ssn|customers.city; b=customers.ssn|customers.city; c=customers.ssn|customers.city
SELECT payload:a.b[ARRAY_SIZE(payload:a.b) - 1]:c::STRING AS x, e.payload:a[c.ssn || c.name] AS y FROM events e, customers c => x=events.payload; y=events.payload,customers.ssn,customers.name
SELECT e.payload :a :b [c.id - 1] :d AS x, payload:a[0].b[1][c.ssn || 'x'] AS y, payload[c.id][payload:k[c.name || '']] AS z FROM events e, customers c => x=events.payload,customers.id; y=events.payload,customers.ssn; z=events.payload,customers.id,customers.name
SELECT l.id, LEFT(c.name, 3) AS k FROM customers c JOIN staff l ON l.email = k => id=staff.id; k=customers.name
SELECT payload:a::OBJECT:b AS x, payload:a::ARRAY[0] AS y, ARRAY_AGG(payload)::ARRAY[0]:k::VARIANT:l AS z FROM events => x=events.payload; y=events.payload; z=events.payload
SELECT c.ssn, o.status FROM IDENTIFIER('customers') c JOIN TABLE('orders') o ON o.id = c.id => ssn=customers.ssn; status=orders.status
SELECT DATE_PART(dow_iso, created_at) a, DATE_PART(dy, created_at) b, EXTRACT(dw FROM created_at) c, DATEADD(nsecond, id, created_at) d FROM orders => a=orders.created_at; b=orders.created_at; c=orders.created_at; d=orders.id,orders.created_at
SELECT DATE_PART(dw, created_at) AS a, DATEADD(dy, 1, s.created_at) AS b FROM (SELECT created_at, status AS dw, amount AS dy FROM orders) s => a=orders.created_at,orders.status; b=orders.created_at,orders.amount
SELECT VECTOR_AVG(ssn) a, VECTOR_TRUNCATE(name::VECTOR(FLOAT, 3), id) b, MAP_ENTRIES(MAP_CONSTRUCT(email, city)) c, BITMAP_TO_ARRAY(BITMAP_OR(id, balance)) d FROM customers => a=customers.ssn; b=customers.name,customers.id; c=customers.email,customers.city; d=customers.id,customers.balance
SELECT ARRAY_REPEAT(ssn, id) a, DATASKETCHES_HLL_ESTIMATE(DATASKETCHES_HLL_ACCUMULATE(email)) b, ST_INTERPOLATE(name, (SELECT MAX(salary) FROM staff)) c FROM customers proc => a=customers.ssn,customers.id; b=customers.email; c=customers.name,staff.salary
SELECT proc.ssn, name proc FROM staff JOIN customers proc USING (id, name) => ssn=customers.ssn; proc=staff.name,customers.name
SELECT ssn AS limit, limit.name, limit FROM (SELECT name AS limit, ssn, name FROM customers) limit WHERE limit > 'a' ORDER BY limit LIMIT 3 => limit=customers.ssn; name=customers.name; limit=customers.name,customers.ssn
WITH limit AS (SELECT ssn AS limit FROM customers) SELECT CASE limit WHEN 'a' THEN limit ELSE limit || 'x' END AS c, MAX(limit) OVER (PARTITION BY limit) AS m FROM limit => c=customers.ssn; m=customers.ssn
SELECT id, PRIOR ssn AS p FROM customers START WITH name IS NULL CONNECT BY PRIOR id = balance AND email IN ('a', ssn) AND city BETWEEN 'a' AND 'b' OR NOT name LIKE 'x%' => id=customers.id; p=customers.ssn
SELECT l FROM (SELECT LEVEL AS l, ssn FROM customers CONNECT BY NOCYCLE (SELECT MAX(salary) FROM staff) IS NOT NULL AND PRIOR id = id) ORDER BY ssn LIMIT 1 => l=
SELECT *, ssn FROM staff CHANGES (INFORMATION => DEFAULT) AT (OFFSET => -60), (SELECT ssn FROM customers) => id=staff.id; name=staff.name; email=staff.email; salary=staff.salary; mgr=staff.mgr; metadata$action=; metadata$isupdate=; metadata$row_id=; ssn=customers.ssn; ssn=customers.ssn
SELECT $6, $9 FROM (SELECT s.*, s.email FROM staff CHANGES (INFORMATION => APPEND_ONLY) AT (OFFSET => -60) END (OFFSET => 0) s) => $6=; $9=staff.email
SELECT a FROM (SELECT * FROM (SELECT ssn, id FROM customers) c JOIN (SELECT salary, id FROM staff) s USING (id)) q (a, b, c) => a=customers.ssn,customers.id,staff.id,staff.salary
WITH q (a, b, c) AS (SELECT *, 1 FROM (SELECT ssn, id FROM customers) c JOIN (SELECT salary, id FROM staff) s USING (id)) SELECT b FROM q => b=customers.ssn,customers.id,staff.id,staff.salary
WITH q AS (SELECT * FROM (SELECT ssn, id FROM customers) c JOIN (SELECT salary, id FROM staff) s USING (id)) SELECT $1, r.$2, ssn FROM (SELECT q.* FROM q) r => $1=customers.ssn,customers.id,staff.id,staff.salary; $2=customers.ssn,customers.id,staff.id,staff.salary; ssn=customers.ssn
SELECT a FROM (SELECT * EXCLUDE salary FROM (SELECT ssn, id FROM customers) c JOIN (SELECT salary, id FROM staff) s USING (id) UNION ALL SELECT 1, 'x') q (a, b) => a=customers.ssn,customers.id,staff.id
SELECT a FROM ((SELECT * FROM (SELECT ssn, id FROM customers) c JOIN (SELECT salary, id FROM staff) s USING (id)) UNPIVOT (v FOR k IN (salary))) q (a, b, c, d) => a=customers.ssn,customers.id,staff.id,staff.salary
SELECT * RENAME (ssn AS id) FROM (SELECT ssn, id FROM customers) c JOIN (SELECT salary, id FROM staff) s USING (id) => id=customers.ssn,customers.id,staff.id; id=customers.ssn,customers.id,staff.id; salary=staff.salary
SELECT * FROM (SELECT ssn, id FROM customers) c JOIN (SELECT salary, id FROM staff) s USING (id) => id=customers.id,staff.id; ssn=customers.ssn; salary=staff.salary
SELECT a FROM (SELECT * FROM (SELECT id, email, ssn FROM customers) c JOIN (SELECT id, email FROM staff) s USING (email, id)) q (a, b, c) => a=customers.id,customers.email,customers.ssn,staff.id,staff.email
SELECT a, b, c FROM (SELECT * FROM (SELECT id, ssn FROM customers) c JOIN (SELECT salary, id FROM staff) s USING (id)) q (a, b, c) => a=customers.id,staff.id; b=customers.ssn; c=staff.salary
`)
