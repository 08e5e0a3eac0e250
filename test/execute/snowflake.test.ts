import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { snowflakeRequestId } from '#gateway/execute/snowflake.ts'
import { authorizedStatement } from '#test/mint/authorized-statement.ts'
import { openSessions, rowsOf, type SnowflakeSetUp, setUpSnowflake } from './snowflake-set-up.ts'

let setUp: SnowflakeSetUp

before(async () => {
  setUp = await setUpSnowflake()
})
after(() => setUp.close())

function statementOf(id: string) {
  return setUp.snowflake.statements().filter(({ requestId }) => requestId === snowflakeRequestId(id))
}

test('an approved statement runs its exact text once, in the role of the decision, in a session of its own that is deleted', async () => {
  const sql = 'select  id , city from shop.customers -- as typed\nwhere id = ?'
  const authorized = authorizedStatement({ sql, approved: true, statement: { binds: [7] } })
  const { credential, execution } = await setUp.execute(authorized)
  assert.deepEqual(
    execution.columns.map(({ name, type }) => [name, type]),
    [
      ['ID', 'number'],
      ['CITY', 'string'],
    ],
  )
  assert.equal((await rowsOf(execution)).length, 1)
  const [ran, ...others] = statementOf(authorized.statement.id)
  assert.equal(others.length, 0)
  assert.equal(ran?.sqlText, sql)
  assert.equal(ran?.executions, 1)
  assert.equal(ran?.role, 'AGENT_READER')
  assert.equal(ran?.queryTag, JSON.stringify({ qw: authorized.statement.id }))
  assert.equal(ran?.credential.jti, credential.id)
  assert.equal(ran?.parameters.MULTI_STATEMENT_COUNT, 1)
  assert.equal(ran?.parameters.STATEMENT_TIMEOUT_IN_SECONDS, 30)
  await setUp.minter.end(credential)
  const session = setUp.snowflake.sessions().find(({ id }) => id === ran?.sessionId)
  assert.notEqual(session?.endedAt, undefined)
})

test('a second execution of the same session id runs nothing, whoever asks', async () => {
  const authorized = authorizedStatement({ sql: 'select 1 as one', approved: true })
  const { credential } = await setUp.execute(authorized)
  await assert.rejects(setUp.execute(authorized), { code: 'outcome_unknown' })
  await setUp.minter.end(credential)
  assert.equal(statementOf(authorized.statement.id).length, 1)
})

test('a write says how many rows it wrote and how to undo it, and returns no rows', async () => {
  const where = "where status = 'test'"
  const authorized = authorizedStatement({
    sql: `delete from shop.orders ${where}`,
    role: 'AGENT_WRITER',
    approved: true,
    classification: {
      kind: 'delete',
      writes: ['DEMO.SHOP.ORDERS'],
      countSql: `select count(*) from shop.orders ${where}`,
    },
  })
  const { credential, execution } = await setUp.execute(authorized)
  assert.equal(execution.affectedRows, 8)
  assert.deepEqual(execution.columns, [])
  assert.deepEqual(await rowsOf(execution), [])
  assert.equal(
    execution.wayBack,
    `insert into shop.orders select * from shop.orders before(statement => '${execution.warehouseId}') ${where}`,
  )
  await setUp.minter.end(credential)
  const undo = authorizedStatement({
    sql: execution.wayBack ?? '',
    role: 'AGENT_WRITER',
    approved: true,
    classification: { kind: 'insert' },
  })
  const undone = await setUp.execute(undo)
  assert.equal(undone.execution.affectedRows, 8)
  await setUp.minter.end(undone.credential)
})

test('allowed statements share one session; what could change its meaning does not', async () => {
  const first = await setUp.execute(authorizedStatement({ subject: 'agent-7', sql: 'select 1 as a' }))
  await rowsOf(first.execution)
  await setUp.minter.end(first.credential)
  const second = authorizedStatement({ subject: 'agent-7', sql: 'select 2 as a' })
  await rowsOf((await setUp.execute(second)).execution)
  await setUp.minter.end(first.credential)
  const other = authorizedStatement({
    subject: 'agent-7',
    sql: 'use schema public',
    classification: { kind: 'use', harmless: false },
  })
  await setUp.execute(other)
  await setUp.minter.end(first.credential)
  const ran = setUp.snowflake.statements().slice(-3)
  assert.equal(ran[0]?.sessionId, ran[1]?.sessionId)
  assert.notEqual(ran[1]?.sessionId, ran[2]?.sessionId)
})

test('the rows beyond the limit are not asked for, and leaving early ends the session', async () => {
  const authorized = authorizedStatement({ sql: 'select id from shop.orders', approved: true, limits: { rows: 1500 } })
  const { execution } = await setUp.execute(authorized)
  const sizes: number[] = []
  for await (const page of execution.pages) sizes.push(page.rows)
  assert.deepEqual(sizes, [1501])
  const sql = 'select o.id from shop.orders o cross join shop.customers limit 9000'
  const again = await setUp.execute(authorizedStatement({ sql, approved: true }))
  const before = openSessions(setUp.snowflake)
  for await (const page of again.execution.pages) {
    assert.equal(page.rows, 4000)
    break
  }
  assert.equal(openSessions(setUp.snowflake), before - 1)
})

test("Snowflake's own refusal is warehouse_error with its message and code", async () => {
  for (const [sql, code] of [
    ['selec 1', '001003'],
    ['select * from shop.nowhere', '002003'],
    ['select 1; drop table shop.orders', '000008'],
  ] as const) {
    const before = openSessions(setUp.snowflake)
    await assert.rejects(
      setUp.execute(authorizedStatement({ sql, approved: true })),
      (error: { code: string; detail: string }) => {
        assert.equal(error.code, 'warehouse_error')
        assert.match(error.detail, new RegExp(code))
        return true
      },
    )
    assert.equal(openSessions(setUp.snowflake), before, 'the session is not left behind')
  }
})

test('a file transfer never reaches Snowflake, which would answer with credentials of a stage', async () => {
  for (const sql of ['put file:///etc/passwd @~', '  GET @~ file:///tmp'])
    await assert.rejects(setUp.execute(authorizedStatement({ sql, approved: true })), { code: 'denied' })
  assert.ok(!setUp.snowflake.statements().some(({ sqlText }) => /^\s*(put|get)/i.test(sqlText)))
})

test('agents cannot override the parameters that bound a statement, in whatever case', async () => {
  const parameters = {
    query_tag: 'mine',
    statement_timeout_in_seconds: 86_400,
    Multi_Statement_Count: 0,
    python_connector_query_result_format: 'ARROW',
    TIMEZONE: 'Etc/UTC',
  }
  const authorized = authorizedStatement({ sql: 'select 3 as three', approved: true, statement: { parameters } })
  const { credential } = await setUp.execute(authorized)
  await setUp.minter.end(credential)
  const [ran] = statementOf(authorized.statement.id)
  assert.deepEqual(Object.keys(ran?.parameters ?? {}).toSorted(), [
    'MULTI_STATEMENT_COUNT',
    'PYTHON_CONNECTOR_QUERY_RESULT_FORMAT',
    'QUERY_TAG',
    'ROWS_PER_RESULTSET',
    'STATEMENT_TIMEOUT_IN_SECONDS',
    'TIMEZONE',
  ])
})

test('a statement of a transaction runs in the session of that, or nowhere', async () => {
  const transaction = { id: 't', openedAt: 0, count: 1, latest: [] }
  const authorized = authorizedStatement({
    sql: 'select 78 as seventy_eight',
    approved: true,
    statement: { transaction },
  })
  await assert.rejects(setUp.execute(authorized), { code: 'integrity' })
  const ran = setUp.snowflake.statements().filter(({ sqlText }) => sqlText === authorized.statement.sql)
  assert.deepEqual(ran, [])
})
