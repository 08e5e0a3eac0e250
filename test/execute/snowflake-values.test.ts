import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createWarehouse } from '#gateway/execute/create-warehouses.ts'
import type { BindValue } from '#src/statement.ts'
import { authorizedStatement, classificationOf } from '#test/mint/authorized-statement.ts'
import { keptSeal } from './kept-seal.ts'
import { liveHeap } from './live-heap.ts'
import { openSessions, rowsOf, type SnowflakeSetUp, setUpSnowflake } from './snowflake-set-up.ts'

let setUp: SnowflakeSetUp
before(async () => {
  setUp = await setUpSnowflake({ customers: 1000, orders: 300_000 })
})
after(() => setUp.close())

async function read(sql: string) {
  const { execution, credential } = await setUp.execute(authorizedStatement({ sql, approved: true }))
  const rows = await rowsOf(execution)
  await setUp.minter.end(credential)
  return { columns: execution.columns, rows }
}

test('every type arrives as it stands in Snowflake, no digit lost', async () => {
  for (const [expression, type, cell] of [
    ['1::number(38,0)', 'number', 1],
    ['9007199254740993::number(38,0)', 'number', '9007199254740993'],
    ['99999999999999999999999999999999999999::number(38,0)', 'number', '99999999999999999999999999999999999999'],
    ['-1234567890123456789012345678.0123456789::number(38,10)', 'number', '-1234567890123456789012345678.0123456789'],
    ['1.5::double', 'number', 1.5],
    ["'Grüße, 世界'", 'string', 'Grüße, 世界'],
    ['true', 'boolean', true],
    ["'1969-12-31'::date", 'date', '1969-12-31'],
    ["'23:59:59.123456'::time", 'time', /^23:59:59\.1234560*$/],
    ["'1969-12-31 23:59:59.999999'::timestamp_ntz", 'timestamp', /^1969-12-31T23:59:59\.9999990*$/],
    ["'2024-02-29 12:00:00.000001'::timestamp_ntz", 'timestamp', /^2024-02-29T12:00:00\.0000010*$/],
    ['null', 'string', null],
  ] as const) {
    const { columns, rows } = await read(`select ${expression} as v`)
    const [value] = rows[0] ?? []
    if (cell instanceof RegExp) assert.match(String(value), cell, expression)
    else assert.deepEqual(value, cell, expression)
    if (cell !== null) assert.equal(columns[0]?.type, type, expression)
  }
})

test('columns carry the type that Snowflake declared, with its digits', async () => {
  const { columns } = await read("select 1.5::number(12,2) as n, 'a'::varchar as t, current_date as d")
  assert.deepEqual(
    columns.map(({ wire }) => [wire?.type, wire?.precision, wire?.scale]),
    [
      ['fixed', 12, 2],
      ['text', undefined, undefined],
      ['date', undefined, undefined],
    ],
  )
})

test('two columns of one name stay two columns', async () => {
  const { columns, rows } = await read('select 1 as a, 2 as a')
  assert.equal(columns.length, 2)
  assert.deepEqual(rows, [[1, 2]])
})

test('binds arrive as values, not as text in the statement', async () => {
  const binds = ["x'; drop table shop.orders; --", 12, 0.5, true, null]
  const authorized = authorizedStatement({ sql: 'select ?, ?, ?, ?, ?', approved: true, statement: { binds } })
  const { execution } = await setUp.execute(authorized)
  const [row] = await rowsOf(execution)
  assert.equal(row?.[0], binds[0])
  assert.equal(Number(row?.[1]), 12)
  assert.equal(row?.[4], null)
})

test('a bind may say its type, in the words of Snowflake; what has no placeholder there is refused', async () => {
  const typed = (binds: readonly BindValue[], sql: string) =>
    setUp.execute(authorizedStatement({ sql, approved: true, statement: { binds } }))
  const binds = [
    { type: 'FIXED', value: '9007199254740993' },
    { type: 'DATE', value: '2024-02-29' },
  ]
  const { execution } = await typed(binds, 'select ?, ?')
  assert.deepEqual(await rowsOf(execution), [['9007199254740993', '2024-02-29']])
  const struct = { type: { struct: [{ name: 'a', type: 'FIXED' }] }, value: { a: '1' } }
  await assert.rejects(typed([struct], 'select ?'), { code: 'invalid_request' })
})

test('a large result streams in small pages with bounded memory', async () => {
  const sql = 'select o.*, repeat(status, 40) as filler from shop.orders o'
  const { execution } = await setUp.execute(authorizedStatement({ sql, approved: true, limits: { rows: 1_000_000 } }))
  const before = liveHeap()
  let rows = 0
  let pages = 0
  let most = 0
  for await (const page of execution.pages) {
    assert.ok(page.rows <= 4000)
    rows += page.rows
    if (pages++ % 30 === 0) most = Math.max(most, liveHeap() - before)
  }
  assert.equal(rows, 300_000)
  // As a whole it is more than 200 MiB of text and arrays.
  assert.ok(most < 64 * 1024 * 1024, `${Math.round(most / 1024 / 1024)} MiB`)
})

test('EXPLAIN by the reader role: bytes and base tables, without running the statement', async () => {
  const { statement } = authorizedStatement({
    sql: 'select id from shop.orders where status = ?',
    statement: { binds: ['test'] },
  })
  const estimate = await setUp.warehouse.estimate(statement, classificationOf('snowflake'))
  assert.deepEqual(estimate.tables, ['DEMO.SHOP.ORDERS'])
  assert.ok((estimate.bytes ?? 0) > 0)
  assert.ok(!setUp.snowflake.statements().some(({ sqlText }) => sqlText === statement.sql))
  assert.ok(
    setUp.snowflake.statements().every(({ role, sqlText }) => !/^explain/i.test(sqlText) || role === 'AGENT_READER'),
  )
})

test('a cost is said where a price is configured: by bytes beforehand, by time afterwards', async () => {
  const authorized = authorizedStatement({ sql: 'select id from shop.orders limit 5' })
  const { statement, classification } = authorized
  const unpriced = await setUp.warehouse.estimate(statement, classification)
  assert.equal(unpriced.cost, undefined)
  const prices = { pricePerTiB: 2 ** 40, pricePerHour: 3_600_000 }
  const priced = createWarehouse(
    'analytics',
    { ...setUp.connection, ...prices },
    { minter: setUp.minter, seal: keptSeal },
  )
  assert.equal((await priced.estimate(statement, classification)).cost, unpriced.bytes)
  const credential = await setUp.minter.mint(authorized)
  const before = performance.now()
  const { cost = 0 } = await priced.execute(authorized, credential, new AbortController().signal)
  assert.ok(cost > 0 && cost < performance.now() - before, `${cost} ms`)
  await priced.close()
  assert.equal((await setUp.execute(authorizedStatement({ sql: 'select 1 as n' }))).execution.cost, undefined)
})

test('the rows that a DELETE would touch are counted, of how many', async () => {
  const where = "where status = 'test'"
  const { statement } = authorizedStatement({ sql: `delete from shop.orders ${where}`, role: 'AGENT_WRITER' })
  const estimate = await setUp.warehouse.estimate(
    statement,
    classificationOf('snowflake', {
      kind: 'delete',
      writes: ['DEMO.SHOP.ORDERS'],
      countSql: `select count(*) from shop.orders ${where}`,
    }),
  )
  assert.equal(estimate.rows, 1263)
  assert.equal(estimate.tableRows, 300_000)
  assert.equal(estimate.counted, true)
})

test('what cannot run is said before anybody is asked; what cannot be explained is not known', async () => {
  const estimate = (sql: string, kind: 'select' | 'call' = 'select') =>
    setUp.warehouse.estimate(authorizedStatement({ sql }).statement, classificationOf('snowflake', { kind }))
  await assert.rejects(estimate('select * from shop.nowhere'), { code: 'not_permitted' })
  await assert.rejects(estimate('select * from where'), { code: 'syntax_error' })
  assert.deepEqual(await estimate('call something()', 'call'), {})
})

test('the catalog knows columns in order, asks once in five minutes, and never with a name in the text', async () => {
  const asked = () =>
    setUp.snowflake.statements().filter(({ sqlText }) => /information_schema.columns/i.test(sqlText)).length
  const name = 'DEMO.SHOP.CUSTOMERS'
  const known = (await setUp.warehouse.catalog.objects([name])).get(name)
  assert.equal(known?.kind, 'table')
  assert.deepEqual(Object.keys(known?.columns ?? {}).slice(0, 3), ['ID', 'NAME', 'EMAIL'])
  const before = asked()
  await setUp.warehouse.catalog.objects([name])
  assert.equal(asked(), before)
  await setUp.warehouse.catalog.fresh([name])
  assert.equal(asked(), before + 1)
  const odd = ['DEMO.SHOP.NOWHERE', `DEMO" where 1=1; --.SHOP.CUSTOMERS`, `DEMO.SHOP' or '1'='1.CUSTOMERS`, 'CUSTOMERS']
  for (const each of odd) assert.equal((await setUp.warehouse.catalog.objects([each])).size, 0, each)
})

test('look-ups leave no session behind', () => {
  const open = setUp.snowflake.sessions().filter(({ endedAt }) => endedAt === undefined)
  assert.equal(openSessions(setUp.snowflake), open.length)
  assert.ok(open.every(({ credential }) => credential.kind === 'external-oauth'))
})
