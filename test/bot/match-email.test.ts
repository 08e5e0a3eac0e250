import assert from 'node:assert/strict'
import type { Person } from '#src/principal.ts'
import { sampleHold } from './sample-hold.ts'
import { inWorld, openWorld, type World, type WorldOptions } from './world.ts'

const person = (id: string, more: Partial<Person> = {}): Person => ({
  ...{ id, name: id, groups: ['data-oncall'], email: 'ONCALL-1@acme.example' },
  ...more,
})

function scenario(name: string, options: WorldOptions, run: (world: World) => Promise<void>): void {
  inWorld(name, { matchEmail: true, people: [person('p-1')], ...options }, run)
}

async function refused(world: World, user: string, sentence: RegExp): Promise<void> {
  const hold = await world.put(sampleHold())
  await world.card(hold)
  await world.click(user, hold, 'hold_approve')
  await world.slack.waitForEphemeral(user, ({ text }) => sentence.test(text))
  assert.deepEqual((await world.stored(hold)).reviews, [])
}

scenario('an address that Slack has confirmed says who it is, in any case of letters', {}, async world => {
  const hold = await world.put(sampleHold())
  await world.card(hold)
  await world.click('U0ONCALL1', hold, 'hold_approve')
  await world.card(hold, 'Approved')
})

scenario('not unless it is asked for', { matchEmail: false }, world => refused(world, 'U0ONCALL1', /not linked/))

const changes: Readonly<Record<string, object>> = {
  'an address that is not confirmed': { isEmailConfirmed: false },
  'an address of which Slack does not say so': { isEmailConfirmed: undefined },
  'another address': { email: 'oncall-2@acme.example' },
  'no address': { email: undefined },
}
for (const [what, change] of Object.entries(changes))
  scenario(`${what} says nothing`, {}, async world => {
    Object.assign(world.slack.state.user('U0ONCALL1'), change)
    await refused(world, 'U0ONCALL1', /not linked/)
  })

scenario(
  'a Kelvin sign, which is a k in small letters, is no k',
  { people: [person('p-1', { email: 'desk-1@acme.example' })] },
  async world => {
    Object.assign(world.slack.state.user('U0ONCALL1'), { email: 'des\u212A-1@acme.example' })
    await refused(world, 'U0ONCALL1', /not linked/)
  },
)

scenario('an address that has changed says nothing any more, a minute later', {}, async world => {
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead }
  const other = await openWorld({ matchEmail: true, people: [person('p-1')], clock })
  try {
    const first = await other.put(sampleHold())
    await other.card(first)
    await other.click('U0ONCALL1', first, 'hold_approve')
    await other.card(first, 'Approved')
    await other.slack.changeUser('U0ONCALL1', { email: 'somebody-else@acme.example' })
    clock.ahead = 61_000
    await refused(other, 'U0ONCALL1', /not linked/)
  } finally {
    await other.close()
  }
  assert.deepEqual(world.slack.failures, [])
})

scenario('who is taken for somebody else in between has agreed once all the same', {}, async world => {
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead }
  const two = [person('p-1'), person('p-2', { email: 'oncall-2@acme.example' })]
  const other = await openWorld({ matchEmail: true, people: two, clock })
  try {
    const hold = await other.put(sampleHold({ decision: { approvers: [{ group: 'data-oncall', people: 2 }] } }))
    await other.card(hold)
    await other.click('U0ONCALL1', hold, 'hold_approve')
    await other.slack.waitForEphemeral('U0ONCALL1', ({ text }) => /1 of 2/.test(text))
    await other.slack.changeUser('U0ONCALL1', { email: 'oncall-2@acme.example' })
    clock.ahead = 61_000
    await other.click('U0ONCALL1', hold, 'hold_approve')
    await other.slack.waitForEphemeral('U0ONCALL1', ({ text }) => /so does each Slack account/.test(text))
    assert.equal((await other.stored(hold)).reviews.length, 1)
    await other.click('U0ONCALL1', hold, 'hold_deny')
    await other.slack.submit('U0ONCALL1', (await other.slack.waitForView('U0ONCALL1')).id, { words: 'not so' })
    await other.card(hold, 'Denied')
  } finally {
    await other.close()
  }
  assert.deepEqual(world.slack.failures, [])
})

scenario('a guest is none of us, whatever the address', {}, async world => {
  Object.assign(world.slack.state.user('U0ONCALL1'), { isRestricted: true })
  await refused(world, 'U0ONCALL1', /Guests/)
})

scenario('a member of another workspace is not known by an address', {}, async world => {
  Object.assign(world.slack.state.user('U0ONCALL1'), { teamId: 'T0SISTER' })
  await refused(world, 'U0ONCALL1', /Only members/)
})

scenario('an address of two people says who neither is', { people: [person('p-1'), person('p-2')] }, world =>
  refused(world, 'U0ONCALL1', /more than one person/),
)

const elsewhere = { slack: { team: 'T0DEMO', user: 'U0ONCALL2' } }
scenario(
  'nor is somebody known by it whose account stands in the configuration',
  { people: [person('p-1', elsewhere)] },
  world => refused(world, 'U0ONCALL1', /not linked/),
)
