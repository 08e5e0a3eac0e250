import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { Keeper } from '#gateway/hold/keeper.ts'
import { Secret } from '#src/config/secret.ts'
import { GatewayError } from '#src/errors.ts'
import { beginWithin, leaveWithin, openSession, useSession } from '#src/pinned/client-sessions.ts'
import { abandonPinned, sweepPinned } from '#src/pinned/leave-session.ts'
import { openPinned, removeOpen } from '#src/pinned/open-sessions.ts'
import { findPinned, keepSession } from '#src/pinned/pinned-sessions.ts'
import type { Connection, Ports } from '#src/ports.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { sampleStatement } from '#test/contracts/sample-hold.ts'

const folder = mkdtempSync(join(tmpdir(), 'querywarden-sessions-'))
const idle = 60_000
const { principal } = sampleStatement('agent-1')
let records: RecordStore
let ports: Ports
let now = Date.now()
let ended: string[]
let unreachable: boolean
let warnings: object[]
before(async () => {
  records = await openRecordStore(new Secret(`sqlite:${join(folder, 'records.db')}`))
})
after(async () => {
  await records.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  ended = []
  warnings = []
  unreachable = false
  const end = async (session: string) => {
    if (unreachable) throw new Error('nobody answers')
    ended.push(session)
    return session !== 'sealed by nobody'
  }
  ports = {
    gateway: 'gateway-1',
    records,
    clock: { now: () => now },
    log: { warn: (fields: object) => void warnings.push(fields) },
    limits: () => ({ transactions: 2, transactionIdleMilliseconds: idle }),
    holds: { isAwaited: async () => false, fetch: async () => undefined },
    connection: () => ({ warehouse: { pinnedSessions: { end } } }),
  } as unknown as Ports
})

const named = (more: Partial<{ id: string; principal: typeof principal; connection: string }> = {}) => ({
  ...{ id: crypto.randomUUID(), principal, connection: 'lake' },
  ...more,
})
const none = { code: 'invalid_request', message: /none of this agent's here, or has ended/ }

test('is one of its agent, for whom it acts, on its connection; opened twice it is the same, within what may be open at once', async () => {
  const session = named()
  await assert.rejects(useSession(ports, session), none)
  await openSession(ports, session, 'shop')
  assert.deepEqual(await openSession(ports, session, 'shop'), { id: session.id, schema: 'shop' })
  for (const other of [
    { ...session, principal: { ...principal, subject: 'agent-2' } },
    { ...session, principal: { ...principal, onBehalfOf: 'somebody' } },
    { ...session, connection: 'other' },
  ])
    for (const ask of [useSession(ports, other), openSession(ports, other, 'shop'), beginWithin(ports, other, 'x')])
      await assert.rejects(ask, none)
  await openSession(ports, named(), undefined)
  await assert.rejects(openSession(ports, named(), undefined), { code: 'too_many' })
  await abandonPinned(ports, session.id)
  await assert.rejects(openSession(ports, session, 'shop'), none, 'what has ended is not opened again')
  now += 2 * idle
  await sweepPinned(ports)
})

test('ends when nobody uses it, with what it has in the warehouse; use keeps it', async () => {
  const session = named()
  await openSession(ports, session, undefined)
  await keepSession(ports, session.id, session.id, undefined)
  for (let at = 0; at < 3; at++) {
    now += 0.8 * idle
    await useSession(ports, session)
    await sweepPinned(ports)
  }
  assert.deepEqual(ended, [])
  now += 1.1 * idle
  unreachable = true
  await sweepPinned(ports)
  await assert.rejects(useSession(ports, session), none, 'it has ended, whatever the warehouse knows of it')
  assert.equal(warnings.length, 1)
  unreachable = false
  await sweepPinned(ports)
  assert.deepEqual(ended, [session.id])
  assert.equal((await findPinned(ports, session.id))?.pinned.session, undefined)
})

/** Ten that nobody uses any more, and a warehouse that ends sessions by `end`. */
async function idleWith(end: (session: string) => Promise<boolean>): Promise<Ports> {
  for (let agent = 2; agent < 12; agent++) {
    const subject = `agent-${agent}`
    const session = named({ principal: { ...principal, subject } })
    await openSession(ports, session, undefined)
    await keepSession(ports, session.id, session.id, undefined)
  }
  now += 2 * idle
  const connection = { warehouse: { pinnedSessions: { end } } } as unknown as Connection
  return { ...ports, running: new Map(), connection: () => connection }
}

test('a gateway that is told to end waits for no warehouse that does not answer', { timeout: 5_000 }, async () => {
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<boolean>()]
  const silent = await idleWith(() => {
    asked.resolve()
    return answer.promise
  })
  const keeper = new Keeper(silent, { sweepMilliseconds: 20, deadMilliseconds: idle, noTraceMilliseconds: idle })
  keeper.start()
  await asked.promise
  await keeper.stop()
  answer.resolve(true)
})

test('a warehouse that does not answer keeps no other waiting', async () => {
  const answer = Promise.withResolvers<boolean>()
  const asked = new Set<string>()
  const slow = await idleWith(session => (asked.add(session).size === 1 ? answer.promise : Promise.resolve(true)))
  const sweeping = sweepPinned(slow)
  while (asked.size < 10) await new Promise(setImmediate)
  answer.resolve(true)
  await sweeping
})

test('however many cannot be looked at right now, the others are ended', async () => {
  let asked = 0
  const idle = await idleWith(async () => ++asked > 0)
  const unread = (await openPinned(idle)).slice(0, 9).map(({ id }) => id)
  const setting = (key: string) =>
    unread.some(id => key.includes(id)) ? Promise.reject(new GatewayError('record_unavailable')) : records.setting(key)
  const away = Object.assign(Object.create(records), { setting, putSetting: records.putSetting.bind(records) })
  await sweepPinned({ ...idle, records: away })
  assert.equal(asked, 1)
  await sweepPinned(idle)
  assert.equal(asked, 10, 'the rest is ended later')
})

test('a gateway that is told to end while it ends some begins with no other', async () => {
  const stop = new AbortController()
  let asked = 0
  const ending = await idleWith(async () => {
    stop.abort()
    asked++
    return true
  })
  await sweepPinned(ending, stop.signal)
  assert.ok(asked < 10, `${asked} of 10`)
  await sweepPinned(ending)
  assert.equal(asked, 10, 'the rest is ended later')
})

test('is forgotten, and that is said, where nobody can open what it has in the warehouse', async () => {
  const session = named()
  await openSession(ports, session, undefined)
  await keepSession(ports, session.id, 'sealed by nobody', undefined)
  await abandonPinned(ports, session.id)
  assert.deepEqual(warnings, [{ transaction: session.id }])
  assert.equal((await findPinned(ports, session.id))?.pinned.session, undefined)
})

test('holds one transaction at a time', async () => {
  const session = named()
  await openSession(ports, session, undefined)
  const [first, second] = [crypto.randomUUID(), crypto.randomUUID()]
  await beginWithin(ports, session, first)
  assert.deepEqual((await useSession(ports, session)).within, { id: first, lost: false })
  await beginWithin(ports, session, first)
  const open = { code: 'invalid_request', message: /open in this session already/ }
  await assert.rejects(beginWithin(ports, session, second), open)
  await leaveWithin(ports, session, second)
  assert.equal((await useSession(ports, session)).within?.id, first, 'one that began meanwhile stays')
  await leaveWithin(ports, session, first)
  assert.equal((await useSession(ports, session)).within, undefined)
  const racing = await Promise.allSettled([first, second].map(id => beginWithin(ports, session, id)))
  assert.deepEqual(racing.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  const [began] = [first, second].filter((_, at) => racing[at]?.status === 'fulfilled')
  assert.equal((await useSession(ports, session)).within?.id, began)
  await assert.rejects(useSession(ports, { ...session, id: second }), none, 'a transaction is no session')
})

test('a hundred that are opened and left at once are all opened and left, one of them twice', async () => {
  ports = { ...ports, limits: () => ({ transactions: 200, transactionIdleMilliseconds: idle }) } as unknown as Ports
  const owner = { ...principal, subject: crypto.randomUUID() }
  const sessions = Array.from({ length: 100 }, () => named({ principal: owner }))
  const [first] = sessions
  assert.ok(first)
  await Promise.all([first, ...sessions].map(session => openSession(ports, session, undefined)))
  const open = await openPinned(ports)
  assert.deepEqual(
    sessions.filter(({ id }) => !open.some(entry => entry.id === id)),
    [],
  )
  await Promise.all(sessions.map(({ id }) => removeOpen(ports, id)))
})
