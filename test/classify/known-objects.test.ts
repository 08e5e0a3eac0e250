import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Classification } from '#src/classify/classification.ts'
import { PooledClassifier } from '#src/classify/classify.ts'

type Table = Readonly<Record<string, string>>

/** A judge that answers with the columns it was given, as the outputs of `*`, and counts how often it is asked. */
function judging() {
  const asked: string[][] = []
  const judges = {
    run: async (job: unknown) => {
      const { catalog } = job as { catalog: Map<string, { readonly columns: Table }> }
      const columns = catalog.get('D.S.T')?.columns
      asked.push(Object.keys(columns ?? {}))
      const outputs = columns
        ? Object.keys(columns).map(name => ({ name, sources: [`D.S.T.${name}`], indirect: [] }))
        : null
      return {
        harmless: false,
        reads: ['D.S.T'],
        writes: [],
        outputs,
        filters: [],
        hazards: [],
      } as unknown as Classification
    },
    ready: async () => {},
    close: async () => {},
  }
  return {
    asked,
    classifier: new PooledClassifier(
      judges,
      { run: async () => undefined, ready: async () => {}, close: async () => {} },
      100,
    ),
  }
}

const names = ({ outputs }: Classification) => outputs?.map(({ name }) => name)

test('a table that was met before is judged with its columns at once, and anew when they have changed', async () => {
  let table: Table | undefined = { ID: 'NUMBER', EMAIL: 'TEXT' }
  const catalog = {
    objects: async () => new Map(table && [['D.S.T', { kind: 'table' as const, columns: table }]]),
  }
  const { asked, classifier } = judging()
  const ask = (n: number) => classifier.classify(`select * from t where id = ${n}`, 'snowflake', {}, catalog)
  assert.deepEqual(names(await ask(1)), ['ID', 'EMAIL'])
  assert.equal(asked.length, 2)
  assert.deepEqual(names(await ask(2)), ['ID', 'EMAIL'])
  assert.equal(asked.length, 3)
  table = { EMAIL: 'TEXT', ID: 'NUMBER' }
  assert.deepEqual(names(await ask(3)), ['EMAIL', 'ID'])
  table = undefined
  assert.equal(names(await ask(4)), undefined)
  table = { ID: 'NUMBER' }
  assert.deepEqual(names(await ask(5)), ['ID'])
})

test('a text that was judged before is not judged again, whatever other objects were met since', async () => {
  const columns = { ID: 'NUMBER' }
  const others = new Map(['D.S.T', 'D.S.WHERE_IT_IS'].map(name => [name, { kind: 'table' as const, columns }]))
  const catalog = {
    objects: async (names: readonly string[]) => new Map([...others].filter(([name]) => names.includes(name))),
  }
  const { asked, classifier } = judging()
  const ask = () => classifier.classify('select * from t -- where_it_is', 'snowflake', {}, catalog)
  await ask()
  const { length } = asked
  assert.deepEqual(names(await ask()), ['ID'])
  assert.equal(asked.length, length)
  assert.deepEqual(names(await classifier.classify('select * from t', 'snowflake', { schema: 'S' }, catalog)), ['ID'])
  assert.equal(asked.length, length + 1)
})
