import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type Hold, type HoldState, holdStates, mayMove } from '#src/hold/hold.ts'
import { type HoldStore, type KeepOptions, maxKeptBytes } from '#src/hold/hold-store.ts'
import { principalKey } from '#src/principal.ts'
import { sampleHold } from './sample-hold.ts'

/** What every hold store promises. `open` gives a further instance on the same holds, as another process would have it. */
export function holdStoreContract(name: string, open: () => Promise<HoldStore>): void {
  describe(`hold store: ${name}`, () => {
    let gateway: HoldStore
    let bot: HoldStore
    before(async () => {
      gateway = await open()
      bot = await open()
    })
    after(() => Promise.all([gateway.close(), bot.close()]))

    test('is fit for use', async () => assert.deepEqual(await gateway.check(), []))

    test('a hold is put once and read back as it was, by every process', async () => {
      const hold = sampleHold()
      assert.equal(await gateway.create(hold), true)
      assert.equal(await bot.create({ ...hold, mac: 'other' }), false)
      assert.deepEqual(await bot.fetch(hold.id), hold)
      assert.equal(await bot.fetch(sampleHold().id), undefined)
    })

    test('a replace counts the version and keeps everything else', async () => {
      const hold = sampleHold()
      await gateway.create(hold)
      const card = { team: 'T1', channel: 'C1', ts: '1.1', proof: 'p', shows: 1 }
      assert.equal(await bot.replace(hold, { ...hold, cards: [card] }), 'replaced')
      assert.deepEqual(await gateway.fetch(hold.id), { ...hold, version: 2, cards: [card] })
    })

    test('whether a hold has changed is told by its hash', async () => {
      const hold = sampleHold()
      assert.equal(await bot.storedHash(hold.id), undefined)
      await gateway.create(hold)
      const first = await bot.storedHash(hold.id)
      assert.match(String(first), /^[0-9a-f]{64}$/)
      assert.equal(await gateway.storedHash(hold.id), first)
      await gateway.replace(hold, { ...hold, state: 'approved' })
      assert.notEqual(await bot.storedHash(hold.id), first)
    })

    test('of 100 who decide at once, one wins', async () => {
      const hold = sampleHold()
      await gateway.create(hold)
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          (n % 2 ? gateway : bot).replace(hold, { ...hold, state: n % 3 ? 'approved' : 'denied', reviews: [`r${n}`] }),
        ),
      )
      const winner = answers.indexOf('replaced')
      assert.equal(answers.filter(answer => answer === 'conflict').length, 99)
      assert.deepEqual((await bot.fetch(hold.id))?.reviews, [`r${winner}`])
    })

    test('only legal moves are made', async () => {
      for (const from of holdStates) {
        for (const to of holdStates) {
          const hold = sampleHold({ state: from })
          await gateway.create(hold)
          const expected = from === to || mayMove(from, to) ? 'replaced' : 'conflict'
          assert.equal(await bot.replace(hold, { ...hold, state: to }), expected, `${from} to ${to}`)
        }
      }
    })

    test('a replace of what was never put, of an old version or of another state conflicts', async () => {
      const hold = sampleHold()
      assert.equal(await gateway.replace(hold, { ...hold, state: 'denied' }), 'conflict')
      await gateway.create(hold)
      assert.equal(await gateway.replace(hold, { ...sampleHold(), state: 'denied' }), 'conflict')
      assert.equal(await gateway.replace({ ...hold, state: 'approved' }, { ...hold, state: 'executing' }), 'conflict')
      await gateway.replace(hold, { ...hold, reviews: ['r'] })
      assert.equal(await gateway.replace(hold, { ...hold, state: 'denied' }), 'conflict')
    })

    test('the store’s clock decides what is late', async () => {
      const hold = sampleHold()
      await gateway.create(hold)
      const now = await gateway.now()
      assert.ok(Math.abs(now - Date.now()) < 60_000)
      const approved = { ...hold, state: 'approved' as const }
      for (const before of [now, now - 1, 0, -1]) assert.equal(await bot.replace(hold, approved, { before }), 'late')
      assert.equal((await bot.fetch(hold.id))?.state, 'pending')
      assert.equal(await bot.replace(hold, approved, { before: now + 60_000 }), 'replaced')
      assert.equal(await bot.replace(hold, approved, { before: now }), 'conflict')
    })

    test('the same statement of the same principal is found while it waits, for people or for its client', async () => {
      const digest = randomUUID()
      const first = sampleHold({ agent: 'agent-7', digest, createdAt: Date.now() - 5 })
      const second = sampleHold({ agent: 'agent-7', digest })
      const owner = principalKey(first.terms.statement.principal)
      assert.equal(await bot.findWaiting(owner, digest), undefined)
      await gateway.create(second)
      await gateway.create(first)
      assert.equal(await bot.findWaiting(owner, digest), first.id)
      assert.equal(await bot.findWaiting(owner, randomUUID()), undefined)
      assert.equal(await bot.findWaiting(`${owner}x`, digest), undefined)
      await bot.replace(first, { ...first, state: 'cancelled' })
      assert.equal(await gateway.findWaiting(owner, digest), second.id)
      await bot.replace(second, { ...second, state: 'approved' })
      assert.equal(await gateway.findWaiting(owner, digest), second.id)
      const approved = await bot.fetch(second.id)
      assert.ok(approved)
      await bot.replace(approved, { ...approved, state: 'executing' })
      assert.equal(await gateway.findWaiting(owner, digest), undefined)
    })

    test('of many that come at once, as many have a place as there are, and no more', async () => {
      const agent = `agent-${randomUUID()}`
      const burst = Array.from({ length: 100 }, () => sampleHold({ agent }))
      const owner = principalKey(sampleHold({ agent }).terms.statement.principal)
      const reserve = async (hold: Hold, n: number) =>
        (await (n % 2 ? gateway : bot).reserve(hold.id, owner, 60)) ? [hold] : []
      const placed = (await Promise.all(burst.map(reserve))).flat()
      assert.equal(placed.length, 60)
      const [first, second, third] = placed
      assert.ok(first && second && third)
      for (const hold of [first, second]) await gateway.create(hold)
      const late = sampleHold({ agent })
      const refused = async (what: string) => assert.equal(await bot.reserve(late.id, owner, 60), false, what)
      await refused('a place is kept when its hold is put')
      assert.equal(await bot.reserve(second.id, owner, 60), true, 'who has one already needs no other')
      assert.equal(await bot.reserve(third.id, owner, 60), true)
      await refused('and it is still the same')
      assert.equal(await bot.reserve(late.id, `${owner}x`, 1), true, 'others have their own')
      await bot.replace(first, { ...first, reviews: ['r'] })
      await refused('a review alone frees nothing')
      await bot.replace({ ...first, version: 2 }, { ...first, state: 'approved' })
      assert.equal(await gateway.reserve(late.id, owner, 60), true)
    })

    test('lists holds of the states asked for, oldest first', async () => {
      const holds = [3, 1, 2].map(n => sampleHold({ createdAt: n, state: n === 1 ? 'unknown' : 'executing' }))
      for (const hold of holds) await gateway.create(hold)
      const mine = (listed: { id: string }[]) =>
        listed.map(({ id }) => holds.findIndex(hold => hold.id === id)).filter(n => n >= 0)
      const listed = async (...states: HoldState[]) => mine(await Array.fromAsync(bot.list(states)))
      assert.deepEqual(await listed('executing', 'unknown'), [1, 2, 0])
      assert.deepEqual(await listed('executing'), [2, 0])
      assert.deepEqual(await listed(), [])
      const idsOf = async (...states: HoldState[]) => mine((await bot.ids(states)).map(id => ({ id })))
      assert.deepEqual(await idsOf('executing', 'unknown'), [1, 2, 0])
      assert.deepEqual([await idsOf('unknown'), await idsOf()], [[1], []])
      const [hold] = holds
      if (hold) await gateway.replace(hold, { ...hold, state: 'completed' })
      assert.deepEqual(await listed('executing', 'unknown'), [1, 2])
    })

    test('however many there are, the newest is listed, and what moves meanwhile is not', async () => {
      const holds = Array.from({ length: 1_001 }, (_, n) => sampleHold({ createdAt: n, state: 'unknown' }))
      for (const hold of holds) await gateway.create(hold)
      const [oldest, newest] = [holds[0], holds.at(-1)]
      const listed: string[] = []
      for await (const { id } of bot.list(['unknown'])) {
        if (id === oldest?.id && newest) await gateway.replace(newest, { ...newest, state: 'completed' })
        listed.push(id)
      }
      const mine = holds.map(({ id }) => String(id)).filter(id => listed.includes(id))
      assert.deepEqual(
        mine,
        holds.slice(0, -1).map(({ id }) => id),
      )
      assert.equal(new Set(listed).size, listed.length)
      assert.ok(listed.includes(holds[999]?.id ?? ''))
    })

    test('long expired holds are put and listed all the same', async () => {
      const states: HoldState[] = ['pending']
      const hold = sampleHold({ createdAt: 10, expiresAt: 20 })
      await gateway.create(hold)
      assert.ok((await Array.fromAsync(bot.list(states))).some(({ id }) => id === hold.id))
      assert.equal(await bot.replace(hold, { ...hold, state: 'expired' }), 'replaced')
    })

    test('changes reach another process, until it stops listening', { timeout: 10_000 }, async () => {
      const stop = new AbortController()
      const changes = bot.changes(stop.signal)[Symbol.asyncIterator]()
      const first = changes.next()
      await bot.now()
      const hold = sampleHold()
      await gateway.create(hold)
      assert.deepEqual(await first, { done: false, value: hold.id })
      const second = changes.next()
      await gateway.replace(hold, { ...hold, state: 'denied' })
      assert.deepEqual(await second, { done: false, value: hold.id })
      const last = changes.next()
      stop.abort()
      assert.equal((await last).done, true)
    })

    test('keeps a text for every process until it is replaced, forgotten or too old', { timeout: 10_000 }, async () => {
      const [key, other] = [randomUUID(), randomUUID()]
      assert.equal(await bot.kept(key), undefined)
      await gateway.keep(key, 'one', 60)
      await gateway.keep(other, 'other', 60)
      assert.equal(await bot.kept(key), 'one')
      assert.equal(await bot.keep(key, 'two', 60, { instead: 'one' }), true)
      assert.equal(await bot.keep(key, 'three', 60, { instead: 'one' }), false)
      assert.equal(await gateway.kept(key), 'two')
      await gateway.forget(key)
      assert.equal(await bot.keep(key, 'three', 60, { instead: 'two' }), false)
      assert.deepEqual([await bot.kept(key), await bot.kept(other)], [undefined, 'other'])
      await bot.forget(key)
      await bot.keep(key, 'short', 1)
      while ((await gateway.kept(key)) !== undefined) await new Promise(resolve => setImmediate(resolve))
    })

    test('keeps no more of one owner than there is room for, and no less of anybody else', {
      timeout: 60_000,
    }, async () => {
      const [owner, other] = [randomUUID(), randomUUID()]
      const quarter = 'x'.repeat(maxKeptBytes / 4)
      const keep = (key: string, text = quarter, more: KeepOptions = {}) =>
        gateway.keep(key, text, 60, { owner, ...more })
      for (const key of [1, 2, 3, 4]) await keep(`${owner} ${key}`)
      await assert.rejects(keep(`${owner} 5`, 'x'), { code: 'too_many' })
      await assert.rejects(keep(`${owner} 4`, `${quarter}x`, { instead: quarter }), { code: 'too_many' })
      assert.equal(await keep(`${owner} 4`, 'shorter', { instead: quarter }), true)
      assert.equal(await keep(`${owner} 5`, 'x'), true)
      assert.equal(await bot.kept(`${owner} 4`), 'shorter')
      assert.equal(await gateway.keep(other, 'x', 60, { owner: other }), true)
      assert.equal(await bot.keep(`${other} ours`, 'x', 60), true)
      await bot.forget(`${owner} 3`, owner)
      assert.equal(await gateway.keep(`${owner} 6`, 'x'.repeat(maxKeptBytes / 8), 1, { owner }), true)
      while ((await gateway.kept(`${owner} 6`)) !== undefined) await new Promise(resolve => setImmediate(resolve))
      assert.equal(await keep(`${owner} 7`), true)
      for (const key of [1, 2, 4, 5, 7]) await gateway.forget(`${owner} ${key}`, owner)
    })

    test('knows for how long somebody waits', { timeout: 10_000 }, async () => {
      const { id } = sampleHold()
      assert.equal(await bot.isAwaited(id), false)
      await gateway.touch(id, 1_500)
      await gateway.touch(id, 20)
      assert.equal(await bot.isAwaited(id), true)
      const since = performance.now()
      while (await bot.isAwaited(id)) await new Promise(resolve => setImmediate(resolve))
      assert.ok(performance.now() - since > 500, 'a shorter wait must not shorten a longer one')
    })

    test('a delivery that comes many times is taken once', async () => {
      const key = `click ${randomUUID()} ${'x'.repeat(5_000)}`
      const taken = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? gateway : bot).once(key, 60)))
      assert.equal(taken.filter(Boolean).length, 1)
      assert.equal(await bot.once(`${key} again`, 60), true)
    })

    test('the epoch is one word for every process', async () => {
      const words = await Promise.all([gateway.epoch(), bot.epoch(), gateway.epoch()])
      assert.equal(new Set(words).size, 1)
      assert.match(words[0] ?? '', /^[0-9a-f]{32}$/)
    })

    test('a closed store refuses', async () => {
      const store = await open()
      const listening = store.changes(new AbortController().signal)[Symbol.asyncIterator]().next()
      await store.close()
      await store.close()
      assert.equal((await listening).done, true)
      const hold = sampleHold()
      const unavailable = { code: 'holds_unavailable' }
      await assert.rejects(store.create(hold), unavailable)
      await assert.rejects(store.fetch(hold.id), unavailable)
      await assert.rejects(store.replace(hold, hold), unavailable)
      await assert.rejects(store.once('key', 1), unavailable)
      await assert.rejects(store.now(), unavailable)
    })
  })
}
