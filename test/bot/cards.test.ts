import assert from 'node:assert/strict'
import type { Hold, HoldState } from '#src/hold/hold.ts'
import { sampleHold, sampleReview, signed } from './sample-hold.ts'
import { channel, header, inWorld as scenario, shownText, type World } from './world.ts'

/** Posts another hold and waits for its card: by then everything before it was worked off. */
async function afterwards(world: World): Promise<void> {
  const later = await world.put(sampleHold())
  await world.card(later)
  await world.move(later, 'cancelled')
  await world.card(later, 'Withdrawn')
}

function shows(world: World, words: string): Promise<unknown> {
  return world.slack.waitForMessage(message => shownText(message.blocks).includes(words))
}

scenario('the card follows the hold to its end', {}, async world => {
  const hold = await world.put(sampleHold())
  await world.card(hold)
  const words: [HoldState, string, Partial<Hold>?][] = [
    ['approved', 'Approved'],
    ['executing', 'Running'],
    ['unknown', 'Outcome unknown'],
    ['completed', 'Done', { outcome: { rows: 4_210, milliseconds: 1_900 } }],
  ]
  for (const [state, shown, changes] of words) {
    await world.move(hold, state, changes)
    await world.card(hold, shown)
  }
  assert.match(shownText(world.cards(hold)[0]?.blocks), /4,210 rows · 1\.9 s/)
  assert.equal(world.cards(hold).length, 1)
})

scenario('what the gateway lets expire loses its buttons', {}, async world => {
  const hold = await world.put(sampleHold())
  await world.card(hold)
  await world.move(hold, 'expired')
  const card = await world.card(hold, 'Expired')
  assert.doesNotMatch(JSON.stringify(card.blocks), /"button"/)
})

for (const [agreed, words] of [
  [2, /It was approved, but was not run before the approval expired/],
  [1, /Not enough people decided in time/],
] as const)
  scenario(`what expires after ${agreed} of 2 approvals says why it did not run`, {}, async world => {
    const hold = await world.put(sampleHold({ decision: { approvers: [{ group: 'data-oncall', people: 2 }] } }))
    await world.card(hold)
    const by = ['oncall-1@acme.example', 'oncall-2@acme.example'].slice(0, agreed)
    const reviews = await Promise.all(by.map(reviewer => signed(sampleReview(hold, { reviewer }))))
    if (agreed === 2) {
      await world.move(hold, 'approved', { reviews })
      await world.card(hold, 'Approved')
    }
    await world.move(hold, 'expired', { reviews })
    assert.match(shownText((await world.card(hold, 'Expired')).blocks), words)
  })

for (const fault of ['the answer is lost', 'Slack fails twice', 'Slack limits the rate'] as const) {
  scenario(`one card where ${fault}`, {}, async world => {
    const { faults } = world.slack
    if (fault === 'the answer is lost') faults.loseResponse('chat.postMessage', 1)
    if (fault === 'Slack fails twice') faults.outage('http-500', 2)
    if (fault === 'Slack limits the rate') faults.rateLimit('chat.postMessage', 1)
    const hold = await world.put(sampleHold())
    await world.card(hold)
    await afterwards(world)
    assert.equal(world.cards(hold).length, 1)
    assert.equal((await world.stored(hold)).cards[0]?.ts, world.cards(hold)[0]?.ts)
  })
}

scenario('two bots make one card of each hold, and both keep it up', { bots: 2 }, async world => {
  const holds = await Promise.all(Array.from({ length: 8 }, () => world.put(sampleHold())))
  for (const hold of holds) await world.card(hold)
  for (const hold of holds) await world.move(hold, 'denied')
  for (const hold of holds) await world.card(hold, 'Denied')
  await afterwards(world)
  for (const hold of holds) {
    assert.equal(world.cards(hold).length, 1)
    assert.equal((await world.stored(hold)).cards.length, 1)
  }
})

scenario('two bots make one card where the answer to the first attempt is lost', { bots: 2 }, async world => {
  world.slack.faults.loseResponse('chat.postMessage', 1)
  const hold = await world.put(sampleHold())
  await world.card(hold)
  await afterwards(world)
  await shows(world, hold.id)
  assert.equal(world.cards(hold).length, 1)
})

scenario(
  'while Slack is away nothing is lost; then the oldest comes first, and says that it is late',
  {},
  async world => {
    await afterwards(world)
    world.slack.outage('cut')
    const hourAgo = Date.now() - 3_600_000
    const waiting = [3, 1, 2].map(at => sampleHold({ terms: { createdAt: hourAgo + at, expiresAt: hourAgo * 2 } }))
    for (const hold of waiting) await world.put(hold)
    const failed = () => world.logged.filter(({ message }) => message === 'cards wait').length > 3
    await world.until(failed, 'failures')
    world.slack.faults.restore()
    for (const hold of waiting) await world.card(hold)
    const [third, first, second] = waiting.map(hold => Number(world.cards(hold)[0]?.ts))
    assert.ok(Number(first) < Number(second) && Number(second) < Number(third))
    for (const hold of waiting) assert.match(shownText(world.cards(hold)[0]?.blocks), /Posted late/)
    // Sockets come back as well.
    await world.slack.waitFor(() => world.slack.connected > 0, 'connection')
    const [hold] = waiting as [Hold]
    await world.click('U0ONCALL1', hold, 'hold_approve')
    await world.card(hold, 'Approved')
  },
)

scenario('a bot that starts while Slack is away posts when it is back', { start: false }, async world => {
  world.slack.outage('cut')
  const bot = await world.startBot()
  const hold = await world.put(sampleHold())
  world.slack.faults.restore()
  await world.card(hold)
  await bot.connected
})

scenario('a bot that was away shows what ended meanwhile', { start: false }, async world => {
  const stored = sampleHold()
  const first = await world.startBot()
  await first.connected
  await world.put(stored)
  await world.card(stored)
  await first.close()
  await world.move(stored, 'cancelled')
  await (await world.startBot()).connected
  await world.card(stored, 'Withdrawn')
  assert.equal(world.cards(stored).length, 1)
})

scenario('what another app says with our metadata keeps no card from being posted', {}, async world => {
  const hold = sampleHold()
  world.slack.state.add({
    channel,
    user: 'U0OUTSIDER',
    text: 'mine',
    metadata: { event_type: 'querywarden_hold', event_payload: { hold: hold.id } },
  })
  await world.holds.keep(`card-tried:${hold.id}`, 'tried', 60)
  await world.put(hold)
  await world.card(hold)
})

scenario('nothing is posted into a channel that others share', { channel: 'C0PARTNER' }, async world => {
  const hold = await world.put(sampleHold())
  await world.until(() => world.logged.some(({ fields }) => fields.code === 'shared_channel'), 'refusal')
  assert.deepEqual(world.cards(hold), [])
})

scenario('a card that somebody deleted comes back while it is needed', {}, async world => {
  const hold = await world.put(sampleHold())
  const { ts } = await world.card(hold)
  const { messages } = world.slack.state
  messages.splice(
    messages.findIndex(message => message.ts === ts),
    1,
  )
  world.ahead = 61_000
  await world.holds.replace(await world.stored(hold), await world.stored(hold))
  await world.card(hold)
})

scenario('a card that somebody deleted comes back although nothing else happens', {}, async world => {
  const hold = sampleHold()
  await world.holds.touch(hold.id, 600_000)
  await world.put(hold)
  const { ts } = await world.card(hold)
  // Of another agent, so that this card need not say that several wait.
  const principal = { ...hold.terms.statement.principal, subject: 'agent-2' }
  await world.card(await world.put(sampleHold({ statement: { principal } })))
  world.slack.remove(channel, ts)
  world.ahead = 61_000
  await world.slack.waitFor(() => world.cards(hold).some(card => card.ts !== ts), 'another card', 30_000)
})

scenario('who writes to the hold store can have no other message of the bot overwritten', {}, async world => {
  const victim = await world.put(sampleHold())
  await world.card(victim)
  const other = await world.put(sampleHold())
  await world.card(other)
  for (let wins = false; !wins; ) {
    const [stored, { cards }] = [await world.stored(other), await world.stored(victim)]
    wins =
      (await world.holds.replace(stored, { ...stored, cards: cards.map(card => ({ ...card, shows: 0 })) })) ===
      'replaced'
  }
  world.ahead = 61_000
  await afterwards(world)
  assert.equal(world.cards(victim).length, 1)
  assert.equal(world.cards(other).length, 1)
})

scenario('… nor the text of a statement put into a channel of their choice', { bots: 2 }, async world => {
  const { ts } = world.slack.state.add({ channel: 'C0ONCALL', user: 'U0ONCALL1', text: 'lunch?' })
  const place = { team: 'T0DEMO', channel: 'C0ONCALL', ts, shows: 0 }
  const cards = [{ ...place, proof: 'f'.repeat(43) }]
  const hold = await world.put(sampleHold({ statement: { sql: `select ${'1, '.repeat(2_000)}2` }, hold: { cards } }))
  const files = () => world.slack.state.messages.filter(message => JSON.stringify(message).includes(`${hold.id}.sql`))
  await world.slack.waitFor(() => files().length > 0, 'the file')
  await afterwards(world)
  assert.deepEqual(
    files().map(message => message.channel),
    [channel],
  )
})

scenario('holds that cannot be shown do not keep the next from being shown', { start: false }, async world => {
  const cards = [null] as unknown as Hold['cards']
  await world.put(sampleHold({ terms: { classification: {} as Hold['terms']['classification'] } }))
  await world.put(sampleHold({ hold: { cards } }))
  await world.put(sampleHold({ hold: { cards, state: 'expired' } }))
  await (await world.startBot()).connected
  await world.card(await world.put(sampleHold()))
})

scenario('the card says when nobody waits any more, and when somebody does again', {}, async world => {
  const hold = sampleHold()
  await world.holds.touch(hold.id, 60_000)
  await world.put(hold)
  await world.card(hold)
  assert.doesNotMatch(shownText(world.cards(hold)[0]?.blocks), /Nobody waits/)
  const other = await world.put(sampleHold())
  await shows(world, 'Nobody waits for the answer any more.')
  await world.holds.touch(other.id, 60_000)
  await world.slack.waitFor(
    () => !shownText(world.cards(other)[0]?.blocks).includes('Nobody waits'),
    'somebody waiting',
  )
})

scenario('one socket of two is recycled: a click in the gap is not lost', {}, async world => {
  await world.slack.waitFor(() => world.slack.connected === 2, 'two sockets')
  const hold = await world.put(sampleHold())
  await world.card(hold)
  world.slack.refreshConnections('one')
  await world.click('U0ONCALL1', hold, 'hold_approve')
  await world.card(hold, 'Approved')
})

scenario(
  'hints alone are not needed: a sweep finds what was missed, behind however many that run',
  { start: false },
  async world => {
    for (let n = 0; n < 1_000; n++)
      await world.put(sampleHold({ terms: { createdAt: n }, hold: { state: 'executing' } }))
    const hold = await world.put(sampleHold())
    await (await world.startBot()).connected
    assert.ok(header(await world.card(hold)).startsWith('Approval needed'))
  },
)
