import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainBatch } from '#src/classify/explain-batch.ts'

async function batch(items: readonly unknown[]): Promise<readonly Record<string, unknown>[]> {
  const lines: string[] = []
  async function* input() {
    for (const item of items) yield typeof item === 'string' ? item : JSON.stringify(item)
  }
  await explainBatch(input(), line => {
    lines.push(line)
  })
  return lines.map(line => JSON.parse(line) as Record<string, unknown>)
}

test('answers one line for each statement, in order, with columns under their table', async () => {
  const many = Array.from({ length: 40 }, (_, id) => ({ id, dialect: 'bigquery', sql: `select ${id} as n from d.t` }))
  const answers = await batch([
    {
      id: 'a',
      dialect: 'snowflake',
      sql: 'select * from customers',
      schema: { customers: { id: 'INT', ssn: 'VARCHAR' } },
    },
    ...many,
    { id: 'z', dialect: 'snowflake', sql: 'drop table t' },
  ])
  assert.deepEqual(
    answers.map(answer => answer.id),
    ['a', ...many.map(item => item.id), 'z'],
  )
  assert.deepEqual(answers[0]?.outputs, [
    { name: 'ID', sources: ['CUSTOMERS.ID'], indirect: [] },
    { name: 'SSN', sources: ['CUSTOMERS.SSN'], indirect: [] },
  ])
  assert.equal(answers[0]?.harmless, true)
  assert.equal(typeof answers[0]?.ms, 'number')
  assert.deepEqual(answers.at(-1)?.kinds, ['drop'])
  assert.equal(answers.at(-1)?.harmless, false)
})

test('a line that is no statement is answered, not skipped', async () => {
  const answers = await batch([
    '{',
    { id: 1, dialect: 'oracle', sql: 'select 1' },
    '',
    { id: 2, dialect: 'snowflake', sql: 'select 1' },
  ])
  assert.deepEqual(
    answers.map(answer => answer.understood),
    [false, false, true],
  )
})

test('the first line does not wait for judges to start', async () => {
  const [first] = await batch([{ id: 1, dialect: 'snowflake', sql: 'select 1' }])
  // Judges take half a second of processor time to start and to warm up, whatever else the machine does.
  assert.ok(Number(first?.ms) < 500, `${first?.ms} ms`)
})

test('a name of the given schema in double quotes, or one that needs them, is as it is, any other folds as Snowflake folds it', async () => {
  const schema = { 'db.sch."Orders"': { Id: 'INT', '"id"': 'INT', '"Net.Total"': 'INT', 'Net total': 'INT' } }
  const sql = 'select * from db.sch."Orders"'
  const [{ outputs } = {}] = await batch([{ id: 1, dialect: 'snowflake', sql, schema }])
  const sources = outputs as readonly { readonly sources: readonly string[] }[]
  assert.deepEqual(
    sources.flatMap(each => each.sources),
    ['DB.SCH.Orders.ID', 'DB.SCH.Orders.id', 'DB.SCH.Orders."Net.Total"', 'DB.SCH.Orders.Net total'],
  )
})
