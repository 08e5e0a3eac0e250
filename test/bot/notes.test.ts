import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Hold } from '#src/hold/hold.ts'
import { startFakeGateway } from './fake-gateway.ts'
import { markup } from './hostile-text.ts'
import { people, sampleHold, sampleReview, signed } from './sample-hold.ts'
import { openWorld, inWorld as scenario, shownText, type World } from './world.ts'

const reminded = (minutes: number) =>
  sampleHold({
    decision: { remindSeconds: [600, 1_200], approvers: [{ group: 'data-oncall', people: 2 }] },
    terms: { createdAt: Date.now() - minutes * 60_000, expiresAt: Date.now() + 3_600_000 },
  })

const told = (world: World, hold: Hold) =>
  world.slack.messages('C0APPROVALS').filter(({ threadTs }) => threadTs === world.cards(hold)[0]?.ts)

async function remembered(world: World, hold: Hold, key: string): Promise<void> {
  for (const end = Date.now() + 5_000; !(await world.stored(hold)).told?.includes(key); await sleep(10))
    if (Date.now() > end) throw new Error(`${key} was not told within 5 s`)
}

scenario('who is asked is reminded twice, once each, by two bots and through a restart', { bots: 2 }, async world => {
  const hold = await world.put(reminded(11))
  await remembered(world, hold, 'reminder-1')
  assert.equal(told(world, hold).length, 1)
  const text = told(world, hold)[0]?.text ?? ''
  assert.equal(text.match(/<@U0ONCALL1>/g)?.length, 1)
  assert.doesNotMatch(text, /U0OWNER/)
  await world.startBot()
  world.ahead = 600_000
  await remembered(world, hold, 'reminder-2')
  world.ahead = 1_800_000
  const later = await world.put(sampleHold())
  await world.card(later)
  assert.equal(told(world, hold).length, 2)
})

scenario('a bot that was away makes up for no reminder but the last', {}, async world => {
  const hold = await world.put(reminded(30))
  await remembered(world, hold, 'reminder-2')
  assert.deepEqual((await world.stored(hold)).told, ['reminder-2', 'reminder-1'])
  assert.equal(told(world, hold).length, 1)
})

scenario('a reminder whose answer was lost is not repeated', {}, async world => {
  const hold = await world.put(reminded(0))
  await world.card(hold)
  world.slack.faults.loseResponse('chat.postMessage', 1)
  world.ahead = 700_000
  await world.until(() => told(world, hold).length > 0, 'reminder')
  // The claim of the attempt that died runs out.
  world.ahead = 800_000
  await remembered(world, hold, 'reminder-1')
  assert.equal(told(world, hold).length, 1)
})

scenario('an escalation calls the second group', {}, async world => {
  const approvers = [{ group: 'nobody', people: 1, escalate: { group: 'data-oncall', afterSeconds: 300 } }]
  const hold = await world.put(sampleHold({ decision: { approvers } }))
  await world.card(hold)
  world.ahead = 301_000
  await remembered(world, hold, 'escalation-1')
  assert.match(told(world, hold)[0]?.text ?? '', /<@U0ONCALL1>.*`data-oncall` may approve now/)
})

scenario('nobody is called for a group of which enough have approved', {}, async world => {
  const enough = { group: 'data-oncall', people: 1, escalate: { group: 'leads', afterSeconds: 300 } }
  const short = { group: 'nobody', people: 1, escalate: { group: 'second-line', afterSeconds: 300 } }
  const decision = { remindSeconds: [600], approvers: [enough, short] }
  const hold = sampleHold({ decision })
  await world.put({ ...hold, reviews: [await signed(sampleReview(hold))] })
  const card = await world.card(hold)
  assert.match(shownText(card.blocks), /second-line may approve too/)
  assert.doesNotMatch(shownText(card.blocks), /leads may approve/)
  world.ahead = 601_000
  await remembered(world, hold, 'escalation-2')
  await remembered(world, hold, 'reminder-1')
  const texts = told(world, hold).map(({ text }) => text)
  assert.match(texts.join('\n'), /not enough have decided: `second-line` may approve now/)
  assert.doesNotMatch(texts.join('\n'), /leads|U0ONCALL/)
})

for (const state of ['denied', 'expired'] as const)
  scenario(`the owner of an agent is told once that its statement was ${state}`, { bots: 2 }, async world => {
    const hold = await world.put(sampleHold())
    await world.card(hold)
    await end(world, hold, state)
    await remembered(world, hold, 'owner')
    await world.startBot()
    const later = await world.put(sampleHold())
    await world.card(later)
    assert.deepEqual(
      told(world, hold).map(({ text }) => text),
      [`<@U0OWNER> your agent \`release-bot\`: ${state}. See above why. ${hold.id}`],
    )
  })

const alone = { tellOwners: 'direct' } as const
const toldAlone = (world: World) => world.slack.directMessages('U0OWNER').map(({ text }) => text)

scenario('the owner is written to alone: once that it waits, once how it ended', { ...alone, bots: 2 }, async world => {
  const evil = 'https://evil.example/approve?x=1'
  const reason = `*not* before <!channel> the \`freeze\` :ice: ends, see ${evil}`
  const hold = await world.put(sampleHold({ classification: { writes: [evil] } }))
  await remembered(world, hold, 'owner-held')
  const deny = await signed(sampleReview(hold, { verdict: 'deny', reason }))
  await end(world, hold, 'denied', [deny])
  await remembered(world, hold, 'owner')
  await world.startBot()
  await world.card(await world.put(sampleHold({ statement: { principal: ownerless } })))
  const [waits, ended, ...more] = world.slack.directMessages('U0OWNER')
  const said = (message: typeof waits) => shownText(message?.blocks).trim().replaceAll(/ +/g, ' ')
  assert.match(said(waits), /^Your agent release-bot : DELETE · https:.* waits for 1 of data-oncall until/)
  assert.ok(said(ended).includes(`oncall-1 : “ ${reason} ”`), said(ended))
  for (const message of [waits, ended]) {
    // Their own kinds of elements are all that Slack makes alive in rich text.
    assert.doesNotMatch(JSON.stringify(message?.blocks), /"(link|emoji|broadcast)"/)
    assert.deepEqual(markup(message?.text ?? evil), [])
    assert.doesNotMatch(message?.text ?? '', /<!channel>/)
  }
  assert.deepEqual([more, told(world, hold)], [[], []])
})

scenario('an owner whose message was lost on the way back is not told twice', alone, async world => {
  const hold = await world.put(sampleHold())
  await remembered(world, hold, 'owner-held')
  world.slack.faults.loseResponse('chat.postMessage', 1)
  await end(world, hold, 'expired')
  await world.until(() => toldAlone(world).length === 2, 'second message')
  // The claim of the attempt that died runs out.
  world.ahead = 70_000
  await remembered(world, hold, 'owner')
  assert.equal(toldAlone(world).length, 2)
})

scenario('where the owner cannot be written to, the thread says it with their name', alone, async world => {
  world.slack.state.workspace.scopes.splice(0, Number.POSITIVE_INFINITY, ...without('im:write', world))
  const hold = await world.put(sampleHold())
  await remembered(world, hold, 'owner-held')
  await end(world, hold, 'expired')
  await remembered(world, hold, 'owner')
  const [waits = '', ended = ''] = told(world, hold).map(({ text }) => text)
  assert.match(waits, /^<@U0OWNER> Your agent `release-bot`: .* waits for/)
  assert.match(ended, /^<@U0OWNER> Your agent `release-bot`: expired/)
})

scenario('who wants it so is told nothing', { tellOwners: 'never' }, async world => {
  const hold = await world.put(sampleHold())
  await world.card(hold)
  await end(world, hold, 'denied')
  await world.card(hold, 'Denied')
  await world.card(await world.put(sampleHold()))
  assert.deepEqual([toldAlone(world), told(world, hold)], [[], []])
})

scenario('no guest is called by name, even one who owns an agent', {}, async world => {
  const principal = { ...sampleHold().terms.statement.principal, owner: 'guest-1@acme.example' }
  const hold = await world.put(sampleHold({ statement: { principal } }))
  await world.card(hold)
  await end(world, hold, 'denied')
  await remembered(world, hold, 'owner')
  assert.deepEqual(told(world, hold), [])
})

test('an owner is told although the gateway could not say for a while who they are', async () => {
  const owner = 'release-owner@acme.example'
  const link = { id: 'l-1', team: 'T0DEMO', user: 'U0OWNER', person: owner, at: 1, toldAt: 1 }
  let away = 0
  const gateway = await startFakeGateway({
    links: () => {
      if (away === 0) return { links: [link] }
      away += 1
      throw new Error('away')
    },
  })
  const world = await openWorld({
    ...{ gateway: gateway.address, consoleUrl: 'https://qw.example/console' },
    people: [...people.filter(({ id }) => id !== owner), { id: owner, name: 'release-owner', groups: [] }],
  })
  try {
    const hold = await world.put(sampleHold())
    await world.card(hold)
    away = 1
    await end(world, hold, 'denied')
    await world.card(hold, 'Denied')
    await world.until(() => away > 4, 'questions that were not answered')
    away = 0
    // The claim of the attempt that came to nothing runs out.
    world.ahead = 61_000
    await remembered(world, hold, 'owner')
    assert.match(told(world, hold)[0]?.text ?? '', /^<@U0OWNER> .*denied/)
  } finally {
    await world.close()
    await gateway.stop()
  }
})

const ownerless = { issuer: 'https://login.acme.example', subject: 'agent-2', name: 'agent-2', groups: [] }

function without(scope: string, world: World): string[] {
  return world.slack.state.workspace.scopes.filter(granted => granted !== scope)
}

async function end(world: World, hold: Hold, state: Hold['state'], reviews: readonly string[] = []): Promise<void> {
  for (;;) {
    const stored = await world.stored(hold)
    if ((await world.holds.replace(stored, { ...stored, state, reviews })) === 'replaced') return
  }
}
