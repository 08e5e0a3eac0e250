import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import bigquery from 'node-sql-parser/build/bigquery.js'
import snowflake from 'node-sql-parser/build/snowflake.js'
import { canonicalText, gate } from '#src/classify/gate.ts'
import { startParsers } from '#src/classify/judge/parsers.ts'
import { secondVote } from '#src/classify/judge/second-vote.ts'
import type { Token } from '#src/classify/text/token.ts'
import { withoutPlainParts } from '#src/classify/text/without-plain-parts.ts'
import { Names } from '#src/classify/walk/names.ts'
import type { Dialect } from '#src/statement.ts'
import { type Labelled, readCorpus } from './corpus.ts'

const parsers = { snowflake: new snowflake.Parser(), bigquery: new bigquery.Parser() }

const { second } = await startParsers()

const statementsOf = (sql: string, dialect: Dialect) => {
  const passage = gate(sql, dialect)
  return passage.passed ? passage.statements : []
}

const cut = (sql: string, dialect: Dialect = 'snowflake') =>
  statementsOf(sql, dialect).map(({ tokens }) => canonicalText(withoutPlainParts(tokens)))

/** The tables and kinds that the third parser sees; nothing where it cannot read the text. */
function seen(tokens: readonly Token[], dialect: Dialect): readonly string[] {
  try {
    const { tableList, ast } = parsers[dialect].parse(canonicalText(tokens), { database: dialect })
    return [...tableList, ...[ast].flat().map(one => String(one?.type))].sort()
  } catch {
    return []
  }
}

/** The second parser's vote; nothing where it cannot read the text. */
function vote(tokens: readonly Token[], dialect: Dialect): unknown {
  try {
    const statements = second(canonicalText(tokens), dialect)
    const votes = statements.map(statement => secondVote(new Names(dialect, {}), statement))
    return votes.map(({ tables, opaque, root }) => ({ tables: [...tables].sort(), opaque, root }))
  } catch {
    return undefined
  }
}

const cuts: readonly (readonly [sql: string, shown: string])[] = [
  ['select a, t.b, c from t', 'select 1 from t'],
  ['select a, sum(b), c, d from t group by a, c, d', 'select 1 from t group by 1'],
  ['select f(p.end) as e, p.case, c from p where p.end > 1 and c', 'select 1 from p where 1'],
  ['select 1 from t where a = b and t.c <> 2 and d > x', 'select 1 from t where 1'],
  ["select 1 from t join u on t.a = u.a and t.b = 'x' or f(1)", 'select 1 from t join u on f(1)'],
  ['select "a", "b" as "the b", c d, t."e;" from t', 'select t."e;" from t'],
  ['select cast(a as decimal(9, 2)) / 1.5 x, case when a or b then c else d end, e from t', 'select 1 from t'],
  [
    'select rank() over (partition by a order by b desc) as nth, c from t order by nth limit 5',
    'select 1 from t order by 1 limit 5',
  ],
  ['select "a;" is null, b from t where c', 'select "a;" is null, 1 from t where 1'],
  ["select 1 from t where a between '2026-01-01' and b and c in (1, 2) and d", 'select 1 from t where 1'],
  [
    'select 1 from t where f("a;b") between 1 and b and c and d',
    'select 1 from t where f("a;b") between 1 and b and 1',
  ],
]
for (const [sql, shown] of cuts) {
  test(`the other parsers are shown of "${sql}" only "${shown}"`, () => assert.deepEqual(cut(sql), [shown]))
}

const whole: readonly string[] = [
  'select "b;--" from t',
  'select "a""b" from t',
  "select 'it''s' from t",
  'select extract(year from a) from t',
  'select * except (a) from t',
  'select 1 from t join u on a = b left join v using (c)',
  "select 1 from t where a = 'it''s' and b = 'x;y'",
  'select 1 from t where a = 1e5 and b = .5',
  'select 1 from t, u, v',
]
for (const sql of whole) {
  test(`nothing is cut of "${sql}", which lexers could read differently or where tables stand`, () => {
    assert.deepEqual(
      cut(sql),
      statementsOf(sql, 'snowflake').map(({ text }) => text),
    )
  })
}

const hidden: readonly string[] = [
  'select a from t, secret, u',
  'select a, b from t, u, secret where a = b and c = d',
  'select a, (select b from secret), c from t',
  'select a, b, case when exists (select 1 from secret) then 1 end, c from t',
  'select a from t where a = (select b from secret) and c = d',
  'select a from t where a = b and c in (select b from secret, u) and d = e',
  'select a from t join secret on a = b and c = d',
  'select a from t group by a, b union all select b, c from secret, u',
  'select a from t order by a, (select b from secret), c',
  'with a as (select b, c from secret, u) select d, e from a, t',
  'select a, b from (select c, d from t, secret), u',
  'select a, b from t, (select c from u) x, secret, v',
  'select a, b, from t, secret, u',
  'select distinct a, b from t, secret, u',
  'select a, f(b, (select c from secret)), d from t',
  'select sum(a) over (partition by b order by c) x, d from t, secret, u',
  'select "a", "b" from "c" d, secret, "e"',
  'select a from t where b between 1 and (select c from secret) and d',
  'select a from t where b between 1 and c and d in (select c from secret) and e',
  'select case when a and b then (select c from secret) end, d from t',
  'select case when a in (b, c) then d end, e from t where f in (1, 2) and exists (select g from secret) and h',
  'select a from t where (b = 1 and c = 2) and d > all (select e from secret) or f',
  'select a, b minus select c, d from secret, u',
  'select a is distinct from b, c from t, secret, u',
  'select a from t join u on b = c, secret',
  'select a from t join u on b = c and d = e, secret, v',
  'select a from t where b and c in (d, (select e from secret))',
  'select a from (secret)',
  'select a from t where b = c union all select d from secret',
  'select a, b from d.by, secret, u',
  'select a, b from d.select, secret, u',
  'select a, b from t as by, secret, u',
  'select a, b from t join u using (a, b), secret, v',
  'select a from (select b from t order by b, c), secret, u',
  'select a from t where a = secret.b and exists (select 1 from secret where c = d and e = f)',
]
for (const dialect of ['snowflake', 'bigquery'] as const) {
  for (const sql of hidden) {
    test(`the other parsers are still shown the table in "${sql}" (${dialect})`, () => {
      const [statement] = statementsOf(sql, dialect)
      assert.ok(statement)
      const shown = withoutPlainParts(statement.tokens)
      assert.deepEqual(seen(shown, dialect), seen(statement.tokens, dialect))
      assert.deepEqual(vote(shown, dialect), vote(statement.tokens, dialect))
      assert.match(cut(sql, dialect).join(), /\bsecret\b(?!\.)/)
    })
  }
}

for (const name of ['hand', 'lineage', 'bypass_bigquery']) {
  test(`of every text of ${name}, the other parsers see the same tables and kinds as of the whole`, () => {
    const items = readCorpus<Labelled>(fileURLToPath(new URL(`../corpus/${name}.jsonl`, import.meta.url)))
    const statements = items.flatMap(({ sql, dialect }) =>
      statementsOf(sql, dialect).map(({ tokens }) => ({ tokens, dialect })),
    )
    assert.ok(statements.length >= 10)
    for (const { tokens, dialect } of statements) {
      const shown = withoutPlainParts(tokens)
      const [third, second] = [seen(tokens, dialect), vote(tokens, dialect)]
      if (third.length > 0) assert.deepEqual(seen(shown, dialect), third, canonicalText(tokens))
      assert.deepEqual(vote(shown, dialect), second, canonicalText(tokens))
    }
  })
}
