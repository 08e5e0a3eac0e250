import assert from 'node:assert/strict'
import test from 'node:test'
import { showReviewed } from '#bot/after-reviews.ts'
import { cardSeal } from '#bot/card-seal.ts'
import { ReleaseKeeper, type ReleasePorts } from '#bot/release-keeper.ts'
import type { Hold } from '#src/hold/hold.ts'
import { reviewKey, sampleHold } from './sample-hold.ts'
import { header, openWorld, shownText, type World, type WorldOptions } from './world.ts'

/* A channel may be shared with another organization after a message was posted there. */

const shared = 'C0APPROVALS'
const second = 'C0ONCALL'
const long = `delete from shop.orders where id in (${'4711, '.repeat(2_000)}1)`

async function inWorld(options: WorldOptions, run: (world: World) => Promise<void>): Promise<void> {
  const world = await openWorld(options)
  try {
    Object.assign(world.slack.state.channel(shared) ?? {}, { isExtShared: true })
    await run(world)
    assert.deepEqual(world.slack.failures, [])
  } finally {
    await world.close()
  }
}

/** A pending hold whose cards stand in these channels since before, and say what is old by now. */
function heldIn(world: World, channels: readonly string[]): Promise<Hold> {
  const hold = sampleHold({ statement: { sql: long } })
  const cards = channels.map(channel => {
    const { ts } = world.slack.state.add({ channel, user: 'U0WARDEN', text: 'a card' })
    const place = { team: 'T0DEMO', channel, ts }
    return { ...place, proof: cardSeal(reviewKey).proof(hold.id, place), shows: 0 }
  })
  return world.put({ ...hold, cards })
}

async function withdrawn(world: World, hold: Hold): Promise<void> {
  for (;;) {
    const stored = await world.stored(hold)
    if ((await world.holds.replace(stored, { ...stored, state: 'cancelled' })) === 'replaced') return
  }
}

/** All that a channel was ever shown in its one message. */
const shownIn = (world: World, channel: string) =>
  world.slack
    .messages(channel)
    .flatMap(({ text, blocks, history, files }) => [
      ...[...history, { text, blocks }].map(each => [each.text, shownText(each.blocks)].join(' ')),
      ...files.map(({ name }) => name),
    ])
    .filter(text => text.trim() !== 'a card')

for (const [where, channels] of [
  ['the card', [shared]],
  ['an earlier card', [second, shared]],
] as const)
  test(`${where} in a channel that became shared shows its state and its id, and gets no file`, () =>
    inWorld(channels.length > 1 ? { fallback: second } : {}, async world => {
      const hold = await heldIn(world, channels)
      const says = (word: string) => world.slack.messages(shared).some(message => header(message).startsWith(word))
      await world.until(() => says('Approval needed'), 'card')
      await withdrawn(world, hold)
      await world.until(() => says('Withdrawn'), 'its end')
      for (const text of shownIn(world, shared))
        assert.equal(text.replaceAll(hold.id, '').replaceAll(/Approval needed|Withdrawn|·|\s/g, ''), '')
      if (channels.length > 1) assert.match(shownIn(world, second).join('\n'), /release-bot.*delete from shop\.orders/s)
    }))

const id = '7F3K-9Q2M-X4TB'
const line = {
  id,
  receivedAt: 0,
  agent: 'release-bot',
  connection: 'shop',
  kind: 'delete',
  tables: [],
  rule: 'r',
  sql: 's',
}
const session = { ...line, state: 'completed' as const }
const reviewed = { by: 'oncall-1', comment: 'right, the queue was stuck', at: 1 }
const release = { by: 'oncall-2', reason: 'payments stand still', at: 0 }
const told = { channel: shared, ts: '1.1' }
const directory = { isShared: async (channel: string) => channel === shared }

test('a release is not reminded of in a channel that became shared, but announced in another', async () => {
  const said: string[] = []
  const stop = new AbortController()
  const gateway = {
    askAsBot: async (operation: string, body: { channel?: string }) => {
      if (operation === 'releases')
        return { releases: [{ session, release, summary: 's', needed: 'n', told: { ...told, at: 1 } }] }
      said.push(`told in ${body.channel}`)
      stop.abort()
      return {}
    },
  }
  const desk = {
    note: async ({ channel }: { channel: string }) => void said.push(`note in ${channel}`),
    isNoted: async () => false,
    find: async () => undefined,
    post: async (channel: string) => {
      said.push(`post in ${channel}`)
      return { channel, ts: '2.2' }
    },
  }
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const claims = { take: async () => true, sayOnce: (_key: string, { say }: { say: () => unknown }) => say() }
  const ports = {
    gateway,
    desk,
    directory,
    claims,
    log,
    links: { known: [] },
    channels: [shared, second],
    mention: 'here',
  }
  await new ReleaseKeeper(ports as unknown as ReleasePorts).run(10, stop.signal)
  assert.deepEqual(said, [`post in ${second}`, `told in ${second}`])
})

for (const [channel, words] of [
  [shared, /^Released alone, reviewed 7F3K-9Q2M-X4TB$/],
  [second, /payments stand still.*right, the queue was stuck/],
] as const)
  test(`who reviewed a release, and in which words, is shown in ${channel} as it may be`, async () => {
    const shown: string[] = []
    const update = async ({ blocks }: { blocks: unknown }) =>
      void shown.push(shownText(blocks).replaceAll(/\s+/g, ' ').trim())
    const ports = { client: { chat: { update } }, directory, links: { known: [] }, log: {} }
    const answer = { closed: true, session, release: { ...release, reviewed }, told: { ...told, channel } }
    await showReviewed(ports as unknown as Parameters<typeof showReviewed>[0], answer)
    assert.match(shown.join(), words)
  })
