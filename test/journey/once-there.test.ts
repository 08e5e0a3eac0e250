import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onceThere } from '#gateway/once-there.ts'
import { GatewayError } from '#src/errors.ts'

const stays = { clock: { now: () => Date.now() }, keeper: { stopping: false }, signal: new AbortController().signal }

/** A statement that is judged still, at another gateway, and is there when it is asked for the so-manieth time. */
function judged(there: number, meanwhile: () => void = () => {}) {
  const looked = { times: 0 }
  const cancel = async () => {
    looked.times += 1
    meanwhile()
    if (looked.times < there) throw new GatewayError('unknown_session')
  }
  return { looked, cancel }
}

test('an abort waits for a statement that is judged still: it would be shown to people, or run', async () => {
  const { looked, cancel } = judged(3)
  await onceThere(cancel, stays)
  assert.equal(looked.times, 3)
})

test('what does not come is not waited for longer than it may be judged, however slow each look is', async () => {
  const clock = { time: 0, now: () => clock.time }
  const { looked, cancel } = judged(Infinity, () => (clock.time += 15_000))
  await onceThere(cancel, { ...stays, clock })
  assert.equal(looked.times, 2)
})

test('nobody waits for a client that has left', async () => {
  const left = new AbortController()
  const { looked, cancel } = judged(Infinity, () => left.abort())
  await onceThere(cancel, { ...stays, signal: left.signal })
  assert.equal(looked.times, 1)
})

test('a gateway that ends says so, for its client to ask the next one, and a failure is none that passes', async () => {
  const { cancel } = judged(Infinity)
  await assert.rejects(onceThere(cancel, { ...stays, keeper: { stopping: true } }), { code: 'draining' })
  const away = () => Promise.reject(new GatewayError('record_unavailable'))
  await assert.rejects(onceThere(away, stays), { code: 'record_unavailable' })
})
