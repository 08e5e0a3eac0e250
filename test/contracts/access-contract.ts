import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Access } from '#src/record/access.ts'
import type { NewSession, RecordStore, SessionQuery } from '#src/record/record-store.ts'
import { viewer } from '#src/record/viewer.ts'
import { sampleHold } from './sample-hold.ts'
import { claimed, sampleSession } from './sample-session.ts'

/** What every record store promises about who may see a session, and about the record of who looked. */
export function accessContract(name: string, open: () => Promise<RecordStore>): void {
  describe(`who sees and who looked: ${name}`, () => {
    let store: RecordStore
    let other: RecordStore
    const run = randomUUID()
    const [owner, onBehalfOf, group] = [`owner-${run}`, `behalf-${run}`, `group-${run}`]
    const sessions = ['a', 'b'].map(letter => owned(`${letter}-${run}`, letter === 'a' ? { owner, onBehalfOf } : {}))
    const ids = sessions.map(({ id }) => id)
    before(async () => {
      ;[store, other] = [await open(), await open()]
      for (const session of sessions) await store.open(session, 'gateway-1')
    })
    after(() => Promise.all([store.close(), other.close()]))
    /** Which of the two sessions. */
    const find = async (query: SessionQuery) =>
      (await other.find(query)).map(({ id }) => ids.indexOf(id)).filter(at => at >= 0)
    const seenBy = (viewers: string[], agents: string[] = []) => find({ visibleTo: { viewers, agents } })

    test('the owner and the person an agent acts for see its sessions; who is neither sees nothing', async () => {
      assert.deepEqual(await seenBy([viewer.owner(owner)]), [0])
      assert.deepEqual(await seenBy([viewer.owner(onBehalfOf), viewer.owner('x')]), [0])
      for (const stranger of [viewer.approver(owner), viewer.reviewer(owner), `owner:${owner}%`, owner, ''])
        assert.deepEqual(await seenBy([stranger]), [], stranger)
      assert.deepEqual(await seenBy([], []), [])
    })

    test('agents are seen by their whole name', async () => {
      assert.deepEqual(await seenBy([], [`b-${run}`]), [1])
      assert.deepEqual((await seenBy([viewer.owner(owner)], [`b-${run}`])).sort(), [0, 1])
      assert.deepEqual(await seenBy([], ['b', '%', `b-${run}' OR 1=1 --`]), [])
    })

    test('what may be seen is told by id as well, and every other filter still counts', async () => {
      const visibleTo = { agents: [], viewers: [viewer.owner(owner)] }
      assert.deepEqual(await find({ id: ids[0] ?? '', visibleTo }), [0])
      assert.deepEqual(await find({ id: ids[1] ?? '', visibleTo }), [])
      assert.deepEqual(await find({ visibleTo, agent: `b-${run}` }), [])
      assert.deepEqual(await find({ person: onBehalfOf }), [0])
    })

    test('a hold is for its approvers, and who took part sees it for good, once', async () => {
      const held = owned(`c-${run}`, {}, group)
      ids.push(held.id)
      await store.open(held, 'gateway-1')
      assert.deepEqual(await seenBy([viewer.approver(group)]), [2])
      const reviewer = viewer.reviewer(run)
      assert.deepEqual(await seenBy([reviewer]), [])
      const by = (event: ReturnType<typeof claimed>) =>
        event.kind === 'claimed'
          ? { ...event, reviews: event.reviews.map(each => ({ ...each, reviewer: run })) }
          : event
      assert.equal(await store.claim(held.id, 'gateway-1', by(claimed('gateway-1'))), true)
      assert.deepEqual(await seenBy([reviewer]), [2])
      const denied = { kind: 'denied', at: 1, code: 'review_denied', message: 'no' } as const
      const reviews = [{ reviewer: run, verdict: 'deny', place: 'slack', at: 1, jws: 'a.b.c' }] as const
      assert.equal(await store.conclude(held.id, ['claimed'], 'denied', [{ ...denied, reviews }]), true)
      assert.deepEqual(await seenBy([reviewer]), [2])
      assert.equal((await other.session(held.id))?.state, 'denied')
    })

    test('an agent is found by its name or its key, for whomever it acts', async () => {
      const key = `https://idp.test|a-${run}`
      assert.deepEqual(await find({ agent: `b-${run}`, agentKeys: [] }), [1])
      assert.deepEqual(await find({ agent: 'nobody', agentKeys: [key, 'x'] }), [0])
      assert.deepEqual((await find({ agent: `b-${run}`, agentKeys: [key] })).sort(), [0, 1])
    })

    test('sessions that cost more', async () => {
      const dear = sampleSession({ agent: `d-${run}`, events: [{ kind: 'estimated', at: 1, estimate: { cost: 2.5 } }] })
      await store.open(dear, 'gateway-1')
      const costOver = async (dollars: number) => other.find({ agent: `d-${run}`, costOver: dollars })
      assert.deepEqual(
        (await costOver(2.4)).map(({ cost }) => cost),
        [2.5],
      )
      assert.deepEqual(await costOver(2.5), [])
      assert.deepEqual(await find({ agent: `a-${run}`, costOver: 0 }), [])
    })

    test('what somebody wants ended is seen by every process, with the first who said so', async () => {
      const [first, second] = ids as [string, string]
      const kill = { kind: 'kill', at: 1, by: run, reason: 'runs away' } as const
      assert.deepEqual(await other.stops([first, second]), [])
      await store.append(first, [kill, { ...kill, by: 'later' }])
      const withdrawn = { kind: 'withdrawn', at: 2, by: run } as const
      await store.append(second, [withdrawn, kill])
      const stops = await other.stops([first, second, 'none'])
      assert.deepEqual(
        new Map(stops.map(({ id, stop }) => [id, stop])),
        new Map<string, object>([
          [first, kill],
          [second, withdrawn],
        ]),
      )
      assert.deepEqual(await other.stops([]), [])
    })

    test('who looked is on record for every process, newest first, as it was', async () => {
      const person = `person-${run}`
      const looks: Access[] = [
        { at: 10, person, action: 'find', asked: { text: "it's \u0000 ' OR 1=1", costOver: 2 }, found: 3 },
        { at: 20, person, action: 'show', session: ids[0] ?? '', found: 0 },
        { at: 15, person: `${person}-2`, action: 'pending', found: 1 },
      ]
      for (const look of looks) await store.logAccess(look)
      assert.deepEqual(await other.accesses({ person }), [looks[1], looks[0]])
      assert.deepEqual(await other.accesses({ person, since: 20 }), [looks[1]])
      assert.deepEqual(await other.accesses({ person, limit: 1 }), [looks[1]])
      assert.deepEqual(await other.accesses({ person: `${person}-2` }), [looks[2]])
    })
  })
}

function owned(agent: string, people: { owner?: string; onBehalfOf?: string }, group?: string): NewSession {
  const session = sampleSession({ agent })
  const [received] = session.events
  if (received?.kind !== 'received') throw new Error('the sample begins with its statement')
  const { statement } = received
  const principal = { ...statement.principal, ...people }
  const first = { ...received, statement: { ...statement, principal } }
  if (!group) return { ...session, events: [first] }
  const terms = { ...sampleHold().terms, statement: first.statement, approvers: [{ group, people: 1 }] }
  return { ...session, events: [first, { kind: 'held', at: 2, terms, mac: 'm' }] }
}
