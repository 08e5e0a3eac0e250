import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import test from 'node:test'
import { termsHash } from '#src/hold/hold.ts'
import { type Review, stateFromReviews } from '#src/hold/review.ts'
import { reviewVerifier } from '#src/hold/seal.ts'
import { findPerson, type Person } from '#src/principal.ts'
import { reviewKey, sampleHold, sampleReview, signed } from './sample-hold.ts'
import { inWorld, shownText, type World, type WorldOptions } from './world.ts'

/** Nobody is in `rota` by the configuration. In Slack, U0ONCALL1 and U0ONCALL2 are. */
const member = (name: string, user: string, groups: string[] = []): Person => ({
  ...{ id: `${name}@acme.example`, name, groups, slack: { team: 'T0DEMO', user } },
})
const people = [
  member('oncall-1', 'U0ONCALL1'),
  member('reader-1', 'U0READER', ['data-oncall']),
  member('release-owner', 'U0OWNER'),
]
const slackGroups = { rota: 'S0ONCALL' }
const asked = { decision: { approvers: [{ group: 'rota', people: 1 }] } }
const publicKey = String(createPublicKey(reviewKey.reveal()).export({ type: 'spki', format: 'pem' }))

function scenario(name: string, options: WorldOptions, run: (world: World) => Promise<void>): void {
  inWorld(name, { people, slackGroups, ...options }, run)
}

async function refused(world: World, user: string, sentence: RegExp): Promise<void> {
  const hold = await world.put(sampleHold(asked))
  await world.card(hold)
  await world.click(user, hold, 'hold_approve')
  await world.slack.waitForEphemeral(user, ({ text }) => sentence.test(text))
  assert.deepEqual((await world.stored(hold)).reviews, [])
}

scenario('who is in the user group at the click approves, and the review says so', {}, async world => {
  const hold = await world.put(sampleHold(asked))
  await world.card(hold)
  await world.click('U0ONCALL1', hold, 'hold_approve')
  assert.match(shownText((await world.card(hold, 'Approved')).blocks), /1 of 1 approvals from rota/)
  const [jws = ''] = (await world.stored(hold)).reviews
  assert.deepEqual((await reviewVerifier({ slack: publicKey }).verify(jws))?.groups, ['rota'])
})

scenario('who is not, does not', {}, world => refused(world, 'U0READER', /not in the group/))

scenario('an account of the user group that is no person of ours does not', {}, world =>
  refused(world, 'U0ONCALL2', /not linked/),
)

scenario('nobody approves for an agent of their own, whatever group Slack puts them in', {}, async world => {
  world.slack.state.workspace.userGroups[0]?.users.push('U0OWNER')
  await refused(world, 'U0OWNER', /You own this agent/)
})

scenario(
  'who is in it approves one statement, and grants no shape: nobody hears when they leave it',
  {},
  async world => {
    const grantable = { scope: 'a'.repeat(64), shape: 'delete from o where b = ?', places: 1, seconds: 3_600, uses: 5 }
    const hold = await world.put(sampleHold({ ...asked, terms: { grantable } }))
    await world.card(hold)
    await world.click('U0ONCALL1', hold, 'hold_grant')
    await world.slack.waitForEphemeral('U0ONCALL1', ({ text }) => /but not its shape/.test(text))
    await world.click('U0ONCALL1', hold, 'hold_approve')
    await world.card(hold, 'Approved')
  },
)

for (const groups of [[], ['rota']])
  scenario(
    `a grant is shown where there is one: who completes the approval is in ${groups[0] ?? 'nothing'} by the configuration`,
    { people: [member('oncall-1', 'U0ONCALL1', groups), member('reader-1', 'U0READER', ['data-oncall'])] },
    async world => {
      const both = [...asked.decision.approvers, { group: 'data-oncall', people: 1 }]
      const grantable = {
        scope: 'a'.repeat(64),
        shape: 'delete from o where b = ?',
        places: 1,
        seconds: 3_600,
        uses: 5,
      }
      const hold = await world.put(sampleHold({ decision: { approvers: both }, terms: { grantable } }))
      await world.card(hold)
      const grant = { seconds: 60, uses: 5 }
      const reviews = await Promise.all([
        signed(sampleReview(hold, { grant, groups: ['rota'] })),
        signed(sampleReview(hold, { grant, reviewer: 'reader-1@acme.example' })),
      ])
      await world.move(hold, 'approved', { reviews })
      await world.move(hold, 'executing')
      await world.move(hold, 'completed', { outcome: { rows: 1 } })
      const shown = shownText((await world.card(hold, 'Done')).blocks)
      assert.match(shown, /Approved by oncall-1.*Approved by reader-1/s)
      assert.equal(/Granted/.test(shown), groups.length > 0, shown)
    },
  )

const clock = { ahead: 0, now: () => Date.now() + clock.ahead }
scenario('who has left it approves no more', { clock }, async world => {
  const first = await world.put(sampleHold(asked))
  await world.card(first)
  await world.click('U0ONCALL1', first, 'hold_approve')
  await world.card(first, 'Approved')
  const [group] = world.slack.state.workspace.userGroups
  if (group) group.users = ['U0ONCALL2']
  clock.ahead = 11_000
  await refused(world, 'U0ONCALL1', /not in the group/)
})

scenario('a user group that is disabled has nobody', {}, async world => {
  Object.assign(world.slack.state.workspace.userGroups[0] ?? {}, { disabled: true })
  await refused(world, 'U0ONCALL1', /not in the group/)
  assert.ok(world.logged.some(({ fields }) => JSON.stringify(fields).includes('subteam_disabled')))
})

scenario('while Slack cannot tell, nobody is in it', {}, async world => {
  const hold = await world.put(sampleHold(asked))
  await world.card(hold)
  world.slack.faults.rateLimit('usergroups.users.list', 30)
  await world.click('U0ONCALL1', hold, 'hold_approve')
  await world.slack.waitForEphemeral('U0ONCALL1', ({ text }) => text.includes('Slack could not tell'))
  assert.deepEqual((await world.stored(hold)).reviews, [])
})

scenario('who is asked is reminded by name', {}, async world => {
  await world.put(
    sampleHold({ decision: { ...asked.decision, remindSeconds: [60] }, terms: { createdAt: Date.now() - 90_000 } }),
  )
  await world.slack.waitForMessage(({ text }) => /^<@U0ONCALL1> this still waits/.test(text))
})

test('the gateway believes the bot of the groups of slackGroups alone', () => {
  const hold = sampleHold(asked)
  const state = (review: Partial<Review>, groups: readonly string[]) =>
    stateFromReviews(hold.terms, termsHash(hold.terms), [sampleReview(hold, review)], findPerson(people, groups))
  assert.equal(state({ groups: ['rota'] }, ['rota']), 'approved')
  assert.equal(state({ groups: ['rota'] }, []), 'pending')
  assert.equal(state({ groups: ['rota'] }, ['another']), 'pending')
  assert.equal(state({}, ['rota']), 'pending')
  assert.equal(state({ groups: ['rota'], reviewer: 'nobody@acme.example' }, ['rota']), 'pending')
  assert.equal(state({ groups: ['rota'], reviewer: 'release-owner@acme.example' }, ['rota']), 'pending')
})
