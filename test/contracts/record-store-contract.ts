import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { RecordStore } from '#src/record/record-store.ts'
import { cancelled, claimed, completed, sampleSession, submitting } from './sample-session.ts'

/** What every record store promises. `open` gives a further instance on the same record, as another gateway would have it. */
export function recordStoreContract(name: string, open: () => Promise<RecordStore>): void {
  describe(`record store: ${name}`, () => {
    let one: RecordStore
    let other: RecordStore
    before(async () => {
      one = await open()
      other = await open()
    })
    after(() => Promise.all([one.close(), other.close()]))
    const kindsOf = async (id: string) => (await other.session(id))?.events.map(({ kind }) => kind)

    test('a session is opened once, and every process reads it as it was', async () => {
      const session = sampleSession()
      assert.equal(await one.open(session, 'gateway-1'), true)
      assert.equal(await other.open({ ...session, events: [] }, 'gateway-2'), false)
      assert.deepEqual(await other.session(session.id), { id: session.id, state: 'held', events: session.events })
      assert.equal(await other.session(sampleSession().id), undefined)
    })

    test('text of any kind comes back as it was', async () => {
      const sql = 'SELECT \u0000 \ud800 \u{1f600} \u2028 \\ "\' $1 ?1'
      const session = sampleSession({ sql, agent: 'a\u0000b', events: [{ kind: 'cancelled', at: 1, by: sql }] })
      assert.equal(await one.open(session, 'gateway-1'), true)
      assert.deepEqual((await other.session(session.id))?.events, session.events)
      assert.equal((await other.find({ agent: 'a\u0000b' })).length, 1)
    })

    test('a session opened as claimed is claimed', async () => {
      const session = sampleSession({ state: 'claimed' })
      await one.open(session, 'gateway-1')
      assert.equal(await other.claim(session.id, 'gateway-2', claimed('gateway-2')), false)
      assert.equal(await other.append(session.id, [submitting('gateway-2')], { holder: 'gateway-2' }), false)
      assert.equal(await one.append(session.id, [submitting('gateway-1')], { holder: 'gateway-1' }), true)
      const open = await other.inState(['claimed'])
      assert.deepEqual(
        open.find(({ id }) => id === session.id),
        { id: session.id, state: 'claimed', holder: 'gateway-1' },
      )
    })

    test('of 100 that claim at once, one wins', async () => {
      const session = sampleSession()
      await one.open(session, 'gateway-0')
      const won = await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          (n % 2 ? one : other).claim(session.id, `gateway-${n}`, claimed(`gateway-${n}`)),
        ),
      )
      assert.equal(won.filter(Boolean).length, 1)
      const holder = `gateway-${won.indexOf(true)}`
      const record = await one.session(session.id)
      assert.equal(record?.state, 'claimed')
      assert.deepEqual(
        record?.events.filter(({ kind }) => kind === 'claimed').map(event => 'by' in event && event.by),
        [holder],
      )
      assert.equal((await one.inState(['claimed'])).find(({ id }) => id === session.id)?.holder, holder)
    })

    test('only what is held can be claimed', async () => {
      for (const state of ['denied', 'expired', 'cancelled', 'unknown', 'completed', 'failed'] as const) {
        const session = sampleSession({ state })
        await one.open(session, 'gateway-1')
        assert.equal(await one.claim(session.id, 'gateway-1', claimed('gateway-1')), false, state)
        assert.equal(await one.append(session.id, [cancelled], { holder: 'gateway-1' }), false, state)
      }
      assert.equal(await one.claim(sampleSession().id, 'gateway-1', claimed('gateway-1')), false)
    })

    test('a session ends up claimed or cancelled, never both', async () => {
      const sessions = Array.from({ length: 20 }, () => sampleSession())
      for (const session of sessions) await one.open(session, 'gateway-1')
      for (const { id } of sessions) {
        const [claim, conclusion] = await Promise.all([
          one.claim(id, 'gateway-1', claimed('gateway-1')),
          other.conclude(id, ['held'], 'cancelled', [cancelled]),
        ])
        assert.notEqual(claim, conclusion)
        assert.equal(await one.append(id, [submitting('gateway-1')], { holder: 'gateway-1' }), claim)
      }
    })

    test('events keep the order in which they were appended, from wherever they come', async () => {
      const session = sampleSession({ events: [] })
      await one.open(session, 'gateway-1')
      const by = (n: number) => ({ ...cancelled, by: `${n}` })
      await one.append(session.id, [by(0), by(1), by(2)])
      await other.append(session.id, [by(3)])
      await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 ? one : other).append(session.id, [by(n), by(n)])))
      const order = (await one.session(session.id))?.events.map(event => 'by' in event && event.by) ?? []
      assert.deepEqual(order.slice(0, 4), ['0', '1', '2', '3'])
      assert.equal(order.length, 84)
      for (let n = 4; n < 84; n += 2) assert.equal(order[n], order[n + 1])
      assert.equal(await one.append(sampleSession().id, [cancelled]), false)
    })

    test('a conclusion moves once, from the states it names, and says why', async () => {
      const session = sampleSession({ state: 'claimed' })
      await one.open(session, 'gateway-1')
      assert.equal(await one.conclude(session.id, ['held'], 'cancelled', [cancelled]), false)
      const answers = await Promise.all(
        [1, 2, 3].map(n => (n % 2 ? one : other).conclude(session.id, ['claimed'], 'completed', [completed(n)])),
      )
      assert.equal(answers.filter(Boolean).length, 1)
      assert.deepEqual(await kindsOf(session.id), ['received', 'completed'])
      assert.equal((await one.session(session.id))?.state, 'completed')
      assert.equal(await one.conclude(sampleSession().id, ['held'], 'failed', []), false)
      for (const state of ['held', 'claimed'] as const) {
        await assert.rejects(one.conclude(session.id, ['completed'], state, []), { code: 'internal' })
      }
    })

    test('a claim passes on only when its holder is dead, to one, and shuts the old holder out', async () => {
      const session = sampleSession({ state: 'claimed' })
      const [dead, heir] = [`gateway-${randomUUID()}`, `gateway-${randomUUID()}`]
      await one.heartbeat(dead)
      await one.open(session, dead)
      assert.equal(await other.takeOver(session.id, dead, heir, 60_000), false)
      assert.equal(await other.takeOver(session.id, 'gateway-x', heir, 0), false)
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, n) => (n % 2 ? one : other).takeOver(session.id, dead, `${heir}${n}`, 0)),
      )
      assert.equal(answers.filter(Boolean).length, 1)
      const holder = `${heir}${answers.indexOf(true)}`
      assert.equal(await one.append(session.id, [submitting(dead)], { holder: dead }), false)
      assert.equal(await other.append(session.id, [submitting(holder)], { holder }), true)
      assert.deepEqual(await kindsOf(session.id), ['received', 'submitting'])
      const concluded = (holder: string) =>
        one.conclude(session.id, ['claimed'], 'completed', [completed(1)], { holder })
      assert.equal(await concluded(dead), false)
      assert.deepEqual(await kindsOf(session.id), ['received', 'submitting'])
      assert.equal(await concluded(holder), true)
      assert.deepEqual(await kindsOf(session.id), ['received', 'submitting', 'completed'])
    })

    test('a gateway that claimed a moment ago is not dead, though it was never seen', async () => {
      const session = sampleSession({ state: 'claimed' })
      await one.open(session, 'gateway-new')
      assert.equal(await other.takeOver(session.id, 'gateway-new', 'gateway-2', 60_000), false)
    })

    test('while one takes over, the old holder’s append is either before it or refused', async () => {
      for (let round = 0; round < 10; round++) {
        const session = sampleSession({ state: 'claimed' })
        await one.open(session, 'old')
        const [taken] = await Promise.all([
          other.takeOver(session.id, 'old', 'new', 0).then(async won => {
            if (won) await other.append(session.id, [submitting('new')], { holder: 'new' })
            return won
          }),
          one.append(session.id, [submitting('old')], { holder: 'old' }),
        ])
        assert.equal(taken, true)
        const writers = (await one.session(session.id))?.events.flatMap(event => ('by' in event ? [event.by] : []))
        assert.equal(writers?.at(-1), 'new')
      }
    })

    test('lists what is in a state, oldest first', async () => {
      const sessions = [3, 1, 2].map(n => sampleSession({ state: 'unknown', receivedAt: n }))
      for (const session of sessions) await one.open(session, 'gateway-1')
      const listed = (await other.inState(['unknown', 'held'])).slice(0, 3)
      assert.deepEqual(
        listed,
        [1, 2, 0].map(n => ({ id: sessions[n]?.id, state: 'unknown' })),
      )
      assert.deepEqual(await other.inState([]), [])
    })

    test('lists all that is in a state, however much there is', async () => {
      const sessions = Array.from({ length: 1_001 }, () => sampleSession({ state: 'unknown', receivedAt: 4 }))
      await Promise.all(sessions.map(session => one.open(session, 'gateway-1')))
      const listed = new Set((await other.inState(['unknown'])).map(({ id }) => id))
      assert.ok(sessions.every(({ id }) => listed.has(id)))
    })

    test('settings are swapped, never overwritten', async () => {
      const key = randomUUID()
      assert.equal(await one.setting(key), undefined)
      assert.equal(await one.putSetting(key, 'a', 'b'), false)
      assert.equal(await one.putSetting(key, undefined, 'a'), true)
      assert.equal(await other.putSetting(key, undefined, 'b'), false)
      assert.equal(await other.putSetting(key, 'x', 'b'), false)
      assert.equal(await other.putSetting(key, 'a', 'b'), true)
      assert.equal(await one.setting(key), 'b')
    })

    test('a closed store refuses', async () => {
      const store = await open()
      const pending = store.open(sampleSession(), 'gateway-1')
      await store.close()
      await store.close()
      assert.equal(await pending, true)
      const unavailable = { code: 'record_unavailable' }
      await assert.rejects(store.open(sampleSession(), 'gateway-1'), unavailable)
      await assert.rejects(store.session('x'), unavailable)
      await assert.rejects(store.heartbeat('gateway-1'), unavailable)
    })
  })
}
