import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import type { RowStatement } from 'snowflake-sdk'
import { ranTexts } from '#test/doors/reviewers.ts'
import { login, logout, run } from './driver.ts'
import { driverStand } from './driver-stand.ts'
import { raw } from './raw.ts'

const looking = `
  - name: looks-at-orders
    when: statement.hazards == ["metadata"] && statement.reads.all(t, t.matches("DEMO.SHOP.ORDERS"))
    then: allow
    as: AGENT_READER
`

describe('Snowflake door: statements that are prepared', { timeout: 120_000 }, () => {
  const at = driverStand(looking)

  const describing = async (sql: string) => (await run(at.connection, sql, { describeOnly: true })).statement
  const columnsOf = (statement: RowStatement) =>
    statement.getColumns()?.map(column => [column.getName(), column.getType(), column.isNullable()])
  const ask = (sqlText: string) =>
    raw(at.stand, `/queries/v1/query-request?requestId=${randomUUID()}`, {
      token: at.token,
      body: { sqlText, describeOnly: true },
    })
  const sent = (sql: string) => at.stand.snowflake.statements().filter(({ sqlText }) => sqlText === sql)
  const cardsBefore = () => at.stand.slack.state.messages.length

  test('what would run tells its columns, as they would leave; nothing runs and nothing is asked', async () => {
    const sql = 'select id, email as e, created_at from customers where id = ?'
    const cards = cardsBefore()
    assert.deepEqual(columnsOf(await describing(sql)), [
      ['ID', 'fixed', true],
      ['E', 'text', true],
      ['CREATED_AT', 'timestamp_ntz', true],
    ])
    assert.deepEqual(
      sent(sql).map(({ describeOnly, executions }) => [describeOnly, executions]),
      [[true, 0]],
    )
    assert.equal((await ask(sql)).data?.numberOfBinds, 1)
    assert.equal(cardsBefore(), cards)
  })

  test('a write tells the count that it would answer with, and takes rows of values; the warehouse is not asked', async () => {
    const sql = 'insert into orders (id, status) values (?, ?)'
    const { data } = await ask(sql)
    assert.deepEqual([data?.numberOfBinds, data?.arrayBindSupported, data?.statementTypeId], [2, true, 0x3100])
    assert.deepEqual(columnsOf(await describing(sql)), [['number of rows inserted', 'fixed', false]])
    assert.equal(ranTexts(at.stand).includes(sql), false)
  })

  test('what policy denies is not described', async () => {
    await assert.rejects(describing("copy into 's3://elsewhere/x' from customers"), {
      code: '003001',
      message: /no-unload/,
    })
  })

  test('what waits for people is described where policy lets its tables be looked at, and nowhere else', async () => {
    const held = 'select email from customers where email = ?'
    await assert.rejects(describing(held), { code: '000007', message: /more-than-showing.*running it/s })
    assert.deepEqual(sent(held), [])
    const elsewhere = 'select * from elsewhere.public.secrets'
    await assert.rejects(describing(elsewhere), { code: '000007' })
    assert.deepEqual(sent(elsewhere), [])
    const other = await login(at.stand, { agent: 'etl-job' })
    const looked = 'select id, status as s from orders'
    const { statement } = await run(other, looked, { describeOnly: true })
    assert.deepEqual(
      columnsOf(statement)?.map(([name]) => name),
      ['ID', 'S'],
    )
    await assert.rejects(run(other, held, { describeOnly: true }), { code: '000007' })
    const counted = 'select * from orders pivot (count(id) for status in (select status from orders where id = 1))'
    await assert.rejects(run(other, counted, { describeOnly: true }), { code: '000007' })
    assert.deepEqual(sent(counted), [])
    await logout(other)
  })

  test('an error of the compiler over sensitive columns is withheld, its number too', async () => {
    await assert.rejects(describing('select email, city - 5 as less from customers'), {
      code: '001003',
      message: /withheld/,
    })
  })

  test('the session is as it was', async () => {
    await assert.rejects(describing('use elsewhere.public'), { code: '000007' })
    assert.equal((await run(at.connection, 'select id from customers order by id limit 1')).rows[0]?.ID, 1)
  })
})
