import assert from 'node:assert/strict'
import test from 'node:test'
import { Claims } from '#bot/claims.ts'
import { GatewayError } from '#src/errors.ts'
import type { HoldStore } from '#src/hold/hold-store.ts'
import type { ReleaseToTell } from '#src/oncall/internal-shapes.ts'
import type { SlackLink } from '#src/record/slack-link.ts'
import { newSessionId } from '#src/statement.ts'
import { startFakeGateway } from './fake-gateway.ts'
import { people } from './sample-hold.ts'
import { openWorld } from './world.ts'

/** Longer than anything is claimed by a bot. */
const forever = 10 * 365 * 86_400
const session: ReleaseToTell['session'] = {
  id: newSessionId(),
  state: 'completed',
  ...{ receivedAt: 1, agent: 'release-bot', connection: 'analytics' },
  ...{ kind: 'update', tables: ['shop.orders'], rule: 'changes', sql: 'update shop.orders set status = 1' },
}

test('what somebody has claimed for ever in the hold store is said all the same, some minutes late and once', async () => {
  let ahead = 0
  let looks = 0
  const at = Date.now()
  const release = { by: 'oncall-1', reason: 'payments stand still', at }
  const due: ReleaseToTell[] = [{ session, release, summary: 'updates', needed: 'two' }]
  let link: SlackLink = { id: 'a'.repeat(64), team: 'T0DEMO', user: 'U0READER', person: 'reader-1', at }
  const gateway = await startFakeGateway({
    releases: () => {
      looks += 1
      return { releases: due }
    },
    announced: () => {
      due.pop()
      return {}
    },
    links: () => ({ links: [link] }),
    told: () => {
      link = { ...link, toldAt: at }
      return {}
    },
  })
  const world = await openWorld({
    ...{ gateway: gateway.address, consoleUrl: 'https://qw.example/console', start: false },
    people: [...people, { id: 'reader-1', name: 'reader-1', groups: [] }],
    clock: { now: () => Date.now() + ahead },
  })
  const alerts = () =>
    world.slack.messages('C0ONCALL').filter(({ blocks }) => JSON.stringify(blocks).includes(session.id))
  const toldOfLink = () => world.slack.directMessages('U0READER')
  const someLooks = () => {
    const before = looks
    return world.until(() => looks > before + 2, 'looks')
  }
  try {
    for (const key of [`release:${session.id}:0`, `tell-link:${link.id}`]) await world.holds.once(key, forever)
    await world.startBot()
    await someLooks()
    assert.deepEqual([alerts(), toldOfLink()], [[], []])
    ahead = 121_000
    await world.until(() => alerts().length > 0 && toldOfLink().length > 0, 'alert and message')
    await someLooks()
    assert.deepEqual([alerts().length, toldOfLink().length], [1, 1])
    assert.deepEqual(world.slack.failures, [])
  } finally {
    await world.close()
    await gateway.stop()
  }
})

test('several bots whose hold store is away do not speak at the same moment, so that all but the first find what was said', async () => {
  let now = 0
  const away = { once: () => Promise.reject(new GatewayError('holds_unavailable')) } as Partial<HoldStore> as HoldStore
  const bots = Array.from({ length: 8 }, (_, n) => new Claims(away, { now: () => now }, n / 8))
  const spoke = new Map<number, Claims[]>()
  for (; now <= 121_000; now += 10)
    for (const bot of bots) if (await bot.take('a')) spoke.set(now, [...(spoke.get(now) ?? []), bot])
  const first = Math.min(...spoke.keys())
  assert.ok(first > 60_000, 'while another that is at it may still have its claim')
  assert.equal(spoke.get(first)?.length, 1)
  assert.deepEqual(new Set([...spoke.values()].flat()), new Set(bots))
})

test('a bot that had its own turn meanwhile is patient anew with another that is at it', async () => {
  let now = 0
  const answers = [false, true, false, false]
  const holds = { once: async () => answers.shift() ?? false } as Partial<HoldStore> as HoldStore
  const claims = new Claims(holds, { now: () => now })
  const taken: boolean[] = []
  for (const at of [5_000, 61_000, 126_000, 250_000]) {
    now = at
    taken.push(await claims.take('a'))
  }
  assert.deepEqual(taken, [false, true, false, true])
})
