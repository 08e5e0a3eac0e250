import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startDetached, startWaiting } from '#gateway/doors/snowflake/start-statement.ts'

const principal = { issuer: 'i', subject: 's', name: 's', groups: [] } as never
const submission = { connection: 'shop', sql: 'select 1', door: 'snowflake', idempotencyKey: 'once' } as const
const known = { status: 'pending', state: 'pending' }

/** A journey whose statement is on record when it is asked for the so-manieth time. */
function judged(times: number) {
  const waited: number[] = []
  const start = async (_principal: unknown, _submission: unknown, milliseconds: number) => {
    waited.push(milliseconds)
    return { id: 'AAAA-AAAA-AAAA', ...(waited.length < times ? {} : { outcome: known }) }
  }
  return { journey: { start } as never, waited }
}

for (const [what, start] of Object.entries({ startWaiting, startDetached })) {
  test(`a statement that is judged for long is answered with an id that every gateway finds (${what})`, async () => {
    const { journey, waited } = judged(100)
    const { outcome } = await start(journey, principal, submission, new AbortController().signal)
    assert.deepEqual([outcome, waited.length], [known, 100])
  })

  test(`nobody waits for a client that has left (${what})`, async () => {
    const { journey, waited } = judged(100)
    await start(journey, principal, submission, AbortSignal.abort())
    assert.equal(waited.length, 1)
  })
}
