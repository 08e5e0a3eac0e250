import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { settle } from '#gateway/settle.ts'
import { Secret } from '#src/config/secret.ts'
import { GatewayError } from '#src/errors.ts'
import type { Hold } from '#src/hold/hold.ts'
import type { Ports } from '#src/ports.ts'
import { sampleHold } from '#test/contracts/sample-hold.ts'

const minute = 60_000
const now = Date.now()

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
}

/** What becomes of a claim that another gateway left, of which the warehouse has no trace. */
async function settled(left: Left): Promise<{ submitted: number; ended: string[] }> {
  const { terms, mac } = withTerms(left)
  const { statement, classification, decision, digest } = terms
  const ago = (minutes: number) => now - minutes * minute
  const reviews = [{ reviewer: 'oncall-1', verdict: 'approve', at: ago(left.approved ?? left.claimed) }]
  const events = [
    { kind: 'received', statement },
    { kind: 'classified', classification },
    left.granted ? { kind: 'granted' } : { kind: 'held', terms, mac },
    { kind: 'claimed', at: ago(left.claimed), digest, decision, reviews },
    ...(left.submitted === undefined ? [] : [{ kind: 'submitting', at: ago(left.submitted) }]),
  ]
  const told = { submitted: 0, ended: [] as string[] }
  const warehouse = {
    idempotentSubmit: left.idempotent === true,
    submitId: () => 's',
    find: async () => ({ state: 'absent' }),
    execute: async () => {
      told.submitted += 1
      throw new GatewayError('outcome_unknown')
    },
  }
  const credential = { id: 'c', role: 'r', mintedAt: now, expiresAt: now + minute, standing: false, reused: false }
  const ports = {
    gateway: 'g-2',
    clock: { now: () => now },
    log: { info() {}, warn() {}, error() {} },
    running: new Map(),
    maskKey: () => new Secret('k'),
    connection: () => ({ warehouse, verify: 'risky' }),
    minter: { mint: async () => credential, end: async () => {} },
    holds: { now: async () => now, fetch: async () => undefined },
    records: {
      inState: async () => [{ id: statement.id, state: 'claimed', holder: 'g-1' }],
      takeOver: async () => true,
      session: async () => ({ id: statement.id, state: 'claimed', events }),
      append: async () => true,
      taints: async () => [],
      async conclude(_id: string, _from: unknown, to: string, [event]: { message?: string }[]) {
        told.ended.push(event?.message ? `${to}: ${event.message}` : to)
        return true
      },
    },
  } as unknown as Ports
  await settle(ports, { deadMilliseconds: 15_000, noTraceMilliseconds: minute })
  return told
}

function withTerms({ expires = 30, approvalExpiresSeconds }: Left): Pick<Hold, 'terms' | 'mac'> {
  const { terms, mac } = sampleHold({ createdAt: now - 1_000 * minute, expiresAt: now + expires * minute })
  const more = approvalExpiresSeconds === undefined ? {} : { approvalExpiresSeconds }
  return { terms: { ...terms, decision: { ...terms.decision, ...more } }, mac }
}

const never = /^failed: .*Nothing ran/

describe('what a dead gateway left', () => {
  const runs: Readonly<Record<string, Left>> = {
    'approved and not submitted': { claimed: 1 },
    'approved and submitted, where the warehouse runs an id once': { claimed: 1, submitted: 0.5, idempotent: true },
  }
  for (const [what, left] of Object.entries(runs))
    test(`${what}: is submitted`, async () => {
      assert.deepEqual(await settled(left), { submitted: 1, ended: ['unknown'] })
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

  test('submitted a moment ago, and too late to be submitted again: may come still, and is left alone', async () => {
    const left = { claimed: 1, submitted: 0.5, expires: -1, idempotent: true } as const
    assert.deepEqual(await settled(left), { submitted: 0, ended: [] })
  })
})
