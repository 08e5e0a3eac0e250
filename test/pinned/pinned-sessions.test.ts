import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import { executePinned } from '#src/execute/execute-pinned.ts'
import type { KeptSession } from '#src/execute/warehouse.ts'
import type { Authorized } from '#src/hold/authorized.ts'
import type { Credential } from '#src/mint/minter.ts'
import { endedHere, leavePinned, sweepPinned } from '#src/pinned/leave-session.ts'
import {
  endPinned,
  enteredPinned,
  findPinned,
  joinPinned,
  keepSession,
  keepTable,
  soFar,
  transactionBefore,
} from '#src/pinned/pinned-sessions.ts'
import { taintScope } from '#src/pinned/temporary-tables.ts'
import type { Connection, Ports } from '#src/ports.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import type { Statement } from '#src/statement.ts'
import { sampleStatement } from '#test/contracts/sample-hold.ts'
import { sampleSession } from '#test/contracts/sample-session.ts'

const folder = mkdtempSync(join(tmpdir(), 'querywarden-'))
const idle = 60_000
let records: RecordStore
let ports: Ports
let now = Date.now()
let awaited: ReadonlySet<string>
let ended: string[]
before(async () => {
  records = await openRecordStore(new Secret(`sqlite:${join(folder, 'records.db')}`))
})
after(async () => {
  await records.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  awaited = new Set()
  ended = []
  const pinnedSessions = { end: async (session: string) => ended.push(session) > 0 }
  ports = {
    gateway: 'gateway-1',
    records,
    clock: { now: () => now },
    log: { warn: (fields: object) => assert.fail(JSON.stringify(fields)) },
    limits: () => ({ transactions: 6, transactionIdleMilliseconds: idle }),
    holds: { isAwaited: async (id: string) => awaited.has(id), fetch: async () => undefined },
    connection: () => ({ warehouse: { pinnedSessions } }),
  } as unknown as Ports
})

let next = 1

/** A statement as `understand` makes it, of the transaction as it is now. */
async function statementIn(id: string, given: Partial<Statement> = {}): Promise<Statement> {
  const asked = { ...sampleStatement(`agent-${next++}`), sql: 'insert into t values (1)', ...given }
  const statement = { ...asked, principal: given.principal ?? { ...asked.principal, subject: 'agent-1' } }
  const found = await transactionBefore(ports, id, statement, false)
  return { ...statement, transaction: soFar(id, statement, found) }
}

async function joined(id: string, given?: Partial<Statement>): Promise<Statement> {
  const statement = await statementIn(id, given)
  await enter(statement)
  return statement
}

function enter(statement: Statement): Promise<void> {
  const authorized = { statement, decision: { role: 'WRITER' }, classification: { summary: `writes ${statement.id}` } }
  return joinPinned(ports, authorized as Authorized)
}

async function opened(statement: Statement, state: 'held' | 'claimed' = 'claimed'): Promise<void> {
  const events = [{ kind: 'received', at: now, statement }] as const
  assert.ok(await records.open(sampleSession({ id: statement.id, state, events }), 'gateway-1'))
}

async function completedAs(statement: Statement, to: 'completed' | 'failed' = 'completed'): Promise<void> {
  assert.ok(await records.conclude(statement.id, ['claimed'], to, [{ kind: 'unknown', at: now, detail: 'ended' }]))
}

const over = { code: 'transaction_over' }

test('a statement may run where it is the last that came, its claim is won, and the transaction is not over', async () => {
  const id = crypto.randomUUID()
  const first = await joined(id)
  await assert.rejects(enteredPinned(ports, first), over, 'not on record')
  await opened(first)
  assert.equal((await enteredPinned(ports, first)).role, 'WRITER')
  await keepSession(ports, id, id, undefined)
  await completedAs(first)
  await assert.rejects(enteredPinned(ports, first), over, 'has run')
  const second = await joined(id)
  assert.deepEqual(second.transaction?.latest, [{ id: first.id, summary: `writes ${first.id}`, became: 'completed' }])
  assert.equal(second.transaction?.role, 'WRITER')
  await opened(second)
  await enteredPinned(ports, second)
  await endPinned(ports, id, 'lost')
  await assert.rejects(enteredPinned(ports, second), over)
  await assert.rejects(keepSession(ports, id, 'other', id), over)
})

test('a statement that comes at two gateways at once joins once, as its first one or a later one; another one is told', async () => {
  const id = crypto.randomUUID()
  for (const count of [1, 2]) {
    const [statement, other] = [await statementIn(id), await statementIn(id)]
    await Promise.all([enter(statement), enter(statement), enter(statement)])
    await assert.rejects(enter(other), { code: 'session_busy' })
    assert.equal((await findPinned(ports, id))?.pinned.count, count)
    await opened(statement)
    await completedAs(statement)
  }
  await leavePinned(ports, id, 'rolled back')
})

test('a gateway that stood still while it opened the session ends its own: COMMIT goes to where the statement ran', async () => {
  const id = crypto.randomUUID()
  const statement = await joined(id)
  await opened(statement)
  const asleep = Promise.withResolvers<string>()
  const sessions = [asleep.promise, Promise.resolve('of who took over')]
  const { pinnedSessions } = ports.connection('')?.warehouse ?? {}
  const execute = async (_: Authorized, __: Credential, ___: AbortSignal, { sealed }: KeptSession) => sealed
  const warehouse = { pinnedSessions: { ...pinnedSessions, begin: () => sessions.shift() }, execute }
  const authorized = { statement, decision: { role: 'WRITER' } } as Authorized
  const { signal } = new AbortController()
  const run = () => executePinned(ports, { warehouse } as unknown as Connection, authorized, {} as Credential, signal)
  const first = assert.rejects(run(), { code: 'interrupted' })
  while (sessions.length > 1) await new Promise(setImmediate)
  assert.equal(await run(), 'of who took over')
  asleep.resolve('of who stood still')
  await first
  const found = await findPinned(ports, id)
  assert.deepEqual(
    [ended, found?.pinned.session, found?.ended],
    [['of who stood still'], 'of who took over', undefined],
  )
})

test('what did not arrive in the warehouse, and is submitted again, goes on in its transaction', async () => {
  const id = crypto.randomUUID()
  const statement = await joined(id)
  await opened(statement)
  await keepSession(ports, id, 'its session', undefined)
  assert.ok(await records.conclude(statement.id, ['claimed'], 'unknown', [{ kind: 'unknown', at: now, detail: '' }]))
  const { pinnedSessions } = ports.connection('')?.warehouse ?? {}
  const execute = async (_: Authorized, __: Credential, ___: AbortSignal, { sealed }: KeptSession) => sealed
  const connection = { warehouse: { pinnedSessions, execute } } as unknown as Connection
  const authorized = { statement, decision: { role: 'WRITER' } } as Authorized
  const { signal } = new AbortController()
  assert.equal(await executePinned(ports, connection, authorized, {} as Credential, signal), 'its session')
  await leavePinned(ports, id, 'rolled back')
})

test('a COMMIT beside a statement that is still judged: one of them is told that the other came first', async () => {
  const id = crypto.randomUUID()
  const late = await statementIn(id)
  assert.equal(await endedHere(ports, id, 'commit', 'by'), true)
  assert.equal(await endedHere(ports, id, 'commit', 'by'), true, 'its first answer may be lost')
  await assert.rejects(enter(late), over)
  const other = crypto.randomUUID()
  const failed = await joined(other)
  await opened(failed)
  await completedAs(failed, 'failed')
  const next = await statementIn(other)
  const session = async (asked: string) => {
    await enter(next)
    return records.session(asked)
  }
  const setting = (name: string) => records.setting(name)
  const putSetting = (...asked: Parameters<RecordStore['putSetting']>) => records.putSetting(...asked)
  const racing = { ...ports, records: { session, setting, putSetting } } as unknown as Ports
  await assert.rejects(endedHere(racing, other, 'commit', 'by'), { code: 'session_busy' })
  assert.equal((await findPinned(ports, other))?.ended, undefined)
})

test('two that come at once do not both get the place; one that comes while another waits is told so', async () => {
  const id = crypto.randomUUID()
  const [one, two] = [await statementIn(id), await statementIn(id)]
  await enter(one)
  await enter(one)
  await assert.rejects(enter(two), { code: 'session_busy' })
  await opened(one, 'held')
  await assert.rejects(statementIn(id), { code: 'session_busy', message: new RegExp(one.id) })
})

test('nobody else gets in: not another agent, not the same one for another person or connection', async () => {
  const id = crypto.randomUUID()
  const mine = await joined(id)
  await opened(mine)
  await completedAs(mine)
  const { principal } = mine
  await assert.rejects(statementIn(id, { principal: { ...principal, subject: 'agent-2' } }), over)
  await assert.rejects(statementIn(id, { principal: { ...principal, onBehalfOf: 'oncall-1' } }), over)
  await assert.rejects(statementIn(id, { connection: 'other' }), over)
  await statementIn(id)
})

test('a COMMIT that is on record has ended it, whoever has heard of that; one that failed has not', async () => {
  const id = crypto.randomUUID()
  const write = await joined(id)
  await opened(write)
  await keepSession(ports, id, id, undefined)
  await completedAs(write)
  const failed = await joined(id, { sql: 'commit' })
  await opened(failed)
  await completedAs(failed, 'failed')
  assert.equal((await findPinned(ports, id))?.ended, undefined)
  const commit = await joined(id, { sql: 'COMMIT WORK;' })
  await opened(commit)
  await assert.rejects(endedHere(ports, id, 'commit', 'another'), { code: 'session_busy' })
  assert.equal(await endedHere(ports, id, 'commit', commit.id), false)
  await completedAs(commit)
  assert.equal((await findPinned(ports, id))?.ended, 'committed')
  await assert.rejects(statementIn(id), over)
  assert.equal(await transactionBefore(ports, id, commit, true), undefined)
  await sweepPinned(ports)
  await leavePinned(ports, id, 'committed')
  const { session, former } = (await findPinned(ports, id))?.pinned ?? {}
  assert.deepEqual([ended.filter(one => one === id), session, former], [[id], undefined, id])
})

test('what nobody uses is rolled back; while somebody waits for people, or a statement runs, it is in use', async () => {
  const id = crypto.randomUUID()
  const write = await joined(id)
  await opened(write)
  await keepSession(ports, id, id, undefined)
  now += 2 * idle
  await sweepPinned(ports)
  assert.deepEqual(ended, [], 'it runs')
  await completedAs(write)
  const waiting = await joined(id)
  await opened(waiting, 'held')
  now += 2 * idle
  awaited = new Set([waiting.id])
  await sweepPinned(ports)
  assert.deepEqual(ended, [], 'somebody waits')
  awaited = new Set()
  await sweepPinned(ports)
  assert.deepEqual([ended, (await findPinned(ports, id))?.ended], [[id], 'lost'])
  await assert.rejects(endedHere(ports, id, 'commit', 'by'), over)
  await assert.rejects(transactionBefore(ports, id, waiting, true), over)
  assert.equal((await records.session(waiting.id))?.state, 'cancelled')
  await assert.rejects(enteredPinned(ports, waiting), over, 'approved too late')
})

test('a statement that comes just then keeps it: what gives it up has looked before', async () => {
  const id = crypto.randomUUID()
  const write = await joined(id)
  await opened(write)
  await completedAs(write)
  const before = await findPinned(ports, id)
  await opened(await joined(id, { sql: 'commit' }))
  await leavePinned(ports, id, 'lost', before?.pinned.count)
  assert.equal((await findPinned(ports, id))?.ended, undefined)
})

test('a lost one is rolled back once its client says so, and its place among the open ones is free', async () => {
  const ids = Array.from({ length: 6 }, () => crypto.randomUUID())
  const principal = { ...sampleStatement('agent-9').principal, subject: 'agent-9' }
  for (const id of ids) await joined(id, { principal })
  await assert.rejects(joined(crypto.randomUUID(), { principal }), { code: 'too_many' })
  const [lost = ''] = ids
  await leavePinned(ports, lost, 'lost')
  await assert.rejects(endedHere(ports, lost, 'commit', 'by'), over)
  assert.equal(await endedHere(ports, lost, 'rollback', 'by'), true)
  assert.equal((await findPinned(ports, lost))?.ended, 'rolled back')
  await joined(crypto.randomUUID(), { principal })
})

test('temporary tables: one is known before it is there, how it is made only after that; what nobody uses ends, with its taints', async () => {
  const id = crypto.randomUUID()
  const table = 'DEMO.SHOP.T'
  const asked = sampleStatement('agent-temporary')
  const temporary = { ...soFar(id, asked, undefined), tables: [table], creates: table }
  const statement = { ...asked, sql: 'create temporary table t (a int)', temporary }
  await enter(statement)
  await opened(statement)
  const tables = async () => (await findPinned(ports, id))?.pinned.tables
  assert.deepEqual(await tables(), { [table]: {} })
  await enteredPinned(ports, statement)
  await keepSession(ports, id, id, undefined)
  await keepTable(ports, id, table, { A: 'NUMBER' })
  assert.deepEqual(await tables(), { [table]: { columns: { A: 'NUMBER' } } })
  const connection = taintScope(statement, temporary)
  const taint = {
    connection,
    table,
    column: `${table}.A`,
    class: 'contact',
    mask: 'redact',
    session: statement.id,
  } as const
  await records.taint([{ ...taint, at: now }])
  await completedAs(statement)
  now += 2 * idle
  await sweepPinned(ports)
  assert.deepEqual([ended.includes(id), (await findPinned(ports, id))?.ended], [true, 'lost'])
  assert.deepEqual(await records.taints({ connections: [connection] }), [])
})
