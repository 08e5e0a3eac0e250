import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createClassifier } from '#src/classify/classify.ts'
import type { Dialect } from '#src/statement.ts'
import { catalogOf, compareLineage } from './corpus.ts'
import { bigqueryLineage } from './lineage-bigquery.ts'
import { type LineageRow, lineageSchema } from './lineage-rows.ts'
import { snowflakeLineage } from './lineage-snowflake.ts'

const classifier = createClassifier()
after(() => classifier.close())

const rows: readonly (readonly [Dialect, readonly LineageRow[]])[] = [
  ['snowflake', snowflakeLineage],
  ['bigquery', bigqueryLineage],
]

for (const [dialect, all] of rows) {
  describe(`where each column of a ${dialect} query comes from`, () => {
    const catalog = catalogOf(dialect, lineageSchema[dialect])
    for (const { sql, outputs } of all) {
      test(sql, async () => {
        const answer = await classifier.classify(sql, dialect, {}, catalog)
        assert.equal(compareLineage(outputs, answer), 'exact', answer.cause ?? JSON.stringify(answer.outputs))
      })
    }
  })
}
