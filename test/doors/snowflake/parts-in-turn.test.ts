import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { queryIdOf } from '#gateway/doors/snowflake/query-id.ts'
import type { Journey } from '#gateway/journey/journey.ts'
import type { SessionId } from '#src/statement.ts'
import { until } from '#test/chaos/until.ts'
import { silentServer } from '#test/doors/silent-server.ts'

const id = 'AAAA-AAAA-AAAA' as SessionId
const mostParts = 16

/** A result of two parts, whose second can be read once `readable` resolves; how often somebody began to. */
function result(readable: Promise<void>) {
  const principal = { issuer: 'i', subject: 's', name: 's', groups: [] }
  let begun = 0
  async function* from() {
    begun += 1
    await readable
    const pieces = [Buffer.from('[["1"]]')]
    yield { form: 'snowflake-rowset', rows: 1, pieces }
  }
  const recorded = { form: 'snowflake-rowset', rows: [1, 1], bytes: 14, from }
  const completed = { status: 'completed', id, rows: 2, statement: { principal }, recorded, result: { columns: [] } }
  const journey = {
    drivers: { admit: async () => ({ principal }) },
    outcome: async () => completed,
  } as unknown as Partial<Journey>
  return { journey, begun: () => begun }
}

test('of the parts that one agent fetches some are read at once, the others after them, and none for who has left', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { journey, begun } = result(promise)
  const app = await silentServer(journey)
  try {
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const headers = { 'x-querywarden-ticket': 'ticket' }
    const leaves = new AbortController()
    const part = async (signal: AbortSignal | null) => {
      const answer = await fetch(`${url}/queries/${queryIdOf(id)}/json/chunks/0`, { headers, signal })
      return [answer.status, await answer.text()]
    }
    const first = Array.from({ length: mostParts }, () => part(null))
    await until(async () => begun() === mostParts, 'the first parts')
    const left = part(leaves.signal).catch(() => 'left')
    const others = Array.from({ length: 30 }, () => part(null))
    await delay(300)
    leaves.abort()
    assert.equal(await left, 'left')
    assert.equal(begun(), mostParts)
    resolve()
    assert.deepEqual(await Promise.all([...first, ...others]), Array(mostParts + 30).fill([200, '["1"]']))
    assert.equal(begun(), mostParts + 30)
  } finally {
    resolve()
    await app.close()
  }
})
