import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { shownText } from '#test/bot/world.ts'
import { agentEnvironment, querywarden } from '#test/cli/command-line.ts'
import { cardOf } from '#test/doors/reviewers.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { Agent, approve } from './agent.ts'

const rule = (name: string, table: string, rest: string) =>
  `\n  - name: ${name}\n    when: 'statement.reads.exists(t, t.matches("*.${table}"))'\n    then: hold\n${rest}\n`

const policy =
  standPolicy +
  rule(
    'one-after-the-other',
    'CUSTOMERS',
    '    stages: [{ group: data-oncall }, { group: privacy, named: [reader-1] }]',
  ) +
  rule('why', 'ORDERS', '    approvers: { group: data-oncall }\n    justification: required')

const customers = 'select count(*) from shop.customers'

describe('rules of approval', () => {
  let stand: Stand
  before(async () => {
    stand = await startStand({ policy })
  })
  after(() => stand.stop())

  test('the second stage is asked, and shown, when the first is complete', async () => {
    const agent = new Agent(stand)
    const held = await agent.ask(customers)
    assert.equal(held.status, 'pending_approval')
    const first = shownText((await cardOf(stand, held.request_id)).blocks)
    assert.match(first, /Stage 1 of 2: 0 of 1 approvals from data-oncall/)
    assert.doesNotMatch(first, /privacy/)
    await approve(stand, held.request_id, 'U0READER')
    assert.match((await stand.slack.waitForEphemeral('U0READER')).text, /another stage/)
    await approve(stand, held.request_id, 'U0ONCALL2')
    const second = shownText((await cardOf(stand, held.request_id, 'Stage 2 of 2')).blocks)
    assert.match(second, /1 of 1 approvals from data-oncall and 0 of 1 approvals from privacy or reader-1/)
    await approve(stand, held.request_id, 'U0READER')
    const done = await agent.look(held.request_id, 20)
    assert.equal(done.status, 'succeeded')
    assert.deepEqual(
      done.approved_by?.map(({ reviewer }) => reviewer),
      ['oncall-2', 'reader-1'],
    )
  })

  test('the card says what became of the same shape before, whatever its values', async () => {
    const agent = new Agent(stand)
    const shown = async (id: string) => shownText((await cardOf(stand, id)).blocks)
    const first = await agent.ask("update shop.orders set status = 'sent' where id = 7")
    assert.match(await shown(first.request_id), /Asked before\s+not in 30 days/)
    await approve(stand, first.request_id, 'U0ONCALL2')
    assert.equal((await agent.look(first.request_id, 20)).status, 'succeeded')
    const again = await agent.ask("update shop.orders set status = 'lost' where id = 8")
    const before = `once in 30 days: 1 ran; last on \\d{4}-\\d\\d-\\d\\d, completed`
    assert.match(await shown(again.request_id), new RegExp(`Asked before\\s+${before}`))
    const other = await agent.ask("update shop.orders set status = 'lost' where customer_id = 8")
    assert.match(await shown(other.request_id), /Asked before\s+not in 30 days/)
  })

  test('a suggestion denies, comes back as data through REST and the command line, and never runs', async () => {
    const agent = new Agent(stand)
    const write = "delete from shop.orders where status = 'test'"
    const better = "delete from shop.orders\nwhere status = 'test' and id < 10"
    const held = await agent.ask(write)
    const card = await cardOf(stand, held.request_id, 'hold_suggest')
    await stand.slack.click('U0ONCALL1', card.channel, card.ts, 'hold_suggest')
    const view = await stand.slack.waitForView('U0ONCALL1')
    await stand.slack.submit('U0ONCALL1', view.id, { words: 'only the first ones', sql: better })
    const denied = await agent.look(held.request_id, 20)
    assert.deepEqual([denied.http, denied.status, denied.code], [403, 'denied', 'review_denied'])
    assert.deepEqual([denied.reason, denied.suggested_sql], ['only the first ones', better])
    const shown = shownText((await cardOf(stand, held.request_id, 'Suggested instead')).blocks)
    assert.ok(shown.includes(better))
    const ran = stand.snowflake.statements().map(({ sqlText }) => sqlText)
    assert.ok(!ran.includes(better) && !ran.includes(write))
  })

  test('what has to be justified is refused without a purpose, with a sentence how to give it', async () => {
    const agent = new Agent(stand)
    const orders = 'select count(*) from shop.orders'
    for (const purpose of [undefined, ' \t  ']) {
      const refused = await agent.ask(orders, purpose === undefined ? {} : { purpose })
      assert.deepEqual([refused.status, refused.rule], ['denied', 'why'])
      assert.match(refused.message ?? '', /does not say why/)
      assert.match(refused.what_would_pass ?? '', /`purpose` beside the SQL \(REST, MCP\), `--purpose`/)
    }
    assert.equal((await agent.ask(orders, { purpose: 'weekly count' })).status, 'pending_approval')
    const env = await agentEnvironment(stand)
    const refused = await querywarden(['query', orders, '--connection', 'shop'], { env })
    assert.match(refused.out + refused.err, /--purpose/)
  })
})
