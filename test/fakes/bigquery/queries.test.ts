import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { bodyOf, reader, startLake, writer } from './lake.ts'

describe('queries of the unmodified client to the BigQuery stand-in', () => {
  let lake: Awaited<ReturnType<typeof startLake>>

  before(async () => {
    lake = await startLake()
  })
  after(() => lake.close())

  test('answers a query as an impersonated reader, with names spelled in every way', async () => {
    const client = lake.clientOf(reader)
    for (const from of [
      'shop.customers',
      '`acme-lake.shop.customers`',
      '`acme-lake`.shop.customers',
      'acme-lake.shop.customers',
    ]) {
      const [rows] = await client.query(`SELECT id, email FROM ${from} WHERE id <= 2 ORDER BY id -- ${from}`)
      assert.deepEqual(
        rows.map(row => row.id),
        [1, 2],
        from,
      )
    }
    const [columns] = await client.query(
      "SELECT column_name, data_type FROM shop.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'orders' ORDER BY ordinal_position",
    )
    assert.deepEqual(
      columns.map(column => column.data_type),
      ['INT64', 'INT64', 'STRING', 'NUMERIC', 'TIMESTAMP'],
    )
  })

  test('a wildcard is every table that begins so, with the columns of the newest and the rest of their names', async () => {
    for (const table of ['day_2 as select 2 as n', "day_1 as select 1 as n, 'x' as more"])
      await lake.bigquery.connection.run(`create table shop.${table}`)
    const client = lake.clientOf(reader)
    const [rows] = await client.query('SELECT *, _TABLE_SUFFIX AS d FROM `acme-lake.shop.day_*` ORDER BY n')
    assert.deepEqual(rows, [
      { n: 1, more: 'x', d: '1' },
      { n: 2, more: null, d: '2' },
    ])
    const [one] = await client.query("SELECT n FROM `shop.day_*` WHERE _table_suffix = '2'")
    assert.deepEqual(one, [{ n: 2 }])
    const listed = await (await lake.rest('GET', '/datasets/shop/tables?maxResults=2')).json()
    assert.equal((listed as { tables: unknown[] }).tables.length, 2)
    await assert.rejects(client.query('SELECT 1 FROM `shop.none_*`'), /does not match any table/)
    for (const table of ['day_1', 'day_2']) await lake.bigquery.connection.run(`drop table shop.${table}`)
  })

  test('binds named, positional, array and struct parameters', async () => {
    const client = lake.clientOf(reader)
    const [named] = await client.query({
      query: 'SELECT @s AS s, @n + 1 AS n, @s AS again',
      params: { s: 'it\'s \\ "é"\n', n: 41 },
    })
    assert.deepEqual(named, [{ s: 'it\'s \\ "é"\n', n: 42, again: 'it\'s \\ "é"\n' }])
    const [positional] = await client.query({ query: 'SELECT ? AS a, ? AS b', params: ['x', 2.5] })
    assert.deepEqual(positional, [{ a: 'x', b: 2.5 }])
    const [many] = await client.query({
      query: 'SELECT id FROM shop.orders WHERE id IN UNNEST(@ids) ORDER BY id',
      params: { ids: [3, 5] },
    })
    assert.deepEqual(many, [{ id: 3 }, { id: 5 }])
    await assert.rejects(client.query({ query: 'SELECT @nobody' }), /Query parameter 'nobody' not found/)
  })

  test('encodes every type as the REST API does', async () => {
    const sql = `SELECT 'a' AS s, b'hi' AS by, 9007199254740993 AS i, 1.5e300 AS f, CAST('NaN' AS FLOAT64) AS nan, NUMERIC '12.340' AS n,
      BIGNUMERIC '1.00000000000000000001' AS bn, TRUE AS bo, TIMESTAMP '2024-05-06 07:08:09.123456+00' AS ts, DATE '2024-05-06' AS d,
      TIME '10:11:12.5' AS ti, DATETIME '2024-05-06T07:08:09' AS dt, ST_GEOGFROMTEXT('POINT(1 2)') AS g, JSON '{"a":[1]}' AS j,
      INTERVAL 25 HOUR AS iv, RANGE(DATE '2024-01-01', NULL) AS r, [1, 2] AS l, STRUCT(1 AS a, ['x'] AS b) AS st, CAST(NULL AS STRING) AS nu`
    const body = await bodyOf(lake.query(sql, { formatOptions: { useInt64Timestamp: true } }))
    const cells = body.rows[0]?.f.map(cell => cell.v)
    assert.deepEqual(cells, [
      'a',
      'aGk=',
      '9007199254740993',
      '1.5e+300',
      'NaN',
      '12.34',
      '1.00000000000000000001',
      'true',
      '1714979289123456',
      '2024-05-06',
      '10:11:12.500000',
      '2024-05-06T07:08:09',
      'POINT(1 2)',
      '{"a":[1]}',
      '0-0 0 25:0:0',
      '[2024-01-01, UNBOUNDED)',
      [{ v: '1' }, { v: '2' }],
      { f: [{ v: '1' }, { v: [{ v: 'x' }] }] },
      null,
    ])
    const types = body.schema.fields.map((field: { type: string }) => field.type)
    assert.deepEqual(types, [
      'STRING',
      'BYTES',
      'INTEGER',
      'FLOAT',
      'FLOAT',
      'NUMERIC',
      'BIGNUMERIC',
      'BOOLEAN',
      'TIMESTAMP',
      'DATE',
      'TIME',
      'DATETIME',
      'GEOGRAPHY',
      'JSON',
      'INTERVAL',
      'RANGE',
      'INTEGER',
      'RECORD',
      'STRING',
    ])
    const float = await bodyOf(lake.query("SELECT TIMESTAMP '2024-05-06 07:08:09.5+00', 1, COUNT(*)"))
    assert.equal(float.rows[0]?.f[0]?.v, '1.7149792895E9')
    assert.deepEqual(
      float.schema.fields.map((field: { name: string }) => field.name),
      ['f0_', 'f1_', 'f2_'],
    )
    const iso = await bodyOf(
      lake.query("SELECT TIMESTAMP '2024-05-06 07:08:09.5+00'", {
        formatOptions: { timestampOutputFormat: 'ISO8601_STRING' },
      }),
    )
    assert.equal(iso.rows[0]?.f[0]?.v, '2024-05-06T07:08:09.500000Z')
  })

  test('pages 100,000 rows without loss, in both ways of reading them', async () => {
    const client = lake.clientOf(reader)
    const [job] = await client.createQueryJob('SELECT n FROM shop.numbers ORDER BY n')
    const seen = new Set<number>()
    let pages = 0
    const read = async (request: object): Promise<void> => {
      const [rows, next] = await job.getQueryResults(request)
      pages++
      for (const row of rows) seen.add(row.n)
      if (next) await read(next)
    }
    await read({ maxResults: 30_000, autoPaginate: false })
    assert.deepEqual([seen.size, pages], [100_000, 4])
    const { destinationTable } = job.metadata.configuration.query
    const table = client.dataset(destinationTable.datasetId).table(destinationTable.tableId)
    const [metadata] = await table.getMetadata()
    assert.equal(metadata.numRows, '100000')
    const direct = await bodyOf(
      lake.rest(
        'GET',
        `/datasets/${destinationTable.datasetId}/tables/${destinationTable.tableId}/data?startIndex=99999`,
      ),
    )
    assert.deepEqual(direct.rows, [{ f: [{ v: '99999' }] }])
    const foreign = await lake.rest(
      'GET',
      `/datasets/${destinationTable.datasetId}/tables/${destinationTable.tableId}`,
      {
        token: lake.auth.issue(writer),
      },
    )
    assert.equal(foreign.status, 403)
  })

  test('counts what DML changed, and lets it be undone from before', async () => {
    const client = lake.clientOf(writer)
    const affected = async (sql: string) => {
      const [job] = await client.createQueryJob(sql)
      await job.getQueryResults()
      const [{ statistics }] = await job.getMetadata()
      return statistics.query
    }
    const insert = await affected('INSERT shop.numbers (n) VALUES (-1), (-2)')
    assert.equal(insert.numDmlAffectedRows, '2')
    const merged = await affected(
      'MERGE shop.numbers t USING (SELECT -1 AS n UNION ALL SELECT -9) s ON t.n = s.n WHEN MATCHED THEN UPDATE SET n = -10 WHEN NOT MATCHED THEN INSERT (n) VALUES (s.n)',
    )
    assert.deepEqual(merged.dmlStats, { insertedRowCount: '1', updatedRowCount: '1', deletedRowCount: '0' })
    const deleted = await affected('DELETE FROM `acme-lake.shop.numbers` WHERE n < 0')
    assert.deepEqual([deleted.statementType, deleted.dmlStats.deletedRowCount], ['DELETE', '3'])
    const before =
      'SELECT COUNT(*) AS n FROM shop.numbers FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR)'
    assert.deepEqual((await client.query(before))[0], [{ n: 100_003 }])
    assert.deepEqual((await client.query('SELECT COUNT(*) AS n FROM shop.numbers'))[0], [{ n: 100_000 }])
    const ddl = await affected('CREATE OR REPLACE TABLE shop.made (a INT64, b TIMESTAMP)')
    assert.deepEqual([ddl.statementType, ddl.ddlTargetTable.tableId], ['CREATE_TABLE', 'made'])
    await affected('DROP TABLE shop.made')
  })

  test('describes datasets and tables', async () => {
    const client = lake.clientOf(reader)
    const [datasets] = await client.getDatasets()
    assert.deepEqual(
      datasets.map(dataset => dataset.id),
      ['shop'],
    )
    const [tables] = await client.dataset('shop').getTables()
    assert.deepEqual(
      tables.map(table => table.id),
      ['customers', 'numbers', 'orders'],
    )
    const [metadata] = await client.dataset('shop').table('customers').getMetadata()
    const email = metadata.schema.fields.find((field: { name: string }) => field.name === 'email')
    assert.deepEqual([metadata.numRows, email.policyTags.names.length], ['500', 1])
    await assert.rejects(client.dataset('hidden').table('payroll').getMetadata(), { code: 403 })
    const [rows] = await client.dataset('shop').table('customers').getRows({ maxResults: 2 })
    assert.equal(rows.length, 2)
  })
})
