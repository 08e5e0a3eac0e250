import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Connection } from 'snowflake-sdk'
import { requireTransactionless } from '#gateway/doors/snowflake/transaction.ts'
import { approve, ranTexts } from '#test/doors/reviewers.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { login, logout, run, start } from './driver.ts'
import { heldCard } from './held-card.ts'
import { raw, rawLogin } from './raw.ts'

describe('Snowflake door: transactions and what is temporary', { timeout: 120_000 }, () => {
  let stand: Stand
  let connection: Connection
  before(async () => {
    stand = await startStand({ sizes: { customers: 20, orders: 50 } })
    connection = await login(stand)
  })
  after(async () => {
    await logout(connection)
    await stand.stop()
  })

  const read = 'select id from customers order by id limit 1'
  const refused = (sql: string) =>
    assert.rejects(run(connection, sql), { code: '000002', sqlState: '0A000', message: /rolled back.*autocommit/s })

  test('reads between BEGIN and COMMIT are what they are without', async () => {
    for (const [begin, end] of [
      ['begin', 'commit'],
      ['begin transaction name t1;', 'rollback work'],
      ['start transaction', 'commit work'],
    ] as const) {
      await run(connection, begin)
      assert.equal((await run(connection, read)).rows[0]?.ID, 1)
      await run(connection, end)
    }
  })

  test('a write that would be part of a transaction is refused, and says what to do; then it passes', async () => {
    const sql = "update orders set status = 'all or nothing' where id = 1"
    await run(connection, 'begin')
    const reading = ['select insert(status, 1, 0, status) as s from orders limit 1', 'show tables']
    for (const sql of reading) requireTransactionless(sql)
    for (const write of [
      'select id from orders for update',
      sql,
      `with x as (select 1) ${sql}`,
      'call p()',
      `explain select 1 ->> ${sql}`,
      'truncate orders',
    ])
      await refused(write)
    await run(connection, 'rollback')
    const { done } = start(connection, sql)
    await approve(stand, await heldCard(stand, sql))
    assert.equal((await done).statement.getNumUpdatedRows(), 1)
    assert.equal(ranTexts(stand).filter(text => text === sql).length, 1)
  })

  test('with autocommit off, at login, in the session or beside a statement, it is refused until it is on', async () => {
    const sql = 'delete from orders where id = 2'
    await run(connection, 'alter session /* driver */ set autocommit=false')
    assert.equal((await run(connection, read)).rows[0]?.ID, 1)
    await refused(sql)
    await run(connection, 'commit')
    await refused(sql)
    await run(connection, 'alter session set autocommit = true')
    const { data } = await rawLogin(stand, 'release-bot', { SESSION_PARAMETERS: { AUTOCOMMIT: false } })
    const told = data?.parameters as { name: string; value: unknown }[]
    assert.equal(told.find(({ name }) => name === 'AUTOCOMMIT')?.value, false)
    const ask = (token: unknown, parameters: object) =>
      raw(stand, `/queries/v1/query-request?requestId=${randomUUID()}`, {
        token: String(token),
        body: { sqlText: sql, parameters },
      })
    assert.equal((await ask(data?.token, {})).code, '000002')
    const { data: usual } = await rawLogin(stand)
    assert.equal((await ask(usual?.token, { autocommit: false })).code, '000002')
    assert.equal(ranTexts(stand).includes(sql), false)
  })

  test('what is temporary is refused: it would end with the statement that creates it', async () => {
    for (const sql of [
      'create temporary table t (a int)',
      'create or replace local temp table t as select 1 as a',
      'CREATE OR REPLACE TEMPORARY STAGE SYSTEM$BIND file_format = (type = csv)',
    ])
      await assert.rejects(run(connection, sql), { code: '000002', message: /temporary/ })
  })
})
