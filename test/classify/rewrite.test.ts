import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rewrites, writtenStatements } from '#src/classify/gate.ts'
import { rewrittenBy } from '#src/classify/rewrite/rewrite.ts'
import type { Token } from '#src/classify/text/token.ts'
import { corpus, type Labelled } from './corpus.ts'
import { bigqueryLineage } from './lineage-bigquery.ts'
import { snowflakeLineage } from './lineage-snowflake.ts'

/** What was rewritten, or why it was refused. */
function outcome(rewritten: () => readonly Token[]): unknown {
  try {
    return rewritten()
  } catch (error) {
    return String(error)
  }
}

const ofPeople = ['hand', 'lineage', 'bypass_bigquery'].flatMap(name => corpus<Labelled>(name))
const constructs = { snowflake: snowflakeLineage, bigquery: bigqueryLineage }

for (const dialect of ['snowflake', 'bigquery'] as const)
  test(`no form is left as it is because its words were not looked for: ${dialect}`, () => {
    const texts = [...constructs[dialect], ...ofPeople.filter(each => each.dialect === dialect)].map(({ sql }) => sql)
    for (const sql of texts)
      for (const tokens of writtenStatements(sql, dialect) ?? []) {
        const all = outcome(() => rewrites[dialect].reduce((before, [rewrite]) => rewrite(before), tokens))
        assert.deepEqual(
          outcome(() => rewrittenBy(rewrites[dialect], tokens)),
          all,
          sql,
        )
      }
  })
