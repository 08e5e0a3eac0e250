import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Flights } from '#gateway/journey/flights.ts'
import type { Outcome } from '#src/outcome.ts'

const principal = { issuer: 'https://issuer.example', subject: 'agent-1', name: 'Agent 1', groups: [] }
const submission = { connection: 'shop', sql: 'select 1', door: 'rest' } as const

/** One that ends when it is told to, or when it is withdrawn. */
function statement() {
  const ended = Promise.withResolvers<Outcome>()
  const work = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => ended.reject(new Error('withdrawn')))
    return ended.promise
  }
  return { work, end: () => ended.resolve({ status: 'completed' } as Outcome) }
}

test('a client that leaves withdraws its statement, unless the same request came again meanwhile', async () => {
  const flights = new Flights()
  const alone = flights.join('AAAA-AAAA-AAAA', principal, submission, statement().work)
  alone.leave()
  await assert.rejects(alone.done, /withdrawn/)
  const { work, end } = statement()
  const first = flights.join('AAAA-AAAA-AAAB', principal, submission, work)
  const again = flights.join('AAAA-AAAA-AAAB', principal, { ...submission, purpose: 'again' }, statement().work)
  first.leave()
  end()
  assert.deepEqual(await again.done, { status: 'completed' })
})

test('one principal has so many statements under way, and no more', async () => {
  const flights = new Flights()
  const named = (at: number) => `AAAA-AAAA-${String(at).padStart(4, '0')}`
  const first = statement()
  const begun = flights.join(named(0), principal, submission, first.work)
  for (let at = 1; at < 500; at++) flights.join(named(at), principal, submission, statement().work)
  const oneMore = () => flights.join(named(500), principal, submission, statement().work)
  assert.throws(oneMore, { code: 'too_many', message: '500 statements of this principal are under way already.' })
  assert.equal(flights.join(named(0), principal, submission, statement().work), begun)
  flights.join(named(501), { ...principal, subject: 'agent-2' }, submission, statement().work)
  first.end()
  await begun.done
  oneMore()
})

test('a statement of another principal is joined by nobody, though its id be the same', () => {
  const flights = new Flights()
  const [one, other] = [
    { ...principal, subject: 'agent-3' },
    { ...principal, subject: 'agent-4' },
  ]
  flights.join('AAAA-AAAA-AAAA', one, submission, statement().work)
  const join = () => flights.join('AAAA-AAAA-AAAA', other, submission, statement().work)
  assert.throws(join, { code: 'idempotency_mismatch' })
})
