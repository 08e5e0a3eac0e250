import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { Forger } from '#test/chaos/forge.ts'
import { until } from '#test/chaos/until.ts'
import { firstGateway } from '#test/doors/agent.ts'
import { BotRequests } from '#test/doors/bot-request.ts'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { Agent } from '#test/journey/agent.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { header, shownText } from './world.ts'

const room = 'C0APPROVALS'
const oncallRoom = 'C0ONCALL'
const policy = `break_glass: { named: [oncall-2, reader-1, release-owner] }
${standPolicy}`

/** Two people look at changes to customers; each of the named may let one run alone, at a price. */
describe('break-glass, from the card to the review afterwards', { timeout: 300_000 }, () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    stand = await startStand({ policy, sizes: { customers: 100, orders: 1_000 } })
    agent = new Agent(stand)
  })
  after(() => stand.stop())

  const shown = (message: SlackMessage) => `${message.text}\n${shownText(message.blocks)}`.replaceAll(/[^\S\n]+/g, ' ')
  async function say(user: string, text: string): Promise<SlackMessage> {
    const seen = new Set(stand.slack.ephemerals(user).map(({ ts }) => ts))
    await stand.slack.command(user, room, text)
    return stand.slack.waitForEphemeral(user, ({ ts }) => !seen.has(ts))
  }
  const card = (id: string, word: string, where = room) =>
    stand.slack.waitForMessage(
      message =>
        message.channel === where && header(message).startsWith(word) && shownText(message.blocks).includes(id),
      40_000,
    )
  const ask = async (city: string) =>
    String((await agent.ask(`update shop.customers set city = '${city}' where id = 1`)).request_id)
  async function release(id: string, user = 'U0ONCALL2', words = 'payments stand still'): Promise<void> {
    const { channel, ts } = await card(id, 'Approval needed')
    await stand.slack.click(user, channel, ts, 'hold_release')
    const view = await stand.slack.waitForView(user)
    assert.equal((await stand.slack.submit(user, view.id, { words })).status, 'closed')
  }
  async function close(user: string, message: SlackMessage, words: string): Promise<string> {
    const seen = new Set(stand.slack.ephemerals(user).map(({ ts }) => ts))
    await stand.slack.click(user, message.channel, message.ts, 'review_close')
    const view = await stand.slack.waitForView(user)
    await stand.slack.submit(user, view.id, { words })
    return shown(await stand.slack.waitForEphemeral(user, ({ ts }) => !seen.has(ts)))
  }
  const openReviews = async () => {
    const { body } = await new BotRequests(stand, firstGateway(stand)).ask('oncall-1', 'reviews')
    return (body.reviews as readonly object[]).length
  }
  let released: string

  test('one named person releases what two would have to approve; it runs once, and the agent learns it was one', async () => {
    released = await ask('alone')
    const { channel, ts, blocks } = await card(released, 'Approval needed')
    assert.ok(JSON.stringify(blocks).includes('hold_release'))
    await stand.slack.click('U0ONCALL2', channel, ts, 'hold_release')
    const view = await stand.slack.waitForView('U0ONCALL2')
    const text = shownText(view.payload)
    assert.match(text, /It would need 2 of data-oncall/)
    assert.match(text, /update shop\.customers set city = 'alone' where id = 1/)
    assert.equal((await stand.slack.submit('U0ONCALL2', view.id, { words: ' ' })).status, 'errors')
    await stand.slack.submit('U0ONCALL2', view.id, { words: 'payments stand still <!channel>' })
    const done = await card(released, 'Done')
    assert.match(shown(done), /Released alone by oncall-2 .*“payments stand still <!channel>”.*0 of 2 approvals/s)
    const told = await agent.look(released)
    assert.equal(told.http, 200)
    const alone = { reviewer: 'oncall-2', reason: 'payments stand still <!channel>', alone: true }
    assert.deepEqual(told.approved_by, [alone])
    const ran = stand.snowflake.statements().filter(({ sqlText }) => /^update.*'alone'/.test(sqlText))
    assert.equal(ran.length, 1)
  })

  test('the on-call channel is called, once, and nothing of the words comes alive', async () => {
    const alert = await card(released, 'Released alone', oncallRoom)
    assert.match(shown(alert), /broke the glass.*payments stand still <!channel>.*by 2 of data-oncall/s)
    const blocks = JSON.stringify(alert.blocks)
    assert.match(blocks, /"usergroup_id":"S0ONCALL"/)
    assert.doesNotMatch(blocks, /"type":"broadcast"|"mrkdwn"/)
    // Another look of the bot's has passed when the next release is there.
    await release(await ask('another'))
    await stand.slack.waitFor(() => stand.slack.messages(oncallRoom).length > 1, 'second alert')
    const about = stand.slack.messages(oncallRoom).filter(message => shown(message).includes(released))
    assert.equal(about.length, 1)
    await until(async () => ((await openReviews()) === 2 ? true : undefined), 'the count')
  })

  test('strangers are not told of it', async () => {
    const answer = await fetch(`${firstGateway(stand).url}/readyz`)
    assert.deepEqual(await answer.json(), { ready: true, problems: [] })
  })

  test('nobody closes it who released it, owns the agent, or could not have approved it', async () => {
    const alert = await card(released, 'Released alone', oncallRoom)
    for (const [user, words] of [
      ['U0ONCALL2', /You released this yourself/],
      ['U0OWNER', /You own this agent/],
    ] as const)
      assert.match(await close(user, alert, 'looks fine to me'), words)
    const gateway = stand.gateways[0]
    assert.ok(gateway)
    const bot = new BotRequests(stand, gateway)
    for (const person of ['reader-1', 'privacy-2', 'nobody']) {
      const { status } = await bot.ask(person, 'close', { id: released, comment: 'looks fine' })
      assert.ok(status === 403 || status === 404, `${person}: ${status}`)
    }
    assert.equal(await openReviews(), 2)
    assert.match(shown(await say('U0ONCALL1', `/qw show ${released}`)), /To review +it was released alone/)
  })

  test('it is listed, at Home too, until somebody else closes it with words', async () => {
    const list = shown(await say('U0ONCALL1', '/qw reviews'))
    assert.match(list, new RegExp(`2 to review.*${released}.*released alone by oncall-2.*Close ${released}`, 's'))
    assert.doesNotMatch(shown(await say('U0ONCALL2', '/qw reviews')), /Close/)
    assert.match(shown(await say('U0READER', '/qw reviews')), new RegExp(released))
    await stand.slack.openHome('U0ONCALL1')
    const home = () => shownText(stand.slack.home('U0ONCALL1')?.payload)
    await stand.slack.waitFor(() => home().includes('To review by me') && home().includes(released), 'Home')
    const alert = await card(released, 'Released alone', oncallRoom)
    assert.match(await close('U0ONCALL1', alert, 'right, the queue was stuck'), /Closed: you have reviewed/)
    const after = await card(released, 'Released alone, reviewed', oncallRoom)
    assert.match(shown(after), /payments stand still.*Reviewed by .*“right, the queue was stuck”/s)
    assert.doesNotMatch(JSON.stringify(after.blocks), /"button"/)
    assert.doesNotMatch(shown(await say('U0ONCALL1', '/qw reviews')), new RegExp(released))
    assert.equal(await openReviews(), 1)
  })

  test('a second one who closes it learns who was quicker', async () => {
    const gateway = stand.gateways[0]
    assert.ok(gateway)
    const { status, body } = await new BotRequests(stand, gateway).ask('oncall-1', 'close', {
      id: released,
      comment: 'once more',
    })
    assert.deepEqual([status, body.message], [403, 'oncall-1 has reviewed this already.'])
  })

  test('the session shows both, in Slack and on the command line’s replay', async () => {
    const steps = shown(await say('U0ONCALL1', `/qw show ${released}`))
    assert.match(steps, /released alone by oncall-2: "payments stand still/)
    assert.match(steps, /reviewed afterwards by oncall-1: "right, the queue was stuck"/)
    assert.doesNotMatch(steps, /To review/)
    assert.match(
      shown(await say('U0ONCALL1', `/qw why ${released}`)),
      /because oncall-2 released it alone: “payments stand still .*reviewed afterwards by oncall-1/,
    )
    assert.match(shown(await say('U0ONCALL1', `/qw replay ${released}`)), /released alone → .*reviewed afterwards/)
  })

  test('a day later the thread is reminded, once', async () => {
    const records = new DatabaseSync(join(stand.folder, 'records.db'), { timeout: 5_000 })
    const yesterday = Date.now() - 25 * 3_600_000
    const alert = stand.slack.messages(oncallRoom).find(message => !shown(message).includes(released))
    assert.ok(alert)
    records.prepare('UPDATE after_review SET told_at = ? WHERE closed_at IS NULL').run(yesterday)
    const [note] = await stand.slack.waitFor(
      () => {
        const thread = stand.slack.thread(oncallRoom, alert.ts)
        return thread.length > 0 && thread
      },
      'reminder',
      90_000,
    )
    assert.match(note?.text ?? '', /^<!subteam\^S0ONCALL> nobody has reviewed this since .*`2 of data-oncall`/)
    await until(async () => {
      const row = records.prepare('SELECT told_at FROM after_review WHERE closed_at IS NULL').get()
      return Number(row?.told_at) > yesterday ? true : undefined
    }, 'what was told')
    records.close()
    assert.equal(stand.slack.messages(oncallRoom).filter(({ threadTs }) => !threadTs).length, 2)
  })

  test('who can write to the hold store keeps no release quiet', async () => {
    const id = await ask('quiet')
    await card(id, 'Approval needed')
    const forger = new Forger(join(stand.folder, 'holds.db'))
    const hold = await until(async () => {
      const stored = forger.hold(id)
      return stored.cards.length > 0 ? stored : undefined
    }, 'its card')
    forger.write(id, { ...hold, told: ['owner', 'release', 'released', 'reminder-1'] })
    await release(id)
    await card(id, 'Done')
    forger.spoil(id, '{}', 'completed')
    forger.close()
    await card(id, 'Released alone', oncallRoom)
  })

  test('two of the named at the same instant: one releases, it runs once, one review is open for it', async () => {
    const id = await ask('both')
    const { channel, ts } = await card(id, 'Approval needed')
    const users = ['U0ONCALL2', 'U0READER']
    for (const user of users) await stand.slack.click(user, channel, ts, 'hold_release')
    const views = await Promise.all(users.map(user => stand.slack.waitForView(user)))
    await Promise.all(
      views.map((view, at) => stand.slack.submit(users[at] ?? '', view.id, { words: `emergency ${at}` })),
    )
    assert.match(shown(await card(id, 'Done')), /Released alone by/)
    assert.equal(stand.snowflake.statements().filter(({ sqlText }) => /^update.*'both'/.test(sqlText)).length, 1)
    const steps = shown(await say('U0ONCALL1', `/qw show ${id}`))
    assert.equal(steps.match(/released alone by/g)?.length, 1)
  })

  test('what waits of the agent is decided in one modal: each runs, or tells the agent why not, by itself', async () => {
    const ids = await Promise.all(
      ['one', 'two', 'three'].map(async city => {
        const sql = `update shop.orders set status = 'batch-${city}' where id = 1`
        return String((await agent.ask(sql)).request_id)
      }),
    )
    const [one = '', two = '', three = ''] = ids
    const message = await stand.slack.waitForMessage(
      ({ channel, blocks }) =>
        channel === room && JSON.stringify(blocks).includes('hold_batch') && shownText(blocks).includes(three),
      40_000,
    )
    await stand.slack.click('U0ONCALL1', message.channel, message.ts, 'hold_batch')
    const view = await stand.slack.waitForView('U0ONCALL1')
    const sent = { [one]: 'approve', [two]: 'deny', words: 'only the first one' }
    assert.equal((await stand.slack.submit('U0ONCALL1', view.id, sent)).status, 'closed')
    await card(one, 'Done')
    await card(two, 'Denied')
    assert.equal((await agent.look(one)).http, 200)
    const refused = await agent.look(two)
    assert.deepEqual([refused.code, refused.reason], ['review_denied', 'only the first one'])
    await card(three, 'Approval needed')
    const ran = stand.snowflake.statements().filter(({ sqlText }) => /^update.*'batch-/.test(sqlText))
    assert.deepEqual(
      ran.map(({ executions }) => executions),
      [1],
    )
  })

  test('nothing failed in Slack', () => {
    assert.deepEqual(stand.slack.failures, [])
    assert.deepEqual(
      stand.slack.calls.filter(({ ok }) => !ok),
      [],
    )
  })
})
