import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Keeper } from '#gateway/hold/keeper.ts'
import { Settler } from '#gateway/hold/settle.ts'
import type { Classification } from '#src/classify/classification.ts'
import { Secret } from '#src/config/secret.ts'
import { type ErrorCode, GatewayError } from '#src/errors.ts'
import type { Warehouse } from '#src/execute/warehouse.ts'
import type { WirePage } from '#src/execute/wire-page.ts'
import type { Hold } from '#src/hold/hold.ts'
import type { PinnedSession } from '#src/pinned/pinned-sessions.ts'
import type { Ports } from '#src/ports.ts'
import type { SessionId } from '#src/statement.ts'
import { sampleHold } from '#test/contracts/sample-hold.ts'
import { rowsetPage } from '#test/execute/rowset-page.ts'

const minute = 60_000
const now = Date.now()
const kill = { kind: 'kill', at: now, by: 'oncall-1', reason: 'r' } as const

interface Left {
  /** Minutes ago. */
  readonly claimed: number
  readonly approved?: number
  readonly submitted?: number
  /** From now on; minutes. */
  readonly expires?: number
  readonly approvalExpiresSeconds?: number
  readonly granted?: true
  readonly idempotent?: true
  readonly classification?: Partial<Classification>
  readonly stopped?: true
  /** That it is part of, as far as it matters here. */
  readonly transaction?: Pick<PinnedSession, 'session' | 'former' | 'ended'>
}

interface Surroundings {
  readonly warehouse?: Partial<Warehouse>
  readonly put?: () => Promise<object>
}

/** A gateway beside the claims that another one left. */
function beside(all: readonly Left[], { warehouse = {}, put }: Surroundings = {}) {
  const told = { submitted: 0, found: 0, minted: 0, ended: [] as string[] }
  const sessions = new Map(all.map(left => leftBehind(left)))
  const clock = { at: now, now: () => clock.at }
  const asked: Partial<Warehouse> = {
    idempotentSubmit: all.some(({ idempotent }) => idempotent),
    submitId: () => 's',
    find: async () => ({ state: 'absent' }),
    execute: async () => {
      told.submitted += 1
      throw new GatewayError('outcome_unknown')
    },
    ...warehouse,
  }
  const find: Warehouse['find'] = (...which) => {
    told.found += 1
    return (asked as Warehouse).find(...which)
  }
  const credential = { id: 'c', role: 'r', mintedAt: now, expiresAt: now + minute, standing: false, reused: false }
  const ports = {
    gateway: 'g-2',
    clock,
    log: { info() {}, warn() {}, error() {} },
    running: new Map(),
    maskKey: () => new Secret('k'),
    connection: () => ({ warehouse: { ...asked, find }, verify: 'risky' }),
    connections: () => [],
    minter: {
      async mint() {
        told.minted += 1
        return credential
      },
      end: async () => {},
    },
    holds: { now: async () => now, fetch: async () => undefined },
    recordings: { put },
    records: {
      inState: async () => [...sessions.values()].filter(({ state }) => state === 'claimed'),
      takeOver: async () => true,
      session: async (id: SessionId) => sessions.get(id),
      append: async () => true,
      stops: async (ids: readonly SessionId[]) =>
        ids.filter(id => sessions.get(id)?.events.includes(kill)).map(id => ({ id, stop: kill })),
      setting: async () => JSON.stringify({ latest: [], ...all[0]?.transaction }),
      taints: async () => [],
      async conclude(id: SessionId, _from: unknown, to: string, [event]: { code?: string; message?: string }[]) {
        const session = sessions.get(id)
        if (session) sessions.set(id, { ...session, state: to })
        const { code = '', message = '' } = event ?? {}
        told.ended.push([to, code, message].filter(Boolean).join(': '))
        return true
      },
    },
  } as unknown as Ports
  const settler = new Settler(ports, { deadMilliseconds: 15_000, noTraceMilliseconds: minute })
  const stop = () => {
    for (const { events } of sessions.values()) events.push(kill)
  }
  return { ports, settler, told, clock, stop }
}

/** Settling is called each second. */
async function tenMinutes(settler: Settler, clock: { at: number }): Promise<void> {
  for (let second = 0; second < 600; second++) {
    await settler.settle()
    await settler.landed()
    clock.at += 1_000
  }
}

function leftBehind(left: Left): [SessionId, { id: SessionId; state: string; holder: string; events: object[] }] {
  const { terms, mac } = withTerms(left)
  const { decision, digest } = terms
  const transaction = { id: 't-1', openedAt: now, count: 1, latest: [] }
  const statement = { ...terms.statement, ...(left.transaction ? { transaction } : {}) }
  const ago = (minutes: number) => now - minutes * minute
  const reviews = [{ reviewer: 'oncall-1', verdict: 'approve', at: ago(left.approved ?? left.claimed) }]
  const events = [
    { kind: 'received', statement },
    { kind: 'classified', classification: { ...terms.classification, ...left.classification } },
    left.granted ? { kind: 'granted' } : { kind: 'held', terms: { ...terms, statement }, mac },
    { kind: 'claimed', at: ago(left.claimed), digest, decision, reviews },
    ...(left.submitted === undefined ? [] : [{ kind: 'submitting', at: ago(left.submitted) }]),
    ...(left.stopped ? [kill] : []),
  ]
  return [statement.id, { id: statement.id, state: 'claimed', holder: 'g-1', events }]
}

/** What becomes of a claim that another gateway left, of which the warehouse has no trace for this long since it is asked. */
async function settled(left: Left, milliseconds = minute): Promise<{ submitted: number; ended: string[] }> {
  const { settler, told, clock } = beside([left])
  for (const later of [0, milliseconds]) {
    clock.at += later
    await settler.settle()
    await settler.landed()
  }
  const { submitted, ended } = told
  return { submitted, ended }
}

function withTerms({ expires = 30, approvalExpiresSeconds }: Left): Pick<Hold, 'terms' | 'mac'> {
  const { terms, mac } = sampleHold({ createdAt: now - 1_000 * minute, expiresAt: now + expires * minute })
  const more = approvalExpiresSeconds === undefined ? {} : { approvalExpiresSeconds }
  return { terms: { ...terms, decision: { ...terms.decision, ...more } }, mac }
}

const never = /^failed: warehouse_unavailable: .*Nothing ran/

describe('what a dead gateway left', () => {
  const runs: Readonly<Record<string, Left>> = {
    'approved and not submitted': { claimed: 1 },
    'approved and submitted, where the warehouse runs an id once': { claimed: 1, submitted: 0.5, idempotent: true },
  }
  for (const [what, left] of Object.entries(runs))
    test(`${what}: is submitted`, async () => {
      assert.deepEqual(await settled(left), { submitted: 1, ended: ['unknown'] })
    })

  test('approved and not submitted, says a record that was restored since: it ran, and is not submitted again', async () => {
    const find: Warehouse['find'] = async () => ({ state: 'done', warehouseId: 'w', affectedRows: 1 })
    const { settler, told } = beside([{ claimed: 1 }], { warehouse: { find } })
    await settler.settle()
    await settler.landed()
    assert.deepEqual([told.submitted, told.ended], [0, ['completed']])
  })

  const ends: Readonly<Record<string, Left>> = {
    'approved, and its time is over by now': { claimed: 800, expires: -1 },
    'approved longer ago than approvals count': { claimed: 2, approvalExpiresSeconds: 60 },
    'submitted, and its time is over': { claimed: 800, submitted: 800, expires: -1, idempotent: true },
    'submitted where the warehouse would run it twice': { claimed: 2, submitted: 2 },
    'let through by a grant: its agent may have submitted it again': { claimed: 1, granted: true },
    'submitted under a grant': { claimed: 2, submitted: 2, granted: true, idempotent: true },
  }
  for (const [what, left] of Object.entries(ends))
    test(`${what}: ends as never run`, async () => {
      const { submitted, ended } = await settled(left)
      assert.equal(submitted, 0)
      assert.match(ended.join(), never)
    })

  for (const [when, submitted] of [
    ['a moment ago', 0.5],
    ["long ago, by the other gateway's clock", 800],
  ] as const)
    test(`submitted ${when}, and too late to be submitted again: may come still, and is left alone`, async () => {
      const left = { claimed: submitted, submitted, expires: -1, idempotent: true } as const
      assert.deepEqual(await settled(left, minute - 1), { submitted: 0, ended: [] })
    })
})

describe('what ran, and whose rows do not come', () => {
  const read = { kind: 'select', writes: [], outputs: null, harmless: true } as const
  const call = { kind: 'call', outputs: null, harmless: false } as const
  const column = { name: 'A', type: 'string', warehouseType: 'TEXT', nullable: true } as const
  /** The warehouse says that it ran, and gives these rows. */
  const done = (pages: () => AsyncGenerator<WirePage>): Partial<Warehouse> => ({
    find: async () => ({
      state: 'done',
      warehouseId: 'w',
      execution: { warehouseId: 'w', columns: [column], pages: pages() },
    }),
  })
  const oneRow = async function* () {
    yield rowsetPage([['a']])
  }
  const refusing = (code: ErrorCode) => async () => {
    throw new GatewayError(code, { message: `it says ${code}` })
  }
  const noRow = async function* (): AsyncGenerator<WirePage> {
    yield* []
    throw new GatewayError('warehouse_unavailable')
  }
  const fine = async () => ({ frame: {}, durable: Promise.resolve() })

  for (const [what, pages, put, outputs, code] of [
    ['are too large to be recorded', oneRow, refusing('limit_exceeded'), null, 'limit_exceeded'],
    ['are not what was expected', oneRow, fine, [], 'result_shape'],
    ['are there no more', noRow, fine, null, 'warehouse_unavailable'],
  ] as const) {
    const surroundings = { warehouse: done(pages), put }
    test(`a read whose rows ${what}: ends so, once`, async () => {
      const left = { claimed: 1, submitted: 1, classification: { ...read, outputs } }
      const { settler, told, clock } = beside([left], surroundings)
      for (let pass = 0; pass < 3; pass++) {
        await settler.settle()
        await settler.landed()
        clock.at += minute
      }
      assert.equal(told.found, 1)
      assert.equal(told.ended.length, 1)
      assert.match(told.ended.join(), new RegExp(`^failed: ${code}: `))
    })

    test(`a call whose rows ${what}: ends as one that ran`, async () => {
      const left = { claimed: 1, submitted: 1, classification: { ...call, outputs } }
      const { settler, told } = beside([left], surroundings)
      await settler.settle()
      await settler.landed()
      assert.equal(told.ended.length, 1)
      assert.match(told.ended.join(), /^failed: recording_lost: The statement ran/)
    })
  }

  test('what cannot be recorded right now is not closed, and its rows are fetched again more and more seldom', async () => {
    const surroundings = { warehouse: done(oneRow), put: refusing('record_unavailable') }
    const { settler, told, clock } = beside([{ claimed: 1, submitted: 1, classification: call }], surroundings)
    await tenMinutes(settler, clock)
    assert.deepEqual(told.ended, [])
    assert.ok(told.found > 5 && told.found < 20, `${told.found} times`)
  })
})

test('what still runs is asked for more and more seldom, and each ten seconds in the end: each time takes a credential', async () => {
  const { settler, told, clock } = beside([{ claimed: 1, submitted: 1 }], {
    warehouse: { find: async () => ({ state: 'running', warehouseId: 'w' }) },
  })
  await tenMinutes(settler, clock)
  assert.deepEqual(told.ended, [])
  assert.ok(told.minted >= 60 && told.minted < 70, `${told.minted} credentials`)
})

test('a kill of what runs for long reaches the warehouse within a second, and is repeated more and more seldom', async () => {
  const cancelled: string[] = []
  const { settler, told, clock, stop } = beside([{ claimed: 1, submitted: 1 }], {
    warehouse: {
      find: async () => ({ state: 'running', warehouseId: 'w' }),
      cancel: async (_authorized, _credential, id) => void cancelled.push(id),
    },
  })
  await tenMinutes(settler, clock)
  stop()
  await settler.settle()
  await settler.landed()
  assert.deepEqual(cancelled, ['w'])
  told.minted = 0
  await tenMinutes(settler, clock)
  assert.ok(told.minted >= 60 && told.minted < 70, `${told.minted} credentials`)
})

for (const [what, transaction] of [
  ['a transaction', { session: 'sealed' }],
  ['one that was left meanwhile', { former: 'sealed', ended: 'lost' }],
] as const)
  test(`what ran in the session of ${what} is asked for in that session, and ended there`, async () => {
    const within: unknown[] = []
    const { settler } = beside([{ claimed: 1, submitted: 1, transaction, stopped: true }], {
      warehouse: {
        async find(_authorized, _credential, sealed) {
          within.push(sealed)
          return { state: 'running', warehouseId: 'w' }
        },
        cancel: async (_authorized, _credential, _id, sealed) => void within.push(sealed),
      },
    })
    await settler.settle()
    await settler.landed()
    assert.deepEqual(within, ['sealed', 'sealed'])
  })

for (const [what, transaction, ended] of [
  ['has no session yet: never ran', {}, never],
  ['was left before a session was kept: never ran', { ended: 'rolled back' }, never],
  ['was left with the session that was kept: stays unknown', { former: 'sealed', ended: 'rolled back' }, /^$/],
] as const)
  test(`what a warehouse cannot tell of a statement whose transaction ${what}`, async () => {
    const { settler, told, clock } = beside([{ claimed: 1, submitted: 1, transaction }], {
      warehouse: { find: () => Promise.reject(new GatewayError('outcome_unknown')) },
    })
    await tenMinutes(settler, clock)
    assert.equal(told.submitted, 0)
    assert.match(told.ended.join(), ended)
  })

test('one that is resumed and runs for long keeps no other from being settled', async () => {
  const gate = Promise.withResolvers<never>()
  const resumed: Left = { claimed: 1 }
  const late: Left = { claimed: 800, expires: -1 }
  const { settler, told } = beside([...Array.from({ length: 20 }, () => resumed), late], {
    warehouse: { execute: () => gate.promise },
  })
  await settler.settle()
  while (told.ended.length === 0) await new Promise(setImmediate)
  assert.match(told.ended.join(), never)
  gate.reject(new GatewayError('outcome_unknown'))
  await settler.landed()
  assert.equal(told.ended.length, 21)
})

test('a gateway that is told to end waits for no warehouse that does not answer, and resumes nothing more', {
  timeout: 10_000,
}, async t => {
  const answer = Promise.withResolvers<{ state: 'absent' }>()
  t.after(() => answer.resolve({ state: 'absent' }))
  const left: Left = { claimed: 1, submitted: 1, idempotent: true }
  const { ports, told } = beside(
    Array.from({ length: 20 }, () => left),
    { warehouse: { find: () => answer.promise } },
  )
  const keeper = new Keeper(ports, { sweepMilliseconds: 20, deadMilliseconds: 15_000, noTraceMilliseconds: minute })
  keeper.start()
  while (told.found < 8) await new Promise(setImmediate)
  await keeper.stop()
  answer.resolve({ state: 'absent' })
  while (ports.running.size > 0) await new Promise(setImmediate)
  assert.deepEqual([told.found, told.submitted], [8, 0])
})
