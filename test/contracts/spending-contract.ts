import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Estimate } from '#src/decide/decision.ts'
import { agentKey, principalKey } from '#src/principal.ts'
import type { SessionEvent, SessionState } from '#src/record/event.ts'
import type { NewSession, RecordStore } from '#src/record/record-store.ts'
import { claimed, completed, sampleSession } from './sample-session.ts'

const at = Date.UTC(2026, 10, 21, 12)
const hour = 3_600_000
const nothing = { statements: 0, rows: 0, bytes: 0, cost: 0, failures: 0, denials: 0 }

/** What every record store promises about what was spent. */
export function spendingContract(name: string, open: () => Promise<RecordStore>): void {
  describe(`what was spent: ${name}`, () => {
    let one: RecordStore
    let other: RecordStore
    before(async () => {
      one = await open()
      other = await open()
    })
    after(() => Promise.all([one.close(), other.close()]))
    const put = async (agent: string, state: SessionState, given: Given = {}) => {
      const session = spendingSession(agent, state, given)
      assert.equal(await one.open(session, 'gateway-1'), true)
      return session.id
    }
    const spent = async (agent: string, seconds = 7_200, except = '') =>
      (await other.spent({ agent: keyOf(agent), scopes: [{ seconds }], at, except }))[0]

    test('is nothing for an agent that was never here', async () => {
      assert.deepEqual(await spent(randomUUID()), { seconds: 7_200, ...nothing })
    })

    test('counts what was let through, by what was measured, else by what was estimated', async () => {
      const agent = randomUUID()
      await put(agent, 'claimed', { estimate: { bytes: 1_000.2, cost: 0.5 } })
      const done = await put(agent, 'claimed', { estimate: { bytes: 900, cost: 0.4, rows: 3 } })
      assert.deepEqual(await spent(agent), { seconds: 7_200, ...nothing, statements: 2, bytes: 1_901, cost: 0.9 })
      await one.conclude(done, ['claimed'], 'completed', [{ ...completed(40), bytesScanned: 100, cost: 0.1 }])
      assert.deepEqual(await spent(agent), {
        ...{ seconds: 7_200, ...nothing },
        ...{ statements: 2, rows: 40, bytes: 1_101, cost: 0.6 },
      })
    })

    test('counts neither what waits nor what was withdrawn, and a refusal as a refusal', async () => {
      const agent = randomUUID()
      for (const state of ['held', 'expired', 'cancelled', 'denied'] as const)
        await put(agent, state, { estimate: { bytes: 7, cost: 7 } })
      assert.deepEqual(await spent(agent), { seconds: 7_200, ...nothing, denials: 1 })
      const together = await put(agent, 'claimed', { estimate: { bytes: 7 } })
      const tooMany = { kind: 'denied', at, code: 'too_many', message: '' } as const
      await one.conclude(together, ['claimed'], 'denied', [tooMany])
      const held = await put(agent, 'held', { estimate: { bytes: 7 } })
      await one.claim(held, 'gateway-1', claimed('gateway-1'))
      assert.deepEqual(await spent(agent), { seconds: 7_200, ...nothing, denials: 1, statements: 1, bytes: 7 })
    })

    test('holds against an agent what its statement did, not what the warehouse suffered', async () => {
      const agent = randomUUID()
      for (const code of ['warehouse_error', 'limit_exceeded', 'result_shape', 'warehouse_unavailable'] as const) {
        const id = await put(agent, 'claimed')
        await one.conclude(id, ['claimed'], 'failed', [{ kind: 'failed', at, code, message: '' }])
      }
      assert.deepEqual(await spent(agent), { seconds: 7_200, ...nothing, statements: 4, failures: 3 })
    })

    test('looks back as far as asked, never at the statement itself, and misses nothing that is ahead', async () => {
      const agent = randomUUID()
      const self = await put(agent, 'claimed', { receivedAt: at })
      for (const receivedAt of [at - 2 * hour, at - 2 * hour + 1, at + 5]) await put(agent, 'claimed', { receivedAt })
      assert.equal((await spent(agent, 7_200, self))?.statements, 2)
      assert.equal((await spent(agent, 7_201, self))?.statements, 3)
      assert.equal((await spent(agent, 1))?.statements, 2)
    })

    test('adds up each scope on its own: the agent, and all who are in a group', async () => {
      const [a, b, group] = [randomUUID(), randomUUID(), `analysts ' ${randomUUID()}`]
      await put(a, 'claimed', { groups: [group, 'x', group], estimate: { bytes: 10 } })
      await put(a, 'claimed', { groups: [], estimate: { bytes: 100 } })
      await put(b, 'claimed', { groups: [group], estimate: { bytes: 1_000 }, receivedAt: at - 3 * hour })
      const scopes = [{ seconds: 86_400, group }, { seconds: 60 }, { seconds: 60, group }]
      const answer = await other.spent({ agent: keyOf(a), scopes, at, except: '' })
      assert.deepEqual(
        answer.map(({ seconds, group: name, statements, bytes }) => [seconds, name, statements, bytes]),
        [
          [86_400, group, 2, 1_010],
          [60, undefined, 2, 110],
          [60, group, 1, 10],
        ],
      )
    })

    test('counts an agent’s statements for whomever it acted: another person is no new budget', async () => {
      const agent = randomUUID()
      for (const onBehalfOf of [undefined, 'person-1', 'person-2'])
        await put(agent, 'claimed', { estimate: { bytes: 10 }, ...(onBehalfOf ? { onBehalfOf } : {}) })
      assert.deepEqual(await spent(agent), { seconds: 7_200, ...nothing, statements: 3, bytes: 30 })
    })

    test('numbers beyond what a number holds do not break the sum', async () => {
      const agent = randomUUID()
      for (const bytes of [Number.MAX_SAFE_INTEGER, 1e30, Number.NaN, -5])
        await put(agent, 'claimed', { estimate: { bytes, cost: bytes } })
      const answer = await spent(agent)
      assert.equal(answer?.statements, 4)
      assert.equal(answer?.bytes, 2 * Number.MAX_SAFE_INTEGER)
    })

    test('of statements that are put on record at once, at least one sees the other', async () => {
      for (let round = 0; round < 15; round++) {
        const agent = randomUUID()
        const seen = await Promise.all(
          [one, other].map(async store => {
            const session = spendingSession(agent, 'claimed', {})
            await store.open(session, 'gateway-1')
            const [sum] = await store.spent({ agent: keyOf(agent), scopes: [{ seconds: 60 }], at, except: session.id })
            return sum?.statements ?? 0
          }),
        )
        assert.ok(Math.max(...seen) >= 1, JSON.stringify(seen))
      }
    })
  })
}

interface Given {
  readonly estimate?: Estimate
  readonly receivedAt?: number
  readonly groups?: readonly string[]
  readonly onBehalfOf?: string
}

const issuer = 'https://login.acme.example'
const keyOf = (subject: string) => agentKey({ issuer, subject })

function spendingSession(
  subject: string,
  state: SessionState,
  { estimate, receivedAt = at, groups = [], onBehalfOf }: Given,
): NewSession {
  const principal = { issuer, subject, name: subject, groups, ...(onBehalfOf ? { onBehalfOf } : {}) }
  const session = sampleSession({ principal: principalKey(principal), state, receivedAt })
  const events = session.events.flatMap((event): SessionEvent[] => {
    if (event.kind !== 'received') return [event]
    const { statement } = event
    return [{ ...event, statement: { ...statement, principal } }]
  })
  return { ...session, events: estimate ? [...events, { kind: 'estimated', at: receivedAt, estimate }] : events }
}
