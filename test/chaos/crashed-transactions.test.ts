import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { RawSession } from '#test/doors/snowflake/raw-session.ts'
import { writesPolicy } from '#test/doors/snowflake/writes-policy.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { until } from './until.ts'

let next = 5001

const temporaryPolicy = `
  - name: temporary-tables
    when: context.temporary && statement.understood
    then: allow
    as: AGENT_WRITER
`

describe('a gateway dies in the middle of a transaction', { timeout: 400_000 }, () => {
  let stand: Stand
  before(async () => {
    stand = await startStand({
      ...{ gatewayScript: 'test/chaos/crashing-gateway.ts', bots: 0 },
      ...{
        policy: `${writesPolicy.replace('statement.writes.size() > 0 &&', 'statement.writes.size() > 0 && context.temporary == false &&')}${temporaryPolicy}`,
        sizes: { customers: 20, orders: 50 },
      },
    })
  })
  after(() => stand.stop())

  const insert = (id: number) => `insert into orders (id, customer_id, status) values (${id}, 1, 'new')`
  const stays = async (id: number) => {
    const sql = `select count(*) from "DEMO"."SHOP"."ORDERS" where id = ${id}`
    return Number((await stand.snowflake.database.admin.runAndReadAll(sql)).getRows()[0]?.[0])
  }
  const commits = () =>
    stand.snowflake.statements().filter(({ sqlText, executions }) => sqlText === 'commit' && executions > 0).length
  const open = () =>
    stand.snowflake
      .sessions()
      .filter(({ endedAt, parameters }) => endedAt === undefined && parameters.AUTOCOMMIT === false).length

  /** Sent to a gateway that dies of it, and then again, as a driver does, to one that lives. */
  async function sentThroughDeath(client: RawSession, sql: string, point: string) {
    const dying = await stand.startGateway({ CRASH_AT: point })
    const requestId = crypto.randomUUID()
    await assert.rejects(client.send(sql, dying, requestId))
    await dying.exited
    return client.send(sql, undefined, requestId)
  }

  for (const point of ['after_submit_event', 'after_record', 'after_completed'] as const) {
    test(`${point}: an INSERT ran once or not at all, and the transaction goes on`, async () => {
      const [first, second] = [next++, next++]
      const client = await RawSession.login(stand)
      await client.ask('begin')
      await client.ask(insert(first))
      const { success } = await sentThroughDeath(client, insert(second), point)
      assert.equal(await stays(first), 0)
      await client.ask('commit')
      assert.deepEqual([await stays(first), await stays(second)], [1, success ? 1 : 0])
    })

    test(`${point}: a COMMIT came once or not at all, and says which`, async () => {
      const id = next++
      const before = commits()
      const client = await RawSession.login(stand)
      await client.ask('begin')
      await client.ask(insert(id))
      const { success } = await sentThroughDeath(client, 'commit', point)
      assert.deepEqual([await stays(id), commits() - before], success ? [1, 1] : [0, 0])
      if (!success) await client.ask('commit')
      assert.deepEqual([await stays(id), commits() - before], [1, 1])
      await until(() => open() === 0, 'end of the session')
      await client.ask(insert(next))
      assert.equal(await stays(next++), 1)
    })
  }

  test('after_submit_event: a temporary table whose making nobody saw the end of is used by nobody', async () => {
    const client = await RawSession.login(stand)
    const { success } = await sentThroughDeath(client, 'create temp table left_over (a int)', 'after_submit_event')
    assert.equal(success, false)
    for (const sql of ['select a from left_over', 'create temp table left_over as select 1 as a']) {
      const { message } = await client.send(sql)
      assert.match(String(message), /LEFT_OVER .*(?:not known for certain|of this session already)/)
    }
    await client.end()
  })
})
