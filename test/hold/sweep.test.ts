import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Keeper } from '#gateway/hold/keeper.ts'
import { Secret } from '#src/config/secret.ts'
import { GatewayError } from '#src/errors.ts'
import type { Hold } from '#src/hold/hold.ts'
import { macTerms } from '#src/hold/seal.ts'
import { SqliteHoldStore } from '#src/hold/sqlite-hold-store.ts'
import type { Ports } from '#src/ports.ts'
import { until } from '#test/chaos/until.ts'
import { sampleHold } from '#test/contracts/sample-hold.ts'

const hour = 3_600_000
const holdKey = new Secret('holds')

/** No hint ever comes. */
async function* silence(signal: AbortSignal): AsyncGenerator<never> {
  await once(signal, 'abort')
  yield* []
}

/** A keeper over a real hold store, whose hints are all lost; `held`: what waits by the record, which cannot be written `failures` times. */
async function sweeping(t: TestContext, stored: readonly Hold[], held: readonly Hold[], failures = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-sweep-'))
  const holds = new SqliteHoldStore(join(folder, 'holds.db'))
  for (const hold of stored) await holds.create(hold)
  const concluded: string[] = []
  const read: string[] = []
  let left = failures
  const records = {
    heartbeat: async () => {},
    setting: async () => holds.epoch(),
    inState: async ([state]: string[]) => (state === 'held' ? held.map(({ id }) => ({ id, state })) : []),
    async session(id: string) {
      const hold = held.find(each => each.id === id)
      const ended = concluded.find(each => each.startsWith(id))?.split(' ')[1]
      if (!hold) return undefined
      const { terms } = hold
      const mac = macTerms(terms, holdKey)
      return { id, state: ended ?? 'held', events: [{ kind: ended ?? 'held', at: 1, terms, mac }] }
    },
    async conclude(id: string, _from: unknown, to: string) {
      if (left-- > 0) throw new GatewayError('record_unavailable')
      if (concluded.some(each => each.startsWith(id))) return false
      concluded.push(`${id} ${to}`)
      return true
    },
  }
  const ports = {
    gateway: 'g-1',
    clock: { now: () => Date.now() },
    log: { info() {}, warn() {}, error() {} },
    holdKey,
    reviews: () => ({ verify: async () => undefined }),
    running: new Map(),
    holds: new Proxy(holds, {
      get(store, name: keyof SqliteHoldStore) {
        if (name === 'fetch') read.push(name)
        return name === 'changes' ? silence : store[name].bind(store)
      },
    }),
    records,
  } as unknown as Ports
  const keeper = new Keeper(ports, { sweepMilliseconds: 20, deadMilliseconds: hour, noTraceMilliseconds: hour })
  keeper.start()
  t.after(async () => {
    await keeper.stop()
    await holds.close()
    rmSync(folder, { recursive: true })
  })
  return { concluded, read, keeper, holds }
}

test('however many were denied, what waits is still looked at in time', { timeout: 60_000 }, async t => {
  const long = Date.now() - hour
  const denied = Array.from({ length: 1_000 }, (_, n) => sampleHold({ state: 'denied', createdAt: long + n }))
  const late = sampleHold({ createdAt: long + 2_000, expiresAt: Date.now() - 1 })
  const { concluded } = await sweeping(t, [...denied, late], [])
  await until(() => concluded.length > 0, 'its expiry', 20_000)
  assert.deepEqual(concluded, [`${late.id} expired`])
})

test('a denial whose hint was lost comes to the record, and who waits for it hears', { timeout: 60_000 }, async t => {
  const hold = sampleHold({ state: 'denied' })
  const { concluded, keeper } = await sweeping(t, [hold], [hold])
  const tooLong = AbortSignal.timeout(20_000)
  await keeper.changed(hold.id, hour, tooLong)
  assert.ok(!tooLong.aborted)
  assert.deepEqual(concluded, [`${hold.id} denied`])
})

test('an approval that may not run is refused as soon as that can be recorded, and the gateway lives', {
  timeout: 60_000,
}, async t => {
  // No review was signed.
  const hold = sampleHold({ state: 'approved' })
  const { concluded } = await sweeping(t, [hold], [hold], 3)
  await until(() => concluded.length > 0, 'its refusal', 20_000)
  assert.deepEqual(concluded, [`${hold.id} denied`])
})

test('however many wait for people, what was approved is attended to', { timeout: 60_000 }, async t => {
  const long = Date.now() - hour / 2
  const pending = Array.from({ length: 1_000 }, (_, n) => sampleHold({ createdAt: long + n }))
  const approved = sampleHold({ state: 'approved' })
  const { concluded } = await sweeping(t, [...pending, approved], [approved])
  await until(() => concluded.length > 0, 'its end', 20_000)
  assert.deepEqual(concluded, [`${approved.id} denied`])
})

test('a gateway that ends begins with nothing that was approved, whoever waits for it: the next one does', async t => {
  const held: Hold[] = []
  const { concluded, keeper, holds } = await sweeping(t, [], held)
  await keeper.stop()
  const approved = sampleHold({ state: 'approved' })
  held.push(approved)
  await holds.create(approved)
  await keeper.look(approved.id)
  await keeper.stop()
  assert.deepEqual(concluded, [])
})

test('what waits is not read and compared over and over, however large it is, and ends in time', {
  timeout: 60_000,
}, async t => {
  const hold = sampleHold({ expiresAt: Date.now() + 1_500 })
  const { concluded, read } = await sweeping(t, [hold], [hold])
  await until(() => concluded.length > 0, 'its expiry', 20_000)
  assert.deepEqual(concluded, [`${hold.id} expired`])
  assert.ok(read.length < 10, `read ${read.length} times in some 70 sweeps`)
})
