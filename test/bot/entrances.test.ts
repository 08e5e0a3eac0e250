import assert from 'node:assert/strict'
import test from 'node:test'
import type { Person } from '#src/principal.ts'
import { people, sampleHold } from './sample-hold.ts'
import { openWorld, shownText, type World, type WorldOptions } from './world.ts'

/*
 * Who is somebody, at every entrance: looked at anew there, whoever they were when the card or the modal was opened.
 */

const me = 'U0ONCALL1'
const room = 'C0APPROVALS'
const clock = { ahead: 0, now: () => Date.now() + clock.ahead }

function scenario(name: string, options: WorldOptions, run: (world: World) => Promise<void>): void {
  test(name, async () => {
    clock.ahead = 0
    const world = await openWorld({ clock, ...options })
    try {
      await run(world)
      assert.deepEqual(world.slack.failures, [])
    } finally {
      await world.close()
    }
  })
}

const become = (change: object) => (world: World) => void Object.assign(world.slack.state.user(me), change)
const changes: Readonly<Record<string, readonly [RegExp, (world: World) => void]>> = {
  'a guest': [/Guests/, become({ isRestricted: true })],
  'a guest of one channel': [/Guests/, become({ isUltraRestricted: true })],
  deactivated: [/deactivated/, become({ deleted: true })],
  'a bot': [/Only people/, become({ isBot: true })],
  'somebody of another workspace': [/Only members/, become({ teamId: 'T0OTHER' })],
  'in a channel that is shared with others': [
    /shared with another organization/,
    world => void Object.assign(world.slack.state.channel(room) ?? {}, { isExtShared: true }),
  ],
}
const modals = {
  hold_deny: { words: 'not before the freeze ends' },
  hold_suggest: { words: 'a view has it', sql: 'select 1' },
  hold_read: { words: 'looked at all of it' },
  hold_release: { words: 'the site is down' },
  hold_batch: { verdict: 'approve' },
} as const

for (const [what, [sentence, change]] of Object.entries(changes))
  for (const [action, answers] of Object.entries(modals))
    scenario(`${action}: who has become ${what} since they opened it decides nothing`, {}, async world => {
      const decision = {
        releasers: ['oncall-1@acme.example'],
        ...(action === 'hold_read' && { approvalReason: true as const }),
      }
      const hold = await world.put(sampleHold({ decision }))
      if (action === 'hold_batch') await world.put(sampleHold())
      const { ts } = await world.card(hold)
      if (action === 'hold_batch')
        await world.slack.waitForMessage(({ ts: at, blocks }) => at === ts && JSON.stringify(blocks).includes(action))
      await world.click(me, hold, action)
      const view = await world.slack.waitForView(me)
      change(world)
      clock.ahead = 61_000
      const given = action === 'hold_batch' ? { [hold.id]: 'approve' } : answers
      await world.slack.submit(me, view.id, given)
      await world.slack.waitForEphemeral(me, ({ text }) => sentence.test(text))
      assert.deepEqual((await world.stored(hold)).reviews, [])
    })

const linkedOutside: readonly Person[] = people.map(person =>
  person.name === 'outsider-1' ? { ...person, slack: { team: 'T0PARTNER', user: 'U0OUTSIDER' } } : person,
)
scenario(
  'whom a channel is shared with is no stranger to Slack, and none of us, in every place and whatever names them',
  { people: linkedOutside },
  async world => {
    const { slack } = world
    slack.state.channel(room)?.members.push('U0OUTSIDER')
    const hold = await world.put(sampleHold())
    await world.card(hold)
    await world.click('U0OUTSIDER', hold, 'hold_approve')
    await slack.waitForEphemeral('U0OUTSIDER', ({ text }) => /Only members/.test(text))
    for (const words of ['pending', 'link', 'unlink', 'help']) {
      const seen = new Set(slack.ephemerals('U0OUTSIDER').map(({ ts }) => ts))
      await slack.command('U0OUTSIDER', room, `/qw ${words}`)
      const { text } = await slack.waitForEphemeral('U0OUTSIDER', ({ ts }) => !seen.has(ts))
      assert.match(text, /Only members/, words)
    }
    await slack.openHome('U0OUTSIDER')
    const home = await slack.waitFor(() => slack.home('U0OUTSIDER'), 'Home')
    assert.match(shownText(home.payload), /Only members/)
    assert.deepEqual((await world.stored(hold)).reviews, [])
  },
)

const grid = { enterpriseId: 'E0ACME' }
const elsewhere: readonly Person[] = [
  { id: 'p-1', name: 'p-1', groups: ['data-oncall'], slack: { team: 'T0SISTER', user: me } },
]
for (const [enterpriseId, outcome] of [
  ['E0ACME', 'Approved'],
  ['E0OTHER', 'Approval needed'],
] as const)
  scenario(`somebody of a sister workspace of ${enterpriseId}: ${outcome}`, { people: elsewhere }, async world => {
    Object.assign(world.slack.state.workspace.team, grid)
    become({ teamId: 'T0SISTER', enterpriseId })(world)
    const hold = await world.put(sampleHold())
    await world.card(hold)
    await world.click(me, hold, 'hold_approve')
    if (outcome === 'Approved') await world.card(hold, outcome)
    else await world.slack.waitForEphemeral(me, ({ text }) => /Only members/.test(text))
  })

scenario('where the app cannot see who is there, it says so and nothing else', {}, async ({ slack }) => {
  const { channels } = slack.state.workspace
  channels.push({ id: 'G0INCIDENT', name: 'incident', members: [me], isPrivate: true })
  channels.push({ id: 'D0TWO', name: 'two', members: [me, 'U0ONCALL2'], isPrivate: true, imWith: 'U0ONCALL2' })
  for (const place of ['G0INCIDENT', 'D0TWO']) {
    await slack.command(me, place, '/qw help')
    const { text } = await slack.waitForEphemeral(me, ({ channel }) => channel === place)
    assert.match(text, /I cannot see this conversation/)
  }
})

for (const mode of ['socket', 'http'] as const)
  scenario(`${mode}: a command that is delivered twice is carried out once`, { mode }, async ({ slack }) => {
    slack.faults.duplicateDeliveries(1)
    await slack.command(me, room, '/qw help')
    await slack.waitForEphemeral(me)
    await slack.command(me, room, '/qw nothing of this name')
    await slack.waitForEphemeral(me, ({ text }) => /I do not know/.test(text))
    assert.equal(slack.ephemerals(me).length, 2)
  })
