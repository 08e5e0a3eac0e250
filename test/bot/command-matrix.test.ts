import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { insist } from '#test/journey/insist.ts'
import { MovedTime } from '#test/stand/moved-time.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { type SessionState, sessionsInEveryState } from './sessions.ts'
import { addPeople, shownText } from './world.ts'

/*
 * Every state of a session × everything that can be asked about it × everybody who might, with the whole product. Whoever may not
 * see a session cannot tell it from one that does not exist.
 */

const room = 'C0APPROVALS'
const users = {
  'on call': 'U0ONCALL1',
  owner: 'U0OWNER',
  'other person': 'U0READER',
  guest: 'U0GUEST',
  admin: 'U0ADMIN',
  deactivated: 'U0LEFT',
  stranger: 'U0OUTSIDER',
  elsewhere: 'U0ELSEWHERE',
  'shared channel': 'U0ONCALL1',
} as const
type Actor = keyof typeof users

const nobodies: Partial<Record<Actor, RegExp>> = {
  guest: /Guests of the workspace/,
  admin: /not linked to a person/,
  deactivated: /deactivated/,
  stranger: /Only members of this workspace/,
  elsewhere: /Only members of this workspace/,
  'shared channel': /shared with another organization/,
}

const states: readonly SessionState[] = [
  ...(['pending', 'partly approved', 'approved', 'executing', 'unknown'] as const),
  ...(['completed', 'failed', 'denied', 'expired', 'cancelled', 'killed'] as const),
]
const live: readonly SessionState[] = ['pending', 'partly approved', 'approved', 'executing', 'unknown']
const aboutOne = {
  show: /\+0\.0 s +asked/,
  replay: /\[asked\] → understood/,
  why: /What would have changed it/,
  kill: /It is cancelled in the warehouse/,
  'card menu': /\+0\.0 s +asked/,
} as const
const aboutAll = {
  find: /sessions · 1 agent/,
  pending: /waiting +oldest first/,
  reviews: /Nothing was released alone that is not reviewed/,
  pause: /is paused until/,
  resume: /^Resumed|No agent of this name is paused/,
  home: /My link/,
  help: /\/qw show/,
} as const
type Command = keyof typeof aboutOne | keyof typeof aboutAll

/** What whoever is somebody, and may not look this up, gets instead. */
const ofOthers: Partial<Record<Command, RegExp>> = {
  find: /No session that you may see/,
  pending: /Nothing waits/,
  pause: /Only operators/,
  resume: /Only operators/,
}

function outcomeOf(state: SessionState | 'any', command: Command, actor: Actor): RegExp | 'shown' {
  // Nobody else sees a Home tab, whatever channel they came from.
  if (command === 'home' && actor === 'shared channel') return 'shown'
  const refused = nobodies[actor]
  if (refused) return refused
  if (actor === 'other person' && state !== 'any') return /There is no such session/
  if (actor === 'other person') return ofOthers[command] ?? 'shown'
  return command === 'kill' && state !== 'any' && !live.includes(state) ? /It has ended already/ : 'shown'
}

describe('who may ask for what', { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-commands-'))
  const time = new MovedTime(join(folder, 'time'))
  let stand: Stand
  let sessions: Awaited<ReturnType<typeof sessionsInEveryState>>
  before(async () => {
    stand = await startStand({ folder, env: time.env, sizes: { customers: 50, orders: 500 } })
    addPeople(stand, users)
    sessions = await sessionsInEveryState(stand, time)
  })
  after(async () => {
    await stand.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const each = [
    ...states.flatMap(state => (Object.keys(aboutOne) as Command[]).map(command => [state, command] as const)),
    ...(Object.keys(aboutAll) as Command[]).map(command => ['any', command] as const),
  ]
  for (const [state, command] of each) {
    for (const actor of Object.keys(users) as Actor[]) {
      // Slack opens no Home tab for an account that is deactivated.
      if (command === 'home' && actor === 'deactivated') continue
      const outcome = outcomeOf(state, command, actor)
      test(`${state} × ${command} × ${actor} → ${outcome}`, async () => {
        const id = state === 'any' ? '' : sessions[state]
        const said = await ask(stand, command, id, actor)
        assert.match(said, outcome === 'shown' ? { ...aboutOne, ...aboutAll }[command] : outcome)
        if (outcome !== 'shown' && id) assert.doesNotMatch(said, /delete from/)
      })
    }
    test(`${state} × ${command} × agent’s token → /nothing an agent holds opens it/`, () => refuseToken(stand, command))
  }

  test('nothing failed in Slack', () => assert.deepEqual(stand.slack.failures, []))
})

/** What this person is told, and nobody else. */
async function ask({ slack }: Stand, command: Command, id: string, actor: Actor): Promise<string> {
  const user = users[actor]
  const place = actor === 'shared channel' ? 'C0PARTNER' : room
  if (command === 'home') return home(slack, user)
  const seen = new Set(slack.ephemerals(user).map(({ ts }) => ts))
  const card = command === 'card menu' && cardIn(slack, place, id).ts
  await insist(slack, user, () =>
    card
      ? slack.shortcut(user, place, card, 'show_session')
      : slack.command(user, place, `/qw ${command} ${wordsOf(command, id)}`),
  )
  const { text, blocks } = await slack.waitForEphemeral(user, ({ ts }) => !seen.has(ts))
  return `${text}\n${shownText(blocks)}`.replaceAll(/[^\S\n]+/g, ' ')
}

function wordsOf(command: Command, id: string): string {
  if (command === 'kill') return `${id} runs away`
  return { pause: 'nobody-bot for 1m just in case', resume: 'nobody-bot' }[String(command)] ?? id
}

async function home(slack: Stand['slack'], user: string): Promise<string> {
  slack.state.homes.delete(user)
  await insist(slack, user, () => slack.openHome(user))
  return shownText((await slack.waitFor(() => slack.home(user), `Home of ${user}`)).payload)
}

/** The card of a session, or a copy of it that somebody took to another channel. */
function cardIn(slack: Stand['slack'], place: string, id: string): SlackMessage {
  const card = slack.messages(room).find(({ blocks }) => JSON.stringify(blocks).includes(id))
  assert.ok(card, `no card of ${id}`)
  return place === room ? card : slack.state.add({ channel: place, user: card.user, text: '', blocks: card.blocks })
}

/** Commands reach the gateway under the bot's own signature; an agent's token is none, though it names somebody on call. */
async function refuseToken(stand: Stand, command: Command): Promise<void> {
  const token = await stand.issuer.tokenFor('release-bot', { claims: { sub: 'oncall-1' } })
  const operation = command === 'card menu' || command === 'replay' ? 'show' : command === 'help' ? 'find' : command
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const [gateway] = stand.gateways
  const { status } = await fetch(`${gateway?.url}/internal/${operation}`, { method: 'POST', headers, body: '{}' })
  assert.equal(status, 401)
}
