import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { EventOf } from '#src/record/event.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { viewer } from '#src/record/viewer.ts'
import { claimed, completed, sampleSession } from './sample-session.ts'

const reviewed = (by: string): EventOf<'reviewed'> => ({ kind: 'reviewed', at: 9, by, comment: 'as it had to be' })

/** What every record store promises of the reviews that releases open. `open` gives a further instance on the same record. */
export function afterReviewContract(name: string, open: () => Promise<RecordStore>): void {
  describe(`reviews afterwards in the record store: ${name}`, () => {
    let one: RecordStore
    let other: RecordStore
    before(async () => {
      one = await open()
      other = await open()
    })
    after(() => Promise.all([one.close(), other.close()]))

    const run = async (verdict: 'approve' | 'release') => {
      const session = sampleSession()
      const claim = claimed('gateway-1') as EventOf<'claimed'>
      await one.open(session, 'gateway-1')
      const reviews = claim.reviews.map(review => ({ ...review, verdict }))
      assert.equal(await one.claim(session.id, 'gateway-1', { ...claim, reviews }), true)
      return session
    }
    const isOpen = async (id: string) => (await other.find({ id, openReview: true })).length === 1

    test('a claim by release opens one, a claim by approval none', async () => {
      assert.equal(await isOpen((await run('release')).id), true)
      const approved = await run('approve')
      assert.equal(await isOpen(approved.id), false)
      assert.equal(await other.closeReview(approved.id, reviewed('oncall-2')), false)
      assert.equal((await other.session(approved.id))?.events.at(-1)?.kind, 'claimed')
    })

    test('it outlives the end of the session, and other filters still count', async () => {
      const { id, agent } = await run('release')
      await one.conclude(id, ['claimed'], 'completed', [completed(3)])
      assert.equal(await isOpen(id), true)
      assert.equal((await other.find({ id, agent, openReview: true, state: 'completed' })).length, 1)
      assert.equal((await other.find({ id, openReview: true, state: 'failed' })).length, 0)
      const stranger = { agents: [], viewers: [viewer.owner('nobody')] }
      assert.equal((await other.find({ id, openReview: true, visibleTo: stranger })).length, 0)
    })

    test('of many that close it at once one does, and the record has that one alone', async () => {
      const { id } = await run('release')
      await one.conclude(id, ['claimed'], 'completed', [completed(3)])
      const closed = await Promise.all(
        Array.from({ length: 20 }, (_, n) => (n % 2 ? one : other).closeReview(id, reviewed(`oncall-${n}`))),
      )
      assert.equal(closed.filter(Boolean).length, 1)
      assert.equal(await isOpen(id), false)
      const record = await other.session(id)
      assert.equal(record?.state, 'completed')
      assert.deepEqual(
        record?.events.filter(({ kind }) => kind === 'reviewed'),
        [reviewed(`oncall-${closed.indexOf(true)}`)],
      )
    })

    test('what was said of it is remembered until it is closed', async () => {
      const { id } = await run('release')
      const mine = async (toldBefore: number) =>
        (await other.openReviews({ toldBefore, limit: 1_000 })).find(({ session }) => session === id)
      const fresh = await mine(1)
      assert.deepEqual(fresh, { session: id, openedAt: fresh?.openedAt })
      assert.ok((fresh?.openedAt ?? 0) > 0)
      const told = { at: 1_000, channel: 'C1', ts: '1.2' }
      assert.equal(await one.markReviewTold(id, told), true)
      assert.deepEqual((await other.openReview(id))?.told, told)
      assert.equal(await mine(1_000), undefined)
      assert.deepEqual((await mine(1_001))?.told, told)
      assert.equal((await other.openReviews({ toldBefore: 1_001, limit: 1 })).length, 1)
      await one.closeReview(id, reviewed('oncall-2'))
      assert.equal(await other.markReviewTold(id, told), false)
      assert.deepEqual([await other.openReview(id), await mine(1_001)], [undefined, undefined])
    })

    test('who lost the claim opens nothing', async () => {
      const session = await run('approve')
      const claim = claimed('gateway-2') as EventOf<'claimed'>
      const released = { ...claim, reviews: claim.reviews.map(review => ({ ...review, verdict: 'release' as const })) }
      assert.equal(await other.claim(session.id, 'gateway-2', released), false)
      assert.equal(await isOpen(session.id), false)
    })
  })
}
