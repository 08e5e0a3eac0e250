import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainBatch } from '#src/classify/explain-batch.ts'
import { hostileFamilies, listOf } from './hostile-texts.ts'

/** What is said of a text whose judge was late, died or could not start. */
const lost = /The judge/

interface Answer {
  readonly id: string
  readonly harmless: boolean
  readonly ms: number
  readonly cause?: string
}

async function batch(items: readonly object[]): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  async function* input() {
    for (const item of items) yield JSON.stringify(item)
  }
  await explainBatch(input(), line => {
    answers.push(JSON.parse(line) as Answer)
  })
  return answers
}

test('every hostile family is judged in both dialects without a judge being lost, and so is the statement after it', async t => {
  const items = hostileFamilies.flatMap(([family, sql]) =>
    (['snowflake', 'bigquery'] as const).flatMap(dialect => [
      { id: `${family} (${dialect})`, dialect, sql },
      { id: `after ${family} (${dialect})`, dialect, sql: `select a, '${family}' as b from d.t` },
    ]),
  )
  const answers = await batch(items)
  assert.deepEqual(
    answers.map(({ id }) => id),
    items.map(({ id }) => id),
  )
  for (const { id, harmless, cause } of answers) {
    // A judge is given up after 1.5 s of its own time, whatever else the machine does meanwhile.
    assert.doesNotMatch(cause ?? '', lost, id)
    if (id.startsWith('after')) assert.equal(harmless, true, `${id}: ${cause}`)
  }
  t.diagnostic(`${hostileFamilies.length} families; slowest ${Math.max(...answers.map(({ ms }) => ms))} ms`)
})

test('stars over pairs of stars double the columns no further than any table has', async () => {
  const ctes = Array.from({ length: 40 }, (_, at) => `c${at + 1} as (select * from c${at} a, c${at} b)`)
  const sql = `with c0 as (select * from t), ${ctes.join(', ')} select * from c40`
  const [answer] = await batch([{ id: 'stars', dialect: 'snowflake', sql, schema: { t: { a: 'INT', b: 'INT' } } }])
  assert.match(answer?.cause ?? '', /10,000 columns/)
})

test('few words that name much more are not judged: every later stage would go through all of it', async () => {
  const columns = listOf(1_500, at => `c${at}`)
  const sqls = [
    `with w as (select greatest(${columns}) x from t) select ${listOf(100, () => 'x')} from w`,
    `with w as (select 1 as ${'y'.repeat(1_000)}) select ${listOf(2_000, () => 'w.*')} from w`,
    `select 1 from ${listOf(1_001, at => `t${at}`)}`,
    `select $1 from 's3://b/${'a.'.repeat(1_000)}a'`,
    `select $1 from 's3://b/${'a'.repeat(3_000)}'`,
  ]
  const answers = await batch(sqls.map((sql, at) => ({ id: `${at}`, dialect: 'snowflake', sql })))
  for (const answer of answers) {
    assert.equal(answer.harmless, false)
    assert.match(answer.cause ?? '', /names more/, answer.id)
    assert.ok(JSON.stringify(answer).length < 20_000, answer.id)
  }
})

test('a table of as many columns as any has is judged', async () => {
  const schema = {
    wide: Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`some_long_column_name_${at}`, 'INT'])),
  }
  const [answer] = await batch([
    { id: 'wide', dialect: 'snowflake', sql: 'select * from wide where some_long_column_name_7 = 1', schema },
  ])
  assert.equal(answer?.cause, undefined)
})
