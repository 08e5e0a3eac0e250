import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { until } from '#test/chaos/until.ts'
import { onCallEnvironment, querywarden } from '#test/cli/command-line.ts'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { Agent } from '#test/journey/agent.ts'
import { grantingPolicy, runGranted } from '#test/journey/granting.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { shownText } from './world.ts'

const room = 'C0APPROVALS'
const purpose = 'tidy up'

describe('grants, looked up and revoked', { timeout: 300_000 }, () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    stand = await startStand({ policy: grantingPolicy, sizes: { customers: 100, orders: 1_000 }, maxPending: 50 })
    agent = new Agent(stand)
  })
  after(() => stand.stop())

  async function say(text: string, user = 'U0ONCALL1'): Promise<SlackMessage> {
    const seen = new Set(stand.slack.ephemerals(user).map(({ ts }) => ts))
    await stand.slack.command(user, room, text)
    return stand.slack.waitForEphemeral(user, ({ ts }) => !seen.has(ts))
  }
  async function press(message: SlackMessage, user: string): Promise<string> {
    const before = message.history.length
    await stand.slack.click(user, message.channel, message.ts, 'grant_revoke')
    return shown(
      await stand.slack.waitForEphemeral(user, ({ ts, history }) => ts === message.ts && history.length > before),
    )
  }
  const shown = (message: SlackMessage) => `${message.text}\n${shownText(message.blocks)}`
  const update = (column: string, id: number) => `update shop.orders set status = 'x' where ${column} = ${id}`
  const ask = (sql: string) => agent.ask(sql, { purpose })
  const give = async (column: string) =>
    (await runGranted(stand, agent, update(column, 1), { purpose, uses: '5' })).request_id

  test('who may see the session sees the grant, with what is left; others do not', async () => {
    assert.match(shown(await say('/qw grants')), /No grant is in force/)
    const id = await give('id')
    assert.equal((await ask(update('id', 2))).status, 'succeeded')
    const seen = shown(await say('/qw grants'))
    assert.match(seen, /1 in force/)
    assert.match(seen, /Release bot {2}UPDATE · demo\.shop\.orders/)
    assert.match(seen, /4 of 5 left/)
    assert.match(seen, new RegExp(`of oncall-1 +${id}`))
    assert.match(seen, /update shop\.orders set status = \? where id = \?/)
    assert.match(shown(await say('/qw grants', 'U0READER')), /No grant is in force that you may see/)
  })

  test('what ran under it says so, to people and to the agent', async () => {
    const { request_id: id, ...answer } = await ask(update('id', 3))
    assert.deepEqual(answer.grant?.by, ['oncall-1'])
    assert.match(shown(await say(`/qw show ${id}`)), /allowed by grant [0-9A-Z-]{14} of oncall-1, until 20/)
    const why = shown(await say(`/qw why ${id}`))
    assert.match(why, /allowed: rule writes-need-a-person/)
    assert.match(why, /Allowed by grant .* of oncall-1, until/)
    assert.match(why, /Without the grant it would wait for people/)
    assert.match(shown(await say(`/qw show ${answer.grant?.id}`)), /its shape may run without asking 5 times, until 20/)
  })

  test('explain says whether one would apply, and uses none', async () => {
    const left = async () => /(\d) of 5 left/.exec(shown(await say('/qw grants')))?.[1]
    const before = await left()
    assert.equal((await agent.explain(update('id', 4), { purpose })).grant?.by[0], 'oncall-1')
    assert.equal((await agent.explain(update('customer_id', 4), { purpose })).grant, undefined)
    assert.equal(await left(), before)
  })

  for (const [who, user, column] of [
    ['somebody who may approve', 'U0ONCALL2', 'customer_id'],
    ['the owner of the agent', 'U0OWNER', 'id + 0 = 0 and id'],
  ] as const)
    test(`${who} revokes it, and the next statement waits`, async () => {
      const id = await give(column)
      const list = await say(`/qw grants`, user)
      assert.match(shown(list), new RegExp(id))
      for (let at = list; shown(at).includes(id); at = await say('/qw grants', user))
        assert.match(await press(at, user), /Revoked: [0-9A-Z-]{14}\. Such statements wait for people again/)
      await until(async () => (await ask(update(column, 9))).status === 'pending_approval', 'no more')
      assert.match(shown(await say(`/qw show ${id}`)), /its grant was revoked by (oncall-2|release-owner)/)
    })

  test('the command line lists and revokes, with a reason that is kept', async () => {
    const id = await give('id >= 5 and id')
    const env = onCallEnvironment(stand)
    const list = await querywarden(['grants', 'list'], { env })
    assert.match(list.out, new RegExp(`${id} +Release bot +5 of 5 left, until 20.*Z, of oncall-1\n +update shop`))
    const json = JSON.parse((await querywarden(['grants', 'list', '--json'], { env })).out)
    assert.deepEqual([json[0].id, json[0].used], [id, 0])
    assert.equal((await querywarden(['grants', 'revoke', id], { env })).status, 2)
    const revoked = await querywarden(['grants', 'revoke', id, '--reason', 'enough of it'], { env })
    assert.deepEqual([revoked.status, /is revoked/.test(revoked.out)], [0, true])
    assert.equal((await querywarden(['grants', 'revoke', id, '--reason', 'enough of it'], { env })).status, 1)
    assert.match(shown(await say(`/qw show ${id}`)), /its grant was revoked by .*: "enough of it"/)
    assert.equal((await ask(update('id >= 5 and id', 6))).status, 'pending_approval')
  })

  test('values that the policy keeps out of the channel by now stand in no list of grants given before', async () => {
    const id = await give('abs(id - 4711) > 0 and id')
    assert.match(shown(await say('/qw grants')), /4711/)
    writeFileSync(join(stand.folder, 'policy.yaml'), `card: { literals: redacted }\n${grantingPolicy}`)
    await until(async () => !shown(await say('/qw grants')).includes('4711'), 'list without values')
    assert.match(shown(await say('/qw grants')), new RegExp(id))
  })
})
