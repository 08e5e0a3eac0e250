import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Connection } from 'snowflake-sdk'
import { sensitiveValues, testOrderCount } from '../dataset.ts'
import { answerOnTheWire, connect, run, standardOptions } from './client.ts'
import { type FakeSnowflake, startFakeSnowflake } from './fake-snowflake.ts'
import { stageSecrets } from './transfer.ts'

let fake: FakeSnowflake
let reader: Connection
let writer: Connection
let operator: Connection
before(async () => {
  fake = await startFakeSnowflake(standardOptions)
  reader = await connect(fake.url)
  writer = await connect(fake.url, 'AGENT_WRITER')
  operator = await connect(fake.url, 'OPERATOR')
})
after(() => fake.close())

const count = async (sql: string) => Number(Object.values((await run(reader, sql)).rows[0] ?? {})[0])

test('every type arrives as the driver expects it', async () => {
  const { rows, statement } = await run(
    reader,
    `select 12345678901 as i, 1.25::number(10,2) as n, 1.5e10::float as f, true as b, 'it''s' as t, null as nothing,
      '1969-12-31'::date as d, '10:00:01.5'::time as tm, '2023-11-14 23:13:20.123456'::timestamp_ntz as ntz,
      '1969-12-31 23:59:59.5'::timestamp_ntz as early, to_binary('AB01', 'HEX') as bin,
      parse_json('{"a":{"b":[7]}}') as v, parse_json('{"a":{"b":7}}'):a.b::int as path, array_construct(1, 2) as arr, object_construct('k', 'v') as obj`,
  )
  const types = statement.getColumns()?.map(column => column.getType())
  assert.deepEqual(types, [
    'fixed',
    'fixed',
    'real',
    'boolean',
    'text',
    'fixed',
    'date',
    'time',
    'timestamp_ntz',
    'timestamp_ntz',
    'binary',
    'variant',
    'fixed',
    'array',
    'object',
  ])
  const row = rows[0] ?? {}
  assert.deepEqual(
    [row.I, row.N, row.F, row.B, row.T, row.NOTHING, row.TM, row.PATH],
    [12345678901, 1.25, 1.5e10, true, "it's", null, '10:00:01', 7],
  )
  assert.equal((row.D as Date).toISOString(), '1969-12-31T00:00:00.000Z')
  assert.equal((row.NTZ as Date).toISOString(), '2023-11-14T23:13:20.123Z')
  assert.equal((row.EARLY as Date).toISOString(), '1969-12-31T23:59:59.500Z')
  assert.equal((row.BIN as Buffer).toString('hex'), 'ab01')
  assert.deepEqual([row.V, row.ARR, row.OBJ], [{ a: { b: [7] } }, [1, 2], { k: 'v' }])
})

test('a zoned timestamp carries its offset', async () => {
  const { rows, statement } = await run(reader, `select '2023-11-14 23:13:20+00:00'::timestamp_tz as z`)
  assert.equal(statement.getColumns()?.[0]?.getType(), 'timestamp_tz')
  assert.equal((rows.map(row => row.Z)[0] as Date).toISOString(), '2023-11-14T23:13:20.000Z')
})

test('columns are named and traced to their tables as by Snowflake', async () => {
  const { data } = await answerOnTheWire(
    fake.url,
    `select c.email as e, upper(c.name), count(*) over () n, o.* from customers c join orders o on o.customer_id = c.id limit 1`,
  )
  const described = data.rowtype.map(({ name, table }) => `${table}.${name}`)
  assert.deepEqual(described.slice(0, 3), ['CUSTOMERS.E', '.UPPER(C.NAME)', '.N'])
  assert.deepEqual(described.slice(3), [
    'ORDERS.ID',
    'ORDERS.CUSTOMER_ID',
    'ORDERS.STATUS',
    'ORDERS.AMOUNT',
    'ORDERS.ORDERED_AT',
  ])
})

test('a DELETE answers with its count, can be looked back before, and undone', async () => {
  const before = await count('select count(*) from orders')
  const { statement } = await run(writer, `delete from demo.shop.orders where status = 'test'`)
  assert.equal(statement.getNumUpdatedRows(), testOrderCount(10_000))
  assert.equal(await count('select count(*) from orders'), before - testOrderCount(10_000))
  assert.equal(await count(`select count(*) from orders before (statement => '${statement.getQueryId()}')`), before)
  assert.equal(
    await count(`select count(*) from orders at (statement => '${statement.getQueryId()}')`),
    before - testOrderCount(10_000),
  )
  const undo = `insert into orders select * from orders before (statement => '${statement.getQueryId()}') where status = 'test'`
  assert.equal((await run(writer, undo)).statement.getNumUpdatedRows(), testOrderCount(10_000))
  await assert.rejects(
    run(reader, `select * from orders before (statement => '00000000-0000-0000-0000-000000000000')`),
    { code: '000709' },
  )
})

test('MERGE, UPDATE and a rolled back transaction', async () => {
  const merge = `merge into orders o using customers c on o.id = c.id + 9900 when matched then update set status = 'm'
    when not matched then insert (id, customer_id) values (c.id + 9900, c.id)`
  await run(writer, 'begin')
  const { rows } = await run(writer, merge)
  assert.deepEqual(rows, [{ 'number of rows inserted': 400, 'number of rows updated': 100 }])
  assert.equal((await run(writer, `update orders set status = 'x' where id <= 10`)).statement.getNumUpdatedRows(), 10)
  await run(writer, 'rollback')
  assert.equal(await count(`select count(*) from orders where status in ('m', 'x')`), 0)
})

const refusals: readonly [string, string][] = [
  ['delete from orders where id = 1', '003001'],
  ['begin delete from orders; end', '003001'],
  [`execute immediate 'delete from orders'`, '003001'],
  ['create table demo.shop.copy as select * from customers', '003001'],
  ['create task t as select 1', '003001'],
  ['grant role x to user y', '003001'],
  ['select * from demo.hidden.things', '002003'],
  ['select nope from customers', '000904'],
  ['selec 1', '001003'],
  ['select 1; delete from orders', '000008'],
  ['select * from @stage/file', '002003'],
]
for (const [sql, code] of refusals) {
  test(`a reader is refused: ${sql}`, async () => {
    const before = await count('select count(*) from orders')
    await assert.rejects(run(reader, sql), { code })
    assert.equal(fake.statements().filter(statement => statement.sqlText === sql).length, 1, 'the driver sent it once')
    assert.equal(await count('select count(*) from orders'), before)
  })
}

test('error messages quote the data, as the real ones do', async () => {
  const [email] = (await sensitiveValues(fake.database.admin, 1, { catalog: 'DEMO', schema: 'SHOP' })).email
  await assert.rejects(run(reader, 'select to_number(email) from customers order by id'), {
    code: '100038',
    sqlState: '22018',
    message: `Numeric value '${email}' is not recognized`,
  })
})

test('EXPLAIN names the base tables behind a view and needs the right to run', async () => {
  await run(operator, 'create view demo.shop.people as select id, email from customers')
  const { rows } = await run(reader, 'explain using json select email from people')
  const plan = JSON.parse(String(rows[0]?.content))
  const scans = plan.Operations[0].filter((operation: { operation: string }) => operation.operation === 'TableScan')
  assert.deepEqual(
    scans.map((scan: { objects: string[]; expressions: string[] }) => [scan.objects, scan.expressions]),
    [[['DEMO.SHOP.CUSTOMERS'], ['EMAIL']]],
  )
  assert.equal(plan.GlobalStats.bytesAssigned, scans[0].bytesAssigned)
  await assert.rejects(run(reader, 'explain using json delete from orders'), { code: '003001' })
})

test('a statement is found in the history by its tag, by its own user only', async () => {
  const tag = JSON.stringify({ session: 'one' })
  const { statement } = await run(writer, `update orders set status = status where id = 1`, {
    parameters: { QUERY_TAG: tag },
  })
  await assert.rejects(run(reader, 'select nope from orders', { parameters: { QUERY_TAG: 'failing' } }))
  const look = `select query_id, execution_status, error_code, rows_produced, role_name
    from table(information_schema.query_history_by_user(result_limit => 1000)) where query_tag = `
  assert.deepEqual((await run(reader, `${look} '${tag}'`)).rows, [
    {
      QUERY_ID: statement.getQueryId(),
      EXECUTION_STATUS: 'SUCCESS',
      ERROR_CODE: null,
      ROWS_PRODUCED: 1,
      ROLE_NAME: 'AGENT_WRITER',
    },
  ])
  assert.equal((await run(reader, `${look} 'failing'`)).rows[0]?.ERROR_CODE, '000904')
  const [found] = fake.statements().filter(executed => executed.queryTag === tag)
  assert.deepEqual([found?.role, found?.user, found?.executions], ['AGENT_WRITER', 'AGENT_1', 1])
})

test('a result can be scanned again by its id', async () => {
  const { statement } = await run(reader, 'select id, email as mail from customers order by id limit 3')
  const { rows } = await run(writer, `select count(mail) as n from table(result_scan('${statement.getQueryId()}'))`)
  assert.equal(rows[0]?.N, 3)
})

test('the catalog shows what the role can see', async () => {
  const tables = `select table_name, row_count from information_schema.tables where table_type = 'BASE TABLE' order by 1`
  assert.deepEqual(
    (await run(reader, tables)).rows.map(row => row.TABLE_NAME),
    ['CUSTOMERS', 'ORDERS'],
  )
  const columns = `select column_name, data_type from demo.information_schema.columns where table_name = 'ORDERS' order by ordinal_position`
  assert.deepEqual(
    (await run(reader, columns)).rows.map(row => row.DATA_TYPE),
    ['NUMBER', 'NUMBER', 'TEXT', 'NUMBER', 'TIMESTAMP_NTZ'],
  )
})

test('PUT is answered with stage credentials, for a gateway to stop', async () => {
  const body = JSON.stringify(await answerOnTheWire(fake.url, 'put file:///tmp/nothing @~'))
  for (const secret of stageSecrets) assert.ok(body.includes(secret))
})

test('binds, one row and many', async () => {
  const { rows } = await run(reader, 'select ? as t, :2::int + 1 as n', { binds: ['x', 3] })
  assert.deepEqual(rows, [{ T: 'x', N: 4 }])
  const insert = await run(writer, 'insert into orders (id, status) values (?, ?)', {
    binds: [
      [2_000_001, 'bound'],
      [2_000_002, 'bound'],
    ],
  })
  assert.equal(insert.statement.getNumUpdatedRows(), 2)
  assert.equal(await count(`select count(*) from orders where status = 'bound'`), 2)
})
