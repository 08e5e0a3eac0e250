import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Hold } from '#src/hold/hold.ts'
import { sampleHold } from './sample-hold.ts'
import { openWorld, type World, type WorldOptions } from './world.ts'

function scenario(name: string, options: WorldOptions, run: (world: World) => Promise<void>): void {
  test(name, async () => {
    const world = await openWorld(options)
    try {
      await run(world)
      assert.deepEqual(world.slack.failures, [])
    } finally {
      await world.close()
    }
  })
}

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
  assert.match(told(world, hold)[0]?.text ?? '', /<@U0ONCALL1>.*data-oncall may approve now/)
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
      [`<@U0OWNER> your agent release-bot: ${state}. See above why.`],
    )
  })

scenario('no guest is called by name, even one who owns an agent', {}, async world => {
  const principal = { ...sampleHold().terms.statement.principal, owner: 'guest-1@acme.example' }
  const hold = await world.put(sampleHold({ statement: { principal } }))
  await world.card(hold)
  await end(world, hold, 'denied')
  await remembered(world, hold, 'owner')
  assert.deepEqual(told(world, hold), [])
})

async function end(world: World, hold: Hold, state: Hold['state']): Promise<void> {
  for (;;) {
    const stored = await world.stored(hold)
    if ((await world.holds.replace(stored, { ...stored, state })) === 'replaced') return
  }
}
