import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { OpenSessions } from '#gateway/execute/open-sessions.ts'
import { queryTag } from '#gateway/execute/snowflake-find.ts'
import { WireSession } from '#gateway/execute/snowflake-wire/wire-session.ts'
import type { WireHttp } from '#gateway/execute/wire-http.ts'
import { authorizedStatement } from '#test/mint/authorized-statement.ts'
import { openSessions, rowsOf, type SnowflakeSetUp, setUpSnowflake } from './snowflake-set-up.ts'

let setUp: SnowflakeSetUp
before(async () => {
  setUp = await setUpSnowflake({ inProgressAfterMs: 200 })
})
after(() => setUp.close())

const insert = (id: number) =>
  authorizedStatement({
    sql: `insert into shop.orders (id, status) values (${id}, 'new')`,
    role: 'AGENT_WRITER',
    approved: true,
    classification: { kind: 'insert', writes: ['DEMO.SHOP.ORDERS'] },
    statement: { receivedAt: Date.now() },
  })

function runsOf(sql: string): number {
  return setUp.snowflake.statements().filter(({ sqlText, executions }) => sqlText === sql && executions > 0).length
}

test('an answer that is lost is fetched again under the same request id: one execution', async () => {
  const authorized = insert(9001)
  setUp.snowflake.failNext('drop-after', 1, /query-request/)
  const { execution, credential } = await setUp.execute(authorized)
  assert.equal(execution.affectedRows, 1)
  await setUp.minter.end(credential)
  assert.equal(runsOf(authorized.statement.sql), 1)
})

test('where the answer stays away the outcome is unknown, and asking by our own id settles it', async () => {
  const authorized = insert(9002)
  setUp.snowflake.failNext('drop-after', 3, /query-request/, /9002/)
  const gate = setUp.snowflake.holdNext(/9002/)
  const controller = new AbortController()
  const running = setUp.execute(authorized, controller.signal)
  const ran = await gate.arrived
  gate.release()
  await ran.done
  controller.abort()
  await assert.rejects(running, { code: 'outcome_unknown' })
  const found = await findAfresh(authorized)
  assert.ok(found.state === 'done' && found.affectedRows === 1)
  assert.equal(runsOf(authorized.statement.sql), 1)
})

test('what may still be submitted is not absent; given up, it is, and never runs', async () => {
  const patient = await setUpSnowflake({}, {}, {}, [600_000])
  const authorized = insert(9006)
  patient.snowflake.failNext('drop-before', 1, /query-request/, /9006/)
  const controller = new AbortController()
  const unknown = assert.rejects(patient.execute(authorized, controller.signal), { code: 'outcome_unknown' })
  while (patient.snowflake.failures() === 0) await new Promise(setImmediate)
  assert.equal((await findAfresh(authorized, patient)).state, 'running')
  controller.abort()
  await unknown
  assert.equal((await findAfresh(authorized, patient)).state, 'absent')
  assert.ok(!patient.snowflake.statements().some(({ sqlText }) => sqlText === authorized.statement.sql))
  await patient.close()
})

test('a gateway that stood still before it could ask again submits nothing any more', async t => {
  const patient = await setUpSnowflake({}, {}, {}, [200])
  const authorized = insert(9007)
  patient.snowflake.failNext('drop-before', 1, /query-request/, /9007/)
  const unknown = assert.rejects(patient.execute(authorized), { code: 'outcome_unknown' })
  while (patient.snowflake.failures() === 0) await new Promise(setImmediate)
  let now = Date.now()
  t.mock.method(Date, 'now', () => (now += 60_000))
  await unknown
  t.mock.restoreAll()
  assert.ok(!patient.snowflake.statements().some(({ sqlText }) => sqlText === authorized.statement.sql))
  await patient.close()
})

for (const [kind, approved] of [
  ['approved', true],
  ['allowed', false],
] as const)
  test(`${kind}: a gateway that stood still while it logged in submits nothing any more, and says so`, async t => {
    const [{ statement, ...rest }, { minter, warehouse, snowflake }] = [insert(approved ? 9010 : 9011), setUp]
    const authorized = { ...rest, statement, approved }
    const credential = await minter.mint(authorized)
    const running = warehouse.execute(authorized, credential, new AbortController().signal)
    const thawed = Date.now() + 30_000
    t.mock.method(Date, 'now', () => thawed)
    await assert.rejects(running, { code: 'warehouse_unavailable', message: /nothing ran/ })
    t.mock.restoreAll()
    await minter.end(credential)
    assert.ok(!snowflake.statements().some(({ sqlText }) => sqlText === statement.sql))
  })

test('a gateway that stood still while its request was on the way does not send it again', async t => {
  const { snowflake } = setUp
  const authorized = insert(9012)
  const [{ now }, failures] = [Date, snowflake.failures()]
  t.mock.method(Date, 'now', () => now() + (snowflake.failures() > failures ? 25_000 : 0))
  snowflake.failNext('drop-before', 1, /query-request/, /9012/)
  await assert.rejects(setUp.execute(authorized), { code: 'outcome_unknown' })
  t.mock.restoreAll()
  assert.ok(!snowflake.statements().some(({ sqlText }) => sqlText === authorized.statement.sql))
})

test('a gateway that stood still while it renewed its session does not send the statement again', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const sent: string[] = []
  const expired = { success: false, code: '390112', data: {} }
  const renewed = { success: true, data: { sessionToken: 'session-2', masterToken: 'master-2' } }
  const http = {
    pauses: [1, 1],
    async send({ path }: { path: string }) {
      sent.push(String(path.split('?')[0]))
      if (path.startsWith('/session/token-request')) t.mock.timers.tick(25_000)
      return { status: 200, body: Buffer.from(JSON.stringify(/query/.test(path) ? expired : renewed)) }
    },
  } as unknown as WireHttp
  const session = new WireSession(http, { token: 'session-1', masterToken: 'master-1' })
  await assert.rejects(session.submit({ sqlText: 'delete from shop.orders' }).answer, { mayHaveArrived: false })
  assert.deepEqual(sent, ['/queries/v1/query-request', '/session/token-request'])
})

test('a question that a network policy refuses says nothing of the statement that runs: it is asked again', async () => {
  const { network, running, done } = {
    network: { success: false, code: '390422', message: 'not allowed to access Snowflake', data: {} },
    running: { success: true, code: '333333', data: { queryId: '01b2c3d4-0000-0000-0000-000000000001' } },
    done: { success: false, code: '000904', message: 'invalid identifier', data: {} },
  }
  const session = (answers: object[]) => {
    const send = async () => ({ status: 200, body: Buffer.from(JSON.stringify(answers.shift() ?? network)) })
    return new WireSession({ pauses: [1], send } as unknown as WireHttp, {
      token: 'session-1',
      masterToken: 'master-1',
    })
  }
  const ask = (...answers: object[]) => session(answers).submit({ sqlText: 'delete from shop.orders' }).answer
  await assert.rejects(ask(running, network, done), { code: '000904' })
  await assert.rejects(ask(running), { name: 'Unanswered', mayHaveArrived: true })
  await assert.rejects(ask(), { name: 'Unanswered', mayHaveArrived: false })
  assert.equal(await session([]).close(), false, 'it is there still')
})

/** As another gateway would, after this one died: with a credential of its own. */
async function findAfresh(authorized: ReturnType<typeof insert>, { minter, warehouse } = setUp) {
  const credential = await minter.mint(authorized)
  try {
    return await warehouse.find(authorized, credential)
  } finally {
    await minter.end(credential)
  }
}

test('find says absent for what never came, running for what runs, failed for what failed, and reads a finished result', async () => {
  assert.deepEqual(await findAfresh(insert(9003)), { state: 'absent' })

  const read = authorizedStatement({ sql: 'select 5 as five', approved: true, statement: { receivedAt: Date.now() } })
  await rowsOf((await setUp.execute(read)).execution)
  const credential = await setUp.minter.mint(read)
  const found = await setUp.warehouse.find(read, credential)
  assert.ok(found.state === 'done' && found.execution)
  assert.deepEqual(await rowsOf(found.execution), [[5]])
  await setUp.minter.end(credential)

  const failing = authorizedStatement({
    sql: 'select * from shop.nowhere',
    approved: true,
    statement: { receivedAt: Date.now() },
  })
  await assert.rejects(setUp.execute(failing))
  assert.equal((await findAfresh(failing)).state, 'failed')

  const held = insert(9004)
  const gate = setUp.snowflake.holdNext(/9004/)
  const running = setUp.execute(held)
  await gate.arrived
  assert.equal((await findAfresh(held)).state, 'running')
  gate.release()
  await running
})

test('what a script or procedure runs inside, under its tag, is not taken for all of it', async () => {
  const held = insert(9008)
  const gate = setUp.snowflake.holdNext(/9008/)
  const running = setUp.execute(held)
  await gate.arrived
  const credential = await setUp.minter.mint(held)
  const sessions = new OpenSessions(setUp.connection)
  const inside = await sessions.open(credential, {})
  await inside.query({ sqlText: 'select 9 as nine', parameters: { QUERY_TAG: queryTag(held.statement.id) } })
  await inside.close()
  await sessions.close()
  await setUp.minter.end(credential)
  assert.equal((await findAfresh(held)).state, 'running')
  gate.release()
  await running
})

test('of a call whose result Snowflake keeps no more it is known that it ran, and that its rows are gone', async () => {
  const authorized = authorizedStatement({
    sql: 'select 24 as hours',
    classification: { kind: 'call', harmless: false },
  })
  const { execution, credential } = await setUp.execute(authorized)
  await rowsOf(execution)
  await setUp.minter.end(credential)
  setUp.snowflake.forgetResults()
  const found = await findAfresh(authorized)
  assert.ok(found.state === 'done' && found.execution)
  await assert.rejects(rowsOf(found.execution), { code: 'warehouse_unavailable' })
})

test('aborting cancels the statement in Snowflake', async () => {
  const authorized = authorizedStatement({ sql: 'select 6 as six', approved: true })
  const gate = setUp.snowflake.holdNext(/six/)
  const controller = new AbortController()
  const running = setUp.execute(authorized, controller.signal)
  await gate.arrived
  controller.abort()
  await assert.rejects(running, { code: 'cancelled' })
  const ran = setUp.snowflake.statements().find(({ sqlText }) => sqlText === authorized.statement.sql)
  assert.equal(ran?.status, 'ABORTED')
})

test('a statement cancelled before it is submitted is never submitted', async () => {
  const authorized = insert(9005)
  await assert.rejects(setUp.execute(authorized, AbortSignal.abort()), { code: 'cancelled' })
  assert.ok(!setUp.snowflake.statements().some(({ sqlText }) => sqlText === authorized.statement.sql))
})

test("the decision's time limit is Snowflake's to enforce", async () => {
  setUp.snowflake.delay(/seventy/, 60_000)
  const authorized = authorizedStatement({ sql: 'select 70 as seventy', approved: true, limits: { seconds: 1 } })
  await assert.rejects(setUp.execute(authorized), { code: 'limit_exceeded' })
})

test('a long statement is waited for over many requests and runs once', async () => {
  setUp.snowflake.delay(/eighty/, 700)
  const authorized = authorizedStatement({ sql: 'select 80 as eighty', approved: true })
  assert.deepEqual(await rowsOf((await setUp.execute(authorized)).execution), [[80]])
  assert.equal(runsOf(authorized.statement.sql), 1)
})

test('no session is left behind by any of this', async () => {
  await setUp.minter.close()
  assert.equal(openSessions(setUp.snowflake), 0)
})
