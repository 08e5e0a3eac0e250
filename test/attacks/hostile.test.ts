import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { hostileFamilies } from '#test/classify/hostile-texts.ts'
import { type Agent, agentOf } from '#test/doors/agent.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'

describe('hostile texts at the REST door', { timeout: 300_000 }, () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    stand = await startStand({ sizes: { customers: 10, orders: 10 }, bots: 0, maxPending: 1_000 })
    agent = await agentOf(stand)
  })
  after(() => stand.stop())

  // What is being judged, without what running it would take.
  const explain = (sql: string) => agent.ask('/v1/explain', { body: { connection: 'shop', sql } })

  test('every family is judged without a judge being lost, and the next statement is judged as ever', async () => {
    for (const [at, [family, sql]] of hostileFamilies.entries()) {
      const hostile = await explain(sql)
      assert.ok([200, 400, 413].includes(hostile.status), `${family}: ${hostile.status} ${hostile.text.slice(0, 300)}`)
      const next = await explain(`select id, ${at} as n from orders`)
      assert.equal(next.body.verdict, 'allow', `after ${family}: ${next.text.slice(0, 600)}`)
      // One is given up after 1.5 s of its own time, whatever else the machine does meanwhile.
      for (const { text } of [hostile, next]) assert.doesNotMatch(text, /The judge/, family)
    }
  })
})
