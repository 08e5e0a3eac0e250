import assert from 'node:assert/strict'
import { termsHash } from '#src/hold/hold.ts'
import { reviewVerifier } from '#src/hold/seal.ts'
import { publicReviewKey } from './review-key.ts'
import { sampleHold, sampleReview, signed } from './sample-hold.ts'
import { channel, inWorld, shownText, type World, type WorldOptions } from './world.ts'

function scenario(name: string, options: WorldOptions, run: (world: World) => Promise<void>): void {
  inWorld(name, options, async world => {
    await run(world)
    assert.deepEqual(
      world.slack.deliveries.filter(({ acked, latencyMs }) => !acked || latencyMs > 1_000),
      [],
    )
  })
}

for (const mode of ['socket', 'http'] as const) {
  scenario(`${mode}: one click approves, and the review is signed over what was shown`, { mode }, async world => {
    const hold = await world.put(sampleHold())
    await world.card(hold)
    await world.click('U0ONCALL1', hold, 'hold_approve')
    const card = await world.card(hold, 'Approved')
    assert.match(shownText(card.blocks), /Approved by oncall-1/)
    assert.doesNotMatch(JSON.stringify(card.blocks), /"button"/)
    const { state, reviews } = await world.stored(hold)
    assert.equal(state, 'approved')
    const review = await reviewVerifier({ slack: publicReviewKey }).verify(reviews[0] ?? '')
    const { at, ...signedOver } = review ?? { at: 0 }
    assert.deepEqual(signedOver, {
      hold: hold.id,
      digest: hold.terms.digest,
      shown: termsHash(hold.terms),
      reviewer: 'oncall-1@acme.example',
      verdict: 'approve',
      place: 'slack',
      account: 'T0DEMO/U0ONCALL1',
    })
    assert.ok(Math.abs(at - Date.now()) < 10_000)
  })

  scenario(
    `${mode}: deny asks why, takes no blanks for a reason, and the agent's card says it`,
    { mode },
    async world => {
      const hold = await world.put(sampleHold())
      await world.click('U0ONCALL1', hold, 'hold_deny')
      const view = await world.slack.waitForView('U0ONCALL1')
      const refused = await world.slack.submit('U0ONCALL1', view.id, { words: '     ' })
      assert.equal(refused.status, 'errors')
      assert.match(refused.errors?.words ?? '', /Say why/)
      const sent = await world.slack.submit('U0ONCALL1', view.id, { words: 'not before the freeze ends' })
      assert.equal(sent.status, 'closed')
      const card = await world.card(hold, 'Denied')
      assert.match(shownText(card.blocks), /Denied by oncall-1.*“not before the freeze ends”/)
      assert.equal((await world.stored(hold)).state, 'denied')
    },
  )

  scenario(`${mode}: a delivery that comes twice counts once and is not answered twice`, { mode }, async world => {
    const hold = await world.put(sampleHold({ decision: { approvers: [{ group: 'data-oncall', people: 2 }] } }))
    await world.card(hold)
    world.slack.faults.duplicateDeliveries()
    await world.click('U0ONCALL1', hold, 'hold_approve')
    assert.match(await world.told('U0ONCALL1'), /1 of 2/)
    // Something later on the same way: by then the second delivery was looked at.
    await world.click('U0ONCALL2', hold, 'hold_approve')
    await world.card(hold, 'Approved')
    assert.equal(world.slack.ephemerals('U0ONCALL1').length, 1)
    assert.equal((await world.stored(hold)).reviews.length, 2)
  })
}

scenario('a double click counts once, and says so', {}, async world => {
  const hold = await world.put(sampleHold({ decision: { approvers: [{ group: 'data-oncall', people: 2 }] } }))
  await Promise.all([world.click('U0ONCALL1', hold, 'hold_approve'), world.click('U0ONCALL1', hold, 'hold_approve')])
  await world.slack.waitForEphemeral('U0ONCALL1', ({ text }) => text.includes('each person counts once'))
  const { state, reviews } = await world.stored(hold)
  assert.deepEqual([state, reviews.length], ['pending', 1])
})

scenario('two people at once are both counted', {}, async world => {
  const hold = await world.put(sampleHold({ decision: { approvers: [{ group: 'data-oncall', people: 2 }] } }))
  await Promise.all([world.click('U0ONCALL1', hold, 'hold_approve'), world.click('U0ONCALL2', hold, 'hold_approve')])
  const card = await world.card(hold, 'Approved')
  assert.match(shownText(card.blocks), /2 of 2 approvals/)
  assert.equal((await world.stored(hold)).reviews.length, 2)
})

scenario('who comes second learns who decided', {}, async world => {
  const hold = await world.put(sampleHold())
  await world.click('U0ONCALL2', hold, 'hold_deny')
  const view = await world.slack.waitForView('U0ONCALL2')
  // A second person has the modal open as well.
  await world.click('U0ONCALL1', hold, 'hold_deny')
  const late = await world.slack.waitForView('U0ONCALL1')
  await world.slack.submit('U0ONCALL2', view.id, { words: 'not today' })
  await world.card(hold, 'Denied')
  await world.slack.submit('U0ONCALL1', late.id, { words: 'me too' })
  assert.match(await world.told('U0ONCALL1'), /^Already denied by oncall-2, <!date.*>\. It did not run\.$/)
  assert.equal((await world.stored(hold)).reviews.length, 1)
})

for (const [state, words] of [
  [
    'executing',
    /^Already approved by oncall-2, <!date.*>\. It runs now; operators stop it with `\/qw kill [-0-9A-Z]{14} REASON`\.$/,
  ],
  ['completed', /^Already approved by oncall-2, <!date.*>\. It has run\.$/],
] as const)
  scenario(`who wants to stop what is ${state} learns whether that is possible still`, {}, async world => {
    const hold = await world.put(sampleHold())
    await world.click('U0ONCALL1', hold, 'hold_deny')
    const late = await world.slack.waitForView('U0ONCALL1')
    await world.click('U0ONCALL2', hold, 'hold_approve')
    await world.card(hold, 'Approved')
    await world.move(hold, 'executing')
    if (state !== 'executing') await world.move(hold, state)
    await world.slack.submit('U0ONCALL1', late.id, { words: 'stop it' })
    assert.match(await world.told('U0ONCALL1'), words)
  })

const refused: Record<string, RegExp> = {
  U0OWNER: /You own this agent/,
  U0GUEST: /Guests/,
  U0LEFT: /deactivated/,
  U0OUTSIDER: /Only members of this workspace/,
}

for (const [user, sentence] of Object.entries(refused)) {
  for (const action of ['hold_approve', 'hold_deny']) {
    scenario(`${user} is refused on ${action}, though in the group`, {}, async world => {
      for (const { members } of world.slack.state.workspace.channels) if (!members.includes(user)) members.push(user)
      const hold = await world.put(sampleHold())
      await world.click(user, hold, action)
      assert.match(await world.told(user), sentence)
      assert.equal(world.slack.view(user), undefined)
      assert.deepEqual((await world.stored(hold)).reviews, [])
    })
  }
}

scenario('a person nobody linked, or linked twice, is refused', { people: [] }, async world => {
  const hold = await world.put(sampleHold())
  await world.click('U0ONCALL1', hold, 'hold_approve')
  assert.match(await world.told('U0ONCALL1'), /not linked to a person/)
  assert.deepEqual((await world.stored(hold)).reviews, [])
})

const twin = { name: 'twin', groups: ['data-oncall'], slack: { team: 'T0DEMO', user: 'U0ONCALL1' } }
scenario(
  'one account for two persons counts for neither',
  {
    people: [
      { id: 'a', ...twin },
      { id: 'b', ...twin },
    ],
  },
  async world => {
    const hold = await world.put(sampleHold())
    await world.click('U0ONCALL1', hold, 'hold_approve')
    assert.match(await world.told('U0ONCALL1'), /more than one person/)
    assert.deepEqual((await world.stored(hold)).reviews, [])
  },
)

const stranger = [{ id: 'x', name: 'x', groups: ['finance'], slack: { team: 'T0DEMO', user: 'U0ONCALL1' } }]
scenario('somebody outside the group is refused', { people: stranger }, async world => {
  const hold = await world.put(sampleHold())
  await world.click('U0ONCALL1', hold, 'hold_approve')
  assert.match(await world.told('U0ONCALL1'), /not in the group/)
})

for (const [became, sentence] of [
  [{ deleted: true }, /deactivated/],
  [{ isRestricted: true }, /Guests/],
] as const)
  scenario(`who became ${Object.keys(became)} since their last click is refused at the next`, {}, async world => {
    const [first, second] = [await world.put(sampleHold()), await world.put(sampleHold())]
    await world.card(second)
    await world.click('U0ONCALL2', first, 'hold_approve')
    await world.card(first, 'Approved')
    Object.assign(world.slack.state.user('U0ONCALL2'), became)
    await world.click('U0ONCALL2', second, 'hold_approve')
    assert.match(await world.told('U0ONCALL2'), sentence)
    assert.deepEqual((await world.stored(second)).reviews, [])
  })

scenario('a channel that was shared since the last click there decides nothing', {}, async world => {
  const [first, second] = [await world.put(sampleHold()), await world.put(sampleHold())]
  await world.card(second)
  await world.click('U0ONCALL1', first, 'hold_approve')
  await world.card(first, 'Approved')
  Object.assign(world.slack.state.channel(channel) ?? {}, { isExtShared: true })
  await world.click('U0ONCALL1', second, 'hold_approve')
  assert.match(await world.told('U0ONCALL1'), /shared with another organization/)
  assert.deepEqual((await world.stored(second)).reviews, [])
})

scenario('where Slack cannot say who clicked, nobody is anybody', {}, async world => {
  const hold = await world.put(sampleHold())
  await world.card(hold)
  world.slack.faults.rateLimit('users.info', 30)
  await world.click('U0ONCALL1', hold, 'hold_approve')
  assert.match(await world.told('U0ONCALL1'), /could not tell who you are/)
  assert.deepEqual((await world.stored(hold)).reviews, [])
})

scenario('a channel that became shared decides nothing', {}, async world => {
  const hold = await world.put(sampleHold())
  const { ts } = await world.card(hold)
  const partner = world.slack.state.channel('C0PARTNER')
  const message = world.slack.state.messages.find(candidate => candidate.ts === ts)
  if (!partner || !message) throw new Error('the stand-in has no shared channel')
  message.channel = partner.id
  await world.slack.click('U0ONCALL1', partner.id, ts, 'hold_approve')
  assert.match(await world.told('U0ONCALL1'), /shared with another organization/)
  assert.deepEqual((await world.stored(hold)).reviews, [])
})

scenario('a click after the expiry decides nothing', {}, async world => {
  const now = Date.now()
  const hold = await world.put(sampleHold({ terms: { createdAt: now - 2_000, expiresAt: now - 1_000 } }))
  await world.click('U0ONCALL1', hold, 'hold_approve')
  assert.match(await world.told('U0ONCALL1'), /Too late/)
  const { state, reviews } = await world.stored(hold)
  assert.deepEqual([state, reviews], ['pending', []])
})

const tomorrow = { now: () => Date.now() + 400_000 }
scenario('a click that is older than five minutes decides nothing', { clock: tomorrow }, async world => {
  const hold = await world.put(sampleHold())
  await world.click('U0ONCALL1', hold, 'hold_approve')
  assert.match(await world.told('U0ONCALL1'), /too old/)
  assert.deepEqual((await world.stored(hold)).reviews, [])
})

scenario('a card that shows other terms than the stored ones decides nothing', {}, async world => {
  const hold = await world.put(sampleHold())
  await world.card(hold)
  const stored = await world.stored(hold)
  // Nothing of the statement: the digest stays right, and only who must agree is other.
  const terms = { ...stored.terms, approvers: [{ group: 'data-oncall', people: 3 }] }
  // Before the bot sees the change, as when its hint is late: the old card is clicked.
  const { ts } = await world.card(hold)
  const click = world.slack.click('U0ONCALL1', 'C0APPROVALS', ts, 'hold_approve')
  assert.equal(await world.holds.replace(stored, { ...stored, terms }), 'replaced')
  await click
  assert.match(await world.told('U0ONCALL1'), /out of date/)
  assert.deepEqual((await world.stored(hold)).reviews, [])
})

scenario('a statement that somebody changed in the store cannot be approved, by no button', {}, async world => {
  const hold = await world.put(sampleHold())
  const { ts } = await world.card(hold)
  const stored = await world.stored(hold)
  const statement = { ...stored.terms.statement, sql: 'drop table shop.orders' }
  const click = world.slack.click('U0ONCALL1', 'C0APPROVALS', ts, 'hold_approve')
  await world.holds.replace(stored, { ...stored, terms: { ...stored.terms, statement } })
  await click
  assert.match(await world.told('U0ONCALL1'), /does not match its own digest/)
  const card = await world.card(hold, 'Not approvable')
  assert.doesNotMatch(JSON.stringify(card.blocks), /drop table|"button"/)
  assert.deepEqual((await world.stored(hold)).reviews, [])
})

scenario('reviews that others wrote into the store count for nothing', {}, async world => {
  const hold = sampleHold({ decision: { approvers: [{ group: 'data-oncall', people: 2 }] } })
  const other = sampleHold()
  const owner = await signed(sampleReview(hold, { reviewer: 'release-owner@acme.example' }))
  const elsewhere = await signed(sampleReview(other, { reviewer: 'oncall-2@acme.example' }))
  const unsigned = `${owner.slice(0, -4)}AAAA`
  await world.put({ ...hold, reviews: [owner, elsewhere, unsigned] })
  await world.click('U0ONCALL1', hold, 'hold_approve')
  assert.match(await world.told('U0ONCALL1'), /1 of 2/)
  assert.equal((await world.stored(hold)).state, 'pending')
})

scenario('a long statement is approved at the end of all of it', {}, async world => {
  const sql = `${Array.from({ length: 400 }, (_, at) => `update shop.orders set a = ${at} where id = ${at};`).join('\n')}\n-- THE END`
  const hold = await world.put(sampleHold({ statement: { sql } }))
  const card = await world.slack.waitForMessage(message => shownText(message.blocks).includes('and in the thread'))
  assert.doesNotMatch(JSON.stringify(card.blocks), /hold_approve/)
  const [file] = world.slack.thread('C0APPROVALS', card.ts).flatMap(({ files }) => files)
  assert.ok(file?.content.toString().startsWith(sql))
  await world.click('U0ONCALL1', hold, 'hold_read')
  const view = await world.slack.waitForView('U0ONCALL1')
  assert.ok(JSON.stringify(view.payload).includes('THE END'))
  await world.slack.submit('U0ONCALL1', view.id, { words: 'read to the end' })
  assert.match(shownText((await world.card(hold, 'Approved')).blocks), /“read to the end”/)
  assert.equal((await world.stored(hold)).cards[0]?.file, file?.id)
})

scenario('an Approve that stands on the card of a long statement is refused', {}, async world => {
  const hold = await world.put(sampleHold({ statement: { sql: 'select 1\n'.repeat(500) } }))
  const card = await world.slack.waitForMessage(message => shownText(message.blocks).includes('and in the thread'))
  const actions = card.blocks.at(-1) as { elements: { action_id: string }[] }
  if (actions.elements[0]) actions.elements[0].action_id = 'hold_approve'
  await world.click('U0ONCALL1', hold, 'hold_approve')
  assert.match(await world.told('U0ONCALL1'), /Read it all first/)
  assert.deepEqual((await world.stored(hold)).reviews, [])
})

scenario('the whole context opens for members only', {}, async world => {
  const hold = await world.put(sampleHold())
  await world.click('U0ONCALL1', hold, 'hold_context')
  const view = await world.slack.waitForView('U0ONCALL1')
  assert.match(
    shownText(view.payload),
    /SHOP\.PUBLIC\.ORDERS\.STATUS.*writes-need-a-person.*10,000 rows, 50 GB, 120 s/s,
  )
  await world.click('U0GUEST', hold, 'hold_context')
  assert.match(await world.told('U0GUEST'), /Guests/)
})

scenario('/qw says what it can do, and when the gateway is away', {}, async world => {
  await world.slack.command('U0ONCALL1', 'C0APPROVALS', '/qw pending')
  assert.match(await world.told('U0ONCALL1'), /The gateway cannot be reached/)
  await world.slack.command('U0ONCALL2', 'C0APPROVALS', '/qw sing')
  assert.match(await world.told('U0ONCALL2'), /\/qw pending/)
})

scenario('no log line holds SQL, words of an agent or a reason', {}, async world => {
  const secret = 'UNMISTAKABLE'
  const hold = await world.put(sampleHold({ statement: { sql: `select '${secret}'`, purpose: secret } }))
  await world.click('U0OWNER', hold, 'hold_approve')
  await world.told('U0OWNER')
  await world.click('U0ONCALL1', hold, 'hold_deny')
  await world.slack.submit('U0ONCALL1', (await world.slack.waitForView('U0ONCALL1')).id, { words: secret })
  await world.card(hold, 'Denied')
  assert.ok(world.logged.length > 2)
  assert.ok(!JSON.stringify(world.logged).includes(secret))
})
