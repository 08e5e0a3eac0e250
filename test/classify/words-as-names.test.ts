import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import type { Classification } from '#src/classify/classification.ts'
import { createClassifier } from '#src/classify/classify.ts'
import type { Dialect } from '#src/statement.ts'
import { catalogOf } from './corpus.ts'

/** Every word that a rewrite, a lexer or a walk over tokens looks for, as their own texts have them. */
const files = globSync('{gate,without-*,rewrite/*,text/{lexer,without}-*,judge/{script-*,scan-names}}.ts', {
  cwd: 'src/classify',
})
const words = new Set(
  files.flatMap(file => {
    const texts = readFileSync(`src/classify/${file}`, 'utf8').match(/'[^'\n]*'/g) ?? []
    return texts.flatMap(text => text.match(/\b[A-Z][A-Z_]+\b/g) ?? [])
  }),
)
/** A value, or an operator, in every place and either dialect: nothing can be called so without quotes. */
const values = 'NULL TRUE FALSE CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP'
for (const word of [...values.split(' '), 'NOT', 'ALL', 'DISTINCT']) words.delete(word)

const both = [
  'select q.W x from (select ssn as W, 1 as a from t) q where q.W > 1 order by q.a, q.W desc',
  'select a, W, W x, 2 from (select ssn as W, 1 a from t)',
  'select x.secret, W.ssn from u x, t W where W.id = x.id',
  'select W.ssn from t as W join u on W.id = u.id',
  'with W as (select ssn from t) select u.id, W.ssn from u join W on true union all select id, ssn from W, u',
  'select 1 from u, W where id in (select a from d.W)',
  'select 1 from (u join W on true) where exists (select 1 from W)',
  'select max(a) over (partition by W order by a, W desc) from (select ssn as W, 1 a from t)',
  'select count(*) from (select ssn as W, 1 a from t) group by a, W having max(W) > 1',
  'select a from (select ssn as W, 1 a from t) where a = 1 and not W like 2 or W in (1, 2) and W between 1 and 2',
  'select case W when 1 then 2 end b, case when a = 1 then W else 3 end c from (select ssn as W, 1 a from t)',
  'select coalesce(a, W) b, cast(W as int) c, W || 1 d, (W) e, a + W f from (select ssn as W, 1 a from t)',
  'select a from (select ssn as W, 1 a from t) where W is not distinct from 1',
  'select a W, b from (select ssn a, 2 b from t) order by W',
  'select (select max(q.ssn) from t W where W.id = q.id) c from t q',
  'select W.*, u.secret from u, t as W',
]
const templates: Readonly<Record<Dialect, readonly string[]>> = {
  snowflake: [
    ...both,
    'select q.W:k, W:a.b, W[0], W::text, q.W::variant:k from (select ssn as W from t) q',
    'select q.W x, W y from (select id, parent, ssn as W from t) q where q.W = 1 connect by parent = prior id',
    "select listagg(W, ',') within group (order by a, W) from (select ssn as W, 1 a from t)",
    "select * exclude a from (select ssn as W, 1 a from t) where iff(W = 1, W, 2) = 3 and W ilike 'a%'",
  ],
  bigquery: [
    ...both,
    'from t |> extend ssn as W |> where W = 1 |> join u using (id) |> select W, secret',
    'from t as W |> where W.ssn = 1 |> aggregate count(*) c group by W.id',
    'select array(select as struct id, W from (select id, ssn W from t)) x',
    'select array_agg(id order by id, W) x from (select id, ssn as W from t)',
    'select s.W < date >> 0 as x, s.W + (0) as y from (select ssn as W, 5 as date from t) s',
    'select s.W x from (select struct(ssn as W, 1 as b) s from t)',
    'select a from (select id as W, 1 a from t) where 5 is distinct from W-a',
    'select W x, o from (select [ssn] arr from t) q, unnest(q.arr) as W with offset o',
  ],
}

const classifier = createClassifier()
after(() => classifier.close())

const person = { id: 'INT64', ssn: 'STRING', parent: 'INT64' }

/** What is said of the template with this name in it, the name as `zz` again. */
async function said(
  dialect: Dialect,
  template: string,
  name: string,
): Promise<Classification & { told: ReadonlySet<string> }> {
  const named = { [name]: { id: 'INT64', a: 'STRING' }, [`d.${name}`]: { a: 'STRING' } }
  const catalog = catalogOf(dialect, { t: person, u: { id: 'INT64', secret: 'STRING' }, ...named })
  const answer = await classifier.classify(template.replace(/\bW\b/g, name), dialect, {}, catalog)
  const columns = (answer.outputs ?? []).flatMap(({ sources, indirect }, at) => [
    ...sources.map(source => `${at} ${source}`),
    ...indirect.map(source => `${at} ${source}`),
  ])
  const plain = (text: string) =>
    text
      .replace(/["`]/g, '')
      .split('.')
      .map(part => (part.toLowerCase() === name ? 'zz' : part.toLowerCase()))
  const told = [...answer.reads, ...answer.filters, ...(answer.outputs ? columns : [])].map(text =>
    plain(text).join('.'),
  )
  return { ...answer, told: new Set(told) }
}

for (const dialect of ['snowflake', 'bigquery'] as const)
  describe(`a word of the grammar that is a name says no less than any other name (${dialect})`, () => {
    for (const template of templates[dialect])
      test(template, async () => {
        const control = await said(dialect, template, 'zz')
        assert.equal(control.harmless, true, control.cause)
        for (const word of words) {
          const answer = await said(dialect, template, word.toLowerCase())
          // What it refuses it does not misread.
          if (!answer.harmless) continue
          const isWhole = answer.outputs !== null
          const missing = [...control.told].filter(name => !answer.told.has(name) && (isWhole || !/^\d/.test(name)))
          assert.deepEqual(missing, [], word)
        }
      })
  })
