import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import { GatewayError } from '#src/errors.ts'
import { resume } from '#src/pipeline.ts'
import type { Ports } from '#src/ports.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { recordFailure } from '#src/record/record-outcome.ts'
import { recordResult } from '#src/record/record-result.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { sampleSession } from '#test/contracts/sample-session.ts'
import { startPostgres } from '#test/services/postgres.ts'
import { startRedis } from '#test/services/redis.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { Agent, type Asked } from './agent.ts'
import { approveEverything } from './approvers.ts'
import { broken, executions } from './audit.ts'
import { hurriedPolicy } from './hurried-policy.ts'
import { isStopped } from './is-stopped.ts'
import { until } from './until.ts'

let stand: Stand
let records: RecordStore
let alive: { readonly url: string }
let next = 1

const [redis, postgres] = [await startRedis({ own: true }), await startPostgres({ own: true })]
const skip = redis && postgres ? false : 'needs redis-server and PostgreSQL'

before(async () => {
  if (!redis || !postgres) return
  stand = await startStand({
    // A process that stands still inside a transaction of SQLite would lock everybody else out.
    stores: { holds: redis.url, records: postgres.url },
    gatewayScript: 'test/chaos/crashing-gateway.ts',
    policy: hurriedPolicy,
    ...{ maxPending: 100, sizes: { customers: 200, orders: 2_000 } },
  })
  const [first] = stand.gateways
  assert.ok(first)
  alive = first
  records = await openRecordStore(new Secret(postgres.url))
})
after(async () => {
  await records?.close()
  await stand?.stop()
  await postgres?.stop()
  await redis?.stop()
})

async function agentAt(gateway: { readonly url: string }): Promise<Agent> {
  return new Agent(await stand.issuer.tokenFor('release-bot'), () => [gateway.url])
}

function write(connection: 'shop' | 'lake'): Asked {
  const n = next++
  const table = connection === 'shop' ? 'orders' : 'shop.orders'
  return { connection, key: `taken-over-${n}`, sql: `UPDATE ${table} SET amount = amount + 1 WHERE id = ${n}` }
}

function inTime(milliseconds = 60_000): number {
  return performance.now() + milliseconds
}

describe('a gateway that stands still is taken over, and does no harm when it goes on', { skip }, () => {
  for (const [at, connection] of [
    ['after_claim', 'shop'],
    ['after_claim', 'lake'],
    ['after_submit_event', 'lake'],
    ['after_result', 'shop'],
    ['after_result', 'lake'],
  ] as const) {
    test(`${at.replaceAll('_', ' ')}, ${connection}`, { timeout: 300_000 }, async () => {
      const asked = write(connection)
      const agent = await agentAt(alive)
      const id = String(await agent.submit(asked, inTime()))
      // The other gateway must be the one that stands still, so this one is away while people decide.
      const [first] = stand.gateways
      first?.child.kill('SIGSTOP')
      const paused = await stand.startGateway({ PAUSE_AT: at })
      const people = approveEverything(stand.slack, ['U0ONCALL1'])
      await until(() => isStopped(paused.child.pid), 'gateway that stands still')
      first?.child.kill('SIGCONT')
      const told = await agent.outcome(id, inTime())
      assert.equal(told.status, 'succeeded', JSON.stringify(told))
      paused.child.kill('SIGCONT')
      await until(() => paused.log().includes('"code":"interrupted"'), 'word that it was taken over')
      await people.stop()
      assert.deepEqual(await broken(stand, records, asked, told), [])
      assert.equal(executions(stand, asked.sql), 1)
      await paused.stop()
    })
  }

  test('one that drains is alive as long as a statement of it runs, and ends it where people want that', {
    timeout: 300_000,
  }, async () => {
    const asked = write('shop')
    const id = String(await (await agentAt(alive)).submit(asked, inTime()))
    const [first] = stand.gateways
    first?.child.kill('SIGSTOP')
    const draining = await stand.startGateway()
    const gate = stand.snowflake.holdNext(/amount \+ 1/)
    const people = approveEverything(stand.slack, ['U0ONCALL1'])
    await until(() => stand.snowflake.statements().some(({ sqlText }) => sqlText === asked.sql), 'statement that runs')
    await people.stop()
    const holder = async () => (await records.inState(['claimed', 'unknown'])).find(each => each.id === id)?.holder
    const before = await holder()
    draining.child.kill('SIGTERM')
    await draining.logged('draining')
    first?.child.kill('SIGCONT')
    const since = Date.now()
    try {
      await until(() => Date.now() > since + 6_000, 'three times the time after which a silent gateway is taken over')
      assert.equal(await holder(), before)
      const cancelled = await (await agentAt(alive)).ask(`/v1/queries/${id}`, { method: 'DELETE' })
      assert.equal(cancelled?.status, 202, JSON.stringify(cancelled))
      await until(async () => (await records.session(id))?.state === 'failed', 'its end', 8_000)
    } finally {
      gate.release()
    }
    assert.equal(await draining.exited, 0)
  })

  test('what was ended as never run does not run when it goes on', { timeout: 300_000 }, async () => {
    const asked = write('shop')
    const agent = await agentAt(alive)
    const id = String(await agent.submit(asked, inTime()))
    const [first] = stand.gateways
    first?.child.kill('SIGSTOP')
    const paused = await stand.startGateway({ PAUSE_AT: 'after_submit_event' })
    const people = approveEverything(stand.slack, ['U0ONCALL1'])
    await until(() => isStopped(paused.child.pid), 'gateway that stands still')
    const since = Date.now()
    first?.child.kill('SIGCONT')
    const told = await agent.outcome(id, inTime())
    assert.match(`${told.status}: ${told.body.message}`, /^failed: .*Nothing ran/)
    await until(() => Date.now() > since + 31_000, 'the time after which nothing is submitted any more')
    paused.child.kill('SIGCONT')
    await until(() => paused.log().includes('"code":"interrupted"'), 'word that it came too late')
    await people.stop()
    assert.deepEqual(await broken(stand, records, asked, told), [])
    assert.equal(executions(stand, asked.sql), 0)
    await paused.stop()
  })

  test('a long statement that was taken over keeps no other hold from expiring', { timeout: 300_000 }, async () => {
    const agent = await agentAt(alive)
    const asked = write('shop')
    const id = String(await agent.submit(asked, inTime()))
    const [first] = stand.gateways
    first?.child.kill('SIGSTOP')
    const doomed = await stand.startGateway({ CRASH_AT: 'after_claim' })
    const people = approveEverything(stand.slack, ['U0ONCALL1'])
    await doomed.exited
    const gate = stand.snowflake.holdNext(/amount \+ 1/)
    first?.child.kill('SIGCONT')
    await until(() => stand.snowflake.statements().some(({ sqlText }) => sqlText === asked.sql), 'statement that runs')
    await people.stop()
    const hurried = { ...write('lake'), sql: `DELETE FROM shop.customers WHERE id = ${next}` }
    // Nobody asks for it: a client that asks would make its gateway look.
    const late = String(await agent.submit(hurried, inTime()))
    try {
      await until(async () => (await records.session(late))?.state === 'expired', 'expiry', 8_000)
    } finally {
      gate.release()
    }
    assert.equal((await agent.outcome(id, inTime())).status, 'succeeded')
    assert.equal(executions(stand, asked.sql), 1)
  })
})

describe('what came second', () => {
  test('a close that came second releases nothing', async () => {
    const ports = { clock: { now: () => 1 }, records: { conclude: async () => false } } as unknown as Ports
    const executed = {
      authorized: { statement: { id: 'AAAA-AAAA-AAAA' }, decision: { limits: { rows: 10 } } },
      execution: { warehouseId: 'w', columns: [], pages: [] },
      startedAt: 0,
    } as unknown as Parameters<typeof recordResult>[1]
    const masked = { columns: [], masks: [], pages: (async function* () {})(), detected: () => [] }
    const credential = { standing: true } as Parameters<typeof recordResult>[3]
    await assert.rejects(recordResult(ports, executed, masked, credential), { code: 'interrupted' })
  })

  test('a failure that came second closes nothing: another gateway runs the statement by now', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'querywarden-second-'))
    const store = await openRecordStore(new Secret(`sqlite:${folder}/record.db`))
    t.after(() => store.close().then(() => rmSync(folder, { recursive: true })))
    const session = sampleSession({ state: 'claimed' })
    await store.open(session, 'asleep')
    const ports = { gateway: 'asleep', clock: Date, log: { warn() {} }, records: store, maskKey: () => new Secret('k') }
    const authorized = { statement: { id: session.id } } as Parameters<typeof recordFailure>[1]
    assert.equal(await store.takeOver(session.id, 'asleep', 'heir', 0), true)
    for (const code of ['warehouse_unavailable', 'outcome_unknown'] as const) {
      const { signal } = new AbortController()
      await recordFailure(ports as unknown as Ports, authorized, new GatewayError(code), signal)
      assert.equal((await store.session(session.id))?.state, 'claimed')
    }
    const heir = { ...ports, gateway: 'heir' } as unknown as Ports
    await recordFailure(heir, authorized, new GatewayError('warehouse_unavailable'), new AbortController().signal)
    assert.equal((await store.session(session.id))?.state, 'failed')
  })

  test('a run that came second leaves the mark of the first, so that settling leaves it alone', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const running = new Map<string, AbortController>()
    const ports = { running, records: { session: () => promise }, holds: { fetch: () => promise } } as unknown as Ports
    const first = resume(ports, 'AAAA-AAAA-AAAA')
    await assert.rejects(resume(ports, 'AAAA-AAAA-AAAA'), { code: 'conflict' })
    assert.ok(running.has('AAAA-AAAA-AAAA'))
    resolve(undefined)
    assert.equal(await first, undefined)
    assert.equal(running.size, 0)
  })
})
