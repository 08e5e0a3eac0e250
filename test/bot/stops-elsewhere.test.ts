import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { until } from '#test/chaos/until.ts'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { Agent } from '#test/journey/agent.ts'
import { startPostgres } from '#test/services/postgres.ts'
import { startRedis } from '#test/services/redis.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { shownText } from './world.ts'

const room = 'C0APPROVALS'
const operator = 'U0ONCALL2'
const [redis, postgres] = [await startRedis(), await startPostgres()]

/** The record in PostgreSQL, two gateways that are quick to miss each other; the bot asks the first. */
describe('what operators stop, of BigQuery, of a gateway that has died, and with PostgreSQL', {
  timeout: 300_000,
  skip: redis && postgres ? false : 'needs redis-server and PostgreSQL',
}, () => {
  let stand: Stand
  let here: Agent
  before(async () => {
    stand = await startStand({
      gateways: 2,
      gatewayScript: 'test/chaos/crashing-gateway.ts',
      stores: { holds: redis?.url ?? '', records: postgres?.url ?? '' },
      sizes: { customers: 100, orders: 1_000 },
    })
    here = new Agent(stand)
  })
  after(async () => {
    await stand?.stop()
    await postgres?.stop()
    await redis?.stop()
  })

  const shown = (message: SlackMessage) => `${message.text}\n${shownText(message.blocks)}`.replaceAll(/ +/g, ' ')
  async function say(text: string): Promise<SlackMessage> {
    const seen = new Set(stand.slack.ephemerals(operator).map(({ ts }) => ts))
    await stand.slack.command(operator, room, text)
    return stand.slack.waitForEphemeral(operator, ({ ts }) => !seen.has(ts))
  }
  async function kill(id: string): Promise<string> {
    const asked = await say(`/qw kill ${id} runs away`)
    const before = asked.history.length
    await stand.slack.click(operator, room, asked.ts, 'kill_it')
    const answered = ({ ts, history }: SlackMessage) => ts === asked.ts && history.length > before
    return shown(await stand.slack.waitForEphemeral(operator, answered))
  }
  const running = () =>
    until(
      async () => /[0-9A-Z]{4}(-[0-9A-Z]{4}){2}/.exec(shown(await say('/qw find verdict:running')))?.[0],
      'its session',
    )

  test('a running BigQuery job is cancelled there, and its rows never leave', async () => {
    const held = stand.bigquery.holdNext()
    const asking = here.ask('select count(*) as killed_lake from orders', { connection: 'lake' })
    const job = await held.arrived
    assert.match(await kill(await running()), /cancelled in the warehouse/)
    const answer = await asking
    assert.deepEqual([answer.http, answer.code], [403, 'killed'])
    assert.ok(job.cancelled.aborted)
    assert.ok(!stand.bigquery.executed.some(({ sql }) => sql.includes('killed_lake')))
  })

  test('of a paused agent everything waits for people, on every gateway', async () => {
    const sql = 'select count(*) as paused_one from orders'
    assert.match(shown(await say('/qw pause release-bot for 2h loops over orders')), /release-bot is paused/)
    for (const agent of [here, new Agent(stand, 'release-bot', 1)]) assert.equal((await agent.ask(sql)).http, 202)
    assert.match(shown(await say('/qw resume release-bot')), /^Resumed/)
    assert.equal((await here.ask(`${sql} where id > 1`)).status, 'succeeded')
  })

  for (const connection of ['shop', 'lake'] as const)
    test(`${connection}: what a gateway left running when it died is cancelled there, and never done`, async () => {
      const doomed = await stand.startGateway()
      const sql = `select count(*) as left_${connection} from orders`
      const arrived =
        connection === 'shop'
          ? stand.snowflake.holdNext(/^select count.*left_shop/).arrived
          : stand.bigquery.holdNext().arrived
      const agent = new Agent(stand, 'release-bot', stand.gateways.indexOf(doomed))
      const asking = agent.ask(sql, { connection }).catch(() => undefined)
      await arrived
      const id = await running()
      await doomed.kill()
      await asking
      assert.match(await kill(id), /was told to end|cancelled in the warehouse/)
      const answer = await until(async () => {
        const look = await here.look(id)
        return look.http !== 202 && look
      }, 'its end')
      assert.deepEqual([answer.http, answer.code], [403, 'killed'])
      const ran =
        connection === 'shop'
          ? stand.snowflake.statements().filter(each => each.sqlText === sql && each.executions > 0)
          : stand.bigquery.executed.filter(each => each.sql === sql)
      assert.deepEqual(ran, [])
    })
})
