import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Classification } from '#src/classify/classification.ts'
import { judge } from '#src/classify/judge/judge.ts'
import { startParsers } from '#src/classify/judge/parsers.ts'
import { Random } from './random.ts'
import { relationsOf } from './relations.ts'
import { writeQuery, writtenCatalog, writtenContext } from './written-query.ts'

const parsers = await startParsers()

/** What became of all relations of some made-up queries of one dialect. */
function judgedRelations(dialect: 'snowflake' | 'bigquery', queries: number) {
  const random = new Random(20261121)
  const input = { dialect, context: writtenContext[dialect], catalog: writtenCatalog(dialect) }
  return Array.from({ length: queries }, () => relationsOf(random, writeQuery(random, dialect))).flatMap(relations =>
    relations.map(relation => ({ relation, answer: judge(parsers, { ...input, sql: relation.sql }) })),
  )
}

for (const dialect of ['snowflake', 'bigquery'] as const) {
  test(`made-up ${dialect} queries: tables, columns and filters are those they were made of, however they are written`, t => {
    const judged = judgedRelations(dialect, 40)
    for (const { relation, answer } of judged)
      assert.equal(relation.wrong(answer), undefined, `${relation.name}: ${relation.sql}`)
    const plain = judged.filter(({ relation }) => relation.name === 'as it is')
    const harmless = plain.filter(({ answer }) => answer.harmless).length
    t.diagnostic(`${judged.length} texts; ${harmless} of ${plain.length} plain queries are called harmless`)
    assert.ok(harmless > plain.length * 0.9)
  })
}

test('an answer that loses a table, a filter, a source or a column is noticed', () => {
  const without: readonly ((answer: Classification) => Classification)[] = [
    answer => ({ ...answer, reads: answer.reads.slice(1) }),
    answer => ({ ...answer, filters: [] }),
    answer => ({
      ...answer,
      outputs: answer.outputs?.map(output => ({ ...output, sources: [], indirect: [] })) ?? null,
    }),
    answer => ({ ...answer, outputs: answer.outputs?.slice(1) ?? null }),
  ]
  const judged = judgedRelations('snowflake', 20).filter(({ relation }) => relation.name === 'as it is')
  for (const tampered of without)
    assert.ok(
      judged.some(({ relation, answer }) => relation.wrong(tampered(answer)) !== undefined),
      String(tampered),
    )
})
