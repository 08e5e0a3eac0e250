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

  async function timed(sql: string) {
    const since = performance.now()
    // What is being judged, without the time that running it would take.
    const { status, body, text } = await agent.ask('/v1/explain', { body: { connection: 'shop', sql } })
    return { status, body, text, ms: performance.now() - since }
  }

  test('every family is answered within two seconds, and the next statement is judged as ever', async t => {
    let slowest = 0
    for (const [at, [family, sql]] of hostileFamilies.entries()) {
      const hostile = await timed(sql)
      assert.ok([200, 400, 413].includes(hostile.status), `${family}: ${hostile.status} ${hostile.text.slice(0, 300)}`)
      const next = await timed(`select id, ${at} as n from orders`)
      assert.equal(next.body.verdict, 'allow', `after ${family}: ${next.text.slice(0, 600)}`)
      for (const { ms } of [hostile, next]) assert.ok(ms < 2_000, `${family} took ${ms} ms`)
      slowest = Math.max(slowest, hostile.ms, next.ms)
    }
    t.diagnostic(`${hostileFamilies.length} families; slowest ${Math.round(slowest)} ms`)
  })
})
