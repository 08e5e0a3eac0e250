import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import {
  againstEachOther,
  awayForAnHour,
  channelGone,
  clickFails,
  deletedByAdmin,
  deliveredTwice,
  killedBeforeRemembering,
  killedBeforeUpdate,
  modalFails,
  oneOfTwoBots,
  postingFails,
  silentSocket,
  tokenRevoked,
  triggerExpires,
  twoAtOnce,
  updatingFails,
} from './fault-rows.ts'
import { FaultStand, room } from './fault-stand.ts'

/*
 * What goes wrong between us and Slack, and what holds nevertheless. Each row is played with the whole product: an agent, the
 * gateway, two bots, the warehouse and the strict local Slack. Whatever happens, no statement has two cards, runs twice, or
 * runs unapproved.
 */
type Row = readonly [fault: string, holds: string, play: (at: FaultStand) => Promise<void>]

const archived = ({ slack }: FaultStand, is: boolean) => slack.setArchived(room, is)
const removed = ({ slack }: FaultStand, is: boolean) => slack.setMember(room, slack.state.workspace.app.botUserId, !is)

const rows: readonly Row[] = [
  ['Slack is away for an hour', 'cards come late and say so, once; expiries were kept', awayForAnHour],
  [
    'Slack answers 500 for a while',
    'one card, and it is decided',
    at => postingFails(at, ({ slack }) => slack.outage('http-500', 3)),
  ],
  [
    'Slack answers with a page for people',
    'one card, and it is decided',
    at => postingFails(at, ({ slack }) => slack.outage('page', 6)),
  ],
  [
    '429 on chat.postMessage',
    'the card waits as long as Slack says',
    at => postingFails(at, ({ slack }) => slack.faults.rateLimit('chat.postMessage', 1, 2)),
  ],
  [
    '429 on chat.update',
    'the statement runs, and the card follows',
    at => updatingFails(at, ({ slack }) => slack.faults.rateLimit('chat.update', 1, 2)),
  ],
  [
    '429 on views.open',
    'the person is told; the next click opens',
    at => modalFails(at, ({ slack }) => slack.faults.rateLimit('views.open', 30)),
  ],
  [
    '429 on users.info',
    'nobody is anybody; the person is told',
    at => clickFails(at, ({ slack }) => slack.faults.rateLimit('users.info', 30), /could not tell who you are/),
  ],
  [
    'users.info never answers',
    'acknowledged within 3 s; the person is told',
    // Every call: a click that comes again, or somebody else's question, must not be the one that is not answered.
    at => clickFails(at, ({ slack }) => slack.faults.stall('users.info', 100), /could not tell who you are/),
  ],
  [
    'the answer to chat.postMessage is lost',
    'the card is found, not posted again',
    at => postingFails(at, ({ slack }) => slack.faults.loseResponse('chat.postMessage')),
  ],
  [
    'chat.postMessage never answers',
    'the card is found, not posted again',
    at => postingFails(at, ({ slack }) => slack.faults.stall('chat.postMessage')),
  ],
  [
    'the answer to chat.update is lost',
    'the card shows the end',
    at => updatingFails(at, ({ slack }) => slack.faults.loseResponse('chat.update', 2)),
  ],
  ['envelopes come twice, on both sockets', 'one review of each click', deliveredTwice],
  ['two approve in the same instant', 'one run; where two are asked, both count', twoAtOnce],
  ['one approves while another denies', 'one of both, and everybody hears the same', againstEachOther],
  ['views.open with a trigger that is too old', 'the person is told; the next click opens', triggerExpires],
  [
    'SIGKILL of the bots between post and record',
    'the next bot finds the card, decided as it is',
    killedBeforeRemembering,
  ],
  ['SIGKILL of the bots between click and update', 'it ran once; the next bot shows it', killedBeforeUpdate],
  ['one of two bots is killed', 'the other one goes on', oneOfTwoBots],
  [
    'the channel is archived',
    'it waits, expires in time, never runs; then the card comes',
    at => channelGone(at, archived),
  ],
  [
    'the bot is removed from the channel',
    'it waits, expires in time, never runs; then the card comes',
    at => channelGone(at, removed),
  ],
  ['an administrator deletes the card', 'what waits gets another, what is decided none', deletedByAdmin],
  ['the bot’s token is revoked', 'it waits; with a token that counts the card comes', tokenRevoked],
  ['a socket goes silent', 'a click on it is seen to fail; the other carries on; it is replaced', silentSocket],
]

describe('faults of Slack', { timeout: 600_000 }, () => {
  let at: FaultStand
  before(async () => {
    at = await FaultStand.start(mkdtempSync(join(tmpdir(), 'querywarden-faults-')))
  })
  after(() => at.stop())
  afterEach(() => at.settle())

  for (const [fault, holds, play] of rows) test(`${fault} → ${holds}`, () => play(at))
})
