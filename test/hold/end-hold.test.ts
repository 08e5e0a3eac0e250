import assert from 'node:assert/strict'
import test from 'node:test'
import { followRecord } from '#src/hold/end-hold.ts'
import { type Hold, mayMove } from '#src/hold/hold.ts'
import type { Ports } from '#src/ports.ts'
import { sampleHold } from '#test/contracts/sample-hold.ts'

/** The hold as it is once it follows the record of a session in this state. */
async function followed(first: Hold, state: string, events: readonly object[]): Promise<Hold> {
  let hold = first
  const ports = {
    records: { session: async () => ({ id: hold.id, state, events }) },
    holds: {
      fetch: async () => hold,
      async replace(expected: Hold, next: Hold) {
        assert.ok(next.state === expected.state || mayMove(expected.state, next.state))
        hold = { ...next, version: expected.version + 1 }
        return 'replaced'
      },
    },
    log: { info() {}, warn() {}, error() {} },
  } as unknown as Ports
  await followRecord(ports, hold.id)
  return hold
}

for (const left of [true, undefined])
  test(`the card ${left ? 'hears' : 'does not say'} that a session in the warehouse could not be ended`, async () => {
    const hold = await followed(sampleHold({ state: 'executing' }), 'completed', [
      { kind: 'completed', at: 1, rows: 1, milliseconds: 5, credentialMilliseconds: 7 },
      { kind: 'ended', at: 2, credential: 'c', milliseconds: 8, ...(left ? { left } : {}) },
    ])
    assert.equal(hold.state, 'completed')
    assert.equal(hold.outcome?.credentialLeft, left)
  })

test('what a person denies at the moment at which it ends otherwise is on its card as it is on record', async () => {
  const denied = sampleHold({ state: 'denied' })
  const withdrawn = await followed(denied, 'cancelled', [{ kind: 'cancelled', at: 1, by: 'release-bot' }])
  assert.deepEqual([withdrawn.state, withdrawn.outcome], ['cancelled', { cancelledBy: 'release-bot' }])
  assert.equal((await followed(denied, 'expired', [{ kind: 'expired', at: 1, reviews: [] }])).state, 'expired')
  const killed = await followed(denied, 'denied', [{ kind: 'denied', at: 1, code: 'killed', message: 'stop that' }])
  assert.deepEqual([killed.state, killed.outcome], ['denied', { error: 'killed', message: 'stop that' }])
  const byPerson = await followed(denied, 'denied', [{ kind: 'denied', at: 1, code: 'review_denied', message: 'no' }])
  assert.equal(byPerson.version, denied.version, 'as it was')
})
