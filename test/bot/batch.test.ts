import assert from 'node:assert/strict'
import { type Hold, termsHash } from '#src/hold/hold.ts'
import { reviewVerifier } from '#src/hold/seal.ts'
import { publicReviewKey } from './review-key.ts'
import { type Changes, sampleHold } from './sample-hold.ts'
import { inWorld, shownText, type World } from './world.ts'

const [first, second] = ['U0ONCALL1', 'U0ONCALL2']

const scenario = (name: string, run: (world: World) => Promise<void>) => inWorld(name, {}, run)

let created = Date.now() - 60_000
/** Statements of one agent, in the order in which they came. */
const deletes = (status: string, changes: Changes = {}) =>
  sampleHold({
    ...changes,
    statement: { sql: `delete from shop.orders where status = '${status}'`, ...changes.statement },
    terms: { createdAt: created++, ...changes.terms },
  })

const offers = (world: World, hold: Hold) => JSON.stringify(world.cards(hold)[0]?.blocks).includes('"hold_batch"')

async function put(world: World, ...holds: Hold[]): Promise<void> {
  for (const hold of holds) await world.put(hold)
  for (const hold of holds) {
    await world.card(hold)
    await world.until(() => offers(world, hold), `offer on ${hold.id}`)
  }
}

async function open(world: World, hold: Hold, user = first) {
  await world.click(user, hold, 'hold_batch')
  return world.slack.waitForView(user)
}

/** Chooses for each hold, and says what the person is told. */
async function decide(world: World, choices: readonly [Hold, string][], words?: string, user = first): Promise<string> {
  const told = world.slack.ephemerals(user).length
  const values = Object.fromEntries(choices.map(([hold, verdict]) => [hold.id, verdict]))
  const view = world.slack.view(user)
  const sent = await world.slack.submit(user, view?.id ?? '', { ...values, ...(words ? { words } : {}) })
  assert.equal(sent.status, 'closed', JSON.stringify(sent.errors))
  await world.until(() => world.slack.ephemerals(user).length > told, 'word')
  return world.slack.ephemerals(user).at(-1)?.text ?? ''
}

const states = async (world: World, ...holds: Hold[]) =>
  Promise.all(holds.map(async hold => (await world.stored(hold)).state))

scenario('offered only while several statements of one agent wait', async world => {
  const alone = await world.put(deletes('alone'))
  await world.card(alone)
  const { principal } = alone.terms.statement
  const other = sampleHold({ statement: { principal: { ...principal, subject: 'other-bot', name: 'other-bot' } } })
  await world.put(other)
  await world.card(other)
  const more = deletes('more')
  await put(world, more)
  assert.ok(offers(world, alone))
  assert.ok(!offers(world, other))
  await world.click(first, more, 'hold_approve')
  await world.card(more, 'Approved')
  await world.until(() => !offers(world, alone), 'offer that goes')
})

scenario('what somebody has approved does not wait for them, and they can still stop it', async world => {
  const two = { decision: { approvers: [{ group: 'data-oncall', people: 2 }] } }
  const [mine, other] = [deletes('mine', two), deletes('other', two)]
  await put(world, mine, other)
  await world.click(first, mine, 'hold_approve')
  await world.slack.waitForEphemeral(first, ({ text }) => /1 of 2/.test(text))
  const text = shownText((await open(world, mine)).payload)
  assert.ok(text.includes(other.id) && !text.includes(mine.id), text)
  assert.match(await decide(world, [[other, 'approve']]), /1 of 2/)
  await world.click(first, mine, 'hold_batch')
  await world.slack.waitForEphemeral(first, ({ text }) => /approved this already.*still deny/.test(text))
  await world.click(first, mine, 'hold_deny')
  await world.slack.submit(first, (await world.slack.waitForView(first)).id, { words: 'the wrong table' })
  await world.card(mine, 'Denied')
})

scenario('each is decided by its own digest, and what came of each is said', async world => {
  const holds = ['a', 'b', 'c'].map(status => deletes(status)) as [Hold, Hold, Hold]
  const [a, b, c] = holds
  await put(world, ...holds)
  const view = await open(world, b)
  const text = shownText(view.payload)
  for (const { id, terms } of holds) {
    assert.ok(text.includes(terms.statement.sql))
    assert.ok(text.includes(id))
  }
  assert.ok(text.indexOf("status = 'a'") < text.indexOf("status = 'c'"), 'oldest first')
  const told = await decide(
    world,
    [
      [a, 'approve'],
      [b, 'deny'],
    ],
    'not the ones of b',
  )
  assert.match(told, new RegExp(`${a.id} +Approved\\.\\n• ${b.id} +Denied\\.$`))
  assert.deepEqual(await states(world, a, b, c), ['approved', 'denied', 'pending'])
  for (const [hold, verdict] of [
    [a, 'approve'],
    [b, 'deny'],
  ] as const) {
    const review = await reviewVerifier({ slack: publicReviewKey }).verify((await world.stored(hold)).reviews[0] ?? '')
    const { digest } = hold.terms
    const { hold: id, verdict: given, reason, digest: signed, shown } = review ?? {}
    assert.deepEqual(
      [id, given, reason, signed, shown],
      [hold.id, verdict, 'not the ones of b', digest, termsHash(hold.terms)],
    )
  }
})

scenario('a denial without words decides nothing, nor does leaving all of them', async world => {
  const [a, b] = [deletes('a'), deletes('b')]
  await put(world, a, b)
  const view = await open(world, a)
  const refused = await world.slack.submit(first, view.id, { [a.id]: 'deny', [b.id]: 'approve' })
  assert.equal(refused.status, 'errors')
  assert.match(refused.errors?.words ?? '', /Say why/)
  assert.match(await decide(world, []), /nothing was decided/)
  assert.deepEqual(await states(world, a, b), ['pending', 'pending'])
})

scenario('a rule that wants words for an approval gets them here too', async world => {
  const [a, b] = [deletes('a', { decision: { approvalReason: true } }), deletes('b')]
  await put(world, a, b)
  const view = await open(world, a)
  assert.equal((await world.slack.submit(first, view.id, { [a.id]: 'approve' })).status, 'errors')
  assert.match(await decide(world, [[a, 'approve']], 'looked at it'), /Approved/)
  assert.deepEqual(await states(world, a, b), ['approved', 'pending'])
})

scenario('what changed, ran out or was decided meanwhile is left, and the others go on', async world => {
  const now = Date.now()
  const soon = deletes('late', { terms: { createdAt: now - 1_000, expiresAt: now + 60_000 } })
  const [changed, taken, good] = [deletes('changed'), deletes('taken'), deletes('good')]
  await put(world, changed, taken, good, soon)
  await open(world, good)
  const stored = await world.stored(changed)
  const approvers = [{ group: 'data-oncall', people: 3 }]
  await world.holds.replace(stored, { ...stored, terms: { ...stored.terms, approvers } })
  await world.click(second, taken, 'hold_approve')
  await world.card(taken, 'Approved')
  world.ahead = 61_000
  const told = await decide(
    world,
    [changed, taken, good, soon].map(hold => [hold, 'approve']),
  )
  assert.match(told, new RegExp(`${changed.id} +What you looked at is out of date`))
  assert.match(told, new RegExp(`${taken.id} +Already approved by oncall-2`))
  assert.match(told, new RegExp(`${soon.id} +Too late`))
  assert.match(told, new RegExp(`${good.id} +Approved`))
  assert.deepEqual(await states(world, changed, taken, good, soon), ['pending', 'approved', 'approved', 'pending'])
})

scenario('what asks for a closer look can be denied here, and not approved', async world => {
  const grave = deletes('grave', { decision: { stepUp: true } })
  const long = deletes('long', { statement: { sql: `select ${'1, '.repeat(2_000)}2` } })
  const odd = deletes('odd', { statement: { sql: "delete from shop.orders where status = '\u202Eabc'" } })
  const plain = deletes('plain')
  await put(world, plain, grave, odd)
  await world.put(long)
  await world.slack.waitForMessage(message => shownText(message.blocks).includes(long.id))
  const view = await open(world, plain)
  const text = shownText(view.payload)
  assert.match(text, /Not approvable here: +This one is approved in the console/)
  assert.match(text, /Not approvable here: +Read it all first/)
  assert.match(text, /Not approvable here: +There is something to look at twice/)
  const offered = (hold: Hold) => {
    const blocks = view.payload.blocks as { block_id?: string; element?: { options?: { value: string }[] } }[]
    return blocks.find(({ block_id }) => block_id === hold.id)?.element?.options?.map(({ value }) => value)
  }
  assert.deepEqual([grave, long, odd].map(offered), Array(3).fill(['deny', 'leave']))
  // Somebody between us and Slack offers it all the same.
  const approve = { text: { type: 'plain_text', text: 'Approve' }, value: 'approve' }
  for (const block of view.payload.blocks as { element?: { options?: object[] } }[])
    block.element?.options?.push(approve)
  const told = await decide(
    world,
    [grave, long, odd, plain].map(hold => [hold, 'approve']),
  )
  assert.equal(told.split('\n').length, 1)
  assert.deepEqual(await states(world, grave, long, odd, plain), ['pending', 'pending', 'pending', 'approved'])
})

scenario('what the modal did not show cannot be put into it, nor into somebody else’s', async world => {
  const [a, b] = [deletes('a'), deletes('b')]
  await put(world, a, b)
  const view = await open(world, a)
  const hidden = await world.put(deletes('hidden'))
  const sealed = String(view.payload.private_metadata)
  const item = { hold: hidden.id, terms: termsHash(hidden.terms), mayApprove: true, wordy: false }
  const [mac, content] = [sealed.slice(0, sealed.indexOf('.')), JSON.parse(sealed.slice(sealed.indexOf('.') + 1))]
  const forged = [
    `${mac}.${JSON.stringify({ ...content, items: [item] })}`,
    `.${JSON.stringify({ ...content, items: [item] })}`,
    JSON.stringify({ ...content, items: [item] }),
    `${mac}.${JSON.stringify(content)}x`,
  ]
  // The block is there as if it had been shown.
  const [choice] = (view.payload.blocks as { block_id?: string }[]).filter(({ block_id }) => block_id === a.id)
  ;(view.payload.blocks as object[]).push({ ...choice, block_id: hidden.id })
  for (const metadata of forged) {
    const mine = await open(world, b)
    Object.assign(mine.payload, { private_metadata: metadata, blocks: view.payload.blocks })
    await world.slack.submit(first, mine.id, { [a.id]: 'approve', [hidden.id]: 'approve' })
  }
  const other = await open(world, b, second)
  other.payload.private_metadata = sealed
  await world.slack.submit(second, other.id, { [a.id]: 'approve' })
  await world.until(
    () => world.logged.filter(({ fields }) => fields.code === 'private_metadata').length === 5,
    'five refused views',
  )
  assert.deepEqual(await states(world, a, b, hidden), ['pending', 'pending', 'pending'])
})

scenario('each stage and quorum counts as on a card, and two people at once are both counted', async world => {
  const two = () => deletes('two', { decision: { approvers: [{ group: 'data-oncall', people: 2 }] } })
  const [a, b] = [two(), two()]
  await put(world, a, b)
  await open(world, a)
  await open(world, a, second)
  const both = [a, b].map((hold): [Hold, string] => [hold, 'approve'])
  const told = await Promise.all([decide(world, both), decide(world, both, undefined, second)])
  assert.deepEqual(await states(world, a, b), ['approved', 'approved'])
  assert.equal(told.join('\n').match(/counts: 1 of 2/g)?.length, 2)
  assert.equal(told.join('\n').match(/Approved\./g)?.length, 2)
})

scenario('no owner, no guest', async world => {
  const [a, b] = [deletes('a'), deletes('b')]
  await put(world, a, b)
  for (const [user, words] of [
    ['U0OWNER', /You own this agent/],
    ['U0GUEST', /Guests of the workspace/],
  ] as const) {
    await world.click(user, a, 'hold_batch')
    assert.match(await world.told(user), words)
    assert.equal(world.slack.view(user), undefined)
  }
})

scenario('more than fit are for the next time, however long each of them is', async world => {
  const values = 'x'.repeat(1_900)
  const holds = Array.from({ length: 8 }, (_, n) =>
    deletes(`${n}${values}`, { statement: { purpose: '&<>'.repeat(400) } }),
  )
  await put(world, ...holds)
  const [a] = holds
  assert.ok(a)
  const text = shownText((await open(world, a)).payload)
  assert.match(text, /waits with 6 statements for you\. Each is decided by itself\. 2 more wait/)
  const six = holds.slice(0, 6).map((hold): [Hold, string] => [hold, 'approve'])
  assert.equal((await decide(world, six)).match(/Approved\./g)?.length, 6)
  const rest = holds.slice(6)
  const [last] = rest
  assert.ok(last)
  assert.match(
    shownText((await open(world, last)).payload),
    /waits with 2 statements for you\. Each is decided by itself\. {2}/,
  )
})
