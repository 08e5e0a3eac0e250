import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { RecordStore } from '#src/record/record-store.ts'
import type { SealedGrant } from '#src/record/stored-grant.ts'
import { claimed, sampleSession } from './sample-session.ts'

/** What every record store promises of grants. `open` gives a further instance on the same record. */
export function grantContract(name: string, open: () => Promise<RecordStore>): void {
  describe(`grants in the record store: ${name}`, () => {
    let one: RecordStore
    let other: RecordStore
    before(async () => {
      one = await open()
      other = await open()
    })
    after(() => Promise.all([one.close(), other.close()]))
    const now = 1_790_000_000_000

    /** A grant with the claim of the hold that it was given with. */
    async function give(changes: Partial<SealedGrant['grant']> = {}): Promise<SealedGrant> {
      const session = sampleSession()
      const grant = { id: session.id, scope: randomUUID(), at: now, until: now + 1000, uses: 3, by: ['p'], ...changes }
      const sealed = { grant, mac: 'f'.repeat(64) }
      await one.open(session, 'gateway-1')
      assert.equal(await one.claim(session.id, 'gateway-1', claimed('gateway-1'), sealed), true)
      return sealed
    }
    const use = (store: RecordStore, { grant: { id, uses } }: SealedGrant) =>
      store.open(sampleSession({ state: 'claimed' }), 'gateway-1', { id, uses })

    test('it is there with the claim, and nowhere else', async () => {
      const sealed = await give()
      const { scope, id } = sealed.grant
      assert.deepEqual(await other.grants({ scope, liveAt: now }), [{ ...sealed, used: 0 }])
      assert.deepEqual(await other.grants({ id, liveAt: now }), [{ ...sealed, used: 0 }])
      assert.deepEqual(await other.grants({ scope: randomUUID(), liveAt: now }), [])
      assert.deepEqual(await other.grants({ scope, liveAt: sealed.grant.until }), [])
    })

    test('of two gateways that claim a hold, the one that loses gives nothing', async () => {
      const session = sampleSession()
      await one.open(session, 'gateway-1')
      const grant = { id: session.id, scope: randomUUID(), at: now, until: now + 1000, uses: 3, by: ['p'] }
      const won = await Promise.all(
        [one, other].map((store, n) => store.claim(session.id, `${n}`, claimed(`${n}`), { grant, mac: `${n}` })),
      )
      assert.deepEqual(
        (await one.grants({ scope: grant.scope, liveAt: now })).map(({ mac }) => mac),
        [`${won.indexOf(true)}`],
      )
    })

    test('of 20 gateways that take the last uses at once, no more get one than there are, and only they have a session', async () => {
      const sealed = await give()
      const sessions = Array.from({ length: 20 }, () => sampleSession({ state: 'claimed' }))
      const { id, uses } = sealed.grant
      const taken = await Promise.all(
        sessions.map((session, n) => (n % 2 ? one : other).open(session, 'gateway-1', { id, uses })),
      )
      assert.equal(taken.filter(Boolean).length, 3)
      for (const [n, session] of sessions.entries())
        assert.equal((await one.session(session.id)) !== undefined, taken[n], `session ${n}`)
      assert.deepEqual(await other.grants({ id, liveAt: now }), [])
      assert.equal(await use(one, sealed), false)
    })

    test('uses are counted, and the rest is still to be had', async () => {
      const sealed = await give()
      assert.equal(await use(one, sealed), true)
      assert.equal(await use(other, sealed), true)
      assert.deepEqual(
        (await one.grants({ id: sealed.grant.id, liveAt: now })).map(({ used }) => used),
        [2],
      )
    })

    test('a session that there is already uses nothing', async () => {
      const sealed = await give()
      const { id, uses } = sealed.grant
      const session = sampleSession({ state: 'claimed' })
      assert.equal(await one.open(session, 'gateway-1', { id, uses }), true)
      assert.equal(await other.open(session, 'gateway-2', { id, uses }), false)
      assert.deepEqual(
        (await one.grants({ id, liveAt: now })).map(({ used }) => used),
        [1],
      )
    })

    test('revoked, it is used no more, and its session says so once', async () => {
      const sealed = await give()
      const { id } = sealed.grant
      const event = { kind: 'revoked', at: now, by: 'oncall-1', reason: 'enough' } as const
      const ended = await Promise.all([one, other, one].map(store => store.revokeGrant(id, event)))
      assert.equal(ended.filter(Boolean).length, 1)
      assert.equal(await use(other, sealed), false)
      assert.deepEqual(await other.grants({ id, liveAt: now }), [])
      const events = (await one.session(id))?.events ?? []
      assert.deepEqual(
        events.filter(({ kind }) => kind === 'revoked'),
        [event],
      )
      assert.equal(await one.revokeGrant(sampleSession().id, event), false)
    })

    test('the use of a grant that there is not opens nothing', async () => {
      const session = sampleSession({ state: 'claimed' })
      assert.equal(await one.open(session, 'gateway-1', { id: sampleSession().id, uses: 5 }), false)
      assert.equal(await other.session(session.id), undefined)
    })
  })
}
