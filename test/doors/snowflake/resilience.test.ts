import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from 'snowflake-sdk'
import { approve, ranTexts } from '#test/doors/reviewers.ts'
import { type Switchboard, startSwitchboard } from '#test/services/switchboard.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { cancel, login, logout, run, start } from './driver.ts'
import { heldCard } from './held-card.ts'
import { raw } from './raw.ts'

describe('Snowflake door: nothing that happens to a gateway is noticed by the driver', { timeout: 300_000 }, () => {
  let stand: Stand
  let board: Switchboard
  let connection: Connection
  before(async () => {
    stand = await startStand({ sizes: { customers: 100, orders: 2_000 }, gateways: 2 })
    board = await startSwitchboard(stand.gateways[0]?.url ?? '')
    connection = await login(stand, { gateway: board })
  })
  after(async () => {
    await board.close()
    await stand.stop()
  })

  const executions = (sql: string) => ranTexts(stand).filter(text => text === sql).length

  /** A statement that its gateway still judges, and by what another one is asked to end it. */
  async function judging(sql: string, explained: RegExp) {
    const requestId = randomUUID()
    const gate = stand.snowflake.holdNext(explained)
    const { done } = start(connection, sql, { requestId })
    await gate.arrived
    const token = JSON.parse(connection.serialize()).services.sf.tokenInfo.sessionToken
    return { requestId, gate, done, token, other: { ...stand, gateways: stand.gateways.slice(1) } }
  }

  test('cancelled at another gateway before it is judged, it waits for nobody and never runs', async () => {
    const sql = 'delete from orders where id = 3'
    const { requestId, gate, done, token, other } = await judging(sql, /^explain.*where id = 3$/i)
    const cancelled = raw(other, '/queries/v1/abort-request', { token, body: { requestId } })
    await Promise.race([cancelled, delay(1_000)])
    gate.release()
    assert.equal((await cancelled).success, true)
    await assert.rejects(done, { code: '000604' })
    assert.equal(executions(sql), 0)
  })

  test('cancelled there by a client that leaves at once, as one does that is ended, it never runs either', {
    timeout: 60_000,
  }, async () => {
    const sql = 'delete from orders where id = 4'
    const { requestId, gate, done, token, other } = await judging(sql, /^explain.*where id = 4$/i)
    const headers = { authorization: `Snowflake Token="${token}"`, 'content-type': 'application/json' }
    const leaving = request(`${other.gateways[0]?.url}/queries/v1/abort-request`, { method: 'POST', headers })
    leaving.on('error', () => {})
    await new Promise<void>(resolve => leaving.end(JSON.stringify({ requestId }), resolve))
    await raw(other, '/session/heartbeat', { token })
    leaving.destroy()
    await raw(other, '/session/heartbeat', { token })
    gate.release()
    await assert.rejects(done, { code: '000604' })
    assert.equal(executions(sql), 0)
  })

  test('a held statement outlives cut connections, the death of its gateway, and goes on at another', async () => {
    const sql = "update orders set status = 'moved' where id = 1"
    const { done } = start(connection, sql)
    const id = await heldCard(stand, sql)
    board.cut()
    board.to(stand.gateways[1]?.url ?? '')
    await stand.gateways[0]?.kill()
    await approve(stand, id)
    assert.equal((await done).statement.getNumUpdatedRows(), 1)
    assert.equal(executions(sql), 1)
  })

  test('the session goes on there, with what it used', async () => {
    await run(connection, 'use schema shop')
    const third = await stand.startGateway()
    board.to(third.url)
    board.cut()
    assert.equal((await run(connection, 'select id from orders where id = 2')).rows[0]?.ID, 2)
  })

  test('a statement that runs while its connection is cut runs once, and its answer comes', async () => {
    const sql = 'select count(*) as n from orders where id < 20'
    stand.snowflake.delay(/id < 20/, 1_500)
    const requestId = randomUUID()
    const { done } = start(connection, sql, { requestId })
    const joined = start(connection, sql, { requestId })
    while (executions(sql) === 0) await new Promise(resolve => setImmediate(resolve))
    board.cut()
    assert.deepEqual([(await done).rows, (await joined.done).rows], Array(2).fill([{ N: 19 }]))
    assert.equal(executions(sql), 1)
  })

  test('a running statement is cancelled in the warehouse', async () => {
    const sql = 'select count(*) as n from orders a, orders b, orders c where a.amount + b.amount > c.amount + b.id'
    const { statement, done } = start(connection, sql)
    const found = () => stand.snowflake.statements().find(({ sqlText }) => sqlText === sql)
    while (found()?.status !== 'RUNNING') await new Promise(resolve => setImmediate(resolve))
    await cancel(statement)
    await assert.rejects(done, { code: '000604', sqlState: '57014' })
    assert.equal(found()?.status, 'ABORTED')
  })

  test('a session that was ended at one gateway is ended at every other', async () => {
    const [, second, third] = stand.gateways
    const one = await login(stand, { gateway: { url: second?.url ?? '' } })
    const two = await login(stand, { gateway: { url: third?.url ?? '' } })
    const tokens = one.serialize()
    await run(one, 'select 1 as one')
    await logout(one)
    const headers = { authorization: `Snowflake Token="${JSON.parse(tokens).services.sf.tokenInfo.sessionToken}"` }
    const heartbeat = await fetch(`${third?.url}/session/heartbeat`, { method: 'POST', headers })
    assert.deepEqual([heartbeat.status, ((await heartbeat.json()) as { code: string }).code], [200, '390111'])
    assert.equal((await run(two, 'select 1 as one')).rows[0]?.ONE, 1)
    await logout(two)
  })
})
