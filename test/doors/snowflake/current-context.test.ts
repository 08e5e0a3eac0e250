import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { currentContext } from '#gateway/doors/snowflake/current-context.ts'
import type { DriverContext, DriverSession, DriverTransaction } from '#src/authenticate/driver-sessions.ts'

type Journey = Parameters<typeof currentContext>[0]

/** A request that read its session in transaction `first`, which is over; the session has `meanwhile` by now. */
function late(first: DriverTransaction, meanwhile?: DriverTransaction) {
  const context: DriverContext = { connection: 'shop', parameters: {}, transaction: first }
  let now: DriverContext = { connection: 'shop', parameters: {}, ...(meanwhile ? { transaction: meanwhile } : {}) }
  const journey = {
    transactions: { state: async (id: string) => (id === first.id ? 'committed' : 'open') },
    drivers: { change: async (_: DriverSession, to: (now: DriverContext) => DriverContext) => (now = to(now)) },
  }
  const found = currentContext(journey as unknown as Journey, { context } as DriverSession)
  return { found, held: async () => (await found) && now.transaction }
}

describe('Snowflake door: a request whose transaction ended since its session was read', () => {
  const always = { id: 'a', always: true } as const

  test('goes on in the one that the session has', async () => {
    const { found, held } = late(always, always)
    const { transaction } = await found
    assert.notEqual(transaction?.id, 'a')
    assert.deepEqual(transaction, await held())
  })

  test('is told so where the session has another, or none: no COMMIT would reach what it writes', async () => {
    await assert.rejects(late(always, { id: 'b' }).found, { code: 'conflict' })
    await assert.rejects(late(always).found, { code: 'conflict' })
  })

  test('runs by itself where AUTOCOMMIT was on, whatever began meanwhile', async () => {
    assert.equal((await late({ id: 'a' }, { id: 'b' }).found).transaction, undefined)
  })
})
