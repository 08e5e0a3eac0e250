import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createWarehouse } from '#gateway/execute/create-warehouses.ts'
import { classificationOf } from '#test/mint/authorized-statement.ts'
import { type BigQuerySetUp, lakeStatement, setUpBigQuery } from './bigquery-set-up.ts'
import { keptSeal } from './kept-seal.ts'
import { liveHeap } from './live-heap.ts'
import { rowsOf } from './snowflake-set-up.ts'

let setUp: BigQuerySetUp
before(async () => {
  setUp = await setUpBigQuery({ shop: { customers: 500, orders: 20_000 } })
})
after(() => setUp.close())

test('every type arrives as it stands in BigQuery, no digit lost', async () => {
  for (const [expression, type, cell] of [
    ['1', 'number', 1],
    ['9007199254740993', 'number', '9007199254740993'],
    ["numeric '12345678901234567890123456789.123456789'", 'number', '12345678901234567890123456789.123456789'],
    ['1.5e0', 'number', 1.5],
    ["'Grüße, 世界'", 'string', 'Grüße, 世界'],
    ['true', 'boolean', true],
    ["date '1969-12-31'", 'date', '1969-12-31'],
    ["timestamp '2024-02-29 12:00:00.000001+00'", 'timestamp', '2024-02-29T12:00:00.000001Z'],
    ["timestamp '1969-12-31 23:59:59.999999+00'", 'timestamp', '1969-12-31T23:59:59.999999Z'],
    ["datetime '2024-02-29 12:00:00'", 'timestamp', '2024-02-29T12:00:00'],
    ["cast('jk' as bytes)", 'binary', '6A6B'],
    ['[1, 2]', 'json', [1, 2]],
    ["struct(1 as a, 'x' as b)", 'json', { a: 1, b: 'x' }],
  ] as const) {
    const { execution } = await setUp.execute(lakeStatement({ sql: `select ${expression} as v` }))
    const [row] = await rowsOf(execution)
    assert.deepEqual(row?.[0], cell, expression)
    assert.equal(execution.columns[0]?.type, type, expression)
  }
})

test('columns carry the type that BigQuery declared, nested and repeated as it is', async () => {
  const { execution } = await setUp.execute(
    lakeStatement({ sql: "select [struct(1 as a, ['x'] as b)] as v, numeric '1.5' as n" }),
  )
  const [nested, plain] = execution.columns.map(({ wire }) => wire)
  assert.deepEqual(nested, {
    type: 'RECORD',
    repeated: true,
    fields: [
      { name: 'a', nullable: true, type: 'INTEGER' },
      { name: 'b', nullable: true, type: 'STRING', repeated: true },
    ],
  })
  assert.equal(plain?.type, 'NUMERIC')
})

test('a large result streams page by page with bounded memory, and stops when nobody pulls', async () => {
  const { execution } = await setUp.execute(
    lakeStatement({ sql: 'select *, repeat(status, 40) as filler from shop.orders' }),
  )
  const before = liveHeap()
  let rows = 0
  let pages = 0
  let most = 0
  for await (const page of execution.pages) {
    assert.ok(page.rows <= 4000)
    rows += page.rows
    if (pages++ % 5 === 0) most = Math.max(most, liveHeap() - before)
  }
  assert.equal(rows, 20_000)
  assert.ok(most < 12 * 1024 * 1024, `${Math.round(most / 1024 / 1024)} MiB`)

  const asked = () => setUp.bigquery.calls.filter(({ method }) => method === 'jobs.getQueryResults').length
  const again = await setUp.execute(lakeStatement({ sql: 'select * from shop.orders' }))
  const first = asked()
  for await (const page of again.execution.pages) {
    assert.equal(page.rows, 4000)
    break
  }
  // They came with the answer that said the job has ended.
  assert.equal(asked() - first, 0)
})

test('a dry run by the reader: bytes, price and base tables, without running the statement', async () => {
  const { statement } = lakeStatement({
    sql: 'select id from shop.orders where status = ?',
    statement: { binds: ['test'] },
  })
  const estimate = await setUp.warehouse.estimate(statement, classificationOf('bigquery'))
  assert.deepEqual(estimate.tables, ['acme-lake.shop.orders'])
  assert.ok((estimate.bytes ?? 0) > 0)
  assert.equal(estimate.cost, ((estimate.bytes ?? 0) / 1024 ** 4) * 6.25)
  assert.equal(setUp.bigquery.timesExecuted(statement.sql), 0)
})

test('what ran is measured and has its price; a configured one takes the place of the list price', async () => {
  const asked = lakeStatement({ sql: 'select id, status from shop.orders' })
  const { execution } = await setUp.execute(asked)
  const { bytesScanned = 0, cost } = execution
  assert.ok(bytesScanned > 0)
  assert.equal(cost, (bytesScanned / 1024 ** 4) * 6.25)
  const slots = createWarehouse(
    'lake',
    { ...setUp.connection, pricePerTiB: 0 },
    { minter: setUp.minter, seal: keptSeal },
  )
  const estimate = await slots.estimate(asked.statement, classificationOf('bigquery'))
  assert.deepEqual([estimate.bytes, estimate.cost], [bytesScanned, 0])
  await slots.close()
})

test('the rows that a DELETE would touch are counted, of how many; it can be undone afterwards', async () => {
  const where = "where status = 'test'"
  const classification = {
    kind: 'delete',
    writes: ['acme-lake.shop.orders'],
    countSql: `select count(*) from shop.orders ${where}`,
  } as const
  const authorized = lakeStatement({ sql: `delete from shop.orders ${where}`, role: 'writer', classification })
  const estimate = await setUp.warehouse.estimate(authorized.statement, authorized.classification)
  assert.equal(estimate.rows, 84)
  assert.equal(estimate.tableRows, 20_000)
  assert.equal(estimate.counted, true)
  const { execution } = await setUp.execute(authorized)
  assert.equal(execution.affectedRows, 84)
  assert.deepEqual(execution.columns, [])
  assert.match(
    execution.wayBack ?? '',
    /^insert into shop\.orders select \* from shop\.orders for system_time as of timestamp_millis\(\d{13}\) where status = 'test'$/,
  )
})

test('what cannot run is said before anybody is asked', async () => {
  const estimate = (sql: string) =>
    setUp.warehouse.estimate(lakeStatement({ sql }).statement, classificationOf('bigquery'))
  await assert.rejects(estimate('select * from shop.nowhere'), { code: 'not_permitted' })
  await assert.rejects(estimate('selec 1'), { code: 'syntax_error' })
})

test('the catalog knows columns, asks once in five minutes, and takes no path in a name', async () => {
  const asked = () => setUp.bigquery.calls.filter(({ method }) => method === 'tables.get').length
  const name = 'acme-lake.shop.customers'
  const known = (await setUp.warehouse.catalog.objects([name])).get(name)
  assert.equal(known?.kind, 'table')
  assert.deepEqual(Object.keys(known?.columns ?? {}).slice(0, 3), ['id', 'name', 'email'])
  const before = asked()
  await setUp.warehouse.catalog.objects([name])
  assert.equal(asked(), before)
  for (const odd of ['acme-lake.shop.nowhere', 'acme-lake.shop/../../x.y', '../..', 'acme-lake/x.shop.customers'])
    assert.equal((await setUp.warehouse.catalog.objects([odd])).size, 0, odd)
})

test('the catalog has the fields of nested columns, but in no type one whose name would need quotes', async () => {
  const name = 'acme-lake.shop.nested'
  await setUp.bigquery.connection.run(
    "create table shop.nested as select 1 as id, ['x'] as tags, [{'a': 1, 'inner': {'b': [true]}}] as list, {'c d': [{'e': 1}]} as odd",
  )
  const known = (await setUp.warehouse.catalog.objects([name])).get(name)
  assert.deepEqual(known?.columns, {
    id: 'INTEGER',
    tags: 'ARRAY<STRING>',
    list: 'ARRAY<STRUCT<a INTEGER, inner STRUCT<b ARRAY<BOOLEAN>>>>',
    odd: 'RECORD',
  })
  assert.deepEqual(known.fields, { list: ['a', 'inner', 'inner.b'], odd: ['c d', 'c d.e'] })
})
