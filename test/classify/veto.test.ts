import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Classification } from '#src/classify/classification.ts'
import { createClassifier, PooledClassifier } from '#src/classify/classify.ts'
import { JudgeLost } from '#src/classify/judge/judge-pool.ts'
import { noOpinion, type Opinion } from '#src/classify/judge/veto.ts'
import { catalogOf } from './corpus.ts'

const classifier = createClassifier({ workers: 1 })
const judgement: Classification = await classifier.classify('select id from customers', 'snowflake', {})
await classifier.close()
const opinion = (...tables: readonly string[]): Opinion => ({ tables, kinds: ['select'] })
const catalog = catalogOf('snowflake', { customers: { id: 'INT' } })

/** A classifier whose judges find everything harmless, and whose third parser answers what it is told to. */
const classifierWith = (veto: () => Promise<Opinion>) =>
  new PooledClassifier(
    { run: async () => judgement, ready: async () => {}, close: async () => {} },
    { run: veto, ready: async () => {}, close: async () => {} },
    10,
  )

const objections: readonly (readonly [what: string, opinion: Opinion, harmless: boolean])[] = [
  ['the same table', opinion('select::null::customers'), true],
  ['the same table with its path', opinion('select::db::public.CUSTOMERS'), true],
  ['nothing', noOpinion, true],
  ['another table', opinion('select::null::customers', 'select::null::secrets'), false],
  ['a table that is written', opinion('delete::null::customers'), false],
  ['another kind of statement', { tables: [], kinds: ['delete'] }, false],
  ['two statements', { tables: [], kinds: ['select', 'select'] }, false],
]
for (const [what, answer, harmless] of objections) {
  test(`a third parser that sees ${what} ${harmless ? 'changes nothing' : 'makes it not understood'}`, async () => {
    const subject = classifierWith(async () => answer)
    // Once as a new text, once from memory; the columns of the tables change nothing about it.
    for (const known of [undefined, catalog, undefined, catalog]) {
      const found = await subject.classify('select id from customers', 'snowflake', {}, known)
      assert.deepEqual([found.harmless, found.understood], [harmless, harmless])
    }
  })
}

test('a third parser that is late or dies counts for nothing', async () => {
  const dead = classifierWith(() => Promise.reject(new JudgeLost('late')))
  assert.equal((await dead.classify('select 1', 'snowflake', {})).harmless, true)
})

test('a third parser that was not heard is asked again the next time, one that takes too long for a text is not', async () => {
  for (const [lost, harmlessNext] of [
    [new JudgeLost('Too many statements wait to be judged.'), false],
    [new JudgeLost('late', true), true],
  ] as const) {
    const answers = [Promise.reject(lost), Promise.resolve(opinion('select::null::secrets'))]
    const subject = classifierWith(() => answers.shift() ?? Promise.reject(lost))
    assert.equal((await subject.classify('select 1', 'snowflake', {})).harmless, true)
    assert.equal((await subject.classify('select 1', 'snowflake', {})).harmless, harmlessNext)
  }
})

test('nothing is harmless before the third parser has answered', async () => {
  const asked = Promise.withResolvers<Opinion>()
  const slow = classifierWith(() => asked.promise)
  let answered = false
  const judging = slow.classify('select id from customers', 'snowflake', {}).finally(() => {
    answered = true
  })
  await setImmediate()
  assert.equal(answered, false)
  asked.resolve(opinion('select::null::secrets'))
  assert.equal((await judging).harmless, false)
})
