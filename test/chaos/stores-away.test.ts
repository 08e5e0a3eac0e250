import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { Redis } from 'ioredis'
import { Secret } from '#src/config/secret.ts'
import { openHoldStore } from '#src/hold/open-hold-store.ts'
import { type TinyDisk, tinyDisk } from '#test/contracts/tiny-disk.ts'
import { type PostgresService, startPostgres } from '#test/services/postgres.ts'
import { type RedisService, startRedis } from '#test/services/redis.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { Agent, type Asked } from './agent.ts'
import { approvals, approveEverything, cardsOf } from './approvers.ts'
import { executions } from './audit.ts'
import { until } from './until.ts'

const gatewayScript = 'test/chaos/crashing-gateway.ts'
const sizes = { customers: 200, orders: 2_000 }
// None is to be taken for dead that only waits for its turn on a busy machine.
const env = { DEAD_MILLISECONDS: '30000' }
const stopping: (() => unknown)[] = []
after(async () => {
  for (const stop of stopping.reverse()) await stop()
})

async function services(t: TestContext): Promise<{ redis: RedisService; postgres: PostgresService } | undefined> {
  const redis = await startRedis({ own: true, args: ['--appendonly', 'no'] })
  if (redis) stopping.push(() => redis.stop())
  const postgres = await startPostgres({ own: true })
  if (postgres) stopping.push(() => postgres.stop())
  if (redis && postgres) return { redis, postgres }
  t.skip('needs redis-server and PostgreSQL')
  return undefined
}

async function agentOf(stand: Stand, setback?: (code: string) => void): Promise<Agent> {
  const urls = () => stand.gateways.map(({ url }) => url)
  return new Agent(await stand.issuer.tokenFor('release-bot'), urls, setback)
}

/** Of a whole test, less than it takes with a machine to itself by far: a busy one is slow, and not broken. */
const testMilliseconds = 300_000
function inTime(): number {
  return performance.now() + 0.8 * testMilliseconds
}

function write(n: number): Asked {
  const connection = n % 2 === 0 ? 'shop' : 'lake'
  const table = connection === 'shop' ? 'orders' : 'shop.orders'
  return { connection, key: `changing-row-${n}`, sql: `UPDATE ${table} SET amount = amount + 1 WHERE id = ${n}` }
}

function read(n: number): Asked {
  return {
    connection: 'lake',
    key: `of-reading-${n}`,
    sql: `SELECT id, amount FROM shop.orders WHERE id <= ${1_000 + n}`,
  }
}

/** Reads until one gives no rows: it is refused, or what came of it cannot be recorded. What a file has on the disk already may be room for some, and what is answered is on record then. */
async function untilNoRows(agent: Agent, first: number) {
  const answered: { readonly id: string; readonly body: Readonly<Record<string, unknown>> }[] = []
  for (;;) {
    const refused = read(first + answered.length)
    const answer = await agent.ask('/v1/queries', {
      method: 'POST',
      body: JSON.stringify({ connection: refused.connection, sql: refused.sql }),
      headers: { 'content-type': 'application/json', 'idempotency-key': refused.key },
    })
    if (answer?.status === 200 && answered.length < 100) {
      answered.push({ id: String(answer.body.request_id), body: answer.body })
      continue
    }
    assert.ok(answer?.status === 503 || answer?.status === 202, JSON.stringify(answer).slice(0, 500))
    assert.equal(answer.body.code, answer.status === 503 ? 'record_unavailable' : undefined)
    assert.equal(answer.body.rows, undefined)
    return { answered, refused, status: answer.status }
  }
}

describe('the hold store loses everything', () => {
  test('100 waiting statements wait again under their old cards, and all can be decided', {
    timeout: testMilliseconds,
  }, async t => {
    const stores = await services(t)
    if (!stores) return
    const { redis, postgres } = stores
    const stand = await startStand({
      stores: { holds: redis.url, records: postgres.url },
      ...{ gatewayScript, env, sizes, maxPending: 200, gateways: 2 },
    })
    stopping.push(() => stand.stop())
    const holds = await openHoldStore(new Secret(redis.url))
    stopping.push(() => holds.close())
    const agent = await agentOf(stand)
    const all = Array.from({ length: 100 }, (_, n) => write(n + 1))
    const ids = await Promise.all(all.map(asked => agent.submit(asked, inTime()).then(String)))
    assert.equal(new Set(ids).size, 100)

    const shown = async () => {
      const pending = await Array.fromAsync(holds.list(['pending'])).catch(() => [])
      return pending.length === 100 && pending.every(({ cards }) => cards.length === 1) && pending
    }
    const cardOf = async () =>
      Object.fromEntries(
        (await until(shown, '100 holds with a card', 0.8 * testMilliseconds)).map(({ id, cards }) => [
          id,
          cards[0]?.ts,
        ]),
      )
    const before = await cardOf()
    assert.deepEqual(Object.keys(before).sort(), [...ids].sort())

    const client = new Redis(redis.url)
    client.on('error', () => undefined)
    stopping.push(() => client.disconnect())
    await client.flushall()
    assert.deepEqual(await cardOf(), before, 'after FLUSHALL')
    await redis.own?.kill()
    await redis.own?.restart()
    assert.deepEqual(await cardOf(), before, 'after a restart without persistence')

    const people = approveEverything(stand.slack, ['U0ONCALL1'])
    const told = await Promise.all(ids.map(id => agent.outcome(id, inTime())))
    await people.stop()
    assert.deepEqual(
      told.filter(({ status }) => status !== 'succeeded'),
      [],
    )
    for (const { sql } of all) assert.equal(executions(stand, sql), 1, sql)
    for (const id of ids) assert.equal(cardsOf(stand.slack, id).length, 1, `cards of ${id}`)
    assert.equal(stand.slack.messages(approvals).filter(({ threadTs }) => !threadTs).length, 100)
  })
})

describe('the record store is away', () => {
  test('statements are refused with a clear code, nothing runs, and all goes on afterwards', {
    timeout: testMilliseconds,
  }, async t => {
    const stores = await services(t)
    if (!stores) return
    const { redis, postgres } = stores
    const stand = await startStand({
      stores: { holds: redis.url, records: postgres.url },
      ...{ gatewayScript, env, sizes, gateways: 2 },
    })
    stopping.push(() => stand.stop())
    const away = {
      hangs: () => postgres.own?.pause(),
      'is killed': () => postgres.own?.kill(),
    }
    const back = { hangs: () => postgres.own?.resume(), 'is killed': () => postgres.own?.restart() }
    for (const [n, how] of (['hangs', 'is killed'] as const).entries()) {
      const codes = new Set<string>()
      const agent = await agentOf(stand, code => codes.add(code))
      const waiting = write(n * 10 + 1)
      const id = String(await agent.submit(waiting, inTime()))
      const card = await stand.slack.waitFor(() => cardsOf(stand.slack, id)[0], 'card')
      const since = performance.now()
      await away[how]()
      const people = approveEverything(stand.slack, ['U0ONCALL1'], ({ ts }) => ts === card.ts)
      const late = [write(n * 10 + 2), write(n * 10 + 3), read(n + 1)]
      const answers = await Promise.all(
        late.map(({ connection, sql, key }) =>
          agent.ask('/v1/queries', {
            method: 'POST',
            body: JSON.stringify({ connection, sql }),
            headers: { 'content-type': 'application/json', 'idempotency-key': key },
          }),
        ),
      )
      const milliseconds = Math.round(performance.now() - since)
      for (const answer of answers) {
        assert.equal(answer?.status, 503)
        assert.equal(answer.body.code, 'record_unavailable')
        assert.equal(answer.body.rows, undefined)
      }
      for (const { sql } of [waiting, ...late]) assert.equal(executions(stand, sql), 0, `PostgreSQL ${how}: ${sql}`)
      t.diagnostic(`PostgreSQL ${how} for ${milliseconds} ms`)
      await back[how]()
      assert.equal((await agent.outcome(id, inTime())).status, 'succeeded')
      assert.equal(executions(stand, waiting.sql), 1)
      await people.stop()
      const everybody = approveEverything(stand.slack, ['U0ONCALL1'])
      const told = await Promise.all(late.map(asked => agent.run(asked, inTime())))
      await everybody.stop()
      assert.deepEqual(
        told.map(({ status }) => status),
        ['succeeded', 'succeeded', 'succeeded'],
      )
      for (const { sql } of late) assert.equal(executions(stand, sql), 1, sql)
      assert.deepEqual(
        [...codes].filter(code => !['record_unavailable', 'conflict'].includes(code)),
        [],
      )
    }
  })
})

describe('a disk is full', () => {
  /** Takes all that is left; gives it back when called. */
  function fill(disk: TinyDisk): () => void {
    const path = join(disk.folder, 'filler')
    for (let bytes = 1 << 20; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      for (let full = false; !full; ) {
        try {
          writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' })
        } catch {
          full = true
        }
      }
    }
    return () => rmSync(path)
  }

  test('no row leaves that is not on record or not recorded, and all goes on when there is room', {
    timeout: testMilliseconds,
  }, async t => {
    const disks = [tinyDisk(16), tinyDisk(4)]
    const [records, recordings] = disks
    if (typeof records !== 'object' || typeof recordings !== 'object')
      return t.skip(String(disks.find(disk => typeof disk === 'string')))
    stopping.push(
      () => records.unmount(),
      () => recordings.unmount(),
    )
    const folder = mkdtempSync(join(tmpdir(), 'querywarden-full-'))
    stopping.push(() => rmSync(folder, { recursive: true, force: true }))
    symlinkSync(recordings.folder, join(folder, 'recordings'))
    const stand = await startStand({
      folder,
      ...{ gatewayScript, env, sizes },
      stores: { holds: `sqlite:${join(folder, 'holds.db')}`, records: `sqlite:${join(records.folder, 'records.db')}` },
    })
    stopping.push(() => stand.stop())
    for (const [at, disk] of [records, recordings].entries()) {
      const codes = new Set<string>()
      const agent = await agentOf(stand, code => codes.add(code))
      const held = {
        ...write(at * 10 + 1),
        connection: 'lake',
        sql: `SELECT o.id FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id WHERE c.email <> 'n${at}'`,
      } as const
      const id = String(await agent.submit(held, inTime()))
      const free = fill(disk)
      const people = approveEverything(stand.slack, ['U0ONCALL1'])
      const { answered, refused, status } = await untilNoRows(agent, 1 + at * 200)
      assert.ok(executions(stand, refused.sql) <= (status === 202 ? 1 : 0), 'what may be sent again has run nothing')
      free()
      const [read_, held_] = await Promise.all([agent.run(refused, inTime()), agent.outcome(id, inTime())])
      await people.stop()
      assert.deepEqual(
        [read_.status, held_.status],
        ['succeeded', 'succeeded'],
        JSON.stringify([read_, held_]).slice(0, 500),
      )
      for (const { id, body } of answered)
        assert.deepEqual((await agent.outcome(id, inTime())).body.rows, body.rows, 'what was answered is on record')
      assert.equal(read_.body.row_count, 1_001 + at * 200 + answered.length)
      for (const sql of [held.sql, refused.sql]) assert.equal(executions(stand, sql), 1, sql)
    }
  })
})
