import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { RecordStore } from '#src/record/record-store.ts'
import type { SlackLink } from '#src/record/slack-link.ts'

/** What every record store promises of links to Slack accounts. `open` gives a further instance on the same record. */
export function slackLinkContract(name: string, open: () => Promise<RecordStore>): void {
  describe(`links to Slack accounts in the record store: ${name}`, () => {
    let one: RecordStore
    let other: RecordStore
    before(async () => {
      one = await open()
      other = await open()
    })
    after(() => Promise.all([one.close(), other.close()]))
    const run = randomUUID()
    const link = (user: string, person: string, id: string = randomUUID()): SlackLink => ({
      ...{ id, team: `T${run}`, user, person: `${person}-${run}`, at: 1_790_000_000_000 },
    })
    const stored = async () => (await other.links()).filter(({ team }) => team === `T${run}`)

    test('every process sees a link at once; account and person have one each', async () => {
      const first = link('U1', 'oncall-1')
      assert.equal(await one.link(first), true)
      assert.deepEqual(await stored(), [first])
      assert.equal(await other.link(link('U1', 'oncall-2')), false)
      assert.equal(await other.link(link('U2', 'oncall-1')), false)
      assert.equal(await one.link({ ...link('U1', 'oncall-3'), team: `E${run}` }), true)
      assert.deepEqual(await stored(), [first])
    })

    test('of many at the same moment one takes, whoever asks', async () => {
      const id = randomUUID()
      const all = [one, other, one, other].map((store, at) => store.link(link(`U5${at}`, `racer-${at}`, id)))
      assert.deepEqual((await Promise.all(all)).filter(Boolean), [true])
      const accounts = [one, other, one, other].map((store, at) => store.link(link('U6', `late-${at}`)))
      assert.deepEqual((await Promise.all(accounts)).filter(Boolean), [true])
    })

    test('what has ended is gone, and its id makes no second link', async () => {
      const made = link('U7', 'oncall-7')
      assert.equal(await one.link(made), true)
      assert.equal(await one.unlink({ team: 'Telsewhere', user: 'U7' }, 2), false)
      assert.equal(await other.unlink(made, 2), true)
      assert.equal(await one.unlink(made, 3), false)
      assert.equal((await stored()).length, 3)
      assert.equal(await one.link(made), false)
      assert.equal(await one.link(link('U7', 'oncall-8')), true)
    })

    test('an account hears of its link once', async () => {
      const made = link('U9', 'oncall-9')
      await one.link(made)
      const marks = await Promise.all([one, other].map(store => store.markLinkTold(made.id, 5)))
      assert.deepEqual(marks.sort(), [false, true])
      assert.equal((await stored()).find(({ id }) => id === made.id)?.toldAt, 5)
      assert.equal(await one.markLinkTold(randomUUID(), 5), false)
    })
  })
}
