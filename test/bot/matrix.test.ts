import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Hold, HoldState } from '#src/hold/hold.ts'
import { stateWord } from '#src/show/outcome.ts'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { actions, actors, everybody, holdIn, type Outcome, outcomeOf, situations, users } from './matrix.ts'
import { addPeople, channel, openWorld, shownText, type World } from './world.ts'

/*
 * Every cell of the matrix is one use of a real card in the local Slack; what is asserted is what the person is told, and what
 * then stands in the hold store. Whoever changes nothing presses the buttons of the same card as the others who do not.
 */
describe('who may do what, and when', { timeout: 600_000 }, () => {
  let world: World
  const cards = new Map<string, Promise<Card>>()
  before(async () => {
    world = await openWorld({ people: everybody })
    addPeople(world, users)
  })
  after(() => world.close())

  for (const [name, situation] of Object.entries(situations))
    for (const action of actions)
      for (const actor of actors) {
        const outcome = outcomeOf(name, action, actor)
        test(`${name} × ${action} × ${actor} → ${outcome}`, async () => {
          const fresh = async () => putUp(world, await holdIn(situation))
          const changes = typeof outcome === 'string' && outcome !== 'opens'
          if (!changes && !cards.has(name)) cards.set(name, fresh())
          const card = await (changes ? fresh() : cards.get(name))
          assert.ok(card)
          const place = actor === 'shared channel' ? 'C0PARTNER' : channel
          await play(world, card, { user: users[actor], place, action, outcome })
          assert.deepEqual(world.slack.failures, [])
        })
      }
})

interface Card {
  readonly put: Hold
  readonly message: SlackMessage
  /** What a screen shows that has heard of nothing since the card was posted, with every button there is. */
  readonly blocks: SlackMessage['blocks']
}

/** Puts up the card of a hold, and then moves the hold to the state it has by now. */
async function putUp(world: World, put: Hold): Promise<Card> {
  const { outcome: _, ...asked } = put
  const hold = await world.put({ ...asked, state: 'pending' })
  const message = await world.card(hold)
  const blocks = structuredClone(message.blocks)
  for (const action of ['hold_approve', 'hold_read', 'hold_grant', 'hold_release', 'hold_batch'])
    addButton(blocks, action)
  for (const state of pathTo(put.state)) await move(world, hold, state, put)
  if (put.state !== 'pending') await world.card(hold, stateWord(put))
  return { put: await world.stored(hold), message, blocks }
}

function pathTo(state: HoldState): HoldState[] {
  if (state === 'pending') return []
  const runs = ['executing', 'completed', 'failed', 'unknown'].includes(state)
  return runs ? [...new Set<HoldState>(['approved', 'executing', state])] : [state]
}

interface Played {
  readonly user: string
  readonly place: string
  readonly action: string
  readonly outcome: Outcome
}

async function play(world: World, card: Card, played: Played): Promise<void> {
  const { user, place, action, outcome } = played
  const { slack } = world
  const told = slack.ephemerals(user).length
  const view = slack.view(user)
  const message = place === channel ? card.message : copyIn(world, place, card)
  // Its bot may have brought the card up to date meanwhile.
  message.blocks = card.blocks
  await slack.click(user, place, message.ts, buttonOf(card, action))
  if (outcome === 'opens') return opened(world, user, view)
  if (typeof outcome === 'string' && buttonOf(card, action) !== 'hold_approve') await submit(world, user, action, view)
  if (typeof outcome === 'string' && outcome !== 'counts') return decided(world, card, action, outcome)
  await world.until(() => slack.ephemerals(user).length > told, `word to ${user}`)
  assert.match(slack.ephemerals(user).at(-1)?.text ?? '', outcome === 'counts' ? /Your approval counts: 1 of/ : outcome)
  const { state, reviews } = await world.stored(card.put)
  assert.deepEqual([state, reviews.length], [card.put.state, card.put.reviews.length + Number(outcome === 'counts')])
}

async function opened(world: World, user: string, before: ReturnType<World['slack']['view']>): Promise<void> {
  await world.until(() => world.slack.view(user) !== before, 'modal')
  await world.slack.closeView(user, world.slack.view(user)?.id ?? '')
}

/** Fills in what the modal asks for. */
async function submit(world: World, user: string, action: string, before: ReturnType<World['slack']['view']>) {
  await world.until(() => world.slack.view(user) !== before, 'modal')
  await world.slack.submit(user, world.slack.view(user)?.id ?? '', {
    words: 'as said in the channel',
    ...(action === 'suggest' ? { sql: 'select 1 as `better` -- <!channel>' } : {}),
    ...(action === 'grant' ? { seconds: '900', uses: '20' } : {}),
  })
}

async function decided(world: World, { put, message }: Card, action: string, state: string): Promise<void> {
  const shown = shownText((await world.card(put, stateWord({ state: state as HoldState }))).blocks)
  if (action === 'release') assert.match(shown, /Released alone by (oncall|privacy)-1.*“as said in the channel”/)
  const stored = await world.stored(put)
  assert.equal(stored.state, state)
  if (action === 'suggest') assert.match(codeOn(message.blocks), /select 1 as `better` -- <!channel>/)
  if (action === 'grant') assert.match(shownText(message.blocks), /and its shape for 15m, at most 20 times/)
}

/** A card that somebody took to another channel, buttons and all. */
function copyIn({ slack }: World, place: string, { blocks }: Card): SlackMessage {
  return slack.state.add({ channel: place, user: slack.state.workspace.app.botUserId, text: 'a card', blocks })
}

/** Where words are asked for, Approve… opens a modal. */
function buttonOf({ put }: Card, action: string): string {
  return action === 'approve' && put.terms.decision.approvalReason ? 'hold_read' : `hold_${action}`
}

/** All that a card shows as code. */
function codeOn(blocks: unknown): string {
  const elements = (blocks as { elements?: { type?: string }[] }[]).flatMap(block => block.elements ?? [])
  return elements.flatMap(element => (element.type === 'rich_text_preformatted' ? [shownText(element)] : [])).join('\n')
}

/** As a card has it that an older bot posted, or one for a longer statement. */
function addButton(blocks: unknown, id: string): void {
  const all = blocks as { type: string; elements: Record<string, unknown>[] }[]
  const elements = all.find(({ type }) => type === 'actions')?.elements ?? []
  if (elements.some(({ action_id }) => action_id === id)) return
  const deny = elements.find(({ action_id }) => action_id === 'hold_deny')
  elements.unshift({ ...deny, action_id: id })
}

async function move(world: World, hold: Hold, state: HoldState, { outcome }: Hold): Promise<void> {
  for (;;) {
    const stored = await world.stored(hold)
    const next = { ...stored, state, ...(outcome ? { outcome } : {}) }
    if ((await world.holds.replace(stored, next)) === 'replaced') return
  }
}
