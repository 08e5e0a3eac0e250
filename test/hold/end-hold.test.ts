import assert from 'node:assert/strict'
import test from 'node:test'
import { followRecord } from '#src/hold/end-hold.ts'
import type { Hold } from '#src/hold/hold.ts'
import type { Ports } from '#src/ports.ts'
import { sampleHold } from '#test/contracts/sample-hold.ts'

for (const left of [true, undefined])
  test(`the card ${left ? 'hears' : 'does not say'} that a session in the warehouse could not be ended`, async () => {
    let hold: Hold = sampleHold({ state: 'executing' })
    const events = [
      { kind: 'completed', at: 1, rows: 1, milliseconds: 5, credentialMilliseconds: 7 },
      { kind: 'ended', at: 2, credential: 'c', milliseconds: 8, ...(left ? { left } : {}) },
    ]
    const ports = {
      records: { session: async () => ({ id: hold.id, state: 'completed', events }) },
      holds: {
        fetch: async () => hold,
        async replace(_expected: Hold, next: Hold) {
          hold = next
          return 'replaced'
        },
      },
      log: { info() {}, warn() {}, error() {} },
    } as unknown as Ports
    await followRecord(ports, hold.id)
    assert.equal(hold.state, 'completed')
    assert.equal(hold.outcome?.credentialLeft, left)
  })
