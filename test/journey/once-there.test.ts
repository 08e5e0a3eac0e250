import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onceThere } from '#gateway/journey/once-there.ts'
import { GatewayError } from '#src/errors.ts'
import { sampleStatement } from '#test/contracts/sample-hold.ts'

const { principal } = sampleStatement('agent-1')
const stays = { clock: { now: () => Date.now() }, keeper: { stopping: false } }

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
  await onceThere(principal, cancel, stays)
  assert.equal(looked.times, 3)
})

test('what does not come is not waited for longer than it may be judged, however slow each look is', async () => {
  const clock = { time: 0, now: () => clock.time }
  const { looked, cancel } = judged(Infinity, () => (clock.time += 15_000))
  await onceThere(principal, cancel, { ...stays, clock })
  assert.equal(looked.times, 2)
})

test('a client that asks and leaves over and over has no more of them under way than it may have requests', async () => {
  const late = new AbortController()
  const never = () => (late.signal.aborted ? Promise.resolve() : Promise.reject(new GatewayError('unknown_session')))
  const all = Array.from({ length: 500 }, () => onceThere(principal, never, stays))
  await assert.rejects(onceThere(principal, never, stays), { code: 'too_many' })
  // Nobody else's, and none of a statement that is there.
  const other = onceThere({ ...principal, subject: 'agent-2' }, never, stays)
  await onceThere(principal, async () => {}, stays)
  late.abort()
  await Promise.all([...all, other])
  await onceThere(principal, never, stays)
})

test('a gateway that ends says so, for its client to ask the next one, and a failure is none that passes', async () => {
  const { cancel } = judged(Infinity)
  await assert.rejects(onceThere(principal, cancel, { ...stays, keeper: { stopping: true } }), { code: 'draining' })
  const away = () => Promise.reject(new GatewayError('record_unavailable'))
  await assert.rejects(onceThere(principal, away, stays), { code: 'record_unavailable' })
})
