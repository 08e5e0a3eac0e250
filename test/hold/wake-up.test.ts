import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Keeper } from '#gateway/hold/keeper.ts'
import type { Hold } from '#src/hold/hold.ts'
import type { Ports } from '#src/ports.ts'
import { sampleHold } from '#test/bot/sample-hold.ts'

const patience = 60_000

/** Only what the keeper asks about one hold; a look is held up at the hold store until it is let go. */
function heldUp(stored: { hold: Hold }) {
  const [gate, hint] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let looks = 0
  const ports = {
    gateway: 'g-1',
    clock: { now: () => Date.now() },
    log: { info() {}, warn() {}, error() {} },
    reviews: () => ({ verify: async () => undefined }),
    holds: {
      async fetch() {
        const { hold } = stored
        looks += 1
        if (looks === 1) await gate.promise
        return hold
      },
      async *changes(signal: AbortSignal) {
        await hint.promise
        yield stored.hold.id
        await once(signal, 'abort')
      },
      now: async () => stored.hold.terms.createdAt,
    },
    records: { conclude: async () => true, session: async () => undefined, heartbeat: async () => {} },
  }
  return { ports: ports as unknown as Ports, letGo: gate.resolve, hint: hint.resolve }
}

test('who waits is woken by a denial that another look, begun before it, puts on record', {
  timeout: 20_000,
}, async () => {
  const stored = { hold: { ...sampleHold(), state: 'pending', reviews: [] } as Hold }
  const { ports, letGo, hint } = heldUp(stored)
  const times = { sweepMilliseconds: patience, deadMilliseconds: patience, noTraceMilliseconds: patience }
  const keeper = new Keeper(ports, times)
  const { id } = stored.hold
  const waits = () => keeper.changed(id, patience, new AbortController().signal)
  const first = waits()
  const look = keeper.look(id)
  stored.hold = { ...stored.hold, state: 'denied' }
  keeper.start()
  hint()
  // The hint finds the look under way, so that nothing is on record yet for whom it wakes.
  await first
  let woken = false
  const second = waits().then(() => {
    woken = true
  })
  letGo()
  await look
  await setImmediate()
  assert.ok(woken, 'still asleep after the denial was put on record')
  await second
  await keeper.stop()
})
