import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { withWarehouseReading } from '#src/decide/warehouse-reading.ts'
import { type BigQuerySetUp, lakeStatement, setUpBigQuery } from './bigquery-set-up.ts'

const table = (nth: number) => `acme-lake.shop.part_${nth}`
const upTo = (count: number) => Array.from({ length: count }, (_, nth) => table(nth))

describe('the tables that a dry run names, beside those that we see', () => {
  let setUp: BigQuerySetUp
  before(async () => {
    setUp = await setUpBigQuery({
      load: async connection => {
        for (let nth = 0; nth < 60; nth++) await connection.run(`create table shop.part_${nth} as select ${nth} as n`)
      },
    })
  })
  after(() => setUp.close())

  /** The hazards of a query over so many tables, of which we see those; each a text of its own, so that it is asked for. */
  let asked = 0
  async function hazards(over: number, reads: readonly string[]): Promise<readonly string[]> {
    asked += 1
    const selects = upTo(over).map(name => `select n from \`${name}\``)
    const sql = `${selects.join(' union all ')} -- ${asked}`
    const { statement, classification } = lakeStatement({ sql, classification: { reads, outputs: [] } })
    return withWarehouseReading(classification, await setUp.warehouse.tables(statement, classification)).hazards
  }

  test('of 49 tables it names all, and nobody need look', async () => {
    assert.deepEqual(await hazards(49, upTo(49)), [])
  })

  test('one that it names and we do not see is held', async () => {
    assert.deepEqual(await hazards(3, upTo(2)), ['other_tables'])
  })

  test('one that we see and it does not name is no matter', async () => {
    assert.deepEqual(await hazards(3, upTo(4)), [])
  })

  test('it names no more than 50: another one behind them does not pass for seen, as little as a query over 60', async () => {
    assert.deepEqual(await hazards(51, upTo(50)), ['other_tables'])
    assert.deepEqual(await hazards(60, upTo(60)), ['other_tables'])
  })

  test('what BigQuery says of a table that it cannot see into is no number to decide by', async () => {
    const { statement, classification } = lakeStatement({ sql: `select n from \`${table(59)}\`` })
    assert.equal((await setUp.warehouse.estimate(statement, classification)).bytes, 8)
    setUp.bigquery.weigh('shop.part_59', 0, 'LOWER_BOUND')
    const { bytes, cost, tables } = await setUp.warehouse.estimate(statement, classification)
    assert.deepEqual({ bytes, cost, tables }, { bytes: undefined, cost: undefined, tables: [table(59)] })
  })

  for (const [what, fault] of [
    ['no answer', () => setUp.bigquery.failNext(4)],
    ['a refusal', () => setUp.google.disableServiceAccount('ro@acme-lake.iam.example')],
  ] as const) {
    test(`${what} is not that it reads nothing`, async t => {
      t.after(() => setUp.google.enableServiceAccount('ro@acme-lake.iam.example'))
      // With a token that was minted before.
      assert.deepEqual(await hazards(2, upTo(2)), [])
      fault()
      assert.deepEqual(await hazards(2, upTo(2)), ['other_tables'])
    })
  }
})
