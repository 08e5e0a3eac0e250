import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { Secret } from '#src/config/secret.ts'
import type { GatewayError } from '#src/errors.ts'
import type { HoldStore } from '#src/hold/hold-store.ts'
import { openHoldStore } from '#src/hold/open-hold-store.ts'
import { redisFindings } from '#src/hold/redis-requirements.ts'
import { principalKey } from '#src/principal.ts'
import { sha256 } from '#src/statement.ts'
import { type RedisServiceOptions, startRedis } from '#test/services/redis.ts'
import { sampleHold } from './sample-hold.ts'

const unavailable = { code: 'holds_unavailable' }
const redis = await startRedis({ own: true })
const stopping: (() => Promise<void>)[] = []
after(async () => {
  for (const stop of stopping.reverse()) await stop()
})
if (redis) stopping.push(redis.stop)

async function open(url: string, options: Parameters<typeof openHoldStore>[1] = {}): Promise<HoldStore> {
  const store = await openHoldStore(new Secret(url), options)
  stopping.push(() => store.close())
  return store
}

function admin(url: string): Redis {
  const client = new Redis(url)
  client.on('error', () => undefined)
  stopping.push(async () => client.disconnect())
  return client
}

/** A server with settings of its own, for one test. */
async function special(options: RedisServiceOptions): Promise<string> {
  const service = await startRedis(options)
  assert.ok(service)
  stopping.push(service.stop)
  return service.url
}

/** Calls until the store answers again; the test's own timeout bounds it. */
async function recovered(store: HoldStore): Promise<void> {
  for (;;) {
    try {
      await store.now()
      return
    } catch (error) {
      assert.equal((error as GatewayError).code, 'holds_unavailable')
    }
  }
}

describe('hold store: Redis and its faults', { skip: redis ? false : 'needs redis-server' }, () => {
  const url = redis?.url ?? ''

  test('listeners whose connections are cut miss nothing', { timeout: 20_000 }, async () => {
    const bot = await open(url)
    const gateway = await open(url)
    const stop = new AbortController()
    const changes = bot.changes(stop.signal)
    await bot.now()
    const expected = new Set<string>()
    const listening = (async () => {
      for await (const id of changes) if (expected.delete(id) && expected.size === 0) stop.abort()
    })()
    const holds = Array.from({ length: 60 }, () => sampleHold())
    for (const hold of holds) expected.add(hold.id)
    for (const [n, hold] of holds.entries()) {
      if (n % 20 === 10) await admin(url).call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      await recovered(gateway)
      await gateway.create(hold)
    }
    await listening
    assert.equal(expected.size, 0)
  })

  test('contents that were lost show in the epoch', async () => {
    const store = await open(url)
    const before = await store.epoch()
    await admin(url).flushall()
    assert.notEqual(await store.epoch(), before)
  })

  test('scripts that Redis forgot are sent again', async () => {
    const store = await open(url)
    await store.create(sampleHold())
    await admin(url).script('FLUSH')
    assert.equal(await store.create(sampleHold()), true)
  })

  test('every key of a deployment carries one hash tag, and two deployments do not meet', async () => {
    const [one, other] = [await open(url, { tenant: 'one' }), await open(url, { tenant: 'other' })]
    const client = admin(url)
    await client.flushall()
    const hold = sampleHold()
    await one.create(hold)
    await one.once('delivery', 60)
    await one.touch(hold.id, 60_000)
    await one.epoch()
    const keys = await client.keys('*')
    assert.ok(keys.length >= 7)
    for (const key of keys) assert.match(key, /^qw:\{one\}:/)
    assert.equal(await other.fetch(hold.id), undefined)
    assert.equal(await other.once('delivery', 60), true)
    await assert.rejects(open(url, { tenant: 'a}b' }))
  })

  test('what is not a hold is never given out as one', async () => {
    const store = await open(url)
    const client = admin(url)
    const [forged, sound] = [sampleHold(), sampleHold()]
    await store.create(forged)
    await store.create(sound)
    for (const body of ['{', 'null', '[]', JSON.stringify({ ...forged, id: sound.id }), '{"id":"x"}']) {
      await client.hset(`qw:{main}:hold:${forged.id}`, 'body', body)
      await assert.rejects(store.fetch(forged.id), { code: 'integrity' }, body)
      const listed = (await Array.fromAsync(store.list(['pending']))).map(({ id }) => id)
      assert.ok(listed.includes(sound.id) && !listed.includes(forged.id))
    }
  })

  test('what Redis let go of leaves the indexes too', async () => {
    const store = await open(url)
    const client = admin(url)
    const hold = sampleHold()
    await store.create(hold)
    await client.del(`qw:{main}:hold:${hold.id}`)
    await client.zadd('qw:{main}:garbage', Date.now() - 1, hold.id)
    assert.ok(!(await Array.fromAsync(store.list(['pending']))).some(({ id }) => id === hold.id))
    assert.equal(await client.zscore('qw:{main}:state:pending', hold.id), null)
    assert.ok((await client.pttl('qw:{main}:epoch')) < 0)
  })

  test('a hold is kept for a day after it expires, and no longer; its place as long where nobody ends it', async () => {
    const store = await open(url)
    const hold = sampleHold()
    await store.create(hold)
    const client = admin(url)
    const places = `qw:{main}:places:${sha256(principalKey(hold.terms.statement.principal))}`
    const place = Number(await client.zscore(places, hold.id)) - Date.now()
    for (const left of [await client.pttl(`qw:{main}:hold:${hold.id}`), await client.pttl(places), place])
      assert.ok(Math.abs(left - 25 * 3_600_000) < 60_000, `${left} ms`)
  })

  test('no error shows what was stored', async () => {
    const store = await open(url)
    const client = admin(url)
    const hold = sampleHold()
    await client.set(`qw:{main}:hold:${hold.id}`, 'not a hash')
    for (const call of [store.replace(hold, { ...hold, state: 'denied' }), store.fetch(hold.id)]) {
      await assert.rejects(call, (error: GatewayError) => {
        assert.equal(error.code, 'holds_unavailable')
        const seen = inspect(error, { depth: 10, showHidden: true })
        assert.ok(!seen.includes(hold.mac) && !seen.includes('DELETE FROM') && !seen.includes(hold.id), seen)
        return true
      })
    }
  })

  test('a Redis that evicts is refused, with the command that mends it', async () => {
    const store = await open(await special({ args: ['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'] }))
    await assert.rejects(store.check(), /redis-cli CONFIG SET maxmemory-policy noeviction/)
  })

  test('a Redis that is full refuses the hold instead of dropping another', async () => {
    const full = await special({ args: ['--maxmemory', '2mb', '--maxmemory-policy', 'noeviction'] })
    const store = await open(full)
    await store.check()
    const put: string[] = []
    const fill = async () => {
      for (;;) {
        const hold = { ...sampleHold(), reviews: ['x'.repeat(100_000)] }
        await store.create(hold)
        put.push(hold.id)
      }
    }
    await assert.rejects(fill(), unavailable)
    assert.ok(put.length > 0)
    for (const id of put) assert.ok(await store.fetch(id))
  })

  test('a replica is refused, a Redis without persistence only noted', async () => {
    const follower = await open(await special({ args: ['--replicaof', '127.0.0.1 1'] }))
    await assert.rejects(follower.check(), /name the primary/)
    const store = await open(await special({ args: ['--appendonly', 'no'] }))
    assert.match((await store.check()).join(), /CONFIG SET appendonly yes/)
  })

  test('what INFO does not say counts as wrong', () => {
    assert.equal(redisFindings('').refusals.length, 3)
    const sound = 'redis_version:7.2.4\r\nrole:master\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n'
    assert.deepEqual(redisFindings(sound), { refusals: [], warnings: [] })
    assert.match(redisFindings(sound.replace('7.2', '6.2')).refusals.join(), /too old/)
    assert.match(redisFindings(`${sound}aof_last_write_status:err\r\n`).refusals.join(), /free space/)
  })

  test('a Redis that dies fails closed at once, and serves again when it is back', { timeout: 20_000 }, async () => {
    const store = await open(url)
    const stop = new AbortController()
    const heard = store.changes(stop.signal)[Symbol.asyncIterator]()
    const next = heard.next()
    const kept = sampleHold()
    await store.create(kept)
    assert.equal((await next).value, kept.id)
    await redis?.own?.kill()
    const since = performance.now()
    await assert.rejects(store.fetch(kept.id), unavailable)
    await assert.rejects(store.replace(kept, { ...kept, state: 'denied' }), unavailable)
    await assert.rejects(store.check(), unavailable)
    assert.ok(performance.now() - since < 5_000)
    const hint = heard.next()
    await redis?.own?.restart()
    await recovered(store)
    const fresh = sampleHold()
    assert.equal(await store.create(fresh), true)
    assert.equal((await hint).value, fresh.id)
    stop.abort()
  })

  test('a Redis that hangs fails closed within 5 s', { timeout: 20_000 }, async () => {
    const store = await open(url)
    await store.now()
    await admin(url).call('CLIENT', 'PAUSE', '60000', 'ALL')
    const since = performance.now()
    await assert.rejects(store.once('click', 60), unavailable)
    assert.ok(performance.now() - since < 5_000)
    assert.ok(performance.now() - since > 1_000, 'the server was not paused')
  })
})
