import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ApprovalWindow, Approvers } from '#src/decide/decision.ts'
import { weekdays } from '#src/decide/vocabulary.ts'
import type { Hold, HoldState } from '#src/hold/hold.ts'
import type { Review } from '#src/hold/review.ts'
import type { Person } from '#src/principal.ts'
import { stateWords } from '#src/show/outcome.ts'
import { type Changes, people, sampleHold, sampleReview, signed } from './sample-hold.ts'
import { openWorld, shownText, type World } from './world.ts'

/*
 * Every situation of a hold × every way to decide × everybody who might. Each cell is one use of a real card in the local
 * Slack; what is asserted is what the person is told, and what then stands in the hold store.
 */

const privacy: Person = {
  id: 'privacy-1@acme.example',
  name: 'privacy-1',
  groups: ['privacy'],
  slack: { team: 'T0DEMO', user: 'U0READER' },
}
const everybody = [...people, privacy]
const users = {
  asked: 'U0ONCALL1',
  colleague: 'U0ONCALL2',
  privacy: 'U0READER',
  owner: 'U0OWNER',
  guest: 'U0GUEST',
} as const
type Actor = keyof typeof users
type Action = 'approve' | 'deny' | 'suggest' | 'grant' | 'release'

const staged: Approvers[] = [
  { group: 'data-oncall', people: 1 },
  { group: 'privacy', people: 1, stage: 2 },
]
const agreed = (hold: Hold, more: Partial<Review> = {}) => signed(sampleReview(hold, more))
const ended = (state: HoldState, reviews: (hold: Hold) => Promise<string>[] = () => []): Situation => ({
  hold: { hold: { state } },
  reviews,
})

const escalating: Approvers = { group: 'data-oncall', people: 1, escalate: { group: 'privacy', afterSeconds: 300 } }

/** Three days around the one that is so many days away. */
function window(ahead: number): ApprovalWindow {
  const day = new Date().getUTCDay() + ahead + 7
  const days = [day - 1, day, day + 1].map(number => weekdays[number % 7] ?? 'monday')
  return { days, from: 0, to: 1_440, zone: 'UTC' }
}

/** With break-glass for somebody who is asked, for somebody who is not, and for two who may not. */
const alone = (decision: Changes['decision'] = {}): Changes => ({
  decision: {
    releasers: ['oncall-1', 'privacy-1', 'release-owner', 'guest-1'].map(name => `${name}@acme.example`),
    ...decision,
  },
})
const two: Approvers[] = [{ group: 'data-oncall', people: 2 }]

interface Situation {
  readonly hold: Changes
  readonly reviews?: (hold: Hold) => Promise<string>[]
  /** A grant of the shape, where nothing else is said. */
  readonly offers?: 'nothing'
}

const situations: Readonly<Record<string, Situation>> = {
  'one of a group': { hold: {} },
  'two of a group, one of whom has agreed': {
    hold: { decision: { approvers: [{ group: 'data-oncall', people: 2 }] } },
    reviews: hold => [agreed(hold)],
  },
  'somebody by name': {
    hold: { decision: { approvers: [{ named: ['privacy-1@acme.example', 'release-owner@acme.example'], people: 1 }] } },
  },
  'first of two stages': { hold: { decision: { approvers: staged } } },
  'second of two stages': { hold: { decision: { approvers: staged } }, reviews: hold => [agreed(hold)] },
  'a reason is required': { hold: { decision: { approvalReason: true } } },
  'a fresh sign-in is required': { hold: { decision: { stepUp: true } } },
  'outside of its window': { hold: { decision: { approveWithin: [window(3)] } } },
  'inside of its window': { hold: { decision: { approveWithin: [window(0)] } } },
  'before its escalation': { hold: { decision: { approvers: [escalating] } } },
  'after its escalation': {
    hold: { decision: { approvers: [escalating] }, terms: { createdAt: Date.now() - 600_000 } },
  },
  'nothing may be granted': { hold: {}, offers: 'nothing' },
  'break-glass': { hold: alone({ approvers: two }) },
  'break-glass, and somebody has agreed': { hold: alone({ approvers: two }), reviews: hold => [agreed(hold)] },
  'break-glass outside of its window': { hold: alone({ approveWithin: [window(3)] }) },
  'break-glass with a fresh sign-in': { hold: alone({ stepUp: true }) },
  'break-glass, denied': {
    ...ended('denied', hold => [agreed(hold, { verdict: 'deny', reason: 'not now' })]),
    hold: { ...alone(), hold: { state: 'denied' } },
  },
  'break-glass, expired': { hold: { ...alone(), hold: { state: 'expired' } } },
  approved: ended('approved', hold => [agreed(hold)]),
  denied: ended('denied', hold => [agreed(hold, { verdict: 'deny', reason: 'not now' })]),
  expired: ended('expired'),
  cancelled: ended('cancelled'),
}

/** What comes of it: a state, or words only the person sees. */
type Cells = Readonly<Record<Actor, HoldState | RegExp>>
const nobody = { owner: /You own this agent/, guest: /Guests of the workspace/ }
const notAsked = { ...nobody, privacy: /not in the group/ }
const otherStage = /another stage/
const over = (words: RegExp): Cells => ({ ...notAsked, asked: words, colleague: words })
const decided = over(/Already approved by oncall-1/)

const notNamed = { ...nobody, colleague: /not among those who may release/ }

/** A grant is an approval that says more, a suggestion such a denial: their cells are those of what they are, where nothing else is said. */
const table: Readonly<Record<string, Readonly<Partial<Record<Action, Partial<Cells>>>>>> = {
  'break-glass': {
    approve: { ...notAsked, asked: /counts: 1 of 2/, colleague: /counts: 1 of 2/ },
    grant: {},
    release: { ...notNamed, asked: 'approved', privacy: 'approved' },
  },
  'break-glass, and somebody has agreed': {
    approve: { ...notAsked, asked: /each person counts once/, colleague: 'approved' },
    release: { ...notNamed, asked: 'approved', privacy: 'approved' },
  },
  'break-glass outside of its window': {
    approve: { ...notAsked, asked: /can be approved/, colleague: /can be approved/ },
    release: { ...notNamed, asked: 'approved', privacy: 'approved' },
  },
  'break-glass with a fresh sign-in': {
    release: { ...notNamed, asked: /released there/, privacy: /released there/ },
  },
  'break-glass, denied': {
    release: { ...notNamed, asked: /Already denied by oncall-1/, privacy: /Already denied by oncall-1/ },
  },
  'break-glass, expired': { release: { ...notNamed, asked: /Too late/, privacy: /Too late/ } },
  'one of a group': {
    release: { ...notNamed, asked: /not among/, privacy: /not among/ },
    approve: { ...notAsked, asked: 'approved', colleague: 'approved' },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
  },
  'two of a group, one of whom has agreed': {
    approve: { ...notAsked, asked: /each person counts once/, colleague: 'approved' },
    deny: { ...notAsked, asked: /each person counts once/, colleague: 'denied' },
  },
  'somebody by name': {
    approve: { ...nobody, privacy: 'approved', asked: /not in the group/, colleague: /not in the group/ },
    deny: { ...nobody, privacy: 'denied', asked: /not in the group/, colleague: /not in the group/ },
  },
  'first of two stages': {
    approve: { ...nobody, privacy: otherStage, asked: /Your approval counts: 1 of 1/, colleague: /1 of 1/ },
    deny: { ...nobody, privacy: otherStage, asked: 'denied', colleague: 'denied' },
  },
  'second of two stages': {
    approve: { ...nobody, privacy: 'approved', asked: /each person counts once/, colleague: otherStage },
    deny: { ...nobody, privacy: 'denied', asked: /each person counts once/, colleague: otherStage },
  },
  'a reason is required': {
    approve: { ...notAsked, asked: 'approved', colleague: 'approved' },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
  },
  'a fresh sign-in is required': {
    approve: { ...notAsked, asked: /approved in the console/, colleague: /approved in the console/ },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
  },
  'outside of its window': {
    approve: { ...notAsked, asked: /can be approved .* 00:00–24:00 UTC, next </, colleague: /can be approved/ },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
  },
  'inside of its window': {
    approve: { ...notAsked, asked: 'approved', colleague: 'approved' },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
  },
  'before its escalation': {
    approve: { ...notAsked, asked: 'approved', colleague: 'approved' },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
  },
  'after its escalation': {
    approve: { ...nobody, privacy: 'approved', asked: 'approved', colleague: 'approved' },
    deny: { ...nobody, privacy: 'denied', asked: 'denied', colleague: 'denied' },
  },
  'nothing may be granted': {
    approve: { ...notAsked, asked: 'approved', colleague: 'approved' },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
    grant: { ...notAsked, asked: /more than the policy lets/, colleague: /more than the policy lets/ },
  },
  approved: { approve: decided, deny: decided },
  denied: { approve: over(/Already denied by oncall-1/), deny: over(/Already denied by oncall-1/) },
  expired: { approve: over(/Too late/), deny: over(/Too late/) },
  cancelled: { approve: over(/withdrew/), deny: over(/withdrew/) },
}

describe('who may do what, and when', () => {
  let world: World
  let cells = 0
  before(async () => {
    world = await openWorld({ people: everybody })
  })
  after(async () => {
    await world.close()
    console.log(`${cells} cells of the table`)
  })

  for (const [name, { hold: changes, reviews, offers }] of Object.entries(situations))
    for (const action of ['approve', 'deny', 'suggest', 'grant', 'release'] as const)
      for (const [actor, outcome] of Object.entries(cellsOf(name, action)) as [Actor, HoldState | RegExp][])
        test(`${name}: ${actor} may ${action}? ${outcome}`, async () => {
          cells += 1
          const made = sampleHold({ ...changes, terms: { ...(offers ? {} : { grantable }), ...changes.terms } })
          const put = { ...made, reviews: await Promise.all(reviews?.(made) ?? []) }
          await play(world, put, { user: users[actor], action, outcome })
          assert.deepEqual(world.slack.failures, [])
        })
})

function cellsOf(name: string, action: Action): Partial<Cells> {
  const { approve, deny, grant, release } = table[name] ?? {}
  return { approve, deny, suggest: deny, grant: grant ?? approve, release }[action] ?? {}
}

const grantable = {
  scope: 'a'.repeat(64),
  shape: 'delete from shop.orders where status = ?',
  places: 1,
  seconds: 3_600,
  uses: 20,
}

interface Played {
  readonly user: string
  readonly action: Action
  readonly outcome: HoldState | RegExp
}

/** Uses the buttons that the pending card had, whatever has become of the hold since. */
async function play(world: World, put: Hold, { user, action, outcome }: Played): Promise<void> {
  const told = world.slack.ephemerals(user).length
  const hold = await world.put({ ...put, state: 'pending' })
  const card = await world.card(hold)
  const buttons = card.blocks
  const button = action === 'approve' ? approveButton(buttons) : `hold_${action}`
  if (!JSON.stringify(buttons).includes(`"${button}"`)) addButton(buttons, button)
  if (put.state !== 'pending') {
    await move(world, hold, put.state)
    await world.card(hold, stateWords[put.state])
    // A screen that has not heard of it yet.
    card.blocks = buttons
  }
  const before = world.slack.view(user)
  await world.slack.click(user, card.channel, card.ts, button)
  const decides = typeof outcome === 'string' || outcome.test('Your approval counts: 1 of 1')
  if (button !== 'hold_approve' && decides) {
    await world.until(() => world.slack.view(user) !== before, 'modal')
    await world.slack.submit(user, world.slack.view(user)?.id ?? '', {
      words: 'as said in the channel',
      ...(action === 'suggest' ? { sql: 'select 1 as `better` -- <!channel>' } : {}),
      ...(action === 'grant' ? { seconds: '900', uses: '20' } : {}),
    })
  }
  if (typeof outcome === 'string') {
    const shown = shownText((await world.card(hold, stateWords[outcome])).blocks)
    if (action === 'release') assert.match(shown, /Released alone by (oncall|privacy)-1.*“as said in the channel”/)
    await world.card(hold, stateWords[outcome])
    assert.equal((await world.stored(hold)).state, outcome)
    if (action === 'grant') assert.match(shownText(card.blocks), /and its shape for 15m, at most 20 times/)
    if (action === 'suggest') assert.match(codeOn(card.blocks), /select 1 as `better` -- <!channel>/)
    return
  }
  await world.until(() => world.slack.ephemerals(user).length > told, `word to ${user}`)
  const words = world.slack.ephemerals(user).at(-1)?.text ?? ''
  assert.match(words, outcome)
  const stored = await world.stored(hold)
  assert.deepEqual(
    [stored.state, stored.reviews.length],
    [put.state, hold.reviews.length + Number(/counts:/.test(words))],
  )
}

/** All that a card shows as code. */
function codeOn(blocks: unknown): string {
  const elements = (blocks as { elements?: { type?: string }[] }[]).flatMap(block => block.elements ?? [])
  return elements.flatMap(element => (element.type === 'rich_text_preformatted' ? [shownText(element)] : [])).join('\n')
}

function approveButton(blocks: unknown): string {
  return JSON.stringify(blocks).includes('"hold_read"') ? 'hold_read' : 'hold_approve'
}

/** As a card has it that an older bot posted. */
function addButton(blocks: unknown, id: string): void {
  const actions = (blocks as { type: string; elements: Record<string, unknown>[] }[]).find(
    ({ type }) => type === 'actions',
  )
  const deny = actions?.elements.find(({ action_id }) => action_id === 'hold_deny')
  actions?.elements.unshift({ ...deny, action_id: id })
}

async function move(world: World, hold: Hold, state: HoldState): Promise<void> {
  for (;;) {
    const stored = await world.stored(hold)
    if ((await world.holds.replace(stored, { ...stored, state })) === 'replaced') return
  }
}
