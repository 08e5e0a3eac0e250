import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answer } from '#gateway/doors/answer.ts'
import { Secret } from '#src/config/secret.ts'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import type { Executed } from '#src/execute/execute-statement.ts'
import type { WirePage } from '#src/execute/wire-page.ts'
import { mask } from '#src/mask/mask.ts'
import type { MaskedPage } from '#src/mask/masked.ts'
import type { Credential } from '#src/mint/minter.ts'
import type { Ports } from '#src/ports.ts'
import type { SessionEvent } from '#src/record/event.ts'
import { recordFailure } from '#src/record/record-outcome.ts'
import { afterItRan, recordResult } from '#src/record/record-result.ts'
import type { SessionId } from '#src/statement.ts'
import { rowsetPage } from '#test/execute/rowset-page.ts'
import { authorizedStatement } from '#test/mint/authorized-statement.ts'

/** The last stage over a recording whose disk takes its time, with a record that answers at once. */
function recorded(durable: Promise<void>, all = [rowsetPage([['a']])], put = (_: WirePage) => {}) {
  const frame = { page: 0, rows: 1, sha256: '', bytes: 1 }
  const ports = {
    clock: { now: () => 0 },
    records: { conclude: async () => true },
    recordings: {
      put: async (_id: SessionId, _nth: number, page: WirePage) => {
        await Promise.resolve()
        put(page)
        return { frame, durable }
      },
      get: async () => rowsetPage([['read back']]),
    },
  } as unknown as Ports
  const executed = {
    authorized: { statement: { id: '7f3k-9q2m-x4tb' }, decision: { limits: { rows: 10 } } },
    execution: { warehouseId: 'w', columns: [] },
    startedAt: 0,
  } as unknown as Executed
  const pages = (async function* () {
    yield* all as MaskedPage[]
  })()
  return recordResult(ports, executed, { columns: [], masks: [], pages, detected: () => [] }, {
    standing: true,
  } as Credential)
}

test('no row leaves before its page is on the disk, although the record is closed already', async () => {
  const disk = Promise.withResolvers<void>()
  let released = false
  const result = recorded(disk.promise).then(answer => {
    released = true
    return answer
  })
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
  assert.equal(released, false)
  disk.resolve()
  const pages = []
  for await (const page of (await result).result.pages) pages.push(page)
  assert.deepEqual(pages, [rowsetPage([['a']])])
})

test('a small result is kept for its answer, and read back once that has to wait', async () => {
  const { result } = await recorded(Promise.resolve())
  const pages = () => Array.fromAsync(result.pages)
  assert.deepEqual(await pages(), [rowsetPage([['a']])])
  result.letGo?.()
  assert.deepEqual(await pages(), [rowsetPage([['read back']])])
})

test('a page that the disk did not take is never released', async () => {
  const lost = Promise.reject(new GatewayError('record_unavailable'))
  await assert.rejects(recorded(lost), { code: 'recording_lost' })
})

test('a session whose rows the disk did not take, although it was closed meanwhile, says that they are lost', async () => {
  const moves: unknown[][] = []
  const conclude = async (_: string, from: string[], to: string, [event]: { code?: string }[]) => {
    moves.push([from, to, event?.code])
    return true
  }
  const ports = { clock: { now: () => 0 }, log: { warn() {} }, records: { conclude }, maskKey: () => new Secret('k') }
  const authorized = authorizedStatement({})
  for (const signal of [new AbortController().signal, AbortSignal.abort()]) {
    const error = new GatewayError('recording_lost')
    const outcome = await recordFailure(ports as unknown as Ports, authorized, error, signal)
    assert.equal(outcome.status === 'failed' && outcome.code, 'recording_lost')
  }
  assert.deepEqual(moves, Array(2).fill([['claimed', 'unknown', 'completed'], 'failed', 'recording_lost']))
})

test('where the end of a statement cannot be recorded, its agent is not told that it may submit it again', async () => {
  const conclude = () => Promise.reject(new GatewayError('record_unavailable'))
  const ports = { clock: { now: () => 0 }, log: { warn() {} }, records: { conclude }, maskKey: () => new Secret('k') }
  const authorized = authorizedStatement({})
  for (const code of ['outcome_unknown', 'warehouse_unavailable', 'record_unavailable'] as const) {
    const outcome = await recordFailure(ports as unknown as Ports, authorized, new GatewayError(code))
    assert.deepEqual([outcome.status, outcome.id], ['pending', authorized.statement.id])
    const { request_id, next_step } = await answer(outcome, { offset: 0, rows: 0 })
    assert.equal(request_id, authorized.statement.id)
    assert.match(String(next_step), /may have run.* Do not submit it again/)
  }
})

test('a fault of the gateway itself leaves a write to be settled, and only a read to be submitted again', async () => {
  const moves: string[] = []
  const conclude = async (_: string, _from: string[], to: string) => moves.push(to)
  const ports = { clock: { now: () => 0 }, log: { warn() {} }, records: { conclude }, maskKey: () => new Secret('k') }
  for (const harmless of [false, true]) {
    const authorized = authorizedStatement({ classification: { harmless } })
    await recordFailure(ports as unknown as Ports, authorized, new TypeError('unforeseen'))
  }
  assert.deepEqual(moves, ['unknown', 'failed'])
})

describe('rows that stop coming after the statement has come to its end', () => {
  const stopping = async () => {
    throw new GatewayError('warehouse_unavailable')
  }
  const executed = (classification: object) =>
    ({
      authorized: authorizedStatement({ classification }),
      execution: { columns: [{ name: 'A' }] },
    }) as unknown as Executed

  const untainted = { connections: () => [], records: { taints: async () => [] } } as unknown as Ports

  test('of a read: it may be asked again', async () => {
    await assert.rejects(afterItRan(untainted, executed({}), stopping), { code: 'warehouse_unavailable' })
  })

  test('of a call: it ran, and is not to be submitted again, also where its agent left', async () => {
    const call = executed({ kind: 'call', harmless: false })
    const lost = await afterItRan(untainted, call, stopping).catch(asGatewayError)
    assert.deepEqual([lost.code, lost.table.retry], ['recording_lost', false])
    const ports = { clock: { now: () => 0 }, log: { warn() {} }, records: { conclude: async () => true } }
    const secrets = { maskKey: () => new Secret('k') }
    const outcome = await recordFailure(
      { ...ports, ...secrets } as unknown as Ports,
      call.authorized,
      lost,
      AbortSignal.abort(),
    )
    assert.match(outcome.status === 'failed' ? outcome.message : '', /The statement ran/)
  })
})

test('of what may write, no row leaves that was read from what became sensitive while it waited to run; it has run', async () => {
  const ports = (column: string) =>
    ({ connections: () => [], records: { taints: async () => [{ column, session: 'another' }] } }) as unknown as Ports
  const authorized = authorizedStatement({ classification: { kind: 'select', harmless: false } })
  const read = { authorized, execution: { columns: [{ name: 'A' }] } } as unknown as Executed
  const work = async () => assert.fail('its rows are read')
  const kept = {
    code: 'recording_lost',
    message: /The statement ran.*scratch\.t\.c was written from a sensitive column/s,
  }
  await assert.rejects(afterItRan(ports('scratch.t.c'), read, work), kept)
  const entry = { pattern: 'scratch.t.c', class: 'contact', mask: 'partial', written: true } as const
  const decided = (mask: 'partial' | 'redact') => {
    const taint = { column: entry.pattern, class: entry.class, mask, session: 'another' }
    const sensitive = [entry]
    const known = { ...authorized, decision: { ...authorized.decision, sensitive } } as unknown as typeof authorized
    const records = { taints: async () => [taint] }
    return afterItRan(
      { connections: () => [], records } as unknown as Ports,
      { ...read, authorized: known },
      async () => 'its rows',
    )
  }
  assert.equal(await decided('partial'), 'its rows', 'masked as it is to be')
  await assert.rejects(decided('redact'), kept, 'something else was written there meanwhile')
  const write = { authorized, execution: { columns: [] } } as unknown as Executed
  assert.equal(await afterItRan(ports('scratch.t.c'), write, async () => 'its count'), 'its count')
})

test('the memory of a page goes when it is on record, of none that is still to be read', async () => {
  const seen: string[] = []
  const pages = ['a', 'b', 'c', 'd'].map((cell): WirePage => {
    return { ...rowsetPage([[cell]]), free: () => seen.push(`free ${cell}`) }
  })
  const read = (page: WirePage) => JSON.parse(Buffer.concat(page.pieces).toString()).flat().join()
  await recorded(Promise.resolve(), pages, page => seen.push(`put ${read(page)}`))
  assert.deepEqual(seen, ['put a', 'put b', 'put c', 'free a', 'free b', 'free c', 'put d', 'free d'])
  seen.length = 0
  const { result } = await recorded(Promise.resolve(), pages.slice(0, 2), page => seen.push(`put ${read(page)}`))
  assert.deepEqual((await Array.fromAsync(result.pages)).map(read), ['a', 'b'])
  assert.deepEqual(seen, ['put a', 'put b'])
})

test('while one page is written the next one is fetched, and no more; what the disk refuses ends it all the same', async () => {
  const written = Promise.withResolvers<{ frame: object; durable: Promise<void> }>()
  const fetched: number[] = []
  const pages = (async function* () {
    for (const nth of [0, 1, 2]) {
      fetched.push(nth)
      yield rowsetPage([[nth]]) as MaskedPage
    }
  })()
  const ports = { recordings: { put: () => written.promise } } as unknown as Ports
  const executed = { authorized: { statement: { id: '7f3k-9q2m-x4tb' }, decision: { limits: { rows: 10 } } } }
  const masked = { columns: [], masks: [], pages, detected: () => [] }
  const result = recordResult(ports, executed as unknown as Executed, masked, {} as Credential)
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
  assert.deepEqual(fetched, [0, 1])
  written.reject(new GatewayError('record_unavailable'))
  await assert.rejects(result, { code: 'record_unavailable' })
  assert.deepEqual(fetched, [0, 1])
})

test("columns keep the warehouse's own type through mask and record, masked or not", async () => {
  const wire = { type: 'text', length: 20, byteLength: 80 }
  const column = { type: 'string', warehouseType: 'TEXT', nullable: false, wire } as const
  const sensitive = [{ pattern: 'D.S.T.EMAIL', class: 'contact', mask: 'redact' }] as const
  const outputs = ['ID', 'EMAIL'].map(name => ({
    name,
    sources: [`D.S.T.${name}`],
    indirect: [],
    copied: true as const,
  }))
  const authorized = authorizedStatement({ classification: { outputs, reads: ['D.S.T'] } })
  const execution = { warehouseId: 'w', columns: ['ID', 'EMAIL'].map(name => ({ ...column, name })), pages: none() }
  const executed = { authorized: { ...authorized, decision: { ...authorized.decision, sensitive } }, execution }
  const events: SessionEvent[] = []
  const records = { conclude: async (...asked: [string, string[], string, SessionEvent[]]) => events.push(...asked[3]) }
  const ports = { clock: { now: () => 0 }, records } as unknown as Ports
  const masked = mask(executed as unknown as Executed, new Secret('key'))
  const { result } = await recordResult(ports, executed as unknown as Executed, masked, {
    standing: true,
  } as Credential)
  assert.deepEqual(
    result.masks.map(entry => entry?.mask),
    [undefined, 'redact'],
  )
  assert.deepEqual(
    result.columns.map(each => [each.nullable, each.wire]),
    [
      [false, wire],
      [true, wire],
    ],
  )
  const completed = events.find(event => event.kind === 'completed')
  assert.deepEqual(completed?.columns, result.columns)
})

async function* none(): AsyncGenerator<never> {}
