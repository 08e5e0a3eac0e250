import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Taint } from '#src/decide/taint.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { completed, sampleSession } from './sample-session.ts'

/** What every record store promises of taints. `open` gives a further instance on the same record. */
export function taintContract(name: string, open: () => Promise<RecordStore>): void {
  describe(`taints in the record store: ${name}`, () => {
    let one: RecordStore
    let other: RecordStore
    before(async () => {
      one = await open()
      other = await open()
    })
    after(() => Promise.all([one.close(), other.close()]))
    const connection = `shop-${randomUUID()}`
    const connections = ['another', connection]
    const taint = (column: string, session = '7F3K-9Q2M-X4TB'): Taint => ({
      ...{ connection, table: column.slice(0, column.lastIndexOf('.')), column },
      ...{ class: 'contact', mask: 'partial', session, at: 1_790_000_000_000 },
    })

    test('every process sees them at once, by table in any case of letters and by connection', async () => {
      await one.taint([taint('D.S."Odd.Name".EMAIL'), taint('D.S.COPY.EMAIL'), taint('D.S.COPY.*')])
      await one.taint([])
      assert.deepEqual(await other.taints({ connections, tables: ['d.s.copy', 'D.S.ELSE'] }), [
        taint('D.S.COPY.*'),
        taint('D.S.COPY.EMAIL'),
      ])
      assert.equal((await other.taints({ connections })).length, 3)
      assert.deepEqual(await other.taints({ connections, tables: [] }), [])
      assert.deepEqual(await other.taints({ connections: ['another'], tables: ['D.S.COPY'] }), [])
    })

    test('the same of the same statement counts once, that of another statement is another', async () => {
      await Promise.all([one, other, one].map(store => store.taint([taint('D.S.TWICE.EMAIL')])))
      assert.equal((await one.taints({ connections, tables: ['D.S.TWICE'] })).length, 1)
      await other.taint([taint('D.S.TWICE.EMAIL', 'ZZZZ-ZZZZ-ZZZZ')])
      assert.equal((await one.taints({ connections, tables: ['D.S.TWICE'] })).length, 2)
    })

    test('what was cleared is gone for that table alone, and comes back with the next statement', async () => {
      const clearing = { connections, table: 'd.s.twice', by: 'oncall-1', reason: 'only test data', at: 1 }
      assert.equal(await one.clearTaints({ ...clearing, connections: ['another'] }), false)
      assert.equal(await one.clearTaints(clearing), true)
      assert.equal(await other.clearTaints(clearing), false)
      assert.deepEqual(await other.taints({ connections, tables: ['D.S.TWICE'] }), [])
      assert.equal((await other.taints({ connections, tables: ['D.S.COPY'] })).length, 2)
      await one.taint([taint('D.S.TWICE.EMAIL', 'AAAA-AAAA-AAAA')])
      assert.equal((await other.taints({ connections, tables: ['D.S.TWICE'] })).length, 1)
    })

    test('those of a statement that may still write stay until it has ended', async () => {
      const session = sampleSession({ state: 'claimed' })
      await one.open(session, 'gateway-1')
      const clearing = { connections, table: 'D.S.RUNS', by: 'oncall-1', reason: 'only test data', at: 1 }
      const left = async () => (await other.taints({ connections, tables: ['D.S.RUNS'] })).map(each => each.session)
      await one.taint([taint('D.S.RUNS.EMAIL', session.id), taint('D.S.RUNS.EMAIL', 'BBBB-BBBB-BBBB')])
      assert.equal(await one.clearTaints(clearing), true)
      assert.deepEqual(await left(), [session.id])
      await one.conclude(session.id, ['claimed'], 'unknown', [{ kind: 'unknown', at: 1, detail: 'x' }])
      assert.equal(await one.clearTaints(clearing), false)
      // Said again at its end.
      await one.taint([taint('D.S.RUNS.EMAIL', session.id)])
      await one.conclude(session.id, ['unknown'], 'completed', [completed(1)])
      assert.deepEqual(await left(), [session.id])
      assert.equal(await one.clearTaints(clearing), true)
      assert.deepEqual(await left(), [])
    })
  })
}
