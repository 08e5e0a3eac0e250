import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { cancelBatch, goOn } from '#gateway/doors/snowflake/statement-batch.ts'
import { GatewayError } from '#src/errors.ts'

const id = 'AAAA-AAAA-AAAA'
const session = { principal: { issuer: 'i', subject: 's' }, context: { parameters: {} } } as never
const first = { queryId: 'first', typeId: 1 }
const unknown = new GatewayError('unknown_session')
const waits = { waitMilliseconds: 1_000, signal: new AbortController().signal }
let kept: Map<string, object>
beforeEach(() => {
  const texts = ['delete', 'delete from a', 'delete from b']
  const batch = { key: 'key', asked: { kept: {} }, context: {}, count: 3, done: [first] }
  kept = new Map<string, object>([
    [`batch ${id}`, batch],
    [`texts of batch ${id}`, { texts }],
  ])
})

/** A journey that keeps the batch, and whose `start`, `cancel` and `outcome` are a test's. */
function journeyWith(parts: object): never {
  const drivers = {
    recall: async (_session: unknown, name: string) => kept.get(name),
    async remember(_session: unknown, name: string, value: object, unless?: (now: object) => boolean) {
      const now = kept.get(name)
      if (!now || !unless?.(now)) kept.set(name, value)
    },
  }
  return {
    connections: () => [],
    drivers,
    onceThere: (_principal: unknown, cancel: () => unknown) => cancel(),
    ...parts,
  } as never
}

test('cancelled while its next statement begins, that one is withdrawn', async () => {
  const withdrawn: string[] = []
  let onRecord = false
  const journey = journeyWith({
    async start() {
      // Who asked for it waits for the statement: once, however long the batch itself was waited for.
      await assert.rejects(cancelBatch(journey, session, id), unknown)
      onRecord = true
      return { outcome: { status: 'pending' } }
    },
    async cancel(_principal: unknown, statement: string) {
      if (!onRecord) throw unknown
      withdrawn.push(statement)
    },
    outcome: async () => ({ status: withdrawn.length > 0 ? 'cancelled' : 'pending', message: 'Withdrawn.' }),
  })
  const message = 'Statement 2 of 3: Withdrawn. Those before it have run.'
  assert.deepEqual(await goOn(journey, session, id, waits), {
    status: 'refused',
    outcome: { status: 'cancelled', message },
  })
  assert.equal(withdrawn.length, 1)
})

test('cancelled while another gateway runs one of it, nothing is answered before that has ended, and it is counted', async () => {
  const outcomes = [{ status: 'pending' }, { status: 'completed', id, classification: { kind: 'delete' } }]
  const journey = journeyWith({
    start: () => assert.fail('one more began'),
    cancel: async () => {},
    async outcome() {
      const outcome = outcomes.shift()
      if (!outcome) throw unknown
      return outcome
    },
  })
  await cancelBatch(journey, session, id)
  assert.equal((await goOn(journey, session, id, waits)).status, 'pending')
  const ended = await goOn(journey, session, id, waits)
  assert.ok(ended.status === 'cancelled')
  assert.match(ended.refusal.message, /^Statement 3 of 3: .*withdrawn.*Those before it have run/)
})

test('cancelled, and asked for meanwhile, what another gateway judges of it is withdrawn once it is on record', async () => {
  let onRecord = false
  const withdrawn: string[] = []
  const journey = journeyWith({
    start: () => assert.fail('one more began'),
    outcome: () => Promise.reject(unknown),
    async cancel(_principal: unknown, statement: string) {
      if (!onRecord) throw unknown
      withdrawn.push(statement)
    },
  })
  await assert.rejects(cancelBatch(journey, session, id), unknown)
  assert.equal((await goOn(journey, session, id, waits)).status, 'cancelled')
  await assert.rejects(cancelBatch(journey, session, id), unknown)
  onRecord = true
  await cancelBatch(journey, session, id)
  assert.equal(withdrawn.length, 1)
})

test('cancelled when it is through, nothing is withdrawn', async () => {
  kept.set(`batch ${id}`, { key: 'key', count: 1, done: [first] })
  const journey = journeyWith({ cancel: () => assert.fail('withdrawn') })
  assert.equal(await cancelBatch(journey, session, id), true)
})

test('one that was refused keeps none of its texts, which are many bytes for half a day, and says the same once more', async () => {
  const refused = { status: 'denied', message: 'No.' }
  const journey = journeyWith({ start: async () => ({ outcome: refused }) })
  const answer = await goOn(journey, session, id, waits)
  assert.doesNotMatch(JSON.stringify([...kept]), /delete from/)
  const later = journeyWith({ start: () => assert.fail('one more began'), outcome: async () => refused })
  assert.deepEqual(await goOn(later, session, id, waits), answer)
  assert.match(JSON.stringify(answer), /Statement 2 of 3: No\. Those before it have run/)
})

test('one that was cancelled, and that nobody asks for any more, keeps none of its texts, and loses nothing that it did', async () => {
  const journey = journeyWith({
    // At another gateway the statement where it stands ends at this moment, and the next one is about to begin.
    async cancel() {
      const batch = kept.get(`batch ${id}`) as { done: object[] }
      kept.set(`batch ${id}`, { ...batch, done: [first, first] })
    },
    start: () => assert.fail('one more began'),
    outcome: () => Promise.reject(unknown),
  })
  await cancelBatch(journey, session, id)
  assert.doesNotMatch(JSON.stringify([...kept]), /delete from/)
  const state = await goOn(journey, session, id, waits)
  assert.ok(state.status === 'cancelled')
  assert.match(state.refusal.message, /^Statement 3 of 3/)
})

test('that another gateway went on with meanwhile, to its end, is not taken back by one that is slower', async () => {
  const journey = journeyWith({
    async start() {
      const batch = kept.get(`batch ${id}`) as { done: object[] }
      kept.set(`batch ${id}`, { ...batch, done: [first, first, first] })
      kept.set(`texts of batch ${id}`, {})
      return { outcome: { status: 'completed', id, classification: { kind: 'delete' } } }
    },
    outcome: () => Promise.reject(unknown),
  })
  const state = await goOn(journey, session, id, waits)
  assert.deepEqual(state.status === 'completed' && state.done.length, 3)
})

test('the next of it does not begin once its client has left', async () => {
  const leaves = new AbortController()
  const begun: number[] = []
  const journey = journeyWith({
    async start() {
      begun.push(begun.length)
      leaves.abort()
      return { outcome: { status: 'completed', id, classification: { kind: 'delete' } } }
    },
  })
  const state = await goOn(journey, session, id, { waitMilliseconds: 1_000, signal: leaves.signal })
  assert.deepEqual([state.status, begun.length], ['pending', 1])
  await goOn(journey, session, id, waits)
  assert.equal(begun.length, 2)
})

test('cancelled where nothing more can be kept, the statement that runs is withdrawn all the same', async () => {
  const withdrawn: string[] = []
  const journey = journeyWith({
    cancel: async (_principal: unknown, statement: string) => void withdrawn.push(statement),
  })
  const full = new GatewayError('too_many')
  Object.assign((journey as { drivers: object }).drivers, { remember: () => Promise.reject(full) })
  await assert.rejects(cancelBatch(journey, session, id), full)
  assert.equal(withdrawn.length, 1)
})

test('what fails before a statement is on record says what has run; what passes by itself is said as it is', async () => {
  const failing = (error: GatewayError) => goOn(journeyWith({ start: () => Promise.reject(error) }), session, id, waits)
  const next = 'Wait for it.'
  await assert.rejects(failing(new GatewayError('conflict', { message: 'Busy.', next })), {
    ...{ code: 'conflict', next },
    message: 'Statement 2 of 3: Busy. Those before it have run.',
  })
  const away = new GatewayError('record_unavailable')
  await assert.rejects(failing(away), away)
})
