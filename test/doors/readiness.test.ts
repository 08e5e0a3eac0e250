import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { createHealth } from '#gateway/http/health.ts'
import { GatewayError } from '#src/errors.ts'
import type { Ports } from '#src/ports.ts'

test('asking whether it is ready costs the record store one write a second, however many ask', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.after(() => mock.timers.reset())
  let written = 0
  let away = false
  const heartbeat = async () => {
    written += 1
    if (away) throw new GatewayError('record_unavailable')
  }
  const ports = { gateway: 'one', records: { heartbeat }, holds: { now: async () => 0 } }
  const health = createHealth(ports as unknown as Ports)
  const askedAtOnce = await Promise.all(Array.from({ length: 100 }, () => health.ready()))
  assert.ok(askedAtOnce.every(({ ready }) => ready))
  away = true
  assert.deepEqual(await health.ready(), { ready: true, problems: [] })
  assert.equal(written, 1)
  mock.timers.tick(1_000)
  assert.deepEqual(await health.ready(), { ready: false, problems: ['record store: record_unavailable'] })
  assert.equal(written, 2)
  health.drain()
  assert.deepEqual((await health.ready()).problems, ['draining', 'record store: record_unavailable'])
})
