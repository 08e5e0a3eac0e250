import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { DataType, tableFromIPC } from 'apache-arrow'
import { answerOnTheWire, type RawData, standardOptions } from './client.ts'
import { type FakeSnowflake, startFakeSnowflake } from './fake-snowflake.ts'

describe('in which format the stand-in sends rows', () => {
  let fake: FakeSnowflake
  before(async () => {
    fake = await startFakeSnowflake({ ...standardOptions, chunkVectors: 2 })
  })
  after(() => fake.close())

  const python = 'PYTHON_CONNECTOR_QUERY_RESULT_FORMAT'
  const ask = async (sqlText: string, client: string, parameters?: object): Promise<RawData> =>
    (await answerOnTheWire(fake.url, sqlText, { client, ...(parameters ? { parameters } : {}) })).data

  test('Arrow to the drivers that read it, unless the parameter of that driver says JSON', async () => {
    const formatOf = async (client: string, parameters?: object) =>
      (await ask('select 1 as one', client, parameters)).queryResultFormat
    for (const client of ['PythonConnector', 'Go', 'JDBC', 'ODBC'])
      assert.equal(await formatOf(client), 'arrow', client)
    assert.equal(await formatOf('JavaScript', { [python]: 'ARROW' }), 'json')
    assert.equal(await formatOf('PythonConnector', { [python]: 'json' }), 'json')
    assert.equal(await formatOf('PythonConnector', { GO_QUERY_RESULT_FORMAT: 'JSON' }), 'arrow')
    assert.equal((await ask('show tables', 'PythonConnector')).queryResultFormat, 'json')
    assert.equal((await ask('show tables', 'PythonConnector', { [python]: 'ARROW_FORCE' })).queryResultFormat, 'arrow')
  })

  test('each part is a stream of its own, with numbers as narrow as its own allow', async () => {
    const data = await ask('select id, id * 100000 as large from orders order by id', 'PythonConnector')
    const streams = [Buffer.from(data.rowsetBase64 ?? '', 'base64')]
    for (const { url } of data.chunks) {
      const response = await fetch(url, { headers: data.chunkHeaders })
      streams.push(Buffer.from(await response.arrayBuffer()))
    }
    const tables = streams.map(stream => tableFromIPC(stream))
    const rows = tables.flatMap(table => table.toArray().map(row => row.toJSON()))
    assert.equal(rows.length, 10_000)
    assert.ok(rows.every(({ ID, LARGE }, at) => Number(ID) === at + 1 && Number(LARGE) === (at + 1) * 100_000))
    assert.deepEqual(
      tables.map(table => table.numRows).slice(1),
      data.chunks.map(({ rowCount }) => rowCount),
    )
    assert.ok(tables.some(({ batches }) => batches.length > 1))
    const [first] = tables
    assert.deepEqual(
      first?.schema.fields.map(({ name, type, metadata }) => [name, String(type), metadata.get('logicalType')]),
      [
        ['ID', 'Int16', 'FIXED'],
        ['LARGE', 'Int32', 'FIXED'],
      ],
    )
  })

  test('no rows are no bytes', async () => {
    const data = await ask('select id from orders where id < 0', 'PythonConnector')
    assert.deepEqual([data.queryResultFormat, data.rowsetBase64], ['arrow', ''])
  })

  test('times in structs, or in one number where they are coarse', async () => {
    const sql = `select '2024-02-29 01:02:03.5'::timestamp as fine, '1969-12-31 23:59:59.5'::timestamp_ms as coarse,
      '2024-02-29'::date as day, '1.50'::decimal(5, 2) as money, true as yes, null as nothing`
    const { rowsetBase64 = '' } = await ask(sql, 'Go')
    const table = tableFromIPC(Buffer.from(rowsetBase64, 'base64'))
    const [row] = table.toArray().map(each => each.toJSON())
    assert.deepEqual(row?.FINE.toJSON(), { epoch: 1_709_168_523n, fraction: 500_000_000 })
    assert.deepEqual([row?.COARSE, Number(row?.DAY), row?.MONEY], [-500n, Date.UTC(2024, 1, 29), 150])
    assert.deepEqual([row?.YES, row?.NOTHING], [true, null])
    const [, coarse, , money] = table.schema.fields
    assert.deepEqual([coarse?.metadata.get('scale'), money?.metadata.get('scale')], ['3', '2'])
    assert.ok(DataType.isInt(money?.type))
  })
})
