import assert from 'node:assert/strict'
import test from 'node:test'
import type { Asker } from '#gateway/oncall/asker.ts'
import { home, pending } from '#gateway/oncall/look-ups.ts'
import type { Hold } from '#src/hold/hold.ts'
import type { Ports } from '#src/ports.ts'
import { people, sampleHold } from './sample-hold.ts'

/** A gateway on whose record all of these are held, for somebody who is asked about each. */
function holding(all: readonly Hold[]): [Ports, Asker] {
  const byId = (id: string) => all.find(hold => hold.id === id)
  const records = {
    session: async (id: string) => ({ state: 'held', events: [{ kind: 'held', at: 0, terms: byId(id)?.terms }] }),
    setting: async () => undefined,
  }
  const ports = {
    ...{ records, clock: { now: () => Date.now() } },
    holds: { fetch: async (id: string) => byId(id) },
    reviews: () => ({ verify: async () => undefined }),
    person: (id: string) => people.find(person => person.id === id),
  }
  const summaries = all.map(({ id }) => ({ id, agent: 'release-bot', kind: 'delete', tables: [], sql: '' }))
  const asker = {
    person: people[0],
    async find({ state, before, limit }: { state?: string; before?: string; limit: number }) {
      const from = summaries.findIndex(({ id }) => id === before) + 1
      return state === 'held' ? summaries.slice(from, from + limit) : []
    },
  }
  return [ports as unknown as Ports, asker as unknown as Asker]
}

const approved = Array.from({ length: 1_000 }, () => sampleHold({ hold: { state: 'approved' } }))
const waiting = (count: number) => Array.from({ length: count }, () => sampleHold())

for (const [count, shown, more] of [
  [0, 0, false],
  [20, 20, false],
  [21, 20, true],
] as const)
  test(`of ${count} that wait behind many that wait for their clients alone, ${shown} are listed`, async () => {
    const all = [...approved, ...waiting(count)]
    const expected = all.slice(approved.length, approved.length + shown).map(({ id }) => id)
    const listed = (await pending(...holding(all))).answer
    assert.deepEqual([listed.holds.map(({ id }) => id), listed.more], [expected, more])
    const { answer } = await home(...holding(all))
    assert.deepEqual([answer.waiting.map(({ id }) => id), answer.more], [expected, more])
  })
