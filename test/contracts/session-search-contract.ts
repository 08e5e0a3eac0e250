import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { SessionEvent } from '#src/record/event.ts'
import type { NewSession, RecordStore, SessionQuery } from '#src/record/record-store.ts'
import { decision } from './sample-hold.ts'
import { completed, sampleSession } from './sample-session.ts'

/** What every record store promises about look-ups. */
export function sessionSearchContract(name: string, open: () => Promise<RecordStore>): void {
  describe(`look-ups: ${name}`, () => {
    let store: RecordStore
    const agent = `agent-${randomUUID()}`
    const sessions: NewSession[] = [
      sampleSession({ agent, receivedAt: 100, sql: 'SELECT 1 FROM Orders', tables: ['SHOP.PUBLIC.ORDERS'] }),
      sampleSession({ agent, receivedAt: 200, rule: 'reads', sql: "SELECT '100%_x'", tables: ['shop.t', 'shop.u'] }),
      sampleSession({ agent, receivedAt: 200, state: 'claimed', sql: "SELECT '100xyx'", tables: [] }),
      sampleSession({ agent, receivedAt: 300, state: 'denied', sql: 'x'.repeat(5_000), tables: ['OTHER.ORDERS_OLD'] }),
    ]
    before(async () => {
      store = await open()
      for (const session of sessions) await store.open(session, 'gateway-1')
    })
    after(() => store.close())
    /** Which of the sessions, in the order given back; two of one millisecond in either order. */
    const find = async (query: SessionQuery) =>
      (await store.find({ agent, ...query })).map(found => sessions.findIndex(({ id }) => id === found.id))
    const same = new Set([1, 2])

    test('finds newest first', async () => {
      const found = await find({})
      assert.deepEqual([found[0], new Set(found.slice(1, 3)), found[3]], [3, same, 0])
      assert.deepEqual(await find({ oldestFirst: true }), found.toReversed())
      assert.deepEqual(await find({ oldestFirst: true, limit: 1 }), [0])
      for (const order of [{}, { oldestFirst: true }] as const) {
        const all = await find(order)
        const behind = sessions[all[1] ?? 0]?.id
        assert.deepEqual(await find({ ...order, ...(behind && { before: behind }) }), all.slice(2))
      }
    })

    test('by agent, principal, rule, state and time', async () => {
      assert.deepEqual(await find({ rule: 'reads' }), [1])
      assert.deepEqual(await find({ state: 'denied' }), [3])
      assert.deepEqual(await find({ principal: sessions[0]?.principal ?? '', until: 200 }), [0])
      assert.deepEqual(await find({ principal: 'x' }), [])
      assert.deepEqual(new Set(await find({ since: 200, until: 300 })), same)
      assert.deepEqual(await store.find({ agent: agent.slice(0, -1) }), [])
    })

    test('by shape: only of what was asked of people', async () => {
      const shape = randomUUID()
      const [first, second] = [1, 2].map(at => sampleSession({ agent: `shapes-${shape}`, receivedAt: at, shape }))
      for (const session of [first, second]) assert.ok(session && (await store.open(session, 'gateway-1')))
      assert.deepEqual(
        (await store.find({ shape })).map(({ id }) => id),
        [second?.id, first?.id],
      )
      assert.deepEqual(await store.find({ shape: randomUUID() }), [])
      assert.deepEqual(await find({ shape }), [])
    })

    test('by table: its whole name or the end of it, in any case, never a part of a word', async () => {
      for (const table of ['shop.public.orders', 'Public.Orders', 'ORDERS'])
        assert.deepEqual(await find({ table }), [0])
      assert.deepEqual(await find({ table: 'u' }), [1])
      for (const table of ['order', 'SHOP', 'shop.public', '%', 'ORDERS_']) assert.deepEqual(await find({ table }), [])
    })

    test('by table, however long its name is and of however many parts', async () => {
      const [name, part] = ['b.'.repeat(20_000), randomBytes(2_000).toString('hex')]
      const tables = [`${name}${agent}`, `S3.${part}.END`]
      const session = sampleSession({ agent: `long-${agent}`, receivedAt: 1, tables })
      assert.ok(await store.open(session, 'gateway-1'))
      for (const table of [agent, `b.${agent}`, name.slice(0, 1_000), `${part}.end`, 'end'])
        assert.equal((await store.find({ table, agent: session.agent }))[0]?.id, session.id, table.slice(0, 50))
    })

    test('by text as it stands, in any case', async () => {
      assert.deepEqual(await find({ text: 'from orders' }), [0])
      assert.deepEqual(await find({ text: '100%_x' }), [1])
      assert.deepEqual(new Set(await find({ text: '100' })), same)
      for (const text of ['\\', "' OR 1=1 --", '$1', '1_0']) assert.deepEqual(await find({ text }), [], text)
      assert.equal((await find({ text: '' })).length, 4)
      assert.deepEqual(await find({ text: 'x'.repeat(100_000) }), [3])
    })

    test('says where a policy kept values out of the channel, whatever the texts say', async () => {
      const hides = { ...decision, hidesLiterals: true } as const
      const says = { ...decision, role: '"hidesLiterals":true' }
      const mine = `hides-${agent}`
      for (const [at, each] of [hides, says].entries()) {
        const decided: SessionEvent = { kind: 'decided', at, digest: '', decision: each }
        await store.open(sampleSession({ agent: mine, receivedAt: at, events: [decided] }), 'gateway-1')
      }
      const found = await store.find({ agent: mine, oldestFirst: true })
      assert.deepEqual(
        found.map(({ hidesLiterals }) => hidesLiterals),
        [true, undefined],
      )
    })

    test('page by page, each session once', async () => {
      const seen: number[] = []
      let before: string | undefined
      for (let page = 0; page < 5; page++) {
        const [found] = await find({ limit: 1, ...(before ? { before } : {}) })
        if (found === undefined) break
        seen.push(found)
        before = sessions[found]?.id
      }
      assert.deepEqual([seen.length, new Set(seen).size], [4, 4])
      assert.deepEqual(await find({ before: 'nobody' }), [])
    })

    test('at most a thousand, whatever is asked for', async () => {
      for (const limit of [0, -5, 0.5]) assert.equal((await find({ limit })).length, 1)
      assert.equal((await find({ limit: 1e9 })).length, 4)
    })

    test('shows what the session is, and what came of it', async () => {
      const [newest] = await store.find({ agent, limit: 1 })
      assert.equal(newest?.sql, 'x'.repeat(2_000))
      const { id, state, receivedAt, principal, connection, kind, tables, rule } = sessions[1] ?? sampleSession()
      const summary = {
        id,
        state,
        receivedAt,
        principal,
        agent,
        connection,
        kind,
        tables,
        rule,
        sql: "SELECT '100%_x'",
      }
      assert.deepEqual(await store.find({ agent, rule: 'reads' }), [summary])
      const claimed = sessions[2]?.id ?? ''
      await store.conclude(claimed, ['claimed'], 'completed', [completed(42)])
      const [ended] = await store.find({ agent, state: 'completed' })
      assert.deepEqual([ended?.id, ended?.rows], [claimed, 42])
    })
  })
}
