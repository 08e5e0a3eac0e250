import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { authorizedStatement } from '#test/mint/authorized-statement.ts'
import { openSessions, rowsOf, type SnowflakeSetUp, setUpSnowflake } from './snowflake-set-up.ts'

const orders = 20_000

let setUp: SnowflakeSetUp
before(async () => {
  setUp = await setUpSnowflake({ orders, inProgressAfterMs: 100, inlineVectors: 1, chunkVectors: 2 })
})
after(() => setUp.close())

const all = () =>
  authorizedStatement({ sql: 'select id from shop.orders order by id', approved: true, limits: { rows: 1_000_000 } })

async function idsOf(authorized = all()): Promise<number[]> {
  const { execution, credential } = await setUp.execute(authorized)
  const rows = await rowsOf(execution)
  await setUp.minter.end(credential)
  return rows.map(([id]) => Number(id))
}

const sequence = (length: number) => Array.from({ length }, (_, at) => at + 1)

test('an answer that is cut in its middle is asked for again: one execution', async () => {
  const authorized = authorizedStatement({ sql: 'select 11 as eleven', approved: true })
  setUp.snowflake.failNext('cut', 1, /query-request/, /eleven/)
  assert.deepEqual(await idsOf(authorized), [11])
  const [ran] = setUp.snowflake.statements().filter(({ sqlText }) => /eleven/.test(sqlText))
  assert.deepEqual([ran?.requests, ran?.executions], [2, 1])
})

test('a service that is away for a moment is asked again under the same id', async () => {
  const authorized = authorizedStatement({ sql: 'select 12 as twelve', approved: true })
  setUp.snowflake.failNext('unavailable', 1, /query-request/, /twelve/)
  assert.deepEqual(await idsOf(authorized), [12])
})

test('while a statement runs, its answers may be lost: it is waited for and runs once', async () => {
  setUp.snowflake.delay(/thirteen/, 400)
  setUp.snowflake.failNext('drop-after', 1, /\/result$/)
  setUp.snowflake.failNext('unavailable', 1, /\/result$/)
  setUp.snowflake.failNext('cut', 1, /\/result$/)
  const authorized = authorizedStatement({ sql: 'select 13 as thirteen', approved: true })
  assert.deepEqual(await idsOf(authorized), [13])
  const ran = setUp.snowflake.statements().filter(({ sqlText }) => /thirteen/.test(sqlText))
  assert.deepEqual([ran.length, ran[0]?.executions], [1, 1])
})

test('where Snowflake goes away while a statement runs, its outcome is unknown, not "nothing ran"', async () => {
  const leaving = await setUpSnowflake({ inProgressAfterMs: 50 })
  const gate = leaving.snowflake.holdNext(/fifteen/)
  const running = leaving.execute(authorizedStatement({ sql: 'select 15 as fifteen', approved: true }))
  const unknown = assert.rejects(running, { code: 'outcome_unknown' })
  await gate.arrived
  await leaving.snowflake.close()
  await unknown
  await leaving.minter.close()
  await leaving.warehouse.close()
})

test('a session token that expires while a statement is waited for is renewed', async () => {
  const gate = setUp.snowflake.holdNext(/fourteen/)
  const running = idsOf(authorizedStatement({ sql: 'select 14 as fourteen', approved: true }))
  await gate.arrived
  setUp.snowflake.expireSessions()
  gate.release()
  assert.deepEqual(await running, [14])
})

test('parts of a result that are cut, away or expired are asked for again: every row once, in order', async () => {
  setUp.snowflake.failNext('cut', 2, /^\/chunks\/[^/]+\/1$/)
  setUp.snowflake.failNext('unavailable', 1, /^\/chunks\/[^/]+\/2$/)
  setUp.snowflake.failNext('drop-before', 1, /^\/chunks\/[^/]+\/3$/)
  setUp.snowflake.failNext('forbidden', 1, /^\/chunks\/[^/]+\/4$/)
  assert.deepEqual(await idsOf(), sequence(orders))
})

test('a part that stays away ends the result with an error, never early', async () => {
  setUp.snowflake.failNext('cut', 100, /^\/chunks\/[^/]+\/0$/)
  await assert.rejects(idsOf(), { code: 'warehouse_unavailable' })
})

const late = new DOMException('', 'TimeoutError')
for (const [what, code, pauses, faults] of [
  ['stalls', 'cancelled', [20], [['stall', /^\/chunks\/[^/]+\/1$/]]],
  ['stalls', 'limit_exceeded', [20], [['stall', /^\/chunks\/[^/]+\/1$/]]],
  ['is cut, before it is asked for again', 'cancelled', [600_000], [['cut', /^\/chunks\/[^/]+\/1$/]]],
  [
    'is asked for by another URL, which stalls',
    'cancelled',
    [20],
    [
      ['forbidden', /^\/chunks\//],
      ['stall', /result$/],
    ],
  ],
] as const)
  test(`while a part of a result ${what}, it is heard that it is ${code}`, { timeout: 20_000 }, async t => {
    const own = await setUpSnowflake({ orders, inlineVectors: 1, chunkVectors: 2 }, {}, {}, pauses)
    t.after(() => own.close())
    const stop = new AbortController()
    const { execution } = await own.execute(all(), stop.signal)
    for (const [kind, path] of faults) own.snowflake.failNext(kind, 1, path)
    const heard = assert.rejects(rowsOf(execution), { code })
    while (own.snowflake.failures() < faults.length) await new Promise(setImmediate)
    stop.abort(code === 'limit_exceeded' ? late : undefined)
    await heard
  })

test('in a session that Snowflake has ended nothing ran, and the next statement gets another', async () => {
  const harmless = (value: number) => authorizedStatement({ sql: `select ${value} as n`, subject: 'agent-5' })
  await idsOf(harmless(20))
  setUp.snowflake.endSessions()
  await assert.rejects(setUp.execute(harmless(21)), { code: 'warehouse_unavailable' })
  assert.deepEqual(await idsOf(harmless(22)), [22])
  await setUp.minter.close()
  assert.equal(openSessions(setUp.snowflake), 0)
})
