import assert from 'node:assert/strict'
import test from 'node:test'
import type { Hold } from '#src/hold/hold.ts'
import { sampleHold } from './sample-hold.ts'
import { header, openWorld, shownText, type World, type WorldOptions } from './world.ts'

const second = 'C0ONCALL'
const bot = 'U0WARDEN'

/** Minutes pass for the bot with `pass`: what it knows of channels is some seconds old. */
interface Time {
  pass(milliseconds: number): void
}

function scenario(name: string, options: WorldOptions, run: (world: World, time: Time) => Promise<void>): void {
  test(name, async () => {
    let ahead = 0
    const clock = { now: () => Date.now() + ahead }
    const pass = (milliseconds: number) => {
      ahead += milliseconds
    }
    const world = await openWorld({ fallback: second, engineers: ['oncall-2@acme.example'], clock, ...options })
    try {
      await run(world, { pass })
      assert.deepEqual(world.slack.failures, [])
    } finally {
      await world.close()
    }
  })
}

const cardsIn = (world: World, hold: Hold, channel: string) =>
  world.cards(hold).filter(message => message.channel === channel)
const toldEngineer = (world: World) => world.slack.directMessages('U0ONCALL2').map(({ text }) => text)
const approveIn = async (world: World, hold: Hold, channel: string) => {
  const [card] = cardsIn(world, hold, channel)
  await world.slack.click('U0ONCALL1', channel, card?.ts ?? '', 'hold_approve')
}

/** A hold whose card was in the first channel when that was lost, and is in the second since. */
async function movedCard(world: World, time: Time): Promise<Hold> {
  const hold = await world.put(sampleHold())
  await world.card(hold)
  losses.is_archived?.(world, true)
  time.pass(61_000)
  // The claim of the first post runs out.
  world.ahead = 61_000
  await world.until(() => cardsIn(world, hold, second).length === 1, 'card in the second channel')
  return hold
}

/** It was tried once more since it was refused. */
const refusedAgain = (world: World, words: string) =>
  world.until(() => world.logged.filter(({ message }) => message === words).length > 1, 'second refusal')

const losses: Readonly<Record<string, (world: World, is: boolean) => void>> = {
  is_archived: ({ slack }, is) => slack.setArchived('C0APPROVALS', is),
  not_in_channel: ({ slack }, is) => slack.setMember('C0APPROVALS', bot, !is),
  channel_not_found: ({ slack }, is) => {
    slack.setMember('C0APPROVALS', bot, !is)
    Object.assign(slack.state.channel('C0APPROVALS') ?? {}, { isPrivate: is })
  },
  shared_channel: ({ slack }, is) => void Object.assign(slack.state.channel('C0APPROVALS') ?? {}, { isExtShared: is }),
}

for (const [why, lose] of Object.entries(losses))
  scenario(
    `${why}: cards go to the second channel, one engineer hears of it once, and then it is as before`,
    { bots: 2 },
    async (world, time) => {
      lose(world, true)
      const away = [await world.put(sampleHold()), await world.put(sampleHold())]
      for (const hold of away) assert.equal((await world.card(hold)).channel, second)
      await approveIn(world, away[0] ?? sampleHold(), second)
      await world.card(away[0] ?? sampleHold(), 'Approved')
      lose(world, false)
      time.pass(61_000)
      const back = await world.put(sampleHold())
      assert.equal((await world.card(back)).channel, 'C0APPROVALS')
      for (const hold of [...away, back]) assert.equal(world.cards(hold).length, 1)
      const [told = '', ...more] = toldEngineer(world)
      assert.match(told, new RegExp(`cannot post cards in <#C0APPROVALS> \\(${why}\\)\\. Cards go to <#C0ONCALL>`))
      assert.deepEqual(more, [])
    },
  )

scenario(
  'a card in a channel that is lost while people are asked moves; both are brought to its end',
  {},
  async (world, time) => {
    const hold = await movedCard(world, time)
    losses.is_archived?.(world, false)
    time.pass(61_000)
    await approveIn(world, hold, second)
    const ended = () => world.cards(hold).every(({ blocks }) => /Approved by oncall-1/.test(shownText(blocks)))
    await world.until(ended, 'end on both cards')
    assert.deepEqual(
      world
        .cards(hold)
        .map(({ channel }) => channel)
        .sort(),
      ['C0APPROVALS', second],
    )
  },
)

for (const why of ['is_archived', 'channel_not_found'])
  scenario(
    `${why}: a card whose hold ends meanwhile is brought to its end once that is over`,
    { fallback: '', refusedMilliseconds: 300 },
    async (world, time) => {
      const hold = await world.put(sampleHold())
      await world.card(hold)
      losses[why]?.(world, true)
      await world.move(hold, 'expired')
      await refusedAgain(world, 'a card could not be shown')
      losses[why]?.(world, false)
      time.pass(61_000)
      await world.card(hold, 'Expired')
    },
  )

scenario('so is one that was left behind in a lost channel', { refusedMilliseconds: 300 }, async (world, time) => {
  const hold = await movedCard(world, time)
  await approveIn(world, hold, second)
  await world.card(hold, 'Approved')
  await world.move(hold, 'expired')
  const expired = (channel: string) => cardsIn(world, hold, channel).some(card => header(card).startsWith('Expired'))
  await world.until(() => expired(second), 'end in the second channel')
  await refusedAgain(world, 'a card in another channel is not shown')
  losses.is_archived?.(world, false)
  time.pass(61_000)
  await world.until(() => expired('C0APPROVALS'), 'end in the first channel')
})

scenario('Slack refuses posts for a reason that it says nowhere else', {}, async world => {
  const hold = sampleHold()
  world.slack.setMember('C0APPROVALS', bot, true)
  await world.card(await world.put(sampleHold()))
  // What is known of the channel is some seconds old.
  world.slack.setMember('C0APPROVALS', bot, false)
  await world.put(hold)
  assert.equal((await world.card(hold)).channel, second)
})

scenario('a second outage is told again', {}, async (world, time) => {
  for (const outage of [1, 2]) {
    losses.is_archived?.(world, true)
    time.pass(61_000)
    const away = await world.put(sampleHold())
    assert.equal((await world.card(away)).channel, second)
    await world.until(() => toldEngineer(world).length === outage, `message ${outage}`)
    losses.is_archived?.(world, false)
    time.pass(61_000)
    assert.equal((await world.card(await world.put(sampleHold()))).channel, 'C0APPROVALS')
    // The claim of who tells runs out.
    world.ahead += 61_000
  }
})

for (const [what, options] of [
  ['without a second channel', { fallback: '' }],
  ['with a second channel that is lost too', { fallback: 'C0OLD' }],
] as const)
  scenario(
    `${what} it waits for the console, which is named, and the card comes late`,
    { consoleUrl: 'https://qw.example/console', ...options },
    async (world, time) => {
      if (what.startsWith('without')) losses.is_archived?.(world, true)
      else losses.not_in_channel?.(world, true)
      const hold = await world.put(sampleHold({ terms: { createdAt: Date.now() - 90_000 } }))
      await world.until(() => toldEngineer(world).length === 1, 'message')
      assert.match(toldEngineer(world)[0] ?? '', /decided in the console: https:\/\/qw\.example\/console/)
      assert.deepEqual(world.cards(hold), [])
      losses.is_archived?.(world, false)
      losses.not_in_channel?.(world, false)
      time.pass(61_000)
      assert.match(shownText((await world.card(hold)).blocks), /Posted late/)
      assert.equal(world.cards(hold).length, 1)
      assert.equal((await world.stored(hold)).state, 'pending')
    },
  )
