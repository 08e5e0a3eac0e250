import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createClassifier } from '#src/classify/classify.ts'
import {
  type BypassLabelled,
  catalogOf,
  compareLineage,
  compareTables,
  corpus,
  type HandLabelled,
  isPlainQuery,
  type LineageLabelled,
  type Verdict,
} from './corpus.ts'

const classifier = createClassifier()
after(() => classifier.close())
const share = (part: number, whole: number) => `${part}/${whole} (${((100 * part) / whole).toFixed(1)} %)`

test('hand-labelled statements: nothing harmful is called harmless, no table is missed', async t => {
  let queries = 0
  let passed = 0
  for (const item of corpus<HandLabelled>('hand')) {
    const answer = await classifier.classify(item.sql, item.dialect, {})
    assert.notEqual(compareTables(item, answer), 'lost', `${item.id} loses a table: ${item.sql}`)
    if (isPlainQuery(item)) queries += 1
    if (!answer.harmless) {
      if (answer.understood) assert.ok(answer.kind !== 'select' || answer.hazards.length > 0, item.id)
      continue
    }
    assert.ok(isPlainQuery(item), `${item.id} is called harmless: ${item.sql}`)
    assert.deepEqual(answer.writes, [])
    passed += 1
  }
  t.diagnostic(`plain queries called harmless: ${share(passed, queries)}`)
  assert.ok(passed / queries > 0.7)
})

test('recorded bypasses: none is harmless unless GoogleSQL reads one query and all its tables are named', async () => {
  for (const item of corpus<BypassLabelled>('bypass_bigquery')) {
    const answer = await classifier.classify(item.sql, item.dialect, {})
    if (!isPlainQuery(item)) assert.equal(answer.harmless, false, item.id)
    if (answer.harmless) assert.equal(compareTables(item, answer), 'exact', item.id)
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
