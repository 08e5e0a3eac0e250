import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { until } from '#test/chaos/until.ts'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { Agent, type Answer, approve } from '#test/journey/agent.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { header, shownText } from './world.ts'

const room = 'C0APPROVALS'
const operator = 'U0ONCALL2'

/** Two gateways share the stores; the bot asks the first, and what is to be stopped runs on the second. */
describe('what operators stop from Slack', { timeout: 300_000 }, () => {
  let stand: Stand
  let here: Agent
  let there: Agent
  before(async () => {
    stand = await startStand({ gateways: 2, sizes: { customers: 100, orders: 1_000 } })
    here = new Agent(stand)
    there = new Agent(stand, 'release-bot', 1)
  })
  after(() => stand.stop())

  async function say(text: string, user = operator): Promise<SlackMessage> {
    const seen = new Set(stand.slack.ephemerals(user).map(({ ts }) => ts))
    await stand.slack.command(user, room, text)
    return stand.slack.waitForEphemeral(user, ({ ts }) => !seen.has(ts))
  }
  async function press(message: SlackMessage, action: string, user = operator): Promise<string> {
    const before = message.history.length
    await stand.slack.click(user, message.channel, message.ts, action)
    const next = ({ ts, history }: SlackMessage) => ts === message.ts && history.length > before
    return shown(await stand.slack.waitForEphemeral(user, next))
  }
  const shown = (message: SlackMessage) => `${message.text}\n${shownText(message.blocks)}`.replaceAll(/[^\S\n]+/g, ' ')
  const card = (id: string, word: string) =>
    stand.slack.waitForMessage(message => header(message).startsWith(word) && shownText(message.blocks).includes(id))
  const ran = (pattern: RegExp) =>
    stand.snowflake.statements().filter(({ sqlText, executions }) => executions > 0 && pattern.test(sqlText)).length

  test('what waits is killed: it never runs, and card and agent say who and why', async () => {
    const { request_id: id } = await here.ask("delete from orders where status = 'killed-1'")
    await card(id, 'Approval needed')
    const asked = await say(`/qw kill ${id} wrong table, <!channel> *stop*`)
    assert.match(shown(asked), /delete from orders where status = 'killed-1'/)
    assert.match(await press(asked, 'kill_it'), /Killed: .* waited, and will never run/)
    const { blocks } = await card(id, 'Killed')
    assert.match(
      shownText(blocks),
      /Killed before it ran: +On-call staff \(oncall-2\) killed .*"wrong table, <!channel>/,
    )
    assert.doesNotMatch(JSON.stringify(blocks), /"button"/)
    const told = await here.look(id)
    assert.deepEqual([told.http, told.code], [403, 'killed'])
    assert.match(String(told.message), /oncall-2.*wrong table/)
    assert.equal(ran(/^delete.*killed-1/), 0)
  })

  test('what runs on another gateway is cancelled in the warehouse, and its credential ends', async () => {
    const gate = stand.snowflake.holdNext(/^select count.*killed-2/)
    const asking = there.ask("select count(*) as n from orders where status = 'killed-2'")
    await gate.arrived
    const id = await until(async () => {
      const text = shown(await say('/qw find verdict:running'))
      return /[0-9A-Z]{4}(-[0-9A-Z]{4}){2}/.exec(text)?.[0]
    }, 'its session')
    assert.match(await press(await say(`/qw kill ${id} runs away`), 'kill_it'), /cancelled in the warehouse/)
    const answer: Answer = await asking
    assert.deepEqual([answer.http, answer.code], [403, 'killed'])
    assert.equal(ran(/^select count.*killed-2/), 0)
    const steps = shown(await say(`/qw show ${id}`))
    assert.match(steps, /to be killed, says oncall-2: "runs away"/)
    assert.match(steps, /failed \(killed\): On-call staff/)
  })

  test('an approved write is killed while it runs, whichever gateway runs it', async () => {
    const gate = stand.snowflake.holdNext(/^delete.*killed-3/)
    const { request_id: id } = await there.ask("delete from orders where status = 'killed-3'")
    await approve(stand, id)
    await gate.arrived
    assert.match(await press(await say(`/qw kill ${id} second thoughts`), 'kill_it'), /cancelled in the warehouse/)
    const { blocks } = await card(id, 'Killed')
    assert.match(shownText(blocks), /Approved by oncall-1.*Killed while it ran: .*second thoughts/s)
    assert.match(shown(await say(`/qw show ${id}`)), /credential .* ended after/)
    assert.equal(ran(/^delete.*killed-3/), 0)
  })

  test('a kill that comes too late says so, and changes nothing', async () => {
    const { request_id: id } = await here.ask("delete from orders where status = 'killed-4'")
    const asked = await say(`/qw kill ${id} too late`)
    await approve(stand, id)
    await card(id, 'Done')
    assert.match(await press(asked, 'kill_it'), /Too late: .* had ended already \(0 rows\)/)
    assert.equal((await here.look(id)).status, 'succeeded')
    assert.match(shown(await say(`/qw kill ${id} again`)), /It has ended already/)
  })

  test('who is no operator may not, be it their own agent; nor without a reason', async () => {
    const { request_id: id } = await here.ask("delete from orders where status = 'killed-5'")
    assert.match(shown(await say(`/qw kill ${id} for fun`, 'U0READER')), /There is no such session/)
    assert.match(shown(await say(`/qw kill ${id}`)), /say why/)
    assert.match(shown(await say(`/qw kill ${id} x`)), /say why/)
    assert.match(shown(await say(`/qw kill ${id} for fun`, 'U0GUEST')), /Guests/)
    assert.equal((await here.look(id)).http, 202)
  })

  test('of a paused agent everything waits for people, on every gateway; what runs is not touched', async () => {
    const sql = 'select count(*) as paused_one from orders'
    const gate = stand.snowflake.holdNext(/^select count.*as before_it/)
    const running = there.ask('select count(*) as before_it from orders')
    await gate.arrived
    const paused = shown(await say('/qw pause release-bot for 2h loops over <!channel> orders'))
    assert.match(paused, /release-bot is paused until .*by oncall-2: “loops over/s)
    for (const agent of [here, there]) {
      const { http, request_id: id } = await agent.ask(sql)
      assert.equal(http, 202)
      const why = shown(await say(`/qw why ${id}`))
      assert.match(why, /held: the agent is paused/)
      assert.match(why, /reads-of-the-shop would have allowed it, but the agent was paused/)
      assert.doesNotMatch(why, /No other rule allows it/)
      assert.match(why, /On-call staff \(oncall-2\) paused this agent: "loops over/)
    }
    gate.release()
    assert.equal((await running).status, 'succeeded')
    assert.match(shown(await say('/qw pending')), /release-bot is paused until/)
    assert.match(shown(await say('/qw resume release-bot')), /^Resumed/)
    assert.equal((await there.ask(`${sql} where id > 1`)).status, 'succeeded')
    assert.match(shown(await say('/qw resume release-bot')), /No agent of this name is paused/)
  })

  test('pausing asks for a reason, and says where nobody of that name is known', async () => {
    for (const words of ['', ' for 2h', ' for 2 hours it loops', ' for 99d it loops'])
      assert.match(shown(await say(`/qw pause release-bot${words}`)), /say why.*up to 30d/s, words)
    assert.match(shown(await say('/qw resume release-bot')), /No agent of this name is paused/)
    assert.match(
      shown(await say('/qw pause “No such bot” for 1m just in case')),
      /No such bot is paused.*Look whether/s,
    )
    assert.match(shown(await say('/qw resume "No such bot"')), /^Resumed/)
    assert.match(shown(await say('/qw pause release-bot just in case', 'U0READER')), /Only operators/)
  })

  test('nothing failed in Slack', () => {
    assert.deepEqual(stand.slack.failures, [])
    assert.deepEqual(
      stand.slack.calls.filter(({ ok }) => !ok),
      [],
    )
  })
})
