import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createClassifier } from '#src/classify/classify.ts'
import {
  catalogOf,
  compareLineage,
  corpus,
  type HandLabelled,
  type Labelled,
  type LineageLabelled,
  type Verdict,
} from './corpus.ts'

const classifier = createClassifier()
after(() => classifier.close())
const share = (part: number, whole: number) => `${part}/${whole} (${((100 * part) / whole).toFixed(1)} %)`

test('hand-labelled statements: nothing harmful is called harmless, no table of a harmless one is missed', async t => {
  let queries = 0
  let passed = 0
  for (const item of corpus<HandLabelled>('hand')) {
    const answer = await classifier.classify(item.sql, item.dialect, {})
    const plainQuery = item.cls === 'Q' && item.flags.length === 0
    if (plainQuery) queries += 1
    if (!answer.harmless) {
      if (answer.understood) assert.ok(answer.kind !== 'select' || answer.hazards.length > 0, item.id)
      continue
    }
    assert.ok(plainQuery, `${item.id} is called harmless: ${item.sql}`)
    assert.deepEqual(
      item.reads.filter(table => !answer.reads.includes(table)),
      [],
      `${item.id} loses a table`,
    )
    assert.deepEqual(answer.writes, [])
    passed += 1
  }
  t.diagnostic(`plain queries called harmless: ${share(passed, queries)}`)
  assert.ok(passed / queries > 0.7)
})

test('hand-labelled statements: every table written is named', async () => {
  for (const item of corpus<HandLabelled>('hand')) {
    const answer = await classifier.classify(item.sql, item.dialect, {})
    if (answer.gate.ambiguous !== false || item.cls === 'BAD') continue
    const written = item.writes.filter(table => table !== '?')
    assert.deepEqual(
      written.filter(table => !answer.writes.includes(table)),
      [],
      `${item.id} ${item.sql}`,
    )
  }
})

test('recorded bypasses: none is harmless unless GoogleSQL reads one query and all its tables are named', async () => {
  for (const item of corpus<Labelled & { googlesql: string }>('bypass_bigquery')) {
    const answer = await classifier.classify(item.sql, item.dialect, {})
    const [kind, tables = ''] = item.googlesql.split(':')
    if (kind !== 'Q') assert.equal(answer.harmless, false, item.id)
    if (!answer.harmless) continue
    assert.deepEqual([...answer.reads].sort(), tables.split(',').sort(), item.id)
  }
})

test('lineage: no output loses a base column, few are refused', async t => {
  const counts: Record<Verdict, number> = { exact: 0, over: 0, refused: 0, lost: 0 }
  const items = corpus<LineageLabelled>('lineage')
  for (const item of items) {
    const answer = await classifier.classify(item.sql, item.dialect, {}, catalogOf(item.dialect, item.schema))
    const verdict = compareLineage(item.outputs, answer)
    counts[verdict] += 1
    assert.notEqual(verdict, 'lost', `${item.id} ${item.sql}\n${JSON.stringify(answer.outputs)}`)
  }
  t.diagnostic(`lineage: ${JSON.stringify(counts)} of ${items.length}`)
  assert.ok(counts.refused <= items.length * 0.03)
})
