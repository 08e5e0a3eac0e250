import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createClassifier } from '#src/classify/classify.ts'
import { gate } from '#src/classify/gate.ts'
import { lexBigquery } from '#src/classify/text/lexer-bigquery.ts'
import { lexSnowflake } from '#src/classify/text/lexer-snowflake.ts'
import type { Token } from '#src/classify/text/token.ts'
import type { Dialect } from '#src/statement.ts'
import { catalogOf, corpus, type Labelled, type LineageLabelled } from './corpus.ts'
import { bigqueryLineage } from './lineage-bigquery.ts'
import { lineageSchema } from './lineage-rows.ts'
import { snowflakeLineage } from './lineage-snowflake.ts'

interface Text {
  readonly dialect: Dialect
  readonly sql: string
  readonly schema: LineageLabelled['schema']
}

const classifier = createClassifier()
after(() => classifier.close())

const ofDialect =
  (dialect: Dialect) =>
  (sql: string): Text => ({ dialect, sql, schema: lineageSchema[dialect] })

/** Where something is taken out, what stood around it must not become one word. */
const texts: readonly Text[] = [
  ...[
    'SELECT *, [1] :: ARRAY(INT) FROM staff',
    "SELECT *, '@' :: STRING COLLATE 'en' FROM staff",
    'SELECT OBJECT_CONSTRUCT(x.*) AS j FROM (SELECT *, email :: OBJECT(k INT) FROM staff) x WHERE EXISTS (SELECT id FROM staff)',
    "SELECT X'41' AS a, x FROM (SELECT email AS x FROM staff)",
  ].map(ofDialect('snowflake')),
  ...[
    'SELECT *, @`a` FROM `staff`',
    'SELECT TO_JSON_STRING(x) AS j FROM (SELECT *, @`a` FROM `staff`) AS x WHERE EXISTS (SELECT id FROM staff)',
    'FROM staff |> CROSS JOIN customers',
    "FROM `staff` |> WHERE name = 'a' |> EXTEND email AS e |> SELECT e",
    'SELECT a - b FROM (SELECT id AS a, salary AS b FROM staff) WHERE NOT - a > 1',
  ].map(ofDialect('bigquery')),
  ...snowflakeLineage.map(({ sql }) => sql).map(ofDialect('snowflake')),
  ...bigqueryLineage.map(({ sql }) => sql).map(ofDialect('bigquery')),
  ...corpus<LineageLabelled>('lineage'),
  ...[...corpus<Labelled>('hand'), ...corpus<Labelled>('bypass_bigquery')].map(item => ({ ...item, schema: {} })),
]

const lexed = (sql: string, dialect: Dialect) => (dialect === 'snowflake' ? lexSnowflake(sql) : lexBigquery(sql))

const meaning = (tokens: readonly Token[]) => tokens.map(({ kind, value }) => `${kind} ${value}`)

const meaningOf = (sql: string, dialect: Dialect): readonly string[] | undefined => {
  try {
    return meaning(lexed(sql, dialect))
  } catch {
    return undefined
  }
}

/** The same without each blank whose absence the lexer does not notice; undefined where it reads no such text. */
function tight({ sql, dialect }: Text): string | undefined {
  const meant = meaningOf(sql, dialect)?.join('\n')
  if (meant === undefined) return undefined
  return [...sql].reduceRight((text, char, at) => {
    const without = text.slice(0, at) + text.slice(at + 1)
    return char === ' ' && meaningOf(without, dialect)?.join('\n') === meant ? without : text
  }, sql)
}

for (const text of texts) {
  const { sql, dialect, schema } = text
  test(`reads the same where no blank is that is not needed (${dialect}): ${sql.slice(0, 200)}`, async () => {
    const without = tight(text)
    if (without === undefined) return
    for (const each of [sql, without]) {
      const passage = gate(each, dialect)
      for (const { text, tokens } of passage.passed ? passage.statements : []) {
        // What the parsers are given is what was looked at here, token by token. Names that no agent can write may have been put in.
        const parsed = meaningOf(text, dialect)
        if (parsed) assert.deepEqual(parsed, meaning(tokens))
      }
    }
    const judged = (text: string) => classifier.classify(text, dialect, {}, catalogOf(dialect, schema))
    const [plain, touching] = [await judged(sql), await judged(without)]
    assert.deepEqual(
      [touching.understood, touching.harmless, touching.reads, touching.writes, touching.outputs, touching.filters],
      [plain.understood, plain.harmless, plain.reads, plain.writes, plain.outputs, plain.filters],
      without,
    )
  })
}
