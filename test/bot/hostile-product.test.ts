import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { until } from '#test/chaos/until.ts'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { Agent } from '#test/journey/agent.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { markup } from './hostile-text.ts'
import { header, shownText } from './world.ts'

/*
 * What an agent, a warehouse and a reviewer write, through the whole product into the strict local Slack, which refuses whatever is
 * beyond its limits. Nothing of it may come alive there, wherever it appears.
 */

const room = 'C0APPROVALS'
const user = 'U0ONCALL1'
const evil =
  '<!channel> <@U0ONCALL2> <https://evil.example|safe> ``` *bold* :skull: https://evil.example/approve?x=1 \u202E\u200B 😀'

describe('hostile text through the whole product', { timeout: 300_000 }, () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    stand = await startStand({ sizes: { customers: 50, orders: 500 } })
    agent = new Agent(stand)
  })
  after(() => stand.stop())

  const held = async (sql: string, purpose = evil) => {
    const { request_id: id, status } = await agent.ask(sql, { purpose })
    assert.equal(status, 'pending_approval')
    return id
  }
  const card = (id: string, words = '') =>
    stand.slack.waitForMessage(
      ({ channel, blocks }) => channel === room && shownText(blocks).includes(id) && shownText(blocks).includes(words),
      30_000,
    )
  const say = async (text: string): Promise<SlackMessage> => {
    const seen = new Set(stand.slack.ephemerals(user).map(({ ts }) => ts))
    await stand.slack.command(user, room, text)
    return stand.slack.waitForEphemeral(user, ({ ts }) => !seen.has(ts))
  }
  const press = async (id: string, action: string) => {
    const before = stand.slack.view(user)?.id
    await stand.slack.click(user, room, (await card(id)).ts, action)
    return { opened: () => stand.slack.waitForView(user, ({ id }) => id !== before) }
  }

  test('a statement of 100 kB is on a card, in a file, in the modal and in every look-up', async () => {
    const id = await held(
      `delete from orders where status in (${`'${evil}', `.repeat(1_600)}'x') -- ${'ﷺ'.repeat(500)}`,
    )
    await stand.slack.waitFor(() => stand.slack.messages(room).some(({ files }) => files.length > 0), 'its file')
    await (await press(id, 'hold_context')).opened()
    for (const command of ['show', 'replay', 'why']) assert.ok((await say(`/qw ${command} ${id}`)).blocks.length > 0)
    for (const command of ['find', 'pending'])
      assert.match(shownText((await say(`/qw ${command}`)).blocks), new RegExp(id))
  })

  test('what the warehouse says of a failure is text on the card', async () => {
    const id = await held(`delete from orders where id = cast('${evil}' as integer)`)
    await press(id, 'hold_approve')
    assert.match(shownText((await card(id, 'Failed')).blocks), /<!channel>/)
  })

  test('what a reviewer says is text on the card, in the thread and for the agent', async () => {
    const id = await held("delete from orders where status = 'denied'")
    const view = await (await press(id, 'hold_suggest')).opened()
    await stand.slack.submit(user, view.id, { words: evil, sql: `select '${evil}'` })
    assert.match(shownText((await card(id, 'Denied')).blocks), /Suggested instead.*<!channel>/s)
    const { reason } = await until(async () => {
      const answer = await agent.look(id, 5)
      return answer.status === 'denied' && answer
    }, 'its end')
    assert.match(String(reason), /<!channel>/)
  })

  test('what a reviewer says is text in the message to the owner', async () => {
    const ended = await stand.slack.waitFor(
      () => stand.slack.directMessages('U0OWNER').find(({ text }) => /denied/.test(text)),
      'message',
    )
    assert.ok(shownText(ended.blocks).includes('<https://evil.example|safe> ``` *bold* :skull: https://evil.example/'))
    assert.deepEqual([...new Set(elementTypes(ended.blocks))], ['rich_text', 'rich_text_section', 'text'])
    assert.deepEqual(markup(ended.text), [])
  })

  test('rows are text in a replay', async () => {
    const { request_id: id, status } = await agent.ask(`select '${evil}' as "${'𝔘'.repeat(60)}" from orders limit 30`)
    assert.equal(status, 'succeeded')
    let message = await say(`/qw replay ${id}`)
    while (!/rows 1 to/.test(shownText(message.blocks))) {
      const before = message.history.length
      await stand.slack.click(user, room, message.ts, 'replay_next')
      message = await stand.slack.waitForEphemeral(
        user,
        ({ ts, history }) => ts === message.ts && history.length > before,
      )
    }
    assert.match(shownText(message.blocks), /<!channel>/)
  })

  test('Slack refused nothing, and nothing in it came alive', () => {
    const { slack } = stand
    assert.deepEqual(slack.failures, [])
    assert.deepEqual(
      slack.calls.filter(({ ok }) => !ok),
      [],
    )
    const parsed = slack.state.messages.flatMap(({ text, blocks }) => [text, ...mrkdwn(blocks)])
    const alive = parsed
      .flatMap(text => text.match(/<[!@#h][^>]*>/g) ?? [])
      .filter(found => !found.startsWith('<!date^'))
    // What a message with a header says besides is in notifications alone.
    const read = slack.state.messages.flatMap(message => [
      ...(header(message) === '' ? [message.text] : []),
      ...mrkdwn(message.blocks),
    ])
    assert.deepEqual(read.flatMap(markup), [])
    // Owners are called by name, and nobody else.
    assert.deepEqual(
      alive.filter(found => found !== '<@U0OWNER>'),
      [],
    )
  })
})

function elementTypes(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const { type } = value as { type?: string }
  return [...(type ? [type] : []), ...Object.values(value).flatMap(elementTypes)]
}

function mrkdwn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const { type, text } = value as { type?: string; text?: string }
  return [...(type === 'mrkdwn' && text ? [text] : []), ...Object.values(value).flatMap(mrkdwn)]
}
