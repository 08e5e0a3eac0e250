import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import bigquery from 'node-sql-parser/build/bigquery.js'
import snowflake from 'node-sql-parser/build/snowflake.js'
import { canonicalText, gate } from '#src/classify/gate.ts'
import type { Token } from '#src/classify/token.ts'
import { withoutPlainParts } from '#src/classify/without-plain-parts.ts'
import type { Dialect } from '#src/statement.ts'
import { type Labelled, readCorpus } from './corpus.ts'

const parsers = { snowflake: new snowflake.Parser(), bigquery: new bigquery.Parser() }

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

const cuts: readonly (readonly [sql: string, shown: string])[] = [
  ['select a, t.b, c from t', 'select c from t'],
  ['select a, sum(b), c, d from t group by a, c, d', 'select sum(b), d from t group by d'],
  ['select 1 from t where a = b and t.c <> 2 and d > x', 'select 1 from t where d > x'],
  ["select 1 from t join u on t.a = u.a and t.b = 'x' or f(1)", 'select 1 from t join u on f(1)'],
]
for (const [sql, shown] of cuts) {
  test(`the third parser is shown of "${sql}" only "${shown}"`, () => assert.deepEqual(cut(sql), [shown]))
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
  'select a from t where a = secret.b and exists (select 1 from secret where c = d and e = f)',
]
for (const dialect of ['snowflake', 'bigquery'] as const) {
  for (const sql of hidden) {
    test(`the third parser is still shown the table in "${sql}" (${dialect})`, () => {
      const [statement] = statementsOf(sql, dialect)
      assert.ok(statement)
      const whole = seen(statement.tokens, dialect)
      assert.deepEqual(seen(withoutPlainParts(statement.tokens), dialect), whole)
      assert.match(cut(sql, dialect).join(), /\bsecret\b(?!\.)/)
    })
  }
}

for (const name of ['hand', 'lineage', 'bypass_bigquery']) {
  test(`of every text of ${name}, the third parser sees the same tables and kinds as of the whole`, () => {
    const items = readCorpus<Labelled>(fileURLToPath(new URL(`../corpus/${name}.jsonl`, import.meta.url)))
    const statements = items.flatMap(({ sql, dialect }) =>
      statementsOf(sql, dialect).map(({ tokens }) => ({ tokens, dialect })),
    )
    assert.ok(statements.length >= 10)
    for (const { tokens, dialect } of statements) {
      const whole = seen(tokens, dialect)
      if (whole.length > 0) assert.deepEqual(seen(withoutPlainParts(tokens), dialect), whole, canonicalText(tokens))
    }
  })
}
