import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { commandHelp } from '#bot/commands/help.ts'
import { findElement } from '#test/fakes/slack/element-answer.ts'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { Agent, approve } from '#test/journey/agent.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { shownText } from './world.ts'

const room = 'C0APPROVALS'
const oncall = 'U0ONCALL1'
/** Words of an agent that would come alive, break out or break Slack's limits if anything let them. */
const evil = `<!channel> *bold* \`\`\` <http://evil.example|click> \u202E ${'x'.repeat(3_000)}`

describe('/qw', { timeout: 300_000 }, () => {
  let stand: Stand
  let read: string
  let refused: string
  let held: string
  let agent: Agent
  before(async () => {
    stand = await startStand({ sizes: { customers: 100, orders: 1_000 } })
    agent = new Agent(stand)
    read = (await agent.ask('select id, email from customers order by id limit 25')).request_id
    refused = (await agent.ask("copy into 's3://elsewhere/x' from customers")).request_id
    held = (await agent.ask(`delete from orders where status = 'test' /* ${evil} */`)).request_id
  })
  after(() => stand.stop())

  /** What the next answer to this user is. */
  async function say(text: string, user = oncall): Promise<SlackMessage> {
    const seen = new Set(stand.slack.ephemerals(user).map(({ ts }) => ts))
    const { acked, latencyMs } = await stand.slack.command(user, room, text)
    assert.ok(acked && latencyMs < 3_000)
    return stand.slack.waitForEphemeral(user, ({ ts }) => !seen.has(ts))
  }
  /** Presses a button of an answer that is for this user alone; the answer that takes its place. */
  async function press(message: SlackMessage, action: string, user = oncall): Promise<SlackMessage> {
    const before = message.history.length
    await stand.slack.click(user, message.channel, message.ts, action)
    return stand.slack.waitForEphemeral(user, ({ ts, history }) => ts === message.ts && history.length > before)
  }
  const shown = (message: SlackMessage) => `${message.text}\n${shownText(message.blocks)}`
  const has = (message: SlackMessage, action: string) => {
    try {
      return Boolean(findElement(message.blocks, action))
    } catch {
      return false
    }
  }

  test('help names every command, and says so for what it does not know', async () => {
    const text = shown(await say('/qw help'))
    for (const word of ['find', 'show', 'replay', 'why', 'pending']) assert.match(text, new RegExp(`/qw ${word}`))
    assert.match(shown(await say('/qw sing')), /I do not know that command/)
  })

  test('the README has every command', () => {
    const readme = readFileSync('README.md', 'utf8')
    for (const [usage] of commandHelp) assert.ok(readme.includes(`| \`/qw ${usage.split(' ')[0]}`), usage)
  })

  test('find shows sessions newest first, each with what came of it', async () => {
    const text = shown(await say('/qw find'))
    assert.match(text, /3 sessions · 1 agent · 1 denied/)
    assert.ok(text.indexOf(held) < text.indexOf(refused) && text.indexOf(refused) < text.indexOf(read))
    assert.match(text, /25 rows/)
    assert.match(text, /refused: no-unload/)
  })

  const filters: readonly [words: string, found: () => string[]][] = [
    ['agent:release-bot since:24H', () => [held, refused, read]],
    ['agent:"Release bot"', () => [held, refused, read]],
    ['agent:other', () => []],
    ['table:customers verdict:ran', () => [read]],
    ['rule:no-unload', () => [refused]],
    ['text:“from orders where”', () => [held]],
    ['verdict:held', () => [held]],
    ['verdict:Completed', () => [read]],
    ['until:2020-01-01', () => []],
    ['person:release-owner', () => [held, refused, read]],
    ['person:@oncall-2', () => []],
    ['cost>1000', () => []],
  ]
  for (const [words, found] of filters) {
    test(`find ${words}`, async () => {
      const text = shown(await say(`/qw find ${words}`))
      assert.deepEqual(
        [held, refused, read].filter(id => text.includes(id)),
        found(),
      )
    })
  }

  for (const [words, sentence] of [
    ['colour:red', /I do not understand `colour:red`\. Write `\/qw find agent:/],
    ['verdict:maybe', /`verdict:` is one of ran, denied/],
    ['since:2026-02-31', /`since:` is a time such as 24h/],
    ['since:yesterday', /`since:` is a time such as 24h/],
    ['cost>much', /`cost>` is a number of dollars/],
    ['person:<@U0NOBODY>', /Whose account that is, I do not know/],
    ['<!channel>*x*', /I do not understand `[^<>*`]+`/],
  ] as const)
    test(`find ${words} is told what to write instead`, async () =>
      assert.match(shown(await say(`/qw find ${words}`)), sentence))

  test('only denied, then as a file that nobody else gets', async () => {
    const denied = await press(await say('/qw find since:1h'), 'find_denied')
    assert.match(shown(denied), /1 session · 1 agent · 1 denied/)
    assert.ok(!has(denied, 'find_denied'))
    const seen = stand.slack.ephemerals(oncall).length
    await stand.slack.click(oncall, denied.channel, denied.ts, 'find_csv')
    await stand.slack.waitFor(() => stand.slack.ephemerals(oncall).length > seen, 'answer')
    const [file] = stand.slack.directMessages(oncall).flatMap(({ files }) => files)
    assert.match(String(file?.content), new RegExp(`^id,received,.*\r\n${refused},.*,denied,Release bot,shop,`))
    assert.ok(stand.slack.messages(room).every(({ files }) => !files.some(({ name }) => name.endsWith('.csv'))))
  })

  test('show has the steps, with their times', async () => {
    const text = shown(await say(`/qw show ${read.toLowerCase().replaceAll('-', '')}`))
    for (const step of ['asked', 'understood', 'decided', 'credential', 'ran', 'masked', 'returned'])
      assert.match(text, new RegExp(`\\+\\d+\\.\\d s +${step}`))
    assert.match(text, /select id, email from customers/)
  })

  test('why says which rule, on what grounds, and what would have changed it', async () => {
    const text = shown(await say(`/qw why *"${refused}",`))
    assert.match(text, /refused: rule no-unload \(rule 1 of \d+\)/)
    assert.match(text, /✔ statement\.hazards\.exists/)
    assert.match(text, /What would have changed it +• Select the rows through the gateway/)
    assert.match(text, /reads-of-the-shop would have allowed it, but for +✖ statement\.harmless/)
  })

  test('replay walks through the steps and the masked rows, and back', async () => {
    let message = await say(`/qw replay ${read}`)
    assert.match(shown(message), /\[asked\] → understood.*→ allowed → credential/)
    assert.ok(!has(message, 'replay_back'))
    const passed: string[] = []
    while (has(message, 'replay_next')) {
      message = await press(message, 'replay_next')
      passed.push(shown(message))
    }
    assert.match(passed.at(-1) ?? '', /rows 21 to 25 of 25/)
    const rows = passed.filter(text => /rows \d+ to/.test(text)).join()
    assert.match(rows, /EMAIL ▒/)
    assert.match(rows, /c\*\*\*@\*\*\*\.example/)
    assert.doesNotMatch(rows, /customer\d+@/)
    message = await press(message, 'replay_back')
    assert.match(shown(message), /rows 11 to 20 of 25/)
    assert.equal(stand.slack.ephemerals(oncall).filter(({ ts }) => ts === message.ts).length, 1)
  })

  test('what an agent wrote breaks no answer and comes alive in none', async () => {
    for (const command of [`show ${held}`, `why ${held}`, `replay ${held}`, 'find', 'pending']) {
      const message = await say(`/qw ${command}`)
      assert.ok(message.blocks.length > 0, `${command}: ${message.text}`)
      assert.doesNotMatch(message.text, /<!channel>/)
      const parsed = JSON.stringify(message.blocks).matchAll(/"type":"mrkdwn","text":"([^"]*)"/g)
      for (const [, text] of parsed) assert.doesNotMatch(text ?? '', /<!channel>/)
    }
  })

  test('pending lists what waits', async () => {
    const text = shown(await say('/qw pending'))
    assert.match(text, new RegExp(`1 waiting.*${held}.*for data-oncall, expires`, 's'))
  })

  const nobodies: Readonly<Record<string, RegExp>> = { U0GUEST: /Guests/ }
  for (const [user, sentence] of Object.entries(nobodies)) {
    for (const command of ['find', 'pending', 'show 0000-0000-0000'])
      test(`${user} is told nothing by ${command}`, async () =>
        assert.match(shown(await say(`/qw ${command}`, user)), sentence))
  }

  test('a person without a group sees nothing of others, and cannot tell it from what is not there', async () => {
    assert.match(shown(await say('/qw find', 'U0READER')), /No session that you may see/)
    const missing = shown(await say('/qw show 0000-0000-0000', 'U0READER'))
    for (const command of ['show', 'replay', 'why'])
      assert.equal(shown(await say(`/qw ${command} ${held}`, 'U0READER')), missing)
    assert.match(shown(await say('/qw pending', 'U0READER')), /Nothing waits/)
  })

  test('a button of somebody else’s answer shows what the one who presses may see', async () => {
    const message = await say(`/qw show ${read}`)
    await assert.rejects(stand.slack.click('U0READER', message.channel, message.ts, 'show_replay'))
  })

  test('the shortcut on a card shows its session, to who may see it', async () => {
    const card = await stand.slack.waitForMessage(({ blocks }) => JSON.stringify(blocks).includes(held))
    for (const [user, words] of [
      [oncall, /\+0\.0 s +asked/],
      ['U0READER', /There is no such session/],
      ['U0GUEST', /Guests/],
    ] as const) {
      const seen = new Set(stand.slack.ephemerals(user).map(({ ts }) => ts))
      await stand.slack.shortcut(user, room, card.ts, 'show_session')
      assert.match(shown(await stand.slack.waitForEphemeral(user, ({ ts }) => !seen.has(ts))), words)
    }
  })

  test('Home shows what waits for me, what I decided, and who I am here', async () => {
    const home = async (user: string, words: RegExp) => {
      await stand.slack.openHome(user)
      const view = await stand.slack.waitFor(() => {
        const text = shownText(stand.slack.home(user)?.payload)
        return words.test(text) && text
      }, `Home of ${user}`)
      return view
    }
    assert.ok((await home(oncall, /Waits for me.*1 waiting/s)).includes(held))
    assert.match(await home(oncall, /You are/), /oncall-1.*data-oncall, privacy/s)
    assert.match(await home('U0OWNER', /Nothing waits for you/), /release-owner/)
    await home('U0GUEST', /Guests/)
  })

  test('why knows which columns were written from sensitive ones', async () => {
    const copied = await agent.ask('create table copies as select id, email as note from customers')
    await approve(stand, copied.request_id)
    await agent.look(copied.request_id)
    const { request_id: id } = await agent.ask("select id from copies where note = 'x'")
    const text = shown(await say(`/qw why ${id}`))
    assert.match(text, /held: rule more-than-showing .*✔ statement\.sensitive\.exists/s)
  })

  test('nothing failed in Slack', async () => {
    assert.deepEqual(stand.slack.failures, [])
    assert.deepEqual(
      stand.slack.calls.filter(({ ok }) => !ok),
      [],
    )
  })
})
