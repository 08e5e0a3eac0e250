import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Connection, RowStatement } from 'snowflake-sdk'
import { answerOnTheWire, connect, connectWith, mint, run, standardOptions } from './client.ts'
import { type FakeSnowflake, startFakeSnowflake } from './fake-snowflake.ts'

let fake: FakeSnowflake
let connection: Connection
let writer: Connection
before(async () => {
  fake = await startFakeSnowflake({ ...standardOptions, orders: 50_000, inProgressAfterMs: 150, chunkVectors: 4 })
  connection = await connect(fake.url)
  writer = await connect(fake.url, 'AGENT_WRITER')
})
after(() => fake.close())

const endless = 'select count(*) from orders a, orders b, orders c where a.amount + b.amount > c.amount + sin(a.id)'
const executed = (sqlText: string) => fake.statements().filter(statement => statement.sqlText === sqlText)

/** Starts without waiting for the end. */
function start(sqlText: string, requestId = randomUUID()): { statement: RowStatement; done: Promise<unknown> } {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const statement = connection.execute({
    sqlText,
    requestId,
    complete: (error, _, rows) => (error ? reject(error) : resolve(rows)),
  })
  promise.catch(() => undefined)
  return { statement, done: promise }
}

test('a large result streams in chunks, complete and in order', async () => {
  const statement = connection.execute({
    sqlText: 'select id, status, ordered_at from orders order by id',
    streamResult: true,
  })
  await new Promise<void>((resolve, reject) => {
    let next = 1
    statement
      .streamRows()
      .on('error', reject)
      .on('data', row => {
        if (row.ID !== next++) reject(new Error(`row ${row.ID} came as number ${next - 1}`))
      })
      .on('end', () => (next === 50_001 ? resolve() : reject(new Error(`${next - 1} rows`))))
  })
})

test('a chunk is served for its signature and header only, and expires', async () => {
  const { data } = await answerOnTheWire(fake.url, 'select id from orders')
  const [{ url } = { url: '' }] = data.chunks
  assert.equal((await fetch(url, { headers: data.chunkHeaders })).status, 200)
  assert.equal((await fetch(url)).status, 403)
  assert.equal((await fetch(url.replace(/expires=\d/, 'expires=2'), { headers: data.chunkHeaders })).status, 403)
})

test('ROWS_PER_RESULTSET cuts the result, chunks included', async () => {
  const { rows } = await run(connection, 'select id from orders order by id', {
    parameters: { ROWS_PER_RESULTSET: 9_000 },
  })
  assert.equal(rows.length, 9_000)
  assert.equal(rows.at(-1)?.ID, 9_000)
})

test('a slow statement is polled for until it is done, and runs once', async () => {
  const sql = `update orders set status = 'slow' where id = 7`
  fake.delay(/'slow'/, 500)
  assert.equal((await run(writer, sql)).statement.getNumUpdatedRows(), 1)
  assert.deepEqual(
    executed(sql).map(({ executions, requests }) => [executions, requests]),
    [[1, 1]],
  )
})

test('canceling stops the database itself', async () => {
  const { statement, done } = start(endless)
  while (executed(endless)[0]?.status !== 'RUNNING') await new Promise(resolve => setImmediate(resolve))
  await new Promise<void>((resolve, reject) => statement.cancel(error => (error ? reject(error) : resolve())))
  await assert.rejects(done, { code: '000604', sqlState: '57014' })
  assert.equal(executed(endless)[0]?.status, 'ABORTED')
  assert.equal((await run(connection, 'select 1 as one')).rows[0]?.ONE, 1, 'the session is free again')
})

test('another session cancels by query id', async () => {
  const sql = `${endless} and 1 = 1`
  const { done } = start(sql)
  while (executed(sql)[0]?.status !== 'RUNNING') await new Promise(resolve => setImmediate(resolve))
  const { rows } = await run(writer, `select system$cancel_query('${executed(sql)[0]?.queryId}')`)
  assert.match(String(Object.values(rows[0] ?? {})[0]), /terminated/)
  await assert.rejects(done, { code: '000604' })
})

test('a statement timeout ends it', async () => {
  await assert.rejects(run(connection, `${endless} and 2 = 2`, { parameters: { STATEMENT_TIMEOUT_IN_SECONDS: 1 } }), {
    code: '000630',
  })
})

test('a statement held at a gate can be canceled and then never runs', async () => {
  const sql = `delete from orders where id = 11`
  const gate = fake.holdNext(/id = 11/)
  const running = run(writer, sql)
  running.catch(() => undefined)
  const statement = await gate.arrived
  assert.equal(statement.cancel(), true)
  await assert.rejects(running, { code: '000604' })
  gate.release()
  assert.equal(executed(sql)[0]?.executions, 0)
  assert.equal((await run(connection, 'select count(*) as n from orders where id = 11')).rows[0]?.N, 1)
})

test('the same request id attaches to the statement that has it', async () => {
  const requestId = randomUUID()
  const sql = `insert into orders (id, status) values (3000001, 'once')`
  await run(writer, sql, { requestId })
  await run(writer, sql, { requestId })
  assert.deepEqual(
    executed(sql).map(({ executions, requests }) => [executions, requests]),
    [[1, 2]],
  )
  assert.equal((await run(connection, `select count(*) as n from orders where status = 'once'`)).rows[0]?.N, 1)
})

test('an answer lost on the way is fetched by the retry, without a second execution', async () => {
  const sql = `insert into orders (id, status) values (3000002, 'lost')`
  fake.failNext('drop-after', 1, /query-request/)
  await run(writer, sql)
  assert.deepEqual(
    executed(sql).map(({ executions, requests }) => [executions, requests]),
    [[1, 2]],
  )
})

test('asynchronous execution is monitored and fetched', async () => {
  const { statement } = await run(connection, 'select 5 as five', { asyncExec: true })
  const fetched = await connection.getResultsFromQueryId({
    queryId: statement.getQueryId(),
    sqlText: '',
    complete: () => undefined,
  })
  const rows = await new Promise<unknown[]>((resolve, reject) => {
    const found: unknown[] = []
    fetched
      .streamRows()
      .on('error', reject)
      .on('data', row => found.push(row))
      .on('end', () => resolve(found))
  })
  assert.deepEqual(rows, [{ FIVE: 5 }])
})

test('several statements run only when their number is named', async () => {
  await assert.rejects(run(connection, 'select 1; select 2'), { code: '000008' })
  const before = fake.statements().length
  await run(connection, `select 1 as a; select ';' as b`, { parameters: { MULTI_STATEMENT_COUNT: 2 } })
  const children = fake.statements().slice(before + 1)
  assert.deepEqual(
    children.map(({ sqlText }) => sqlText),
    ['SELECT 1 AS A', `SELECT ';' AS B`],
  )
})

test('results of another user stay out of reach', async () => {
  const { statement } = await run(connection, 'select email from customers limit 1')
  const other = await connectWith(fake.url, {
    username: 'agent_2',
    token: await mint('AGENT_READER', { claims: { sub: 'agent_2' } }),
    role: 'AGENT_READER',
  })
  await assert.rejects(run(other, `select * from table(result_scan('${statement.getQueryId()}'))`), { code: '000709' })
})
